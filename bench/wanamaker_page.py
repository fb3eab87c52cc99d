"""The Wanamaker bench as Markdown."""

import math
from collections.abc import Callable, Mapping
from itertools import pairwise

from bench.wanamaker_scores import BINS, Figure, Score
from bench.wanamaker_worlds import SEEDS, Arm, Set

Scores = Mapping[tuple[str, Arm], Score]

TITLES: dict[Arm, str] = {
    "with": "Companies that ran experiments",
    "without": "The same companies, had they run none",
}

Cell = Callable[[Score], str]
Columns = Mapping[str, Cell]


def page(which: Set, people: int, scores: Scores) -> str:
    """All tables of a set of worlds."""
    lines = [_words(which, people)]
    for arm, title in TITLES.items():
        found = {method: one for (method, of), one in scores.items() if of == arm}
        if found:
            sure = {m: one for m, one in found.items() if math.isfinite(one.covered[1].value)}
            lines += [f"## {title}", "", *_table(found, _GAINS), ""]
            lines += [*_table(sure, _CHANCES), "", *_calibration(found), ""]
    return "\n".join(lines).rstrip() + "\n"


def _words(which: Set, people: int) -> str:
    other: Set = "tuning" if which == "report" else "report"
    seeds, others = SEEDS[which], SEEDS[other]
    return _WORDS.format(
        which=which,
        other=other,
        people=people,
        first=seeds.start,
        last=seeds.stop - 1,
        other_first=others.start,
        other_last=others.stop - 1,
    )


def _table(found: Mapping[str, Score], columns: Columns) -> list[str]:
    lines = [f"| method | {' | '.join(columns)} |", "|---" + "|---:" * len(columns) + "|"]
    for method, one in found.items():
        lines.append(f"| {method} | {' | '.join(cell(one) for cell in columns.values())} |")
    return lines


def _calibration(found: Mapping[str, Score]) -> list[str]:
    """How often channels were truly wasted, by the chance that was said."""
    told = {method: one for method, one in found.items() if math.isfinite(one.brier.value)}
    if not told:
        return []
    bins = [f"{low:g} to {high:g}" for low, high in pairwise(BINS)]
    lines = [
        "How often channels were truly wasted, by the chance of it that was said (how many):",
        "",
        f"| method | {' | '.join(bins)} |",
        "|---" + "|---:" * len(bins) + "|",
    ]
    for method, one in told.items():
        cells = [
            f"{100 * share:.0f}% ({count})" if count else "" for count, _, share in one.calibration
        ]
        lines.append(f"| {method} | {' | '.join(cells)} |")
    return lines


def _percent(figure: Figure, *, digits: int = 0) -> str:
    return _with_interval(figure, lambda value: f"{100 * value:.{digits}f}", "%")


def _number(figure: Figure) -> str:
    return _with_interval(figure, lambda value: f"{value:.3f}", "")


def _with_interval(figure: Figure, told: Callable[[float], str], unit: str) -> str:
    if not math.isfinite(figure.value):
        return ""
    words = f"{told(figure.value)}{unit}"
    if math.isfinite(figure.low):
        words += f" [{told(figure.low)}, {told(figure.high)}]"
    return words


def _sure(one: Score) -> str:
    return f"{one.wrongly_sure} of {one.sure}" if math.isfinite(one.brier.value) else ""


_GAINS: Columns = {
    "worlds": lambda one: str(one.worlds),
    "gain captured": lambda one: _percent(one.captured),
    "gain, % of spend": lambda one: _percent(one.gain, digits=1),
    "worst world": lambda one: f"{100 * one.worst:.1f}%",
    "wrong of flagged": lambda one: f"{one.wrongly_flagged} of {one.flagged}",
    "error of increments": lambda one: _percent(one.error),
    "budget, % of spend": lambda one: _percent(one.planned, digits=1),
    "of the best budget": lambda one: _percent(one.of_best),
    "CPU s": lambda one: f"{one.cpu_s:.1f}",
}
_CHANCES: Columns = {
    "wrong of sure": _sure,
    "Brier": lambda one: _number(one.brier),
    "50% holds": lambda one: _percent(one.covered[0]),
    "90% holds": lambda one: _percent(one.covered[1]),
}

_WORDS = """# Benchmarks: which half is wasted?

Written by `python -m bench.wanamaker`. Made-up companies whose truth is known, {people:,} people
each, thirteen channels; every method sees the ledger of one year and of the 48 weeks before, and
nothing else. These are {which} worlds, of seeds between {first} and {last}; the {other} worlds have
seeds between {other_first} and {other_last}, and no world is both. Methods are tuned on tuning
worlds alone.

- **Truth**: each channel off for the year, the same people on the same dice, averaged over two
  draws of their luck. A channel is wasted if the company would be richer without it, calls that it
  induced counted in.
- **Error of increments**: Σ |said − true| / Σ |true| over channels; a claim is read as an effect.
- **Gain captured**: all flagged channels are cut at once and the company lives the year again on
  the same dice. Profit gained, as a share of what cutting the truly wasted ones gains. A channel
  is flagged if margin × increment is below its spend; where there is a chance, above one half.
- **Gain, % of spend**: the same profit as a share of the company's spend, mean over companies.
- **Wrong of sure**: of the channels said to be wasted with a chance of at least 0.9, how many
  were not.
- **Brier**: mean squared error of that chance; one half for everything gives 0.25.
- **50% and 90% hold**: how many intervals of the increment hold the truth.
- **Budget**: the advised budget is lived again: profit gained, as a share of today's spend; and, in
  one world of six, as a share of what the best budget gains: each channel at 0, ½, 1, 1½ or 2
  times today's spend by its true response, for no more money in all.
- In brackets, a 90% interval over companies (Student's t; ratios by leaving out one company each).
"""

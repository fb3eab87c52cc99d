"""The answer on a terminal: the sentence, the table, what it rests on, what to test next."""

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from halves.measure.answer import Answer, UnitAnswer, Verdict
from halves.measure.interval import Interval
from halves.report import words
from halves.report.known import Known, KnownUnit

_BARS: dict[Verdict, tuple[str, str]] = {
    "working": ("█", "green"),
    "wasted": ("▒", "red"),
    "unknown": ("░", "default"),
}
_BAR_WIDTH = 40
PATH_STYLE = {"many": "yellow", "one": "cyan"}


def show(answer: Answer, console: Console, *, known: Known | None = None) -> None:
    """Print the answer; with the truth beside it if the company is simulated."""
    console.print()
    console.print(Text(words.headline(answer), style="bold"))
    share = words.wasted_share(answer)
    if share:
        console.print(share)
    console.print()
    _show_bars(answer, console)
    console.print(_table(answer, known))
    show_list(console, "What it rests on", _grounds(answer))
    show_list(console, "The two paths, revenue", _paths(answer))
    show_list(console, "What to test next", tests(answer))
    show_list(console, "What this cannot know", list(answer.notes))
    console.print(
        f"{words.period(answer)}; {answer.people:,} people, {answer.outcomes:,} sales; margin "
        f"{answer.margin:.2f}; seed {answer.seed}. A claim says who was there, not what would be "
        "missing without them.",
        style="dim",
    )


def tests(answer: Answer) -> list[str]:
    """What would settle each unknown unit, the dearest first."""
    return [
        f"{unit.unit}: {unit.proposal.words if unit.proposal else words.no_holdout(unit)}"
        for unit in words.by_spend(answer)
    ]


def _grounds(answer: Answer) -> list[str]:
    """The evidence, said once for units that share it."""
    units: dict[str, list[str]] = {}
    for unit in answer.units:
        units.setdefault(unit.evidence, []).append(unit.unit)
    return [f"{', '.join(names)}: {evidence}" for evidence, names in units.items()]


def _paths(answer: Answer) -> list[str]:
    """What each path brings alone, its fair share, and what needed both."""
    found = answer.paths
    if found is None:
        return []

    def money(interval: Interval) -> str:
        return words.spread(interval, answer.currency)

    ground = "a guess, since nobody was held out of both at random"
    if found.is_tested:
        pairs = len(found.crossings)
        ground = f"seen where trials crossed ({pairs} pairs)"
        if found.learned < 0.5:
            ground = (
                f"still a guess: too few people were held out of both ({pairs} pairs of trials)"
            )
    return [
        f"one-to-many alone would have brought {money(found.many_alone)}",
        f"one-to-one alone would have brought {money(found.one_alone)}",
        f"neither would have left {money(found.neither)}",
        f"shared fairly: one-to-many {money(found.many)}; one-to-one {money(found.one)}",
        f"what needed both: {money(found.needed_both)}. Doors times closings make "
        f"{money(found.funnel)} of it; the rest, {money(found.rest)}, is {ground}",
    ]


def _show_bars(answer: Answer, console: Console) -> None:
    spent, part = answer.spend_by_verdict, words.shares(answer)
    for verdict, (mark, style) in _BARS.items():
        size = round(_BAR_WIDTH * spent[verdict] / answer.spend) if answer.spend else 0
        line = Text(f"  {words.VERDICT_WORDS[verdict]:<20}")
        line.append(f"{mark * size:<{_BAR_WIDTH}}", style=style)
        line.append(f" {part[verdict]:>3}%  {words.exact(spent[verdict], answer.currency)}")
        console.print(line)
    console.print()


def _table(answer: Answer, known: Known | None) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column(answer.by)
    for name in ("spend", "brought in\n(90%)", "chance\nwasted"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("last\ntouch\nclaims", justify="right", no_wrap=True)
    if known:
        table.add_column("truth", justify="right", no_wrap=True)
    for unit in answer.units:
        truth = known.units.get(unit.unit) if known else None
        table.add_row(*_row(unit, answer), *([_truth(truth, answer)] if truth else []))
    return table


def _row(unit: UnitAnswer, answer: Answer) -> list[Text]:
    _, style = _BARS[unit.verdict]
    spent = words.exact(unit.spend, answer.currency) if unit.spend else "none recorded"
    claimed = words.claim(unit, "last_touch", answer) if unit.claims else ""
    return [
        Text(unit.unit, style=PATH_STYLE.get(unit.path, "")),
        Text(spent),
        Text(words.incremental(unit, answer.currency)),
        Text(words.chance(unit.p_wasted) if words.is_told(unit) else ""),
        Text(unit.verdict, style=style),
        Text(claimed),
    ]


def _truth(truth: KnownUnit, answer: Answer) -> Text:
    word = "wasted" if truth.is_wasted else "works"
    return Text(f"{words.estimate(truth.incremental, answer.currency)} {word}")


def show_list(console: Console, title: str, lines: list[str]) -> None:
    """Lines under a title; nothing without any."""
    if not lines:
        return
    console.print()
    console.print(Text(title, style="bold"))
    for line in lines:
        console.print(Padding(Text(line), (0, 0, 0, 2)))
    console.print()

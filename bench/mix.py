"""How long the mix model takes to be sure, beside Meridian and PyMC-Marketing on the same data.

    python -m bench.mix                     writes docs/benchmarks-mix.md; half an hour with peers
    python -m bench.mix --alone             the same without peers
    python -m bench.mix --regions 1         only the national case; figures of the others stay
    python -m bench.mix --only 1 8 1000     one line: regions, channels, seed (used by the above)

Each runs in a process of its own, one after the other, in one run: CPU seconds of the whole
process with its import and of what it starts, peak memory, effective draws and R̂. Peers run where
`python -m bench.mix_peers install` has made their environments. Seeds from 1000 on were used
for nothing else.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bench import results
from bench.mix_peers import CAP_S, PEERS, PeerAnswer, ask, measured, version_of
from bench.peers.weekly import Weekly
from halves.measure.mix import mix
from halves.measure.mix_data import MixData

PAGE = Path(__file__).parents[1] / "docs/benchmarks-mix.md"
WEEKS = 156
SEED = 1000
FEWEST_DRAWS, R_HAT_LIMIT = 400, 1.01
TITLES = {"halves": "halves", "meridian": "Meridian", "pymc_marketing": "PyMC-Marketing"}


@dataclass(frozen=True)
class Case:
    """A size of data, and what halves may take for it."""

    regions: int
    channels: int
    cpu_s: float
    peak_gb: float


CASES = (Case(1, 8, cpu_s=5.0, peak_gb=2.0), Case(20, 8, cpu_s=27.0, peak_gb=2.0))


@dataclass(frozen=True, eq=False)
class MadeUp:
    """Data with known effects."""

    data: MixData
    increments: np.ndarray


def made_up(*, channels: int, regions: int, seed: int, weeks: int = WEEKS) -> MadeUp:
    """A company that advertises in bursts; every fourth channel does nothing."""
    rng = np.random.default_rng(seed)
    time_ = np.arange(weeks)
    heads = rng.uniform(0.5, 2.0, regions)
    spend = rng.gamma(2.0, 500.0, (weeks, regions, channels)) * heads[:, None]
    spend *= rng.random(spend.shape) < 0.6
    season = 0.1 * np.sin(2 * np.pi * time_ / 52.18) + 0.1 * time_ / weeks
    error = np.zeros((weeks, regions))
    for week in range(weeks):
        error[week] = 0.3 * error[week - 1] + 0.04 * rng.standard_normal(regions)
    outcome = 1 + season[:, None] + error
    increments = np.zeros(channels)
    for channel in range(channels):
        kept, half = rng.uniform(0.1, 0.7), rng.uniform(0.5, 3.0)
        share = 0.0 if channel % 4 == 3 else rng.uniform(0.02, 0.12)
        state = spend[:4, :, channel].mean(axis=0) / heads / 1000
        felt = np.zeros((weeks, regions))
        for week in range(weeks):
            state = kept * state + (1 - kept) * spend[week, :, channel] / heads / 1000
            felt[week] = state / (state + half)
        brought = share * felt / felt.mean()
        outcome += brought
        increments[channel] = (brought * heads).sum() * 10_000
    first = date(2023, 1, 2)
    data = MixData(
        weeks=tuple(first + timedelta(weeks=week) for week in range(weeks)),
        regions=tuple(f"region_{place}" for place in range(regions)),
        channels=tuple(f"channel_{place}" for place in range(channels)),
        spend=spend,
        outcome=outcome * heads * 10_000,
        population=heads * 1_000_000,
    )
    return MadeUp(data, increments)


Figures = dict[str, float]


def ours(case: Case, seed: int) -> Figures | str:
    """What halves takes in a process of its own, and what it found."""
    sizes = [str(case.regions), str(case.channels), str(seed)]
    took, code, said = measured([sys.executable, "-m", "bench.mix", "--only", *sizes], cap_s=CAP_S)
    if code:
        return said.strip().splitlines()[-1]
    return json.loads(said.splitlines()[-1]) | vars(took)


def only(regions: int, channels: int, seed: int) -> Figures:
    """Fit once, in this process."""
    world = made_up(channels=channels, regions=regions, seed=seed)
    imported = time.process_time()
    answer = mix(world.data, seed=1)
    intervals = [(one.increment.low, one.increment.high) for one in answer.channels]
    return {
        "fit_cpu_s": time.process_time() - imported,
        "effective_draws": answer.effective_draws,
        "r_hat": answer.r_hat,
        "r_hat_of_all": answer.r_hat,
        "held": held(intervals, world.increments),
    }


def theirs(peer: str, case: Case, seed: int) -> Figures | str:
    """The same of a peer, or why there is nothing."""
    world = made_up(channels=case.channels, regions=case.regions, seed=seed)
    data = world.data
    weekly = Weekly(
        weeks=[week.isoformat() for week in data.weeks],
        regions=list(data.regions),
        channels=list(data.channels),
        spend=data.spend,
        revenue=data.outcome,
        population=data.population,
        period=np.ones(len(data.weeks), dtype=np.bool_),
    )
    with TemporaryDirectory() as folder:
        given = Path(folder) / "given.npz"
        weekly.write(given)
        answer = ask(peer, given, seed=1)
    if not isinstance(answer, PeerAnswer):
        spent = f", {answer.took.cpu_s:.0f} CPU s" if answer.took else ""
        return answer.why + spent
    intervals = [(one.quantiles[0], one.quantiles[-1]) for one in answer.channels]
    return {
        "effective_draws": answer.effective_draws,
        "r_hat": answer.r_hat,
        "r_hat_of_all": answer.r_hat_of_all,
        "held": held(intervals, world.increments),
    } | vars(answer.took)


def held(intervals: Sequence[tuple[float, float]], truths: np.ndarray) -> int:
    """How many 90% intervals hold the truth."""
    lows, highs = np.array(intervals).T
    return int(((lows <= truths) & (truths <= highs)).sum())


def missed(case: Case, figures: Figures) -> list[str]:
    """The aims that halves does not reach."""
    aims = {
        f"{figures['cpu_s']:.1f} CPU s, not {case.cpu_s:.0f}": figures["cpu_s"] <= case.cpu_s,
        f"{figures['peak_gb']:.2f} GB, not {case.peak_gb:.0f}": figures["peak_gb"] <= case.peak_gb,
        f"{figures['effective_draws']:.0f} effective draws": (
            figures["effective_draws"] >= FEWEST_DRAWS
        ),
        f"R̂ {figures['r_hat']:.3f}": figures["r_hat"] <= R_HAT_LIMIT,
    }
    return [what for what, reached in aims.items() if not reached]


def page(found: Mapping[int, Mapping[str, Figures | str]]) -> str:
    """The measurements as a page."""
    versions = ", ".join(f"{TITLES[peer]} {version_of(peer)}" for peer in PEERS)
    lines = [_WORDS.format(weeks=WEEKS, seed=SEED, cores=os.cpu_count(), versions=versions)]
    lines += [
        "| regions × channels | who | CPU s | times halves | wall s | peak GB | least effective "
        "draws | largest R̂ of increments | of all sampled | truths in 90% intervals |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for case in (one for one in CASES if one.regions in found):
        sides = found[case.regions]
        for who in TITLES:
            lines.append(_row(case, who, sides.get(who, "not measured"), sides["halves"]))
    lines += ["", "halves is to take at most:", ""]
    for case in CASES:
        figures = found.get(case.regions, {}).get("halves", "not measured")
        short = figures if isinstance(figures, str) else "; ".join(missed(case, figures))
        lines.append(
            f"- {case.regions} × {case.channels}: {case.cpu_s:.0f} CPU s and {case.peak_gb:.0f} GB "
            f"for {FEWEST_DRAWS} effective draws of all it reports and an R̂ of {R_HAT_LIMIT}. "
            f"{f'Missed: {short}' if short else 'Reached'}."
        )
    return "\n".join(lines) + "\n"


def _row(case: Case, who: str, figures: Figures | str, ours: Figures | str) -> str:
    cells = [f"{case.regions} × {case.channels}", TITLES[who]]
    if isinstance(figures, str):
        cells += [figures, *[""] * 7]
    else:
        times = "" if isinstance(ours, str) else f"{figures['cpu_s'] / ours['cpu_s']:.1f}"
        cells += [f"{figures['cpu_s']:.1f}", times, f"{figures['wall_s']:.1f}"]
        cells += [f"{figures['peak_gb']:.2f}", f"{figures['effective_draws']:,.0f}"]
        cells += [f"{figures['r_hat']:.3f}", f"{figures['r_hat_of_all']:.3f}"]
        cells += [f"{figures['held']} of {case.channels}"]
    return f"| {' | '.join(cells)} |"


_WORDS = """# Benchmarks: the mix model

Written by `python -m bench.mix`. {weeks} weeks of made-up data with known effects, from a seed
({seed}) that nothing was tuned on; all sides get the same data, one after the other in one run,
each in a fresh process, on {cores} cores of a shared machine. CPU seconds are user and system time
of all threads, import and data included; the ratios are what carries over to another machine. The
least effective draws (bulk and both tails) and R̂ (rank-normalised, split, folded) are of the
channels' increments, by the same code for all sides; halves' are the worst of all that it reports,
curves and noise included. Peers run by their own defaults (bench/peers/meridian.py,
bench/peers/pymc_marketing.py) and are stopped after 600 s. {versions}.
"""


def main() -> None:
    """Measure all sides on every case, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", type=int, nargs=3, metavar=("REGIONS", "CHANNELS", "SEED"))
    parser.add_argument("--alone", action="store_true", help="leave the peers out")
    parser.add_argument("--regions", type=int, nargs="+", help="only cases of so many regions")
    parser.add_argument("--report", action="store_true", help="only write the page")
    options = parser.parse_args()
    if options.only:
        print(json.dumps(only(*options.only)))
        return
    wanted = options.regions or [case.regions for case in CASES]
    for case in [one for one in CASES if one.regions in wanted and not options.report]:
        found: dict[str, Figures | str] = {"halves": ours(case, SEED)}
        for peer in PEERS if not options.alone else ():
            found[peer] = theirs(peer, case, SEED)
            print(case.regions, peer, found[peer], flush=True)
        results.keep("mix", case.regions, found)
        print(case.regions, "halves", found["halves"], flush=True)
    PAGE.write_text(page(results.of("mix")))


if __name__ == "__main__":
    main()

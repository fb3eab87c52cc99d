"""Which half of the money is wasted, asked of a ledger of many touches: time and peak memory.

    python -m bench.which_half --touches 1_000_000 10_000_000

draws a company by chance (thirteen channels: broadcasts with spend by region, channels that meet
people, trials, geo tests and a lift study), lives two years of it so that its ledger holds so many
touches, asks in a process of its own, and writes its section of docs/benchmarks.md. With
`--report` it only writes the section, from the figures there are.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import results
from halves import Ledger, which_half
from halves.simulate import Company, simulate

DATA = Path("bench/.data")
PAGE = Path(__file__).parents[1] / "docs/benchmarks.md"
TITLE = "## Which half, end to end"
SEED = 7
SAMPLE = 2000  # people from whom it is told how many make so many touches
PATIENCE_S = 900
IDLE = 2.5  # running processes at the start, below which the wall clock is worth telling


@dataclass
class Stages:
    """Wall and CPU seconds of each stage that `which_half` tells of, in order."""

    wall_s: dict[str, float] = field(default_factory=dict)
    cpu_s: dict[str, float] = field(default_factory=dict)
    _now: tuple[str, float, float] | None = None

    def tell(self, doing: str | None) -> None:
        """Close the stage before this one; tests that are read are one stage."""
        wall, cpu = time.perf_counter(), time.process_time()
        if self._now is not None:
            name, since, used = self._now
            self.wall_s[name] = self.wall_s.get(name, 0.0) + wall - since
            self.cpu_s[name] = self.cpu_s.get(name, 0.0) + cpu - used
        name = doing or ""
        self._now = ("reading tests" if name.startswith("reading the test") else name, wall, cpu)


def make(touches: int) -> Path:
    """The folder of a ledger with about so many touches, made where it is missing."""
    folder = DATA / f"which-half-{touches}"
    if (folder / "people").exists():
        return folder
    sample = simulate(Company.random(seed=SEED, people=SAMPLE), seed=SEED)
    people = round(1.02 * touches * SAMPLE / sample.tables["touches"].num_rows)  # a few to spare
    shutil.rmtree(folder, ignore_errors=True)
    book = Ledger.create(folder / "ledger")
    simulate(Company.random(seed=SEED, people=people), seed=SEED).write(book)
    book.compact()
    (folder / "people").write_text(str(people))
    return folder


def ask(folder: Path, by: str) -> dict[str, Any]:
    """Ask in this process; imports count."""
    stages = Stages()
    company = Company.random(seed=SEED, people=int((folder / "people").read_text()))
    book = Ledger.open(folder / "ledger")
    answer = which_half(
        book,
        channels=company.channels,
        margin=company.margin,
        since=company.since,
        until=company.until,
        seed=1,
        by=by,
        currency=company.currency,
        progress=stages.tell,
    )
    stages.tell(None)
    counted = book.query(book.table("touches").count().as_table())
    return {
        "touches": counted.column(0)[0].as_py(),
        "people": company.people,
        "outcomes": answer.outcomes,
        "units": len(answer.units),
        "stages": {
            name: {"wall_s": wall, "cpu_s": stages.cpu_s[name]}
            for name, wall in stages.wall_s.items()
        },
        "cpu_s": time.process_time(),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def measure(touches: int, by: str) -> dict[str, Any]:
    """Make the ledger in one process and ask in another, started and stopped on the clock."""
    here = [sys.executable, "-m", "bench.which_half"]
    made = subprocess.run(
        [*here, "--make", str(touches)], check=True, stdout=subprocess.PIPE, text=True
    )
    load, begun = os.getloadavg()[0], time.perf_counter()
    done = subprocess.run(
        [*here, "--ask", made.stdout.split()[-1], "--by", by],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=PATIENCE_S,
    )
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {**figures, "wall_s": time.perf_counter() - begun, "load": load}


def section(sizes: dict[int, dict[str, Any]]) -> str:
    """Its part of docs/benchmarks.md."""
    whole = ["| touches | units | people | sales | wall s | CPU s | peak MB |", "|---:" * 7 + "|"]
    for _, found in sorted(sizes.items()):
        for by, one in found.items():
            cells = [f"{one['touches']:,}", f"{one['units']} {by}s", f"{one['people']:,}"]
            wall = f"{one['wall_s']:.1f}" if one["load"] < IDLE else "(busy)"
            cells += [f"{one['outcomes']:,}", wall, f"{one['cpu_s']:.1f}"]
            whole.append(f"| {' | '.join(cells)} | {one['peak_mb']:,.0f} |")
    by_channel = {rows: found["channel"] for rows, found in sorted(sizes.items())}
    names = list(dict.fromkeys(name for one in by_channel.values() for name in one["stages"]))
    heads = " | ".join(f"{one['touches']:,} touches" for one in by_channel.values())
    parts = [f"| CPU s | {heads} |", "|---|" + "---:|" * len(by_channel)]
    for name in names:
        cells = [f"{one['stages'][name]['cpu_s']:.1f}" for one in by_channel.values()]
        parts.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join([TITLE, "", _WORDS.strip(), "", *whole, "", *parts, ""])


_WORDS = """
`which_half` on a compacted ledger of a company drawn by chance (`Company.random`): three broadcasts
with spend by region, ten channels that meet people, tests on half of those, a geo test or a lift
study, two years of touches of which the second is asked about. From the start of Python to the
answer, imports, the mix model, the comparison of people, all attribution rules and the plan of
what to test next included; each in a process of its own on two cores, DuckDB held to 2 GB. Memory
is the peak of the whole process. What does not grow with the ledger is the mix model, the planning
of tests and the writing of some 150 queries. Where others kept the machine busy meanwhile, the wall
clock tells nothing and is left out.
"""


def write_section() -> None:
    """Put the section in place of what the page had, or at its end."""
    page = PAGE.read_text()
    new = section(results.of("which_half"))
    before, found, after = page.partition(TITLE)
    after = after.partition("\n## ")[2] if found else ""
    rest = f"\n## {after}" if after else ""
    PAGE.write_text(f"{before.rstrip()}\n\n{new.rstrip()}\n{rest}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--touches", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--by", nargs="+", default=["channel", "campaign"])
    parser.add_argument("--report", action="store_true", help="only write the section")
    parser.add_argument("--make", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--ask", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.make is not None:
        print(make(options.make))
    elif options.ask is not None:
        print(json.dumps(ask(options.ask, options.by[0])))
    else:
        for touches in [] if options.report else options.touches:
            found = {by: measure(touches, by) for by in options.by}
            for by, one in found.items():
                print(f"{touches:,} by {by}: {one['wall_s']:.1f} s, {one['peak_mb']:,.0f} MB")
            results.keep("which_half", touches, found)
        write_section()


if __name__ == "__main__":
    main()

"""Run all benches and write docs/benchmarks.md.

python -m bench                        1 and 10 million touches
python -m bench --rows 100_000_000     another size; peers are left out above 10 million
python -m bench --report               write the page from the figures there are
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from bench import claims, results, which_half

PAGE = Path("docs/benchmarks.md")
SIZES = (1_000_000, 10_000_000)
MOST_FOR_PEERS = 10_000_000
PACKAGES = ("numpy", "pyarrow", "duckdb", "deltalake")

_OPENING = """# Benchmarks

Written by `make bench` (`python -m bench`). Figures of one size come from one run, and ratios are
what carries over to another machine. Measured on {cores} cores of a shared machine with
{memory:.0f} GB of memory, Python {python}, {packages}.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--report", action="store_true", help="only write the page")
    options = parser.parse_args()
    for rows in options.rows if not options.report else ():
        alone = ["--alone"] if rows > MOST_FOR_PEERS else []
        _run("bench.ledger", rows, [])
        _run("bench.claims", rows, alone)
    PAGE.write_text(_page())


def _run(bench: str, rows: int, more: list[str]) -> None:
    command = [sys.executable, "-m", bench, "--rows", str(rows), *more]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    print(done.stdout, end="", flush=True)
    if bench == "bench.ledger":
        results.keep("ledger", rows, json.loads(done.stdout.splitlines()[-1]))


def _page() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    opening = _OPENING.format(
        cores=os.cpu_count(),
        memory=memory,
        python=platform.python_version(),
        packages=", ".join(f"{name} {version(name)}" for name in PACKAGES),
    )
    parts = [opening]
    if ledger := results.of("ledger"):
        parts.append(_ledger(ledger))
    if sizes := results.of("claims"):
        parts.append(claims.section(sizes))
    if sizes := results.of("which_half"):
        parts.append(which_half.section(sizes))
    return "\n".join(parts).rstrip() + "\n"


def _ledger(sizes: dict[int, dict[str, float]]) -> str:
    lines = [
        "## Append and compact",
        "",
        "Touches in no order, ten to a person, appended as one batch and then compacted: sorted by",
        "person and known to be free of repeats.",
        "",
        "| touches | append CPU s | wall s | compact CPU s | wall s | peak MB | on disk MB |",
        "|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for rows, figures in sorted(sizes.items()):
        cells = [f"{rows:,}"]
        for name in ("append_cpu_s", "append_wall_s", "compact_cpu_s", "compact_wall_s"):
            cells.append(f"{figures[name]:.1f}")
        peak = max(figures["append_peak_mb"], figures["compact_peak_mb"])
        cells += [f"{peak:,.0f}", f"{figures['disk_mb']:,.0f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()

"""All attribution rules on many touches, against two packages that people use.

CPU seconds and peak memory of halves, ChannelAttribution and marketing-attribution-models.

    python -m bench.claims --rows 1_000_000

makes the data and the peers' environments where they are missing, runs everyone on the same
touches one after the other, checks that the rules which mean the same give the same, and keeps the
figures for `python -m bench`, which writes docs/benchmarks.md. `--alone` leaves the peers out.
"""

import argparse
import json
import math
import shutil
import subprocess
import sys
from pathlib import Path

from bench import results

DATA, ENVIRONMENTS = Path("bench/.data"), Path("bench/.envs")
PEERS = {
    "channel_attribution": ["ChannelAttribution==2.2.5", "matplotlib", "pyarrow"],
    "marketing_attribution_models": ["marketing-attribution-models==2.1.1", "pyarrow"],
}
SAME_RULES = ("first_touch", "last_touch", "linear")
PATIENCE_S = 900

TITLES = {
    "halves": "halves: seven rules",
    "channel_attribution": "ChannelAttribution 2.2.5: first, last, linear, Markov",
    "marketing_attribution_models": "marketing-attribution-models 2.1.1: the same seven rules, "
    "Shapley over at most 4 channels of a journey",
}

Figures = dict[str, float]


def run(rows: int, *, alone: bool) -> dict[str, Figures | str]:
    """Contender → its figures, or why it has none."""
    ledger, touches = DATA / f"claims-{rows}", DATA / f"claims-{rows}.parquet"
    if not ledger.exists() or not (alone or touches.exists()):
        _make(ledger, touches, rows, alone=alone)
    figures, ours = _measure([sys.executable, "-m", "bench.halves_claims", str(ledger)])
    found: dict[str, Figures | str] = {"halves": figures}
    for peer, needs in PEERS.items() if not alone else ():
        python = _environment(peer, needs)
        try:
            figures, theirs = _measure([str(python), "-m", f"bench.peers.{peer}", str(touches)])
        except subprocess.TimeoutExpired:
            found[peer] = f"not done after {PATIENCE_S // 60} minutes"
        except subprocess.CalledProcessError as failed:
            killed = failed.returncode < 0
            found[peer] = "ran out of memory" if killed else "failed"
            print(failed.stderr, file=sys.stderr)
        else:
            _check_same(peer, ours, theirs)
            found[peer] = figures
    return found


def section(sizes: dict[int, dict[str, Figures | str]]) -> str:
    """The claims' part of docs/benchmarks.md."""
    lines = [_WORDS.strip(), "", "| touches | who | CPU s | times halves | wall s | peak MB |"]
    lines.append("|---:|---|---:|---:|---:|---:|")
    for rows, found in sorted(sizes.items()):
        ours = found["halves"]
        assert not isinstance(ours, str)
        for who, figures in found.items():
            cells = [f"{rows:,}", TITLES[who]]
            if isinstance(figures, str):
                cells += [figures, "", "", ""]
            else:
                times = figures["cpu_s"] / ours["cpu_s"]
                cells += [f"{figures['cpu_s']:.2f}", f"{times:.1f}", f"{figures['wall_s']:.1f}"]
                cells += [f"{figures['peak_mb']:,.0f}"]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", *_parts(sizes)])


def _parts(sizes: dict[int, dict[str, Figures | str]]) -> list[str]:
    """Where a peer's time goes, at each size."""
    lines = []
    for rows, found in sorted(sizes.items()):
        ours = found["halves"]
        for who, figures in found.items():
            if isinstance(figures, str) or isinstance(ours, str) or who == "halves":
                continue
            parts = {name: value for name, value in figures.items() if name.endswith("_cpu_s")}
            words = ", ".join(f"{name[:-6]} {value:.2f}" for name, value in parts.items())
            models = figures["cpu_s"] - parts["read_cpu_s"] - parts["paths_cpu_s"]
            lines.append(
                f"- {who.replace('_', '-')}, {rows:,} touches, CPU seconds by part: {words}. "
                f"Without reading and building paths: {models / ours['cpu_s']:.1f} times all that "
                "halves does."
            )
    return lines


_WORDS = """
## Claims

All seven rules by channel, credited in money, with a 60-day look-back: about 4 touches a journey
over 20 channels, of which 3% convert (made from a seed by bench/journeys.py). Each contender runs
in a process of its own, one after the other, on the same touches. CPU is user plus system time of
all threads, without imports; memory is the peak of the whole process, imports included.

- halves starts from a compacted ledger, looks up the outcomes and builds the journeys.
- The peers start from one Parquet file in which each journey's touches lie together and the
  outcome's value is joined to its last touch already. Building their paths counts.
- First touch, last touch and linear came out the same for all who ran, to a millionth: the bench
  fails where they do not. Markov is solved exactly by halves and simulated by ChannelAttribution;
  marketing-attribution-models means something else by it, and shares out each journey by its
  touches' removal effects. tests/measure/ compares Markov with ChannelAttribution on public data.
- Not measured: peers above 10 million touches, ledgers with a tail that is not compacted, other
  units than channels.
"""


def _make(ledger: Path, touches: Path, rows: int, *, alone: bool) -> None:
    shutil.rmtree(ledger, ignore_errors=True)
    DATA.mkdir(parents=True, exist_ok=True)
    made = [sys.executable, "-m", "bench.journeys", str(ledger), "--rows", str(rows)]
    # In a process of its own, so that its memory is not counted to those measured.
    subprocess.run(made + ([] if alone else ["--peers", str(touches)]), check=True)


def _environment(peer: str, needs: list[str]) -> Path:
    """The Python of the peer's own environment, made if it is missing."""
    folder = ENVIRONMENTS / peer
    python = folder / "bin/python"
    if not (folder / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *needs], check=True)
        (folder / "ready").touch()
    return python


def _measure(command: list[str]) -> tuple[Figures, dict[str, Figures]]:
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE_S)
    said = json.loads(done.stdout.splitlines()[-1])
    return said["figures"], said["claims"]


def _check_same(peer: str, ours: dict[str, Figures], theirs: dict[str, Figures]) -> None:
    for rule in SAME_RULES:
        for channel, claimed in theirs[rule].items():
            if not math.isclose(claimed, ours[rule][channel], rel_tol=1e-6):
                raise AssertionError(
                    f"{rule} gives {channel} {ours[rule][channel]} here and {claimed} in {peer}"
                )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--alone", action="store_true", help="leave the peers out")
    options = parser.parse_args()
    found = run(options.rows, alone=options.alone)
    results.keep("claims", options.rows, found)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()

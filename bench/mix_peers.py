"""What Meridian and PyMC-Marketing say of weekly spend and revenue, each in its own environment.

    python -m bench.mix_peers install                       makes bench/.envs/meridian, ...
    python -m bench.mix_peers meridian GIVEN.npz --cap 600  what each channel brought, as JSON
    python -m bench.mix_peers pymc_marketing GIVEN.npz

`Weekly.write` (bench/peers/weekly.py) writes GIVEN.npz. Environments come from bench/peers/*.txt,
names and versions only. What each peer is given and which of its choices are taken stands in
bench/peers/meridian.py and bench/peers/pymc_marketing.py. CPU is the whole process's, import
included, of all threads and of the processes that it starts; R̂ and effective draws are worked out
by the same code as for halves.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from halves.measure.mix_checks import effective_draws, r_hat

HERE = Path(__file__).parent
PACKAGES = {"meridian": "google-meridian", "pymc_marketing": "pymc-marketing"}
PEERS = tuple(PACKAGES)
CAP_S = 600.0
QUANTILES = (0.05, 0.25, 0.75, 0.95)


@dataclass(frozen=True)
class Took:
    """What a process took, from its start to its end."""

    cpu_s: float
    wall_s: float
    peak_gb: float


@dataclass(frozen=True)
class Brought:
    """What a peer says that a channel brought in the period, in money."""

    channel: str
    mean: float
    quantiles: tuple[float, ...]  # at `QUANTILES`


@dataclass(frozen=True)
class PeerAnswer:
    """What a peer says, and how far its chains agree."""

    peer: str
    channels: tuple[Brought, ...]
    took: Took
    r_hat: float  # the largest of the channels' increments
    effective_draws: float  # the least of the same
    r_hat_of_all: float  # the largest of all that was sampled


@dataclass(frozen=True)
class NoAnswer:
    """Why a peer says nothing."""

    peer: str
    why: str
    took: Took | None = None


def ask(peer: str, given: Path, *, seed: int, cap_s: float = CAP_S) -> PeerAnswer | NoAnswer:
    """Ask a peer what each channel brought.

    Args:
        peer: one of `PEERS`.
        given: a file of `Weekly.write`.
        seed: of all chance.
        cap_s: wall seconds after which it is stopped.
    """
    python = HERE / ".envs" / peer / "bin/python"
    if not python.exists():
        return NoAnswer(peer, "not installed")
    with TemporaryDirectory() as folder:
        drawn = Path(folder) / "drawn.npz"
        command = [str(python), "-m", f"bench.peers.{peer}", str(given), str(drawn), str(seed)]
        took, code, said = measured(command, cap_s=cap_s)
        if code == -signal.SIGKILL and took.wall_s >= cap_s:
            return NoAnswer(peer, f"not done after {cap_s:.0f} s", took)
        if code or not drawn.exists():
            lines = said.strip().splitlines()
            return NoAnswer(peer, lines[-1] if lines else "failed", took)
        return _answer(peer, given, drawn, took)


def measured(command: Sequence[str], *, cap_s: float) -> tuple[Took, int, str]:
    """Run a command to its end, or until it is stopped: what it took, its exit, what it printed."""
    alone = os.environ | {"OPENBLAS_NUM_THREADS": "1"}  # idle threads that spin count as CPU
    with TemporaryDirectory() as folder:
        said = Path(folder) / "said"
        with said.open("w") as out:
            began = time.perf_counter()
            process = subprocess.Popen(
                command, env=alone, stdout=out, stderr=out, cwd=HERE.parent, start_new_session=True
            )
            stop = threading.Timer(cap_s, os.killpg, (process.pid, signal.SIGKILL))
            stop.start()
            _, status, usage = os.wait4(process.pid, 0)
            stop.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        took = Took(
            cpu_s=usage.ru_utime + usage.ru_stime,
            wall_s=time.perf_counter() - began,
            peak_gb=usage.ru_maxrss / 1e6,
        )
        return took, process.returncode, said.read_text()


def _answer(peer: str, given: Path, drawn: Path, took: Took) -> PeerAnswer:
    draws = np.load(drawn, allow_pickle=False)
    names = np.load(given, allow_pickle=False)["channels"].tolist()
    increments, parameters = draws["increments"], draws["parameters"]
    moving = parameters[..., np.ptp(parameters, axis=(0, 1)) > 0]
    flat = increments.reshape(-1, len(names)).astype(float)
    return PeerAnswer(
        peer=peer,
        channels=tuple(
            Brought(name, float(mine.mean()), tuple(np.quantile(mine, QUANTILES).tolist()))
            for name, mine in zip(names, flat.T, strict=True)
        ),
        took=took,
        r_hat=float(r_hat(increments.astype(float)).max()),
        effective_draws=float(effective_draws(increments.astype(float)).min()),
        r_hat_of_all=float(r_hat(moving.astype(float)).max()),
    )


def version_of(peer: str) -> str:
    """The version that its environment is made from."""
    name = PACKAGES[peer]
    needs = (HERE / "peers" / f"{peer}.txt").read_text().splitlines()
    return next(line.removeprefix(f"{name}==") for line in needs if line.startswith(f"{name}=="))


def install(peer: str) -> None:
    """Make a peer's own environment, with the Python that runs this."""
    folder = HERE / ".envs" / peer
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    needs = HERE / "peers" / f"{peer}.txt"
    subprocess.run([folder / "bin/pip", "install", "--quiet", "-r", needs], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", choices=[*PEERS, "install"])
    parser.add_argument("given", type=Path, nargs="?")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cap", type=float, default=CAP_S, help="wall seconds")
    options = parser.parse_args()
    if options.peer == "install":
        for peer in PEERS:
            install(peer)
        return
    answer = ask(options.peer, options.given.resolve(), seed=options.seed, cap_s=options.cap)
    print(json.dumps(asdict(answer), indent=1))


if __name__ == "__main__":
    main()

"""Which half is wasted? Ways of finding it, on companies whose truth is known.

python -m bench.wanamaker                                    report worlds: build, score, page
python -m bench.wanamaker build --worlds tuning --seeds 1:13 live worlds and keep them
python -m bench.wanamaker score --worlds tuning --methods "last touch" Markov --seeds 1:13

Nothing is lived twice: worlds, truth and cuts are kept in bench/.data/wanamaker, and a build that
was stopped goes on where it was. What methods said is kept too, so that a score of some methods
leaves the others' figures standing. bench/wanamaker_worlds.py says how to open a world by hand.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.wanamaker_methods import METHODS, PEERS, Told
from bench.wanamaker_page import page
from bench.wanamaker_peers import Silent
from bench.wanamaker_scores import Heard, changes, from_json, heard, score, to_json
from bench.wanamaker_worlds import ARMS, SEEDS, Arm, World, Worlds

PAGE = Path(__file__).parents[1] / "docs/benchmarks-wanamaker.md"
REPORTED = range(1000, 1060)
WITH_PEERS = 3  # worlds on which peers are asked too: they take minutes each
ALL = METHODS | PEERS


def build(worlds: Worlds, seeds: Iterable[int], arms: Sequence[Arm], *, workers: int) -> None:
    """Live every world in a process of its own, some at a time."""
    jobs = [(seed, arm) for seed in seeds for arm in arms]

    def run(job: tuple[int, Arm]) -> None:
        seed, arm = job
        command = [sys.executable, "-m", "bench.wanamaker_worlds", worlds.which]
        subprocess.run([*command, str(worlds.people), str(seed), arm], check=True)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(run, jobs))


def ask(worlds: Worlds, seeds: Iterable[int], arms: Sequence[Arm], methods: Sequence[str]) -> None:
    """Ask each method about each world that is built, and keep what it said."""
    for arm in arms:
        for world in worlds.kept(arm, seeds):
            answers = {method: one for method in methods if (one := _answer(world, method))}
            # All at once, since what they have in common is then lived once.
            world.profits([b for found, _ in answers.values() for b in changes(world, found)])
            for method, (found, cpu_s) in answers.items():
                _keep(_file(worlds, arm, method), heard(world, found, cpu_s=cpu_s))
            print(f"asked about {arm} {world.known.seed}", flush=True)


def _answer(world: World, method: str) -> tuple[Told, float] | None:
    """What a method says and the CPU seconds it took; None if it gives no answer."""
    began = time.process_time()
    try:
        found = ALL[method](world.case)
    except Silent as why:
        print(why, flush=True)
        return None
    return found, found.cpu_s or time.process_time() - began


def _keep(file: Path, one: Heard) -> None:
    kept = json.loads(file.read_text()) if file.exists() else {}
    kept[str(one.seed)] = to_json(one)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(kept))


def told(worlds: Worlds, seeds: Iterable[int]) -> str:
    """The page, from all that is kept of these worlds."""
    wanted = {str(seed) for seed in seeds}
    scores = {}
    for arm in ARMS:
        for method in ALL:
            file = _file(worlds, arm, method)
            kept = json.loads(file.read_text()) if file.exists() else {}
            found: list[Heard] = [from_json(one) for seed, one in kept.items() if seed in wanted]
            if found:
                scores[method, arm] = score(found)
    return page(worlds.which, worlds.people, scores)


def _file(worlds: Worlds, arm: Arm, method: str) -> Path:
    return worlds.folder / f"said-{arm}-{method.replace(' ', '_')}.json"


def main() -> None:
    options = _options()
    worlds = Worlds(options.worlds, options.people)
    if options.doing in ("build", "both"):
        build(worlds, options.seeds, options.arms, workers=options.workers)
    if options.doing in ("score", "both"):
        ask(worlds, options.seeds, options.arms, options.methods)
        if options.doing == "both":
            ask(worlds, options.seeds[:WITH_PEERS], ["with"], list(PEERS))
        words = told(worlds, options.seeds)
        (worlds.folder / "page.md").write_text(words)
        print(words)
        if options.worlds == "report":
            PAGE.write_text(words)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("doing", nargs="?", choices=("build", "score", "both"), default="both")
    parser.add_argument("--worlds", choices=tuple(SEEDS), default="report")
    parser.add_argument("--people", type=int, default=30_000)
    parser.add_argument("--seeds", type=_seeds, help="first:last, last left out")
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=ARMS)
    parser.add_argument("--methods", nargs="+", choices=tuple(ALL), default=tuple(METHODS))
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    if options.seeds is None:
        options.seeds = REPORTED if options.worlds == "report" else SEEDS["tuning"]
    return options


def _seeds(words: str) -> range:
    first, last = words.split(":")
    return range(int(first), int(last))


if __name__ == "__main__":
    main()

"""Simulated companies with known truth, lived once and kept.

A world is one company in one arm: `with` experiments, or `without`. To look into one by hand:

    from bench.wanamaker_worlds import Worlds
    worlds = Worlds("tuning", people=30_000)
    for world in worlds.kept("with"):
        book, case, known = world.case.book, world.case, world.known
        known.units["tv"].incremental      # the truth, E[R | Π] − E[R | do(tv = off)]
        world.profits([{"tv": 0, "social": 0.5}])  # one off, one halved, on the same dice

    python -m bench.wanamaker_worlds tuning 30000 1 with    # live one and keep it

A world's folder holds `ledger/`, `truth.json` and, once something was changed, `profits.json`.
"""

import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Literal, Self

from halves import Channel, Ledger
from halves.simulate import Company, outcome_of, simulate, truth

Arm = Literal["with", "without"]
Set = Literal["tuning", "report"]
Budget = Mapping[str, float]  # channel → multiple of what it spends today; 1 where absent

ARMS: tuple[Arm, ...] = ("with", "without")
SEEDS: dict[Set, range] = {"tuning": range(1, 100), "report": range(1000, 2000)}
HOME = Path(__file__).parent / ".data/wanamaker"
RERUNS = 2  # draws of the same people's luck, over which truth and profits are averaged


@dataclass(frozen=True)
class UnitKnown:
    """What one channel truly brought in the period, in money; as `halves.simulate.UnitTruth`."""

    unit: str
    spend: float
    incremental: float
    incremental_se: float
    saved: float
    profit: float
    marginal_return: float | None = None

    @property
    def is_wasted(self) -> bool:
        """Say whether the company would be richer without it."""
        return self.profit < 0


@dataclass(frozen=True)
class Known:
    """A world's truth."""

    seed: int
    people: int
    arm: Arm
    design: str  # a fingerprint of the company, to notice when it is drawn otherwise
    channels: tuple[Channel, ...]
    margin: float
    currency: str
    since: date
    until: date
    revenue: float
    spend: float
    units: dict[str, UnitKnown]

    @classmethod
    def read(cls, file: Path) -> Self:
        """From a world's truth.json."""
        found = json.loads(file.read_text())
        found["channels"] = tuple(Channel(**channel) for channel in found["channels"])
        found["units"] = {unit: UnitKnown(**of) for unit, of in found["units"].items()}
        for day in ("since", "until"):
            found[day] = date.fromisoformat(found[day])
        return cls(**found)

    @property
    def wasted(self) -> frozenset[str]:
        """The channels that truly lose money."""
        return frozenset(name for name, unit in self.units.items() if unit.is_wasted)


@dataclass(frozen=True, eq=False)
class Case:
    """All that a method may see: the ledger, and what the company says of itself."""

    book: Ledger
    channels: tuple[Channel, ...]
    margin: float
    currency: str
    since: date
    until: date


@dataclass(frozen=True)
class World:
    """One company in one arm, as kept in a folder."""

    folder: Path

    @cached_property
    def known(self) -> Known:
        """The truth, which no method may see."""
        return Known.read(self.folder / "truth.json")

    @property
    def case(self) -> Case:
        """What methods may see; a ledger opened afresh."""
        known = self.known
        return Case(
            book=Ledger.open(self.folder / "ledger"),
            channels=known.channels,
            margin=known.margin,
            currency=known.currency,
            since=known.since,
            until=known.until,
        )

    @property
    def company(self) -> Company:
        """The company, drawn again."""
        known = self.known
        company = drawn(known.seed, people=known.people, arm=known.arm)
        if _design(company) != known.design:
            raise ValueError(f"{self.folder} holds another company than is drawn now: build again")
        return company

    def profits(self, budgets: Sequence[Budget]) -> list[float]:
        """Profit of the period with each of these budgets, on the same dice.

        Lived again where it was not yet, and kept.
        """
        file = self.folder / "profits.json"
        kept: dict[str, float] = json.loads(file.read_text()) if file.exists() else {}
        changes = [{unit: x for unit, x in sorted(b.items()) if x != 1} for b in budgets]
        keys = [" ".join(f"{unit}*{x:g}" for unit, x in change.items()) for change in changes]
        missing = {k: c for k, c in zip(keys, changes, strict=True) if k not in kept}
        if missing:
            lived = _profits(self.company, self.known.seed, list(missing.values()))
            kept |= dict(zip(missing, lived, strict=True))
            _write(file, kept)
        return [kept[key] for key in keys]


@dataclass(frozen=True)
class Worlds:
    """A set of worlds of one size: those to tune on, or those to report."""

    which: Set
    people: int
    home: Path = HOME

    @property
    def folder(self) -> Path:
        """Where they are kept."""
        return self.home / f"{self.which}-{self.people}"

    def world(self, seed: int, arm: Arm) -> World:
        """The world of a seed, kept or not."""
        return World(self.folder / arm / f"{seed:04d}")

    def kept(self, arm: Arm, seeds: Iterable[int] | None = None) -> Iterator[World]:
        """Worlds that are built, by seed."""
        for seed in SEEDS[self.which] if seeds is None else seeds:
            world = self.world(seed, arm)
            if (world.folder / "truth.json").exists():
                yield world

    def build(self, seed: int, arm: Arm) -> bool:
        """Live one world and keep it, whole or not at all; False if it was there."""
        if seed not in SEEDS[self.which]:
            raise ValueError(f"{self.which} seeds are {SEEDS[self.which]}, got {seed}")
        company, world = drawn(seed, people=self.people, arm=arm), self.world(seed, arm)
        if (world.folder / "truth.json").exists() and world.known.design == _design(company):
            return False
        half_built = world.folder.with_name(f".{seed:04d}-{os.getpid()}")
        shutil.rmtree(half_built, ignore_errors=True)
        book = Ledger.create(half_built / "ledger")
        simulate(company, seed=seed).write(book)
        book.compact()
        _write(half_built / "truth.json", _truth(company, seed, arm))
        shutil.rmtree(world.folder, ignore_errors=True)
        half_built.rename(world.folder)
        return True


def drawn(seed: int, *, people: int, arm: Arm) -> Company:
    """The company of a seed; both arms have the same one, but for its trials."""
    return Company.random(seed=seed, people=people, experiments=arm == "with")


def _design(company: Company) -> str:
    return sha256(repr(company).encode()).hexdigest()[:16]


def _truth(company: Company, seed: int, arm: Arm) -> dict[str, object]:
    known = truth(company, seed=seed, reruns=RERUNS)
    return {
        "seed": seed,
        "people": company.people,
        "arm": arm,
        "design": _design(company),
        "channels": [asdict(channel) for channel in company.channels],
        "margin": company.margin,
        "currency": company.currency,
        "since": company.since.isoformat(),
        "until": company.until.isoformat(),
        "revenue": known.v11,
        "spend": known.spend,
        "units": {name: asdict(unit) for name, unit in known.units.items()},
    }


def _profits(company: Company, seed: int, budgets: Sequence[Budget]) -> list[float]:
    """Profit with each budget, averaged over reruns."""
    return [one.profit for one in outcome_of(company, seed=seed, do=budgets, reruns=RERUNS)]


def _write(file: Path, found: object) -> None:
    """All of it or nothing: another process may be reading."""
    half_written = file.with_name(f"{file.name}.{os.getpid()}")
    half_written.write_text(json.dumps(found, indent=1))
    half_written.replace(file)


def main() -> None:
    """Live one world, in this process."""
    which, people, seed, arm = sys.argv[1:]
    is_new = Worlds(which, int(people)).build(int(seed), arm)
    print(f"{'built' if is_new else 'kept'} {arm} {seed}", flush=True)


if __name__ == "__main__":
    main()

"""What each unit of spend truly brought: the same people, the same luck, the unit switched off.

Revenue is counted as its expectation each day, chance of closing × worth: the same mean as the
deals that closed, with less noise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halves.simulate import costs
from halves.simulate.chance import Chance
from halves.simulate.company import Company
from halves.simulate.people import People, meet
from halves.simulate.world import live

NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class UnitTruth:
    """What one channel, path, campaign or seller truly brought in the period."""

    unit: str
    spend: float  # its own
    incremental: float  # revenue, E[R | Π] − E[R | do(unit off)]
    incremental_se: float  # of the simulation, over people
    saved: float  # by switching it off: its own spend, and what it induced elsewhere
    profit: float  # margin × incremental − saved

    @property
    def is_wasted(self) -> bool:
        """Say whether the company would be richer without it."""
        return self.profit < 0


@dataclass(frozen=True)
class Truth:
    """What truly worked, by unit, and what the two paths brought with and without each other."""

    units: Mapping[str, UnitTruth]
    revenue: float  # expected, of what the company did: v11
    spend: float
    v11: float  # expected revenue with marketing and sales
    v10: float  # with marketing alone
    v01: float  # with sales alone
    v00: float  # with neither

    @property
    def synergy(self) -> float:
        """The revenue that needed both paths."""
        return self.v11 - self.v10 - self.v01 + self.v00


@dataclass(frozen=True)
class _World:
    revenue: NDArray[np.float64]  # by person
    spend: Mapping[str, float]  # by channel


def truth(
    company: Company,
    *,
    seed: int,
    units: Sequence[str] | None = None,
    reruns: int = 1,
) -> Truth:
    """Live the same days again with each unit off, and take the difference.

    Args:
        company: the design.
        seed: as for `simulate`; the first run is the very year that it returns.
        units: names of channels, paths (`many`, `one`), campaigns or sellers; by default every
            channel and both paths.
        reruns: how many draws of the same people's luck to average over.

    Raises:
        ValueError: a unit that the company does not have, or `reruns` below 1.
    """
    if reruns < 1:
        raise ValueError(f"reruns must be at least 1, got {reruns}")
    named = [*(channel.name for channel in company.channels), "many", "one"]
    chosen = list(named if units is None else units)
    offs = {unit: frozenset([unit]) for unit in [*chosen, "many", "one"]}
    offs |= {"": NOTHING, "both": frozenset(["many", "one"])}
    worlds = {unit: _average(company, seed, off, reruns) for unit, off in offs.items()}
    real = worlds[""]
    return Truth(
        units={unit: _unit(company, unit, real, worlds[unit]) for unit in chosen},
        revenue=float(real.revenue.sum()),
        spend=sum(real.spend.values()),
        v11=float(real.revenue.sum()),
        v10=float(worlds["one"].revenue.sum()),
        v01=float(worlds["many"].revenue.sum()),
        v00=float(worlds["both"].revenue.sum()),
    )


def _unit(company: Company, unit: str, real: _World, without: _World) -> UnitTruth:
    brought = real.revenue - without.revenue
    saved = sum(real.spend.values()) - sum(without.spend.values())
    own = {c.name for c in company.channels if unit in (c.name, c.path)}
    incremental = float(brought.sum())
    return UnitTruth(
        unit=unit,
        spend=sum(real.spend[name] for name in own),
        incremental=incremental,
        incremental_se=float(brought.std() * brought.size**0.5),
        saved=saved,
        profit=company.margin * incremental - saved,
    )


def _average(company: Company, seed: int, off: frozenset[str], reruns: int) -> _World:
    people = meet(company, Chance(seed, company.people))
    runs = [_run(company, people, Chance(seed, company.people, n), off) for n in range(reruns)]
    return _World(
        sum((run.revenue for run in runs), np.zeros(company.people)) / reruns,
        {name: sum(run.spend[name] for run in runs) / reruns for name in runs[0].spend},
    )


def _run(company: Company, people: People, chance: Chance, off: frozenset[str]) -> _World:
    heads = np.bincount(people.region, minlength=len(company.regions))
    lived = live(company, people, chance, off=off)
    spend = costs.by_channel(company, lived, chance, heads)
    return _World(lived.promised, {name: total / 1e6 for name, total in spend.items()})

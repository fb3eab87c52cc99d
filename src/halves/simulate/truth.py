"""What each unit of spend truly brought: the same people, the same luck, the unit switched off.

Revenue is counted as each day's chance of closing × worth: its mean is that of the deals that
closed, and it has less noise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from halves.simulate import costs
from halves.simulate.chance import Chance
from halves.simulate.company import Company
from halves.simulate.people import People, meet
from halves.simulate.reach import Off
from halves.simulate.world import Lived, live

_PATHS = ("many", "one")
_ALL = frozenset(_PATHS)
_NONE: Off = frozenset()


@dataclass(frozen=True)
class UnitTruth:
    """What one channel, path, campaign or seller truly brought in the period, in money."""

    unit: str
    spend: float  # its own
    incremental: float  # revenue: E[R | Π] − E[R | do(unit off)]
    incremental_se: float  # what chance in the simulation leaves open
    saved: float  # spend that would not have been, its own and what it induced elsewhere
    profit: float  # margin × incremental − saved
    marginal_return: float | None = None  # earned for one more unit of money; None if not asked

    @property
    def is_wasted(self) -> bool:
        """Say whether the company would be richer without it."""
        return self.profit < 0


@dataclass(frozen=True)
class Truth:
    """What truly worked, and what the two paths brought with and without each other."""

    units: Mapping[str, UnitTruth]
    paths: Mapping[str, UnitTruth]
    spend: float
    v11: float  # expected revenue with marketing and sales: what the company did
    v10: float  # with marketing alone
    v01: float  # with sales alone
    v00: float  # with neither

    @property
    def synergy(self) -> float:
        """The revenue that needed both paths."""
        return self.v11 - self.v10 - self.v01 + self.v00

    @property
    def wasted_share(self) -> float:
        """The share of all spend that went to units which lost money."""
        return sum(unit.spend for unit in self.units.values() if unit.is_wasted) / self.spend


@dataclass(frozen=True)
class _World:
    """One world's money, averaged over reruns."""

    revenue: NDArray[np.float64]  # by person
    spend: float


def truth(
    company: Company,
    *,
    seed: int,
    units: Sequence[str] | None = None,
    reruns: int = 1,
    marginals: bool = False,
) -> Truth:
    """Live the same days again with each unit off, and take the differences.

    Args:
        company: the design.
        seed: as for `simulate`; the first run is the very year that it returns.
        units: names of channels, campaigns or sellers; every channel by default.
        reruns: how many draws of the same people's luck to average over.
        marginals: also do a tenth more and a tenth less of each channel, for its return at the
            margin, what it makes others spend counted in.

    Raises:
        ValueError: a unit that the company does not have, or `reruns` below 1.
    """
    chosen = [c.name for c in company.channels] if units is None else list(units)
    _check(company, chosen, reruns)
    people = meet(company, Chance(seed, company.people))
    offs = [_NONE, _ALL, *(frozenset([unit]) for unit in [*_PATHS, *chosen])]
    runs = [_Run(company, people, Chance(seed, company.people, n), offs) for n in range(reruns)]
    worlds = {off: _mean([run.worlds[off] for run in runs]) for off in offs}

    def of(unit: str) -> UnitTruth:
        own = sum(run.own[unit] for run in runs) / reruns
        return _unit(company, unit, own, worlds[_NONE], worlds[frozenset([unit])])

    if marginals:
        slopes = marginal_returns(company, seed=seed, units=chosen, reruns=reruns)
    found = {unit: of(unit) for unit in chosen}
    if marginals:
        found = {u: replace(one, marginal_return=slopes[u]) for u, one in found.items()}
    v11, v00, v01, v10 = (float(worlds[off].revenue.sum()) for off in offs[:4])
    return Truth(
        units=found,
        paths={path: of(path) for path in _PATHS},
        spend=worlds[_NONE].spend,
        v11=v11,
        v10=v10,
        v01=v01,
        v00=v00,
    )


@dataclass(frozen=True)
class Money:
    """What a world would bring and cost in the period, in money."""

    revenue: float  # expected
    spend: float
    profit: float  # margin × revenue − spend
    done: Mapping[str, float]  # channel or path that was done more or less → its own spend


def outcome_of(
    company: Company, *, seed: int, do: Sequence[Mapping[str, float]], reruns: int = 1
) -> list[Money]:
    """Live the period with channels or paths done more or less, on the dice of the real year.

    Args:
        company: the design.
        seed: as for `simulate`.
        do: one world each: channel or path → multiple of what was done, 0 for off.
        reruns: how many draws of the same people's luck to average over.

    Raises:
        ValueError: a name that is no channel or path, a multiple below 0, or `reruns` below 1.
    """
    names = {*_PATHS, *(channel.name for channel in company.channels)}
    for world in do:
        for name, multiple in world.items():
            if name not in names or multiple < 0:
                raise ValueError(f"no channel or path {name!r} can be done {multiple} times")
    _check(company, [], reruns)
    people = meet(company, Chance(seed, company.people))
    runs = [
        _money(company, people, Chance(seed, company.people, rerun), do) for rerun in range(reruns)
    ]
    return [_mean_money(worlds) for worlds in zip(*runs, strict=True)]


_STEP = 0.1


def marginal_returns(
    company: Company, *, seed: int, units: Sequence[str], reruns: int = 1
) -> dict[str, float | None]:
    """Earned for one more unit of money on each channel, from a tenth more and a tenth less.

    The unit of money is what was truly paid: where everybody is met already, a tenth more is no
    more at all, and the making of a mailing costs the same however many get it. None where neither
    changes what is paid.
    """
    do = [{unit: 1 + sign * _STEP} for unit in units for sign in (1, -1)]
    lived = outcome_of(company, seed=seed, do=do, reruns=reruns)
    slopes: dict[str, float | None] = {}
    for unit, more, less in zip(units, lived[::2], lived[1::2], strict=True):
        paid = more.done[unit] - less.done[unit]
        slopes[unit] = (more.profit - less.profit) / paid + 1 if paid else None
    return slopes


def _money(
    company: Company, people: People, chance: Chance, do: Sequence[Mapping[str, float]]
) -> list[Money]:
    """One run of all worlds."""
    lives = live(company, people, chance, offs=[_NONE] * len(do), scales=do)
    worlds = []
    for lived, world in zip(lives, do, strict=True):
        spend = costs.of_units(company, people, lived, chance, _ALL) / costs.MILLION
        done = {
            name: costs.of_units(company, people, lived, chance, frozenset([name])) / costs.MILLION
            for name in world
        }
        revenue = float(lived.expected.sum())
        worlds.append(Money(revenue, spend, company.margin * revenue - spend, done))
    return worlds


def _mean_money(worlds: Sequence[Money]) -> Money:
    size = len(worlds)
    return Money(
        revenue=sum(world.revenue for world in worlds) / size,
        spend=sum(world.spend for world in worlds) / size,
        profit=sum(world.profit for world in worlds) / size,
        done={name: sum(world.done[name] for world in worlds) / size for name in worlds[0].done},
    )


def _check(company: Company, units: Sequence[str], reruns: int) -> None:
    if reruns < 1:
        raise ValueError(f"reruns must be at least 1, got {reruns}")
    for unit in units:
        if unit not in company.units:
            raise ValueError(f"no unit {unit!r}; there are {', '.join(sorted(company.units))}")


class _Run:
    """All worlds on one draw of luck."""

    def __init__(
        self, company: Company, people: People, chance: Chance, offs: Sequence[Off]
    ) -> None:
        lives = dict(zip(offs, live(company, people, chance, offs=offs), strict=True))

        def cost(lived: Lived, units: Off) -> float:
            return costs.of_units(company, people, lived, chance, units) / costs.MILLION

        self.worlds = {off: _World(one.expected, cost(one, _ALL)) for off, one in lives.items()}
        self.own = {unit: cost(lives[_NONE], frozenset([unit])) for off in offs for unit in off}


def _mean(worlds: Sequence[_World]) -> _World:
    revenue = np.mean([world.revenue for world in worlds], axis=0)
    return _World(revenue, sum(world.spend for world in worlds) / len(worlds))


def _unit(company: Company, unit: str, own: float, real: _World, without: _World) -> UnitTruth:
    brought = real.revenue - without.revenue
    incremental, saved = float(brought.sum()), real.spend - without.spend
    return UnitTruth(
        unit=unit,
        spend=own,
        incremental=incremental,
        incremental_se=float(brought.std() * brought.size**0.5),
        saved=saved,
        profit=company.margin * incremental - saved,
    )

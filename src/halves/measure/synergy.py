"""What the two paths bring with and without each other, and what needed both.

With v the revenue of the period: v₁₁ as it was, v₁₀ with marketing alone (`many`), v₀₁ with sales
alone (`one`), v₀₀ with neither; all of them as expected, the luck of the period taken out.

**Each path alone.** A unit without which Δ is lost keeps 1 − d of the doors and 1 − c of what is
closed of them, where (1 − d)(1 − c) = 1 − Δ/R and its opening share says how much is d. Units of
one path keep the product of what each keeps: a door of three openers is lost once. How
far that holds is not known. Units that make each other work (a television spot that brings search
clicks) owe less together, units that meet the same people owe more; so the product is raised to a
power around 1, the less certain the more even the units are.

**Both.** I = v₁₁ − v₁₀ − v₀₁ + v₀₀ needed both. A funnel makes some of it by itself: doors that
one path opened are closed by the other. With μ and σ what marketing and sales owe of doors (d) and
of closings (c), and doors and closings each the sum of what each path makes, that is
R(μ_d σ_c + σ_d μ_c). The rest is written κ·R·μσ. If the two paths' shares multiply in all, κ is
1 − (μ_d σ_c + σ_d μ_c)/μσ; if within a stage they add up, it is 0. Nobody who was never held out
of both can tell, so κ lies half way, give or take `SPREAD`, and revenue cannot be below zero.
Trials that crossed, a person in one on each path, see it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halves.measure.interval import Interval
from halves.measure.joint import Joint
from halves.measure.mix_normal import draw_above
from halves.measure.mix_result import summed
from halves.measure.prior import Floats

SPREAD = 0.5  # of κ beforehand: from people whom only one path meets to paths that help each other
OVERLAP = 0.2  # of the power to which a path's units are multiplied
DRIFT = 0.25  # how far a crossing may differ from the period, as a share of what it should find
_MOST, _LEAST = 0.99, -1.0  # of revenue that a unit may owe, or cost
_FEWEST = 200  # draws that must be possible
_NOTHING = 1e-9  # a share of revenue
_FAR = 30.0  # standard deviations: a bound that binds no draw, or all

Places = NDArray[np.intp]


@dataclass(frozen=True)
class Crossing:
    """Two trials, one on each path, with people in both.

    Args:
        many: what one withheld.
        one: what the other withheld.
        found: money that needed both, of the people in both, all treated against none.
        se: its standard error.
        share: of both units' exposure in the period that the crossing saw.
        people: how many were in both.
    """

    many: tuple[str, ...]
    one: tuple[str, ...]
    found: float
    se: float
    share: float
    people: int


@dataclass(frozen=True)
class Synergy:
    """What the paths brought with and without each other; revenue of the period.

    Args:
        both: v₁₁, as expected; what came in differs by luck.
        many_alone: v₁₀, without sales.
        one_alone: v₀₁, without marketing.
        neither: v₀₀.
        many: marketing's Shapley share of v₁₁ − v₀₀.
        one: sales' share.
        needed_both: I.
        funnel: the part of I that opening times closing makes by itself.
        rest: I − funnel: synergy proper, or the paths in each other's way.
        crossings: trials that could see the rest; without any it is a guess, no finding.
        learned: how much of κ's variance beforehand they took away: 0 nothing, 1 all.
    """

    both: Interval
    many_alone: Interval
    one_alone: Interval
    neither: Interval
    many: Interval
    one: Interval
    needed_both: Interval
    funnel: Interval
    rest: Interval
    crossings: Sequence[Crossing]
    learned: float

    @property
    def is_tested(self) -> bool:
        """Say whether anybody was held out of both paths at random."""
        return len(self.crossings) > 0


def synergy(
    joint: Joint,
    *,
    revenue: float,
    revenue_se: float,
    crossings: Sequence[Crossing] = (),
    rng: np.random.Generator,
) -> Synergy | None:
    """What each path brings alone, together, and what needed both.

    Units without spend are in no path: what they bring stays in every one of the four.

    Args:
        joint: what is believed of all units.
        revenue: of the period, money.
        revenue_se: what luck leaves open of it: √Σ value² over independent sales.
        crossings: what trials that crossed found.
        rng: where chance comes from.

    Returns:
        Intervals over joint draws; None without revenue, or with spend on one path only.

    Source:
        Shapley (1953), A Value for n-Person Games, with two players.

    >>> one = np.ones((4000, 2))
    >>> joint = Joint(("tv", "call"), ("many", "one"), np.array([100.0, 100.0]), 0.5,
    ...               one * [400.0, 500.0], one, one * [1.0, 0.0], one)
    >>> found = synergy(joint, revenue=1000.0, revenue_se=0.0, rng=np.random.default_rng(1))
    >>> round(found.many_alone.mean), round(found.one_alone.mean), round(found.funnel.mean)
    (500, 600, 200)
    """
    if revenue <= 0 or set(joint.paths) != {"many", "one"}:
        return None
    paths = _drawn(joint, revenue, rng)
    rest = _weigh(paths, revenue, crossings)
    kept = _kept(rest.log_weights + _possible(joint, revenue), rng)
    paths, rest = paths.at(kept), rest.at(kept)
    worth = revenue + revenue_se * rng.standard_normal(len(kept))
    learned = 1 - float((rest.spread**2).mean()) / SPREAD**2
    return _told(worth, paths, rest.draw(paths, rng), crossings, learned)


@dataclass(frozen=True, eq=False)
class _Owed:
    """Shares of doors and of closings, and of both together; shape (draw,) or (draw, unit)."""

    doors: Floats
    closings: Floats

    @property
    def lost(self) -> Floats:
        """The share of revenue that is lost without it."""
        return 1 - (1 - self.doors) * (1 - self.closings)

    def at(self, kept: Places) -> "_Owed":
        return _Owed(self.doors[kept], self.closings[kept])


@dataclass(frozen=True, eq=False)
class _Paths:
    """What each unit and each path owes, draw by draw."""

    units: dict[str, _Owed]
    marketing: _Owed
    sales: _Owed

    def at(self, kept: Places) -> "_Paths":
        units = {unit: owed.at(kept) for unit, owed in self.units.items()}
        return _Paths(units, self.marketing.at(kept), self.sales.at(kept))

    def of(self, units: Sequence[str]) -> _Owed:
        """Several units of one path together."""
        doors = np.prod([1 - self.units[unit].doors for unit in units], axis=0)
        closings = np.prod([1 - self.units[unit].closings for unit in units], axis=0)
        return _Owed(1 - doors, 1 - closings)


@dataclass(frozen=True, eq=False)
class _Rest:
    """κ of each draw, normal but for its floor, and how well the crossings fit the draw."""

    mean: Floats
    spread: Floats
    log_weights: Floats

    def at(self, kept: Places) -> "_Rest":
        return _Rest(self.mean[kept], self.spread[kept], self.log_weights[kept])

    def draw(self, paths: _Paths, rng: np.random.Generator) -> Floats:
        """The rest as a share of revenue: no less than leaves revenue with neither path at 0."""
        product = paths.marketing.lost * paths.sales.lost
        least = paths.marketing.lost + paths.sales.lost - 1 - _funnel(paths.marketing, paths.sales)
        # Where the product is below zero κ has a ceiling instead: turn it round.
        turn = np.where(product < 0, -1.0, 1.0)
        is_bound = np.abs(product) > _NOTHING
        bound = least / np.where(is_bound, product, 1.0)
        floor = np.where(is_bound, turn * (bound - self.mean) / self.spread, -_FAR)
        drawn = draw_above(np.clip(floor, -_FAR, _FAR), rng)
        rest: Floats = (self.mean + turn * self.spread * drawn) * product
        return rest


def _drawn(joint: Joint, revenue: float, rng: np.random.Generator) -> _Paths:
    lost = np.clip(joint.incremental / revenue, _LEAST, _MOST)
    doors = joint.opening * lost
    closings = (lost - doors) / (1 - doors)
    owed = _Owed(doors, closings)
    units = {u: _Owed(doors[:, i], closings[:, i]) for i, u in enumerate(joint.units)}
    places = {path: [i for i, p in enumerate(joint.paths) if p == path] for path in ("many", "one")}
    many, one = (_together(owed, places[path], rng) for path in ("many", "one"))
    return _Paths(units, many, one)


def _together(owed: _Owed, places: Sequence[int], rng: np.random.Generator) -> _Owed:
    """A path's units: the product of what each keeps, to a power that one unit makes 1."""
    doors = np.log1p(-owed.doors[:, places])
    closings = np.log1p(-owed.closings[:, places])
    size = np.abs(doors + closings)
    total = size.sum(axis=1)
    even = 1 - np.where(total > 0, (size**2).sum(axis=1) / np.maximum(total, 1e-12) ** 2, 1)
    power = np.maximum(1 + OVERLAP * even * rng.standard_normal(len(total)), 0)
    return _Owed(-np.expm1(power * doors.sum(axis=1)), -np.expm1(power * closings.sum(axis=1)))


def _funnel(many: _Owed, one: _Owed) -> Floats:
    """The share of revenue that needed both since doors are opened before deals are closed."""
    return many.doors * one.closings + one.doors * many.closings


def _possible(joint: Joint, revenue: float) -> Floats:
    """Log weights that drop draws in which a unit brought more than came in, if enough remain."""
    is_possible = (joint.incremental < _MOST * revenue).all(axis=1)
    return np.where(is_possible | (is_possible.sum() < _FEWEST), 0.0, -np.inf)


def _kept(log_weights: Floats, rng: np.random.Generator) -> Places:
    """Places of draws, each as often as it weighs."""
    size, weights = len(log_weights), np.exp(log_weights - log_weights.max())
    marks = (np.arange(size) + rng.random()) / size
    return np.minimum(np.searchsorted(weights.cumsum() / weights.sum(), marks), size - 1)


def _weigh(paths: _Paths, revenue: float, crossings: Sequence[Crossing]) -> _Rest:
    """κ given each crossing in turn: a crossing is linear in it, so it stays normal."""
    mean = _half_way(paths)
    variance, log = np.full_like(mean, SPREAD**2), np.zeros_like(mean)
    for crossing in crossings:
        many, one = paths.of(crossing.many), paths.of(crossing.one)
        seen = crossing.share * revenue
        slope = seen * many.lost * one.lost
        expected = seen * _funnel(many, one) + slope * mean
        error = crossing.se**2 + (DRIFT * expected) ** 2
        total, missed = error + slope**2 * variance, crossing.found - expected
        log = log - missed**2 / total / 2 - np.log(total) / 2
        mean = mean + slope * variance / total * missed
        variance = variance * error / total
    return _Rest(mean, np.sqrt(variance), log)


def _half_way(paths: _Paths) -> Floats:
    """κ beforehand: between adding up and multiplying within a stage."""
    product = paths.marketing.lost * paths.sales.lost
    is_any = np.abs(product) > _NOTHING
    part = _funnel(paths.marketing, paths.sales) / np.where(is_any, product, 1.0)
    return np.where(is_any, (1 - np.clip(part, 0, 1)) / 2, 0.0)


def _told(
    worth: Floats, paths: _Paths, rest: Floats, crossings: Sequence[Crossing], learned: float
) -> Synergy:
    funnel = _funnel(paths.marketing, paths.sales)
    needed = funnel + rest
    many_alone, one_alone = 1 - paths.sales.lost, 1 - paths.marketing.lost
    neither = many_alone + one_alone - 1 + needed
    return Synergy(
        both=summed(worth),
        many_alone=summed(worth * many_alone),
        one_alone=summed(worth * one_alone),
        neither=summed(worth * neither),
        many=summed(worth * (many_alone - neither + needed / 2)),
        one=summed(worth * (one_alone - neither + needed / 2)),
        needed_both=summed(worth * needed),
        funnel=summed(worth * funnel),
        rest=summed(worth * rest),
        crossings=tuple(crossings),
        learned=max(learned, 0.0),
    )

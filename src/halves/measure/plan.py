"""A budget laid out so that the expected profit is greatest, and how sure that is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from halves.measure.answer import Answer
from halves.measure.interval import Interval
from halves.measure.joint import Joint
from halves.measure.prior import Floats

_STEPS = 100  # multiples tried between a unit's least and most
_HALVINGS = 60
_SEEN = 1.5  # beyond this multiple of today's spend a response is extrapolated
_CAP = 2.0


@dataclass(frozen=True)
class Limits:
    """How little and how much a unit may spend, as multiples of today's.

    Raises:
        ValueError: `least` below 0 or above `most`.
    """

    least: float = 0.0
    most: float = _CAP

    def __post_init__(self) -> None:
        if not 0 <= self.least <= self.most < np.inf:
            raise ValueError(f"limits must run upwards from 0, got {self.least} to {self.most}")


LOCKED = Limits(1.0, 1.0)


@dataclass(frozen=True)
class UnitPlan:
    """What a unit spends today and should spend; money of the period planned for."""

    unit: str
    today: float
    advised: float
    change: Interval  # of the unit's own profit
    p_better: float  # chance that its change gains; 0 where nothing changes
    is_extrapolated: bool  # more than 1.5 times today's, beyond what anybody has seen


@dataclass(frozen=True)
class Plan:
    """Where the money should go; money of the period planned for.

    Args:
        units: each unit's part.
        budget: the most that may be spent.
        change: profit gained over spending as today.
        p_better: chance that it gains anything.
        regret: profit that the best plan of each draw would bring beyond this one, in expectation:
            what perfect knowledge is worth.
        extrapolated: expected gain that comes from units beyond 1.5 times today's spend.
    """

    units: tuple[UnitPlan, ...]
    budget: float
    change: Interval
    p_better: float
    regret: float
    extrapolated: float

    @property
    def today(self) -> float:
        """All that would be spent as today."""
        return sum(unit.today for unit in self.units)

    @property
    def advised(self) -> float:
        """All that should be spent; below the budget where the rest would not pay."""
        return sum(unit.advised for unit in self.units)


def plan(
    joint: Joint,
    *,
    budget: float | None = None,
    fraction: float = 1.0,
    limits: Mapping[str, Limits] | None = None,
) -> Plan:
    """Lay out a budget so that the expected profit is greatest.

    Units share nothing but the budget, so for each price of money every unit's best spend is found
    alone, on a grid and whatever its expected curve looks like; the price at which they fit the
    budget is found by halving. What a jump in one unit leaves over goes where it gains most.

    Args:
        joint: what is believed of all units.
        budget: the most that may be spent; None for as much as today.
        fraction: length of the period planned for, over that of the joint's; above 0.
        limits: unit → least and most, as multiples of today's spend; 0 to 2 where none are given.

    Raises:
        ValueError: a fraction or budget that is not above 0, limits of a unit that is not there,
            or least spends that together exceed the budget.

    >>> one = np.ones((2, 1))
    >>> wasted = Joint(("tv",), ("many",), np.array([100.0]), 0.5, one * 20, one * 0, one, one)
    >>> plan(wasted).advised, plan(wasted).change.mean
    (0.0, 90.0)
    """
    if not fraction > 0:
        raise ValueError(f"fraction must be above 0, got {fraction}")
    spend = joint.spend * fraction
    money = float(spend.sum()) if budget is None else budget
    if not money > 0:
        raise ValueError(f"budget must be above 0, got {money}")
    least, most = _bounds(joint, limits or {})
    if least @ spend > money * (1 + 1e-9):
        raise ValueError(
            f"the least spends come to {least @ spend:,.0f}, the budget is {money:,.0f}"
        )
    earned = joint.earned * fraction
    advised = _best_expected(earned, joint.half, spend, least, most, money)
    # Once more between the neighbouring steps, so that hardly any of the budget lies idle.
    step = (most - least) / _STEPS
    near = np.maximum(least, advised - step), np.minimum(most, advised + step)
    advised = _best_expected(earned, joint.half, spend, *near, money)
    best = _best_of_draws(earned, joint.half, spend, least, most, money)
    return _told(joint, fraction, advised, best, money)


def by_region(joint: Joint, shares: Mapping[str, Mapping[str, float]]) -> Joint:
    """Split units into regions that respond alike: "tv in North" for each region named.

    Args:
        joint: units that are spread over regions.
        shares: unit → region → share of its spend, above 0, adding up to 1; others stay whole.

    Raises:
        ValueError: shares that do not add up to 1 or are not above 0.

    >>> one = np.ones((2, 1))
    >>> tv = Joint(("tv",), ("many",), np.array([100.0]), 0.5, one * 20, one * 0, one, one)
    >>> parts = by_region(tv, {"tv": {"North": 0.25, "South": 0.75}})
    >>> parts.units, parts.spend
    (('tv in North', 'tv in South'), array([25., 75.]))
    """
    names, places, weights = [], [], []
    for place, unit in enumerate(joint.units):
        split = shares.get(unit, {})
        if split and (min(split.values()) <= 0 or abs(sum(split.values()) - 1) > 1e-9):
            raise ValueError(f"shares of {unit!r} must be above 0 and add up to 1, got {split}")
        names += [f"{unit} in {region}" for region in split] or [unit]
        weights += list(split.values()) or [1.0]
        places += [place] * max(len(split), 1)
    part = np.array(weights)
    return replace(
        joint,
        units=tuple(names),
        paths=tuple(joint.paths[place] for place in places),
        spend=joint.spend[places] * part,
        incremental=joint.incremental[:, places] * part,
        induced=joint.induced[:, places] * part,
        opening=joint.opening[:, places],
        half=joint.half[:, places],
    )


def unmeasured(answer: Answer) -> tuple[str, ...]:
    """Units with spend that nobody can tell of, and that no test or mix model speaks of.

    People like theirs say at most what they do not bring; the rest is what was believed beforehand.
    That is no ground to move money on, and a plan had better leave them as they are.
    """
    return tuple(
        unit.unit
        for unit in answer.units
        if unit.spend > 0
        and unit.verdict == "unknown"
        and unit.basis in ("none", "people like them")
    )


def _bounds(joint: Joint, limits: Mapping[str, Limits]) -> tuple[Floats, Floats]:
    unknown = sorted(set(limits) - set(joint.units))
    if unknown:
        raise ValueError(f"limits name units that are not there: {', '.join(unknown)}")
    each = [limits.get(unit, Limits()) for unit in joint.units]
    return np.array([one.least for one in each]), np.array([one.most for one in each])


def _best_expected(
    earned: Floats, half: Floats, spend: Floats, least: Floats, most: Floats, money: float
) -> Floats:
    """Shape (unit,): the multiples that bring the greatest expected profit."""
    grid = least + (most - least) * np.linspace(0, 1, _STEPS + 1)[:, None]
    weight = earned * (1 + half)
    # A grid point at a time, so that draws × units × points never lie in memory at once.
    brought = np.stack([row * (weight / (row + half)).mean(axis=0) for row in grid])
    profit, units = brought - spend * grid, np.arange(len(spend))

    def at(price: float) -> Floats:
        best: Floats = grid[(profit - price * spend * grid).argmax(axis=0), units]
        return best

    multiples = at(0.0)
    if multiples @ spend > money:
        low, high = 0.0, 1.0
        while at(high) @ spend > money and high < 1e12:
            high *= 2
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if at(middle) @ spend > money else (low, middle)
        multiples = np.maximum(at(high), least)
    return _with_rest(grid, profit, spend, multiples, money)


def _with_rest(
    grid: Floats, profit: Floats, spend: Floats, multiples: Floats, money: float
) -> Floats:
    """Spend what is left over where it gains most, as long as it gains."""
    multiples, units = multiples.copy(), np.arange(len(spend))
    for _ in range(4 * len(spend)):
        rest = money - multiples @ spend
        now = profit[(np.abs(grid - multiples)).argmin(axis=0), units]
        fits = (grid > multiples + 1e-12) & ((grid - multiples) * spend <= rest + 1e-9)
        gain = np.where(fits, profit - now, -np.inf)
        step, unit = np.unravel_index(gain.argmax(), gain.shape)
        if not gain[step, unit] > 1e-9:
            break
        multiples[unit] = grid[step, unit]
    return multiples


def _best_of_draws(
    earned: Floats, half: Floats, spend: Floats, least: Floats, most: Floats, money: float
) -> Floats:
    """Shape (draw, unit): the best multiples if each draw were the truth, in closed form."""
    slope = np.sqrt(np.maximum(earned, 0) * (1 + half) * half / spend)

    def at(price: Floats) -> Floats:
        return np.clip(slope / np.sqrt(1 + price)[:, None] - half, least, most)

    low = np.zeros(len(earned))
    high = np.where(at(low) @ spend > money, 1e12, 0.0)
    for _ in range(_HALVINGS):
        middle = np.sqrt((1 + low) * (1 + high)) - 1
        dear = at(middle) @ spend > money
        low, high = np.where(dear, middle, low), np.where(dear, high, middle)
    return at(high)


def _told(joint: Joint, fraction: float, advised: Floats, best: Floats, money: float) -> Plan:
    spend = joint.spend * fraction
    today = joint.earned * fraction - spend
    weight = joint.earned * fraction * (1 + joint.half)
    change = weight * advised / (advised + joint.half) - spend * advised - today
    perfect = weight * best / (best + joint.half) - spend * best - today
    gain, far = change.sum(axis=1), advised > _SEEN
    return Plan(
        units=tuple(
            UnitPlan(
                unit=unit,
                today=float(spend[place]),
                advised=float(spend[place] * advised[place]),
                change=_interval(change[:, place]),
                p_better=float((change[:, place] > 0).mean()),
                is_extrapolated=bool(far[place]),
            )
            for place, unit in enumerate(joint.units)
        ),
        budget=money,
        change=_interval(gain),
        p_better=float((gain > 0).mean()),
        regret=float((perfect.sum(axis=1) - gain).mean()),
        extrapolated=float(change[:, far].sum(axis=1).mean()),
    )


def _interval(draws: Floats) -> Interval:
    low, high = np.quantile(draws, [0.05, 0.95])
    return Interval(mean=float(draws.mean()), low=float(low), high=float(high))

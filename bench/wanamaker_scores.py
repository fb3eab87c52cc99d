"""How well a method found the wasted half, over worlds; errors are clustered by world."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from bench.wanamaker_budgets import oracle
from bench.wanamaker_methods import SURE, Said, Told
from bench.wanamaker_worlds import Budget, World
from halves.measure.quantiles import student_quantile

BEST_OF_EVERY, BEST_AT = 6, 4  # worlds whose best budget is sought: 39 more lives for each
BINS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)


@dataclass(frozen=True)
class Figure:
    """A figure over worlds and its 90% interval; NaN where it cannot be told."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Heard:
    """What a method said in one world, beside the truth."""

    seed: int
    spend: float  # of the whole company
    units: tuple["UnitHeard", ...]
    gained: float  # profit, by cutting what was flagged
    most: float  # the same for whoever knows the truth
    cpu_s: float
    planned: float | None = None  # profit gained by the budget advised, where one is
    most_planned: float | None = None  # by the best budget of whoever knows every response


@dataclass(frozen=True)
class UnitHeard:
    """What a method said of one channel, beside the truth."""

    said: Said
    truth: float
    is_wasted: bool


@dataclass(frozen=True)
class Score:
    """One method's figures over worlds."""

    worlds: int
    units: int
    error: Figure  # Σ|said − true| / Σ|true|
    captured: Figure  # Σ profit gained / Σ profit that the truth would have gained
    gain: Figure  # mean over worlds of profit gained, as a share of spend
    worst: float  # the least of those
    flagged: int
    wrongly_flagged: int
    sure: int  # said to be wasted with a chance of at least `SURE`
    wrongly_sure: int
    brier: Figure
    covered: tuple[Figure, Figure]  # 50% and 90% intervals that hold the truth
    calibration: tuple[tuple[int, float, float], ...]  # by `BINS`: how many, mean chance, share
    cpu_s: float  # mean over worlds
    planned: Figure  # mean over worlds of profit gained by the budget advised, share of spend
    of_best: Figure  # Σ profit gained by the budget advised / Σ by the best one, where known


def changes(world: World, told: Told) -> list[Budget]:
    """What to live again: nothing, what was flagged, what is truly wasted, the budget if any."""
    flagged = [one.unit for one in told.units if one.is_flagged]
    cuts = [{}, dict.fromkeys(flagged, 0.0), dict.fromkeys(world.known.wasted, 0.0)]
    return [*cuts, told.budget] if told.budget is not None else cuts


def heard(world: World, told: Told, *, cpu_s: float) -> Heard:
    """Set what was said beside the truth, cut what was flagged, and follow the budget if any."""
    known = world.known
    as_is, cut, best, *planned = world.profits(changes(world, told))
    units = tuple(
        UnitHeard(one, known.units[one.unit].incremental, known.units[one.unit].is_wasted)
        for one in told.units
    )
    one = Heard(known.seed, known.spend, units, cut - as_is, best - as_is, cpu_s)
    if not planned:
        return one
    one = replace(one, planned=planned[0] - as_is)
    if known.seed % BEST_OF_EVERY != BEST_AT:
        return one
    [most] = world.profits([oracle(world)])
    return replace(one, most_planned=most - as_is)


def score(worlds: Sequence[Heard]) -> Score:
    """Figures over worlds."""
    units = [unit for one in worlds for unit in one.units]
    sure = [unit for unit in units if (unit.said.p_wasted or 0.0) >= SURE]
    flagged = [unit for unit in units if unit.said.is_flagged]
    shares = np.array([one.gained / one.spend for one in worlds])
    return Score(
        worlds=len(worlds),
        units=len(units),
        error=_pooled(worlds, lambda u: (abs(u.said.incremental - u.truth), abs(u.truth))),
        captured=_ratio(
            np.array([one.gained for one in worlds]), np.array([one.most for one in worlds])
        ),
        gain=_mean(shares),
        worst=float(shares.min()),
        flagged=len(flagged),
        wrongly_flagged=sum(not unit.is_wasted for unit in flagged),
        sure=len(sure),
        wrongly_sure=sum(not unit.is_wasted for unit in sure),
        brier=_pooled(worlds, _brier),
        covered=(
            _pooled(worlds, lambda u: _covered(u.said.middle, u.truth)),
            _pooled(worlds, lambda u: _covered(u.said.wide, u.truth)),
        ),
        calibration=_calibration(units),
        cpu_s=float(np.mean([one.cpu_s for one in worlds])),
        planned=_mean(
            np.array([one.planned / one.spend for one in worlds if one.planned is not None])
        ),
        of_best=_of_best(worlds),
    )


def _of_best(worlds: Sequence[Heard]) -> Figure:
    known = [(one.planned or 0.0, one.most_planned) for one in worlds if one.most_planned]
    return _ratio(np.array([gained for gained, _ in known]), np.array([most for _, most in known]))


def to_json(one: Heard) -> dict[str, object]:
    """As plain lists and numbers."""
    return asdict(one)


def from_json(found: dict[str, object]) -> Heard:
    """The inverse of `to_json`."""
    units = []
    for unit in found["units"]:
        said = dict(unit["said"])
        for interval in ("middle", "wide"):
            said[interval] = said[interval] and tuple(said[interval])
        units.append(UnitHeard(Said(**said), unit["truth"], unit["is_wasted"]))
    return Heard(**{**found, "units": tuple(units)})


def _brier(unit: UnitHeard) -> tuple[float, float]:
    if unit.said.p_wasted is None:
        return 0.0, 0.0
    return (unit.said.p_wasted - unit.is_wasted) ** 2, 1.0


def _covered(interval: tuple[float, float] | None, truth: float) -> tuple[float, float]:
    if interval is None:
        return 0.0, 0.0
    return float(interval[0] <= truth <= interval[1]), 1.0


def _calibration(units: Sequence[UnitHeard]) -> tuple[tuple[int, float, float], ...]:
    told = [unit for unit in units if unit.said.p_wasted is not None]
    chances = np.array([unit.said.p_wasted for unit in told])
    wasted = np.array([unit.is_wasted for unit in told])
    bins = np.clip(np.searchsorted(BINS, chances, side="right") - 1, 0, len(BINS) - 2)
    rows = []
    for place in range(len(BINS) - 1):
        inside = bins == place
        count = int(inside.sum())
        if count:
            rows.append((count, float(chances[inside].mean()), float(wasted[inside].mean())))
        else:
            rows.append((0, float("nan"), float("nan")))
    return tuple(rows)


def _pooled(worlds: Sequence[Heard], parts: Callable[[UnitHeard], tuple[float, float]]) -> Figure:
    """A ratio of sums over all channels of all worlds."""
    sums = np.array([np.sum([parts(unit) for unit in one.units], axis=0) for one in worlds])
    return _ratio(sums[:, 0], sums[:, 1])


def _ratio(above: np.ndarray, below: np.ndarray) -> Figure:
    """A ratio of sums over worlds, with an interval by leaving out one world at a time."""
    if not below.sum():
        return Figure(float("nan"), float("nan"), float("nan"))
    value, size = above.sum() / below.sum(), len(above)
    rest = below.sum() - below
    if size < 2 or not rest.all():
        return Figure(float(value), float("nan"), float("nan"))
    without = (above.sum() - above) / rest
    error = np.sqrt((size - 1) / size * ((without - without.mean()) ** 2).sum())
    return _around(float(value), float(error), size)


def _mean(values: np.ndarray) -> Figure:
    if len(values) < 2:
        value = float(values.mean()) if len(values) else float("nan")
        return Figure(value, float("nan"), float("nan"))
    error = values.std(ddof=1) / np.sqrt(len(values))
    return _around(float(values.mean()), float(error), len(values))


def _around(value: float, error: float, worlds: int) -> Figure:
    reach = error * student_quantile(0.95, degrees_of_freedom=worlds - 1)
    return Figure(value, value - reach, value + reach)

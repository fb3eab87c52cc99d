"""What a broken promise costs, from sums over groups of people: a few arrays, and no row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halves.measure.interval import Interval
from halves.measure.quantiles import student_quantile

HORIZONS = (180, 90, 30)  # days after a delivery that are looked at, the longest that is over
FEWEST = 40  # customers with a broken promise, and with kept ones only
MOVED = 10  # customers who bought or got money back afterwards
_FEW_MOVED = 5  # of those with a broken promise, for their own spread to be believed
_LEAST_OWN = 1e-8  # of a column's squares that those before it do not explain
Floats = NDArray[np.float64]


class Why(StrEnum):
    """Whether the cost is known, and if not, why not."""

    KNOWN = "known"
    NONE_BROKEN = "none broken"
    FEW_BROKEN = "too few broken"  # whose time afterwards is over
    FEW_KEPT = "too few kept"
    FEW_ALIKE = "too few alike"  # broken ones with kept ones of the same measure beside them
    FEW_BOUGHT = "too few bought"  # afterwards, either way
    NOT_SEEN = "not seen"  # what these customers buy is not on the ledger


@dataclass(frozen=True)
class Lost:
    """What was lost with each broken promise within the horizon, beside kept ones like it.

    Args:
        measure: of the promises; None for all together.
        broken, kept: promises that were compared.
        broken_people, kept_people: whose they were.
        cost: refunds and profit together, money a promise; below 0 if it seems to bring some.
        refunds: money given back, more than after a kept one.
        profit: of what was bought afterwards, less than after a kept one.
        plain: the cost without any adjustment, as the averages differ.
        se: the standard error of the cost.
        freedom: the degrees of freedom of the interval, Student's.
    """

    measure: str | None
    broken: int
    kept: int
    broken_people: int
    kept_people: int
    cost: Interval
    refunds: Interval
    profit: Interval
    plain: float
    se: float
    freedom: float

    def of(self, count: int) -> Interval:
        """What so many cost together: what one costs is as unsure for all of them at once."""
        return Interval(*(count * end for end in (self.cost.mean, self.cost.low, self.cost.high)))

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> "Lost":
        """The same again, from what `dataclasses.asdict` made of it."""
        parts = {name: Interval(**said[name]) for name in ("cost", "refunds", "profit")}
        return cls(**{**said, **parts})

    def draw(self, size: int, *, rng: np.random.Generator) -> Floats:
        """Costs of one broken promise as they may be, shape (size,), money."""
        drawn: Floats = self.cost.mean + self.se * rng.standard_t(self.freedom, size)
        return drawn


@dataclass(frozen=True)
class Breaking:
    """What a broken promise costs, or why nobody can tell.

    Args:
        days: the horizon after a delivery.
        why: known, or what is missing.
        broken: promises that were broken, in all.
        margin: profit for each 1 of revenue, where a sale does not say its own.
        currency: of all amounts; None where none is named.
        missing: how many more people it needs, where it is unknown.
        all: what is known of all measures together; None where it is unknown.
        measures: of each measure with enough, the most often broken first.
        alone: broken ones with no kept one like them, left out.
    """

    days: int
    why: Why
    broken: int
    margin: float
    currency: str | None
    missing: int = 0
    all: Lost | None = None
    measures: Sequence[Lost] = field(default=())
    alone: int = 0

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> "Breaking":
        """The same again, from what `dataclasses.asdict` made of it."""
        whole = said["all"] and Lost.read(said["all"])
        measures = [Lost.read(one) for one in said["measures"]]
        return cls(**{**said, "why": Why(said["why"]), "all": whole, "measures": measures})

    def saying(self, why: Why, **more: Any) -> "Breaking":
        """The same with another verdict."""
        return replace(self, why=why, **more)

    @property
    def lacks(self) -> str:
        """What it needs to be known, in words; empty where it is known."""
        n, days = f"{self.missing:,}", self.days
        return {
            Why.KNOWN: "",
            Why.NONE_BROKEN: "no promise was broken",
            Why.FEW_BROKEN: f"{n} more customers with a broken promise are needed whose {days} "
            "days after the delivery are over",
            Why.FEW_KEPT: f"{n} more customers with kept promises only are needed whose {days} "
            "days after the delivery are over",
            Why.FEW_ALIKE: f"{n} more customers with a broken promise are needed beside whom "
            "promises of the same measure were kept",
            Why.FEW_BOUGHT: f"{n} more of these customers must have bought, or got money back, "
            f"within {days} days of the delivery",
            Why.NOT_SEEN: "what these customers buy is not on the ledger",
        }[self.why]


@dataclass(frozen=True, eq=False)
class Cells:
    """Sums by measure and hashed group of people; first axis: cell.

    Columns are what followed (refunds, then profit) and then what was before; "off" means less the
    mean of the kept ones in the promise's group.

    Args:
        measure, bucket: of each cell.
        broken, kept, broken_people, kept_people: how many were compared.
        moved, moved_broken: people who bought or got money back, and those of a broken promise.
        weights, weights_squared: of the broken ones, who share what followed several of one day.
        plain, plain_kept: Σ weight·what followed of the broken ones; Σ of the kept ones.
        above: Σ weight·off of the broken ones, shape (cell, column).
        about: Σ weight of the broken ones of its group over its kept ones·off, of the kept ones.
        products: Σ off·off′ of the kept ones, shape (cell, column, column).
    """

    measure: NDArray[np.str_]
    bucket: NDArray[np.int64]
    broken: Floats
    kept: Floats
    broken_people: Floats
    kept_people: Floats
    moved: Floats
    moved_broken: Floats
    weights: Floats
    weights_squared: Floats
    plain: Floats
    plain_kept: Floats
    above: Floats
    about: Floats
    products: Floats

    @property
    def names(self) -> list[str]:
        """The measures."""
        return sorted(set(self.measure.tolist()))


def lost(cells: Cells, *, measure: str | None) -> Lost | None:
    """Say what one measure's broken promises cost, or all of them (None).

    Slopes on what was before are of all kept ones; each promise's part in the answer is added up
    by hashed group of people, whose squares are its variance.

    Returns:
        None where fewer than 40 customers are on a side, or fewer than ten bought afterwards.
    """
    here = np.ones(len(cells.measure), dtype=bool)
    if measure is not None:
        here = cells.measure == measure
    people = cells.broken_people[here].sum(), cells.kept_people[here].sum()
    if min(people) < FEWEST or cells.moved[here].sum() < MOVED:
        return None
    # Refunds cost; what is earned afterwards is lost where it is less.
    found = _Found(cells, here)
    cost, refunds, profit = (found.along(one) for one in ((1.0, -1.0), (1.0, 0.0), (0.0, -1.0)))
    plain = cells.plain[here].sum(axis=0) / cells.weights[here].sum()
    plain = plain - cells.plain_kept[here].sum(axis=0) / cells.kept[here].sum()
    return Lost(
        measure=measure,
        broken=int(cells.broken[here].sum()),
        kept=int(cells.kept[here].sum()),
        broken_people=int(people[0]),
        kept_people=int(people[1]),
        cost=cost.each(found.share),
        refunds=refunds.each(found.share),
        profit=profit.each(found.share),
        plain=float((plain[0] - plain[1]) * found.share),
        se=float(cost.se * found.share),
        freedom=cost.freedom,
    )


@dataclass(frozen=True)
class _Part:
    mean: float
    se: float
    freedom: float

    def each(self, share: float) -> Interval:
        """The 90% interval, of one promise."""
        mean = float(self.mean * share)
        reach = float(self.se * share) * student_quantile(0.95, degrees_of_freedom=self.freedom)
        return Interval(mean=mean, low=mean - reach, high=mean + reach)


class _Found:
    """The effect on the broken ones, and each group of people's part in it."""

    def __init__(self, cells: Cells, here: NDArray[np.bool_]) -> None:
        kept = cells.products.sum(axis=0)
        use = _telling(kept)
        slopes = np.linalg.solve(kept[np.ix_(use, use)], kept[use, :2])
        weights = cells.weights[here].sum()
        gap = cells.above[here].sum(axis=0)
        effect = (gap[:2] - gap[use] @ slopes) / weights
        mine = np.where(here, 1.0, 0.0)[:, None]
        own = cells.above[:, :2] - cells.above[:, use] @ slopes - cells.weights[:, None] * effect
        theirs = cells.about[:, :2] - cells.about[:, use] @ slopes
        score = cells.products[:, use, :2] - cells.products[:, use][:, :, use] @ slopes
        lean = np.linalg.solve(kept[np.ix_(use, use)], gap[use])
        part = mine * (own - theirs) - np.einsum("x,cxy->cy", lean, score)
        groups = np.unique(cells.bucket, return_inverse=True)[1]
        self._parts = np.zeros((groups.max() + 1, 2))
        np.add.at(self._parts, groups, part / weights)
        self._effect, self._cells, self._here = effect, cells, here
        self._left = _left(cells, here, slopes, use)
        self.share = float(weights / cells.broken[here].sum())

    def along(self, signs: tuple[float, float]) -> _Part:
        """One sum of what followed, with its standard error."""
        by, cells, here = np.array(signs), self._cells, self._here
        parts = self._parts @ by
        people = cells.broken_people[here].sum()
        variance = float((parts**2).sum()) * people / (people - 1)
        if cells.moved_broken[here].sum() < _FEW_MOVED:
            # Where hardly anybody did anything, their own spread is not all the doubt there is.
            lent = float(by @ self._left @ by)
            weights = cells.weights[here].sum()
            variance += lent * float(cells.weights_squared[here].sum()) / float(weights) ** 2
        return _Part(float(self._effect @ by), variance**0.5, _freedom(parts))


def _telling(kept: Floats) -> NDArray[np.intp]:
    """Columns of what was before that differ, and do not follow from those before them."""
    use: list[int] = []
    for place in range(2, len(kept)):
        shared = kept[use, place]
        explained = shared @ np.linalg.solve(kept[np.ix_(use, use)], shared) if use else 0.0
        if kept[place, place] - explained > _LEAST_OWN * max(kept[place, place], _LEAST_OWN):
            use.append(place)
    return np.array(use, dtype=np.intp)


def _left(cells: Cells, here: NDArray[np.bool_], slopes: Floats, use: NDArray[np.intp]) -> Floats:
    """Variance and covariance of what followed a kept one, less what was foreseen."""
    kept = cells.products[here].sum(axis=0)
    turn = np.vstack([np.eye(2), np.zeros((len(kept) - 2, 2))])
    turn[use] = -slopes
    spread: Floats = turn.T @ kept @ turn / cells.kept[here].sum()
    return spread


def _freedom(parts: Floats) -> float:
    """Degrees of freedom: fewer where a few people carry the sum (as in `measure.adjust`)."""
    groups = len(parts)
    second = float((parts**2).mean())
    if second <= 0 or groups < 3:
        return 1.0
    kurtosis = float((parts**4).mean()) / second**2
    return max(1.0, min(groups - 1.0, 2 * groups / max(kurtosis - 1, 1e-9)))

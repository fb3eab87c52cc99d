"""A trial read by funnel stage: doors opened, and what is left of revenue.

Revenue is noisy: few deals, of very different size. Doors are many and alike. With v the worth of
a door, revenue is v × doors and a rest, whose errors hardly go together. A unit that acts by
opening doors moves the first; one that acts on closing moves the second. Which it is, nobody says:
the likelihood of an effect x is averaged over the share u of it that came through doors, and over
how much the doors that it opened are worth against the average door.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from halves.ledger import Ledger
from halves.measure.prior import Floats
from halves.measure.trial_rows import Design, per_row

OPENING, CLOSING, BOTH = 0.4, 0.3, 0.3  # chances beforehand of how a unit acts
_SHARES = ((1.0, OPENING), (0.0, CLOSING), *((u, BOTH / 5) for u in (0.1, 0.3, 0.5, 0.7, 0.9)))
_WORTHS = ((0.7, 0.25), (0.85, 0.3), (1.0, 0.3), (1.15, 0.15))  # the marginal door's
_COVARIATES = (
    "count_door_opened",
    "count_deal_closed",
    "value_deal_closed",
    "touches_self",
    "touches_many",
    "touches_one",
)


@dataclass(frozen=True, eq=False)
class Stages:
    """What a trial found by stage, over all treated units; money, but for `doors`.

    Args:
        doors: through doors opened, at the average door's worth.
        rest: revenue beyond that.
        covariance: shape (2, 2), of both.
        induced: spent on other units because of it.
        induced_se: its standard error.
    """

    doors: float
    rest: float
    covariance: Floats
    induced: float
    induced_se: float

    def log_likelihood(self, brought: Floats, drift: float) -> Floats:
        """Of an effect on revenue, shape (…,): averaged over how it came about.

        Args:
            brought: what the unit brought in the test, money.
            drift: relative spread between the test's effect and the period's.
        """
        return _log_sum(self._terms(brought, drift))

    def opening(self, brought: Floats, drift: float, *, rng: np.random.Generator) -> Floats:
        """Draw the share of each effect that came through doors."""
        terms = self._terms(brought, drift)
        chances = np.exp(terms - terms.max(axis=0)).cumsum(axis=0)
        marks = rng.random(brought.shape) * chances[-1]
        shares = np.array([share for share, _ in _SHARES for _ in _WORTHS])
        return np.asarray(shares[np.minimum((chances <= marks).sum(axis=0), len(shares) - 1)])

    def _terms(self, brought: Floats, drift: float) -> Floats:
        """Shape (way it came about, …): log of chance × likelihood."""
        return np.array(
            [
                np.log(chance * likely) + self._log_normal(brought, share / worth, drift)
                for share, chance in _SHARES
                for worth, likely in _WORTHS
            ]
        )

    def _log_normal(self, brought: Floats, part: float, drift: float) -> Floats:
        """Both findings given that `part` of the effect shows in doors at their average worth."""
        way = np.array([part, 1 - part])
        spread = (drift * brought) ** 2
        a, b, d = (
            self.covariance[i, j] + spread * way[i] * way[j] for i, j in ((0, 0), (0, 1), (1, 1))
        )
        det = np.maximum(a * d - b * b, 1e-300)
        x, y = self.doors - part * brought, self.rest - (1 - part) * brought
        return np.asarray(-(d * x * x - 2 * b * x * y + a * y * y) / det / 2 - np.log(det) / 2)

    def scaled(self, by: float) -> "Stages":
        """The same in another unit of money."""
        return Stages(
            self.doors * by, self.rest * by, self.covariance * by**2, self.induced, self.induced_se
        )


def read_stages(
    book: Ledger, design: Design, *, worth: float, prices: dict[str, float]
) -> Stages | None:
    """Read a trial's doors, revenue and other units' cost in one pass of the engine.

    Args:
        book: the ledger.
        design: the trial, of value, by unit and not by decision.
        worth: revenue of a door within the trial's window.
        prices: channel → money that one of its touches costs where the touch does not say.

    Returns:
        None where propensities differ within an arm, or an arm is too small.
    """
    if design.per_decision or design.weighted:
        return None
    rows = per_row(book, design, prices=prices)
    doors = rows.doors_opened.cast("float64")
    z = [
        doors * worth,
        rows.y - doors * worth,
        rows.other_cost.fill_null(0.0),
        *(rows[name] for name in _COVARIATES),
    ]
    arms = _sums(book, rows, z)
    if min((len_ for len_, _, _ in arms.values()), default=0) < 50 or len(arms) < 2:
        return None
    return _compared(arms)


def _sums(book: Ledger, rows: Any, z: Sequence[Any]) -> dict[bool, tuple[int, Floats, Floats]]:
    size = len(z)
    sums = {f"m_{i}": one.mean() for i, one in enumerate(z)}
    sums |= {f"p_{i}_{j}": (z[i] * z[j]).mean() for i in range(size) for j in range(i + 1)}
    answer = book.query(rows.group_by("treated").agg(n=rows.count(), **sums)).to_pylist()
    found = {}
    for row in answer:
        mean = np.array([_steady(row[f"m_{i}"]) for i in range(size)])
        square = np.array(
            [[_steady(row[f"p_{max(i, j)}_{min(i, j)}"]) for j in range(size)] for i in range(size)]
        )
        found[bool(row["treated"])] = (int(row["n"]), mean, square - np.outer(mean, mean))
    return found


def _steady(value: float | None) -> float:
    return float(f"{value or 0.0:.9e}")


def _compared(arms: dict[bool, tuple[int, Floats, Floats]]) -> Stages:
    """Lin's adjustment in each arm, of all three at once; over all treated units."""
    total = sum(n for n, _, _ in arms.values())
    middle = np.sum([n * mean[3:] for n, mean, _ in arms.values()], axis=0) / total
    means, spreads = {}, {}
    for arm, (n, mean, cov) in arms.items():
        slope = np.linalg.pinv(cov[3:, 3:], hermitian=True, rcond=1e-9) @ cov[3:, :3]
        left = cov[:3, :3] - cov[:3, 3:] @ slope
        means[arm] = mean[:3] + (middle - mean[3:]) @ slope
        spreads[arm] = left / max(n - 1 - len(slope), 1)
    treated = arms[True][0]
    effect = (means[True] - means[False]) * treated
    covariance = (spreads[True] + spreads[False]) * treated**2
    return Stages(
        doors=float(effect[0]),
        rest=float(effect[1]),
        covariance=covariance[:2, :2],
        induced=float(effect[2]),
        induced_se=float(np.sqrt(covariance[2, 2])),
    )


def _log_sum(terms: Floats) -> Floats:
    top = terms.max(axis=0)
    return np.asarray(top + np.log(np.exp(terms - top).sum(axis=0)))

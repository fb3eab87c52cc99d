"""How well a ranking of people finds those who change: Qini's area between curve and chance."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halves.measure.adjust import Floats
from halves.measure.errors import TooFewUnits
from halves.measure.interval import Interval

Booleans = NDArray[np.bool_]

_CHUNK = 2_000_000  # draws of the bootstrap held at a time


@dataclass(frozen=True)
class Curve:
    """Outcomes gained by treating the most promising people first.

    Args:
        share: of people treated, from 0 to 1.
        gained: outcomes beyond those that came by themselves, per person of the treated arm.
    """

    share: Floats
    gained: Floats

    @property
    def area(self) -> float:
        """Between the curve and the line of people treated at random."""
        return float(np.trapezoid(self.gained, self.share) - self.gained[-1] / 2)


def qini_curve(
    ranking: Floats, *, treated: Booleans, outcome: Floats, weight: Floats | None = None
) -> Curve:
    """Follow treated people's outcomes down a ranking, less the held-out people's, scaled up.

    At each distinct score the point is Y_T - Y_C · N_T / N_C over everyone ranked at least so
    high, which is scikit-uplift's curve, here over the number treated.

    Args:
        ranking: shape (person,), the higher the sooner treated.
        treated: shape (person,), the arm.
        outcome: shape (person,), any unit.
        weight: shape (person,), 1 / probability of the arm where that differs within an arm.

    Raises:
        TooFewUnits: an arm with nobody.

    Source:
        Radcliffe (2007), Using Control Groups to Target on Predicted Lift.

    >>> treated = np.array([True, False, True, False])
    >>> qini_curve(
    ...     np.array([2.0, 2.0, 1.0, 1.0]), treated=treated, outcome=np.array([1.0, 0, 0, 0])
    ... ).area
    0.125
    """
    if treated.all() or not treated.any():
        raise TooFewUnits("an arm of the trial has nobody in it, so nothing compares with it")
    order, last = _in_order(ranking)
    each = _parts(treated, outcome, weight)[:, order]
    return _curve(np.cumsum(each, axis=1)[:, last])


def qini(
    ranking: Floats,
    *,
    treated: Booleans,
    outcome: Floats,
    weight: Floats | None = None,
    rng: np.random.Generator,
    draws: int = 400,
) -> Interval:
    """The area between the Qini curve and chance, with an interval by drawing people anew.

    Args:
        ranking, treated, outcome, weight: as for `qini_curve`.
        rng: draws the people.
        draws: how often.

    Returns:
        Outcomes per treated person, averaged over how large a share is treated; 0 for a ranking
        by chance.

    Raises:
        TooFewUnits: an arm with nobody.

    Source:
        Poisson's bootstrap: each person comes a Poisson(1) number of times.
    """
    area = qini_curve(ranking, treated=treated, outcome=outcome, weight=weight).area
    order, last = _in_order(ranking)
    each = _parts(treated, outcome, weight)[:, order]
    found: list[float] = []
    while len(found) < draws:
        size = min(draws - len(found), max(1, _CHUNK // len(order)))
        times = rng.poisson(1.0, (size, len(order)))
        sums = [np.cumsum(times * part, axis=1)[:, last] for part in each]
        found += [_curve(np.stack([part[k] for part in sums])).area for k in range(size)]
    low, high = np.quantile(found, [0.05, 0.95])
    return Interval(mean=area, low=min(float(low), area), high=max(float(high), area))


def _in_order(ranking: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Who comes first, and where each run of equal scores ends."""
    order = np.argsort(-ranking, kind="stable")
    scores = ranking[order]
    return order, np.flatnonzero(np.append(scores[1:] != scores[:-1], True))


def _parts(treated: Booleans, outcome: Floats, weight: Floats | None) -> Floats:
    """Each person's share in N_T, N_C, Y_T and Y_C; weights average to 1 in each arm."""
    size = np.ones(len(outcome)) if weight is None else weight.astype(np.float64)
    for arm in (treated, ~treated):
        size[arm] = size[arm] / size[arm].mean()
    n_t, n_c = np.where(treated, size, 0.0), np.where(treated, 0.0, size)
    return np.stack([n_t, n_c, n_t * outcome, n_c * outcome])


def _curve(sums: Floats) -> Curve:
    n_t, n_c, y_t, y_c = np.concatenate([np.zeros((4, 1)), sums], axis=1)
    rate = np.divide(y_c, n_c, out=np.zeros(len(n_c)), where=n_c > 0)
    people = n_t + n_c
    return Curve(share=people / people[-1], gained=(y_t - rate * n_t) / n_t[-1])

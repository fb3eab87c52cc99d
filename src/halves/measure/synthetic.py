"""A synthetic control: the mix of untreated regions that moved as the treated ones did.

Everything is done on sums of products over the days before the test, so that thousands of placebo
fits cost no more for a long history than for a short one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halves.ledger.heeding import look_up

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

_NEARLY = 1e-10  # relative to the mean squared distance
_TINY = 1e-300
_RIDGE_FOR_TIES = 1e-9  # decides between mixes that fit equally well


@dataclass(frozen=True)
class Mix:
    """Weights of a synthetic control over all regions; those of the treated are 0.

    `simplex` are at least 0 and sum to 1. `augmented` lie a little off, where that fits better.
    """

    simplex: Floats
    augmented: Floats


def mix_to_match(products: Floats, own: Floats, *, penalties: Sequence[float]) -> list[Mix]:
    """Weigh the other regions so that their mix moves as a group of regions does.

    First the mix with weights of at least 0 that sum to 1 and lies nearest to the group before
    the test; then a ridge regression of what misfit is left on what the mix is made of, which may
    leave the convex hull, the less so the larger the penalty.

    Args:
        products: shape (region, region), sums of products over the days before the test of each
            region's outcome less its own mean.
        own: shape (region,), the group's weights in its own average; 0 elsewhere.
        penalties: of the ridge, in units of the largest squared singular value of the others'
            outcomes, above 0; infinite for the plain synthetic control.

    Returns:
        The weights for each penalty.

    Raises:
        ValueError: a penalty not above 0, or no region outside the group.

    Source:
        Abadie, Diamond and Hainmueller (2010), Synthetic Control Methods for Comparative Case
        Studies, with an intercept by region (Doudchenko and Imbens 2016); Ben-Michael, Feller and
        Rothstein (2021), The Augmented Synthetic Control Method, for the ridge.

    >>> days = np.array([[1.0, 0.0, 4.0], [-2.0, 1.0, 0.0], [1.0, -1.0, -4.0]])
    >>> group = days @ np.array([0.0, 0.5, 0.5])  # exactly half of each of the last two
    >>> data = np.column_stack([days, group])
    >>> own = np.array([0.0, 0.0, 0.0, 1.0])
    >>> mix_to_match(data.T @ data, own, penalties=[np.inf])[0].simplex.round(6)
    array([0. , 0.5, 0.5, 0. ])
    """
    for penalty in penalties:
        if not penalty > 0:
            raise ValueError(f"penalty must be above 0, got {penalty}")
    others = np.flatnonzero(own == 0)
    if not len(others):
        raise ValueError("no region is left outside the group")
    among = products[others][:, others]
    with_own = products[others] @ own
    distances = among - with_own[:, None] - with_own[None, :] + own @ products @ own
    mix = nearest_in_hull(distances)
    added = _ridge(among, with_own - among @ mix, penalties)
    simplex = np.zeros(len(own))
    simplex[others] = mix
    found = []
    for addition in added:
        augmented = simplex.copy()
        augmented[others] += addition
        found.append(Mix(simplex, augmented))
    return found


def _ridge(among: Floats, misfit: Floats, penalties: Sequence[float]) -> list[Floats]:
    """What to add to the weights: a ridge regression of the misfit on the centred regions.

    Sums to zero, as each day's outcomes are centred over the regions.
    """
    if np.isinf(penalties).all():
        return [np.zeros(len(among))] * len(penalties)
    centred = among - among.mean(axis=0)
    centred = centred - centred.mean(axis=1, keepdims=True)
    largest = max(float(np.linalg.eigvalsh(centred)[-1]), _TINY)
    even, identity = misfit - misfit.mean(), np.eye(len(among))
    return [
        np.zeros(len(among))
        if np.isinf(penalty)
        else np.linalg.solve(centred + penalty * largest * identity, even)
        for penalty in penalties
    ]


def nearest_in_hull(products: Floats) -> Floats:
    """The weights of the point of a convex hull that lies nearest to the origin.

    Args:
        products: shape (point, point), the points' sums of products.

    Returns:
        Shape (point,), at least 0, summing to 1. Where several mixes are equally near, the one
        that spreads its weights most.

    Source:
        Wolfe (1976), Finding the Nearest Point in a Polytope. It ends after finitely many steps,
        at the exact answer.

    >>> corners = np.array([[1.0, 1.0], [1.0, -1.0], [5.0, 0.0]])
    >>> nearest_in_hull(corners @ corners.T).round(6)
    array([0.5, 0.5, 0. ])
    """
    size = float(np.trace(products)) / len(products)
    if size <= 0:
        return np.full(len(products), 1 / len(products))
    products = products / size + _RIDGE_FOR_TIES * np.eye(len(products))
    used = [int(np.argmin(np.diag(products)))]
    weights = np.zeros(len(products))
    weights[used] = 1.0
    while True:
        look_up()
        slope = products @ weights
        best = int(np.argmin(slope))
        if slope[best] >= weights @ slope - _NEARLY or best in used:
            return weights
        used = _fit_corners(products, weights, [*used, best])
        if best not in used:  # it brought less than rounding error
            return weights


def _fit_corners(products: Floats, weights: Floats, used: list[int]) -> list[int]:
    """Move `weights` to the nearest point of the used corners; returns those still needed."""
    while True:
        wanted = np.linalg.solve(products[used][:, used], np.ones(len(used)))
        wanted /= wanted.sum()
        now = weights[used]
        leaving = wanted <= 0
        if not leaving.any():
            weights[used] = wanted
            return used
        # Go as far as all weights stay at least 0, and drop the corner that stopped us.
        steps = np.where(leaving, now / np.where(leaving, now - wanted, 1.0), np.inf)
        stop = int(np.argmin(steps))
        weights[used] = np.maximum(now + steps[stop] * (wanted - now), 0.0)
        weights[used[stop]] = 0.0
        used = [*used[:stop], *used[stop + 1 :]]

"""Lin's regression adjustment, worked from sums of products: no row is ever looked at."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halves.measure.interval import Interval
from halves.measure.quantiles import student_quantile

Floats = NDArray[np.float64]

_LEAST_OWN_SHARE = 1e-4  # of a covariate's variance that the ones before it do not explain
_LEAST_SUPPORT = 10.0  # units a covariate rests on; with fewer, one whale steers the slope
_UNITS_PER_COVARIATE = 10


@dataclass(frozen=True)
class Sums:
    """Sums over an arm's rows of z = (1, outcome, covariates…), with w = 1 / propensity."""

    rows: int
    plain: Floats  # Σ z, shape (p,)
    products: Floats  # Σ w·z·z′, shape (p, p)


@dataclass(frozen=True)
class Adjusted:
    """A difference between two arms' means, and how sure we are of it."""

    treated: float  # mean outcome a row, at the average covariates
    held_out: float
    treated_variance: float
    held_out_variance: float
    covariance: float  # of the two means; not zero where one person is in both arms
    degrees_of_freedom: float
    covariates: tuple[int, ...]

    @property
    def effect(self) -> float:
        """Treated less held out."""
        return self.treated - self.held_out

    @property
    def variance(self) -> float:
        """Of the effect."""
        return self.treated_variance + self.held_out_variance - 2 * self.covariance

    @property
    def standard_error(self) -> float:
        """Of the effect."""
        return float(np.sqrt(self.variance))

    @property
    def quantile(self) -> float:
        """How many standard errors a 90% interval reaches to each side."""
        return student_quantile(0.95, degrees_of_freedom=self.degrees_of_freedom)

    @property
    def interval(self) -> Interval:
        """The effect with its 90% interval."""
        return around(self.effect, self.standard_error * self.quantile)

    @property
    def ratio(self) -> Interval | None:
        """Treated over held out, less one, by Fieller; None where its interval has no end."""
        return _fieller(self)


def around(mean: float, margin: float) -> Interval:
    """An interval that reaches equally far to both sides."""
    return Interval(mean=mean, low=mean - margin, high=mean + margin)


def adjust(
    treated: Sums, held_out: Sums, *, spread: Floats, clusters: int | None, covariates: int
) -> Adjusted:
    """Compare two arms with covariates centred and interacted with the arm.

    In each arm the outcome is regressed on the covariates (weighted by 1 / propensity) and the
    line is read off at the average covariates of everyone. The variance is from each arm's own
    residuals, so it holds with unequal spread; it is for the units in the trial. For a wider
    population that they were drawn from it lacks (β_T - β_C)′Σ(β_T - β_C)/n, which is zero where
    the effect does not vary with the covariates (Negi and Wooldridge 2021).

    Args:
        treated, held_out: each arm's sums; both have at least two rows.
        spread: Σ u·u′ over units, shape (2p, 2p), where u stacks a unit's Σ w·z in the treated and
            in the held-out arm.
        clusters: how many units, if a unit may have several rows; None if each has one.
        covariates: how many of the covariates, the first ones, may be used; 0 for none.

    Returns:
        The means, their variances and the covariates that could be kept: one that is constant,
        or follows from others, or rests on a few units, is dropped, and so are the last ones if
        an arm has fewer than ten units for each.

    Source:
        Lin (2013), Agnostic Notes on Regression Adjustments to Experimental Data; the interval's
        degrees of freedom by Welch and Satterthwaite.
    """
    kept = _kept(treated, held_out, covariates)
    pooled = (treated.plain + held_out.plain) / (treated.rows + held_out.rows)
    use = [2 + place for place in kept]
    lines = [_line(arm, pooled[use], use) for arm in (treated, held_out)]
    size = len(pooled)
    per_arm = np.zeros((2, 2 * size))
    per_arm[0, :size], per_arm[1, size:] = lines[0].influence, lines[1].influence
    covariance = per_arm @ spread @ per_arm.T
    variances = np.diag(covariance) * np.array([line.inflation for line in lines])
    freedoms = [arm.rows - len(kept) - 1 for arm in (treated, held_out)]
    if clusters is None:
        freedom = float(variances.sum() ** 2 / np.sum(variances**2 / freedoms))
    else:
        variances = variances * clusters / (clusters - 1)
        freedom = float(clusters - 1)
    return Adjusted(
        treated=lines[0].mean,
        held_out=lines[1].mean,
        treated_variance=float(variances[0]),
        held_out_variance=float(variances[1]),
        covariance=0.0 if clusters is None else float(covariance[0, 1]),
        degrees_of_freedom=freedom,
        covariates=kept,
    )


@dataclass(frozen=True)
class _Line:
    mean: float  # at the average covariates of everyone
    influence: Floats  # of a row's w·z on that mean
    inflation: float  # of the residuals' squares, for the coefficients they were fitted with


def _line(arm: Sums, at: Floats, use: Sequence[int]) -> _Line:
    weight = arm.products[0, 0]
    means = arm.products[0] / weight
    spread = arm.products / weight - np.outer(means, means)
    inside = spread[np.ix_(use, use)]
    slopes = np.linalg.solve(inside, spread[use, 1])
    shift = at - means[use]
    mean = float(means[1] + slopes @ shift)
    influence = np.zeros(len(means))
    influence[1] = 1.0
    influence[use] = -slopes
    influence[0] = slopes @ at - mean
    inflation = arm.rows / (arm.rows - len(use) - 1)
    inflation *= 1 + float(shift @ np.linalg.solve(inside, shift))
    return _Line(mean=mean, influence=influence / weight, inflation=inflation)


def _kept(treated: Sums, held_out: Sums, covariates: int) -> tuple[int, ...]:
    """Take covariates in their order, each if it brings variance of its own in both arms."""
    most = min(treated.rows, held_out.rows) // _UNITS_PER_COVARIATE
    kept: list[int] = []
    for place in range(covariates):
        if len(kept) == most:
            break
        if all(_adds(arm, [2 + k for k in kept], 2 + place) for arm in (treated, held_out)):
            kept.append(place)
    return tuple(kept)


def _adds(arm: Sums, kept: list[int], place: int) -> bool:
    weight = arm.products[0, 0]
    means = arm.products[0] / weight
    second = arm.products[place, place] / weight
    own = second - means[place] ** 2
    if own <= _LEAST_OWN_SHARE**2 * second:
        return False
    if arm.rows * means[place] ** 2 < _LEAST_SUPPORT * second:
        return False
    spread = arm.products / weight - np.outer(means, means)
    shared = spread[kept, place]
    explained = float(shared @ np.linalg.solve(spread[np.ix_(kept, kept)], shared))
    return bool(own - explained > _LEAST_OWN_SHARE * own)


def _fieller(of: Adjusted) -> Interval | None:
    """Source: Fieller (1954), Some Problems in Interval Estimation."""
    z2 = of.quantile**2
    a = of.held_out**2 - z2 * of.held_out_variance
    if a <= 0:  # the held-out mean may be zero
        return None
    b = of.treated * of.held_out - z2 * of.covariance
    c = of.treated**2 - z2 * of.treated_variance
    root = float(np.sqrt(max(b * b - a * c, 0.0)))
    mean = of.treated / of.held_out - 1
    return Interval(mean=mean, low=(b - root) / a - 1, high=(b + root) / a - 1)

"""Lin's regression adjustment, worked from sums of products: no row is ever looked at."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halves.measure.errors import NoSpread
from halves.measure.interval import Interval
from halves.measure.quantiles import student_quantile

Floats = NDArray[np.float64]

_LEAST_OWN_SHARE = 1e-4  # of a covariate's variance that the ones before it do not explain
_LEAST_SUPPORT = 10.0  # rows a covariate rests on; with fewer, one whale steers the slope
_LEAST_SUPPORT_SHARE = 0.125  # of an arm's rows, where there are few
_UNITS_PER_COVARIATE = 10
_ROUNDING = 1e-12  # what is left of squares that cancel


@dataclass(frozen=True)
class Sums:
    """Sums over an arm's rows of z = (1, outcome, covariates…), with w = 1 / propensity."""

    rows: int
    plain: Floats  # Σ z, shape (p,)
    products: Floats  # Σ w·z·z′, shape (p, p)
    cubes: Floats  # Σ w·z³, shape (p,)
    fourths: Floats  # Σ w·z⁴, shape (p,)


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

    Raises:
        NoSpread: in each arm every row's outcome is the same.

    Source:
        Lin (2013), Agnostic Notes on Regression Adjustments to Experimental Data; the interval's
        degrees of freedom by Satterthwaite (1946), with each arm's kurtosis.
    """
    least = min(treated.rows, held_out.rows, clusters or treated.rows)
    kept = _kept(treated, held_out, covariates, most=least // _UNITS_PER_COVARIATE)
    pooled = (treated.plain + held_out.plain) / (treated.rows + held_out.rows)
    use = [2 + place for place in kept]
    lines = [_line(arm, pooled[use], use) for arm in (treated, held_out)]
    rows = np.array([treated.rows, held_out.rows])
    covariance = _covariance(lines, spread, rows)
    freedom = _freedom(np.diag(covariance), [treated, held_out], len(kept))
    if clusters is None:
        covariance[0, 1] = 0.0
    else:
        covariance = covariance * clusters / (clusters - 1)
        freedom = min(freedom, clusters - 1.0)
    return Adjusted(
        treated=lines[0].mean,
        held_out=lines[1].mean,
        treated_variance=float(covariance[0, 0]),
        held_out_variance=float(covariance[1, 1]),
        covariance=float(covariance[0, 1]),
        degrees_of_freedom=freedom,
        covariates=kept,
    )


def _covariance(lines: Sequence["_Line"], spread: Floats, rows: NDArray[np.int64]) -> Floats:
    """Of the two arms' means: residuals squared, as sums of products allow without the rows."""
    size = len(lines[0].influence)
    per_arm = np.zeros((2, 2 * size))
    per_arm[0, :size], per_arm[1, size:] = (line.influence for line in lines)
    covariance = per_arm @ spread @ per_arm.T
    variances = np.diag(covariance) * np.array([line.inflation for line in lines])
    outcomes_alone = np.array([spread[1, 1], spread[size + 1, size + 1]])
    scale = outcomes_alone * np.array([line.influence[1] for line in lines]) ** 2
    variances = np.where(variances > _ROUNDING * scale, variances, 0.0)
    if variances.max() == 0:
        raise NoSpread(
            f"all {rows[0]:,} treated have one and the same outcome, and so have all {rows[1]:,} "
            "held out; without spread there is no interval"
        )
    if variances.min() == 0:
        # Lend an arm in which nobody bought the other's spread: no sale is not no doubt.
        variances = (variances * rows).max() / rows
    np.fill_diagonal(covariance, variances)
    return covariance


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


def _freedom(variances: Floats, arms: Sequence[Sums], kept: int) -> float:
    """Degrees of freedom: what a variance is worth that rests on a few large sales.

    A variance found from n values of kurtosis κ is as uncertain as one found from
    2n / (κ - 1) normal values; of rare sales that is about twice their number.
    """
    freedoms = []
    for arm in arms:
        support = min(_support(arm, 1), arm.rows * (1 - 1e-9))
        by_kurtosis = 2 * support / (1 - support / arm.rows)
        freedoms.append(max(1.0, min(arm.rows - kept - 1, by_kurtosis)))
    return float(variances.sum() ** 2 / np.sum(variances**2 / np.array(freedoms)))


def _kept(treated: Sums, held_out: Sums, covariates: int, *, most: int) -> tuple[int, ...]:
    """Take covariates in their order, each if it brings variance of its own in both arms."""
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
    if _support(arm, place) < min(_LEAST_SUPPORT, _LEAST_SUPPORT_SHARE * arm.rows):
        return False
    spread = arm.products / weight - np.outer(means, means)
    shared = spread[kept, place]
    explained = float(shared @ np.linalg.solve(spread[np.ix_(kept, kept)], shared))
    return bool(own - explained > _LEAST_OWN_SHARE * own)


def _support(arm: Sums, place: int) -> float:
    """On how many rows a column's spread rests: all over kurtosis, k where k rows differ."""
    weight = arm.products[0, 0]
    mean = arm.products[0, place] / weight
    second = arm.products[place, place] / weight
    third, fourth = arm.cubes[place] / weight, arm.fourths[place] / weight
    spread = second - mean**2
    if spread <= _ROUNDING * second:
        return float(arm.rows)
    central = fourth - 4 * mean * third + 6 * mean**2 * second - 3 * mean**4
    return float(arm.rows * spread**2 / max(central, spread**2))


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

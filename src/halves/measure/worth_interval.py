"""How far what follows from fitted parameters may be off: the delta method, on logarithms."""

import math
from collections.abc import Callable

import numpy as np

from halves.measure.interval import Interval
from halves.measure.quantiles import normal_quantile
from halves.measure.worth_fit import Floats

WIDE = normal_quantile(0.95)  # standard errors that a 90% interval reaches to each side
_STEP = 1e-4  # of a logarithm, for differences


def slopes(of: Callable[[Floats], Floats], at: Floats) -> Floats:
    """How the logarithms of some quantities rise with each log-parameter.

    Args:
        of: log-parameters → quantities above 0, shape (quantity,).
        at: log-parameters, shape (parameter,).

    Returns:
        Shape (parameter, quantity).
    """
    steps = np.eye(len(at)) * _STEP
    rises = np.array([np.log(of(at + step)) - np.log(of(at - step)) for step in steps])
    return np.asarray(rises / (2 * _STEP))


def intervals(of: Callable[[Floats], Floats], at: Floats, *, covariance: Floats) -> list[Interval]:
    """Each quantity with its 90% interval, a factor to either side.

    Args:
        of: log-parameters → quantities above 0, shape (quantity,).
        at: log-parameters as fitted, shape (parameter,).
        covariance: theirs, shape (parameter, parameter).
    """
    slope = slopes(of, at)
    errors = np.sqrt(np.einsum("ik,ij,jk->k", slope, covariance, slope))
    return [
        Interval(mean=mean, low=mean * math.exp(-WIDE * se), high=mean * math.exp(WIDE * se))
        for mean, se in zip(of(at).tolist(), errors.tolist(), strict=True)
    ]

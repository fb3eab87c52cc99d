"""Maximum likelihood for a handful of positive parameters, and how sure it is of them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halves.measure.errors import MeasureError

Floats = NDArray[np.float64]

_STEP = 1e-4  # of a logarithm, for differences
_LOOSE = 10.0  # sd of the prior on logarithms: a factor of twenty thousand either way
_ENOUGH = 1e-12  # of log-likelihood a customer that one more step would gain
_ITERATIONS = 200
_LONGEST = 2.0  # step of a logarithm
_LEAST_CURVATURE = 1e-9  # of the steepest direction's


class TooFewRepeatBuyers(MeasureError):
    """Hardly anyone bought twice, so nothing says how often people come back."""


class HistoriesUnfit(MeasureError):
    """Buying or spending that the models of customer worth cannot describe."""


@dataclass(frozen=True)
class Fitted:
    """Where the likelihood is greatest.

    Args:
        logs: shape (parameter,), natural logarithms of the parameters.
        covariance: shape (parameter, parameter), of `logs`, from the observed information.
        log_likelihood: at the maximum.
    """

    logs: Floats
    covariance: Floats
    log_likelihood: float


def maximum(log_likelihood: Callable[[Floats], float], start: Floats, *, customers: int) -> Fitted:
    """Climb to the greatest likelihood by Newton's method, in logarithms of the parameters.

    A prior so loose that it moves no estimate that the data say anything about (sd 10 around the
    start) keeps the rest from running away: where all customers are alike, the spread between
    them is known only to be small.

    Args:
        log_likelihood: of log-parameters, summed over customers.
        start: log-parameters to start from.
        customers: how many the likelihood sums over.

    Raises:
        HistoriesUnfit: no maximum was found.
    """

    def height(logs: Floats) -> float:
        held = float(np.sum(((logs - start) / _LOOSE) ** 2)) / 2
        return (log_likelihood(logs) - held) / customers

    logs, best = start, height(start)
    for _ in range(_ITERATIONS):
        slope, curvature = _differences(height, logs, best)
        step = _uphill(slope, curvature)
        gain = float(slope @ step)
        logs, found = _further(height, logs, step, best)
        if gain < _ENOUGH or found <= best:
            break
        best = found
    else:
        raise HistoriesUnfit(
            f"no maximum of the likelihood in {_ITERATIONS} steps; the last: {logs}"
        )
    _, curvature = _differences(height, logs, best)
    return Fitted(logs, np.linalg.inv(_steep(curvature)) / customers, log_likelihood(logs))


def _further(
    height: Callable[[Floats], float], logs: Floats, step: Floats, best: float
) -> tuple[Floats, float]:
    """Halve the step until it climbs; stay where none does."""
    for _ in range(40):
        found = height(logs + step)
        if found > best:  # false of a number that is none
            return logs + step, found
        step = step / 2
    return logs, best


def _uphill(slope: Floats, curvature: Floats) -> Floats:
    step = np.linalg.solve(_steep(curvature), slope)
    return np.asarray(step * min(1.0, _LONGEST / max(float(np.abs(step).max()), 1e-300)))


def _steep(curvature: Floats) -> Floats:
    """Minus the curvature, made positive in every direction so that Newton's step climbs."""
    values, vectors = np.linalg.eigh(-curvature)
    least = _LEAST_CURVATURE * max(float(np.abs(values).max()), 1e-300)
    return np.asarray((vectors * np.maximum(np.abs(values), least)) @ vectors.T)


def _differences(
    height: Callable[[Floats], float], at: Floats, value: float
) -> tuple[Floats, Floats]:
    """Slope and curvature by central differences."""
    size = len(at)
    steps = np.eye(size) * _STEP
    up = np.array([height(at + step) for step in steps])
    down = np.array([height(at - step) for step in steps])
    curvature = np.diag((up + down - 2 * value) / _STEP**2)
    for i in range(size):
        for j in range(i):
            both = height(at + steps[i] + steps[j]) + height(at - steps[i] - steps[j])
            mixed = both + 2 * value - up[i] - down[i] - up[j] - down[j]
            curvature[i, j] = curvature[j, i] = mixed / (2 * _STEP**2)
    return (up - down) / (2 * _STEP), curvature

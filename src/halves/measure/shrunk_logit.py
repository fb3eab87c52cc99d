"""A logistic regression over groups of levels, each group drawn towards zero as far as data say.

Every row belongs to one level of each group (a stage, an age, a seller); a level's effect is a
draw from a normal whose variance is the group's own and learned from the data. A group that makes
no difference is shrunk to nothing; a level with few rows borrows from its group.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_STEPS, _ROUNDS = 30, 25
_LEAST, _MOST = 0.05, 1e4  # precision of a group: effects between 4.5 and 0.01 logits
_CLOSE = 1e-6

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class ShrunkLogit:
    """What was learned.

    Args:
        sizes: levels of each group.
        mean: shape (1 + sum of sizes,), intercept first, then the levels group by group.
        covariance: of the posterior, by Laplace's approximation.
        precision: of each group's effects, as learned.
    """

    sizes: tuple[int, ...]
    mean: Floats
    covariance: Floats
    precision: Floats

    def draws(self, count: int, *, rng: np.random.Generator) -> Floats:
        """Draws of the coefficients, shape (count, 1 + sum of sizes)."""
        root = np.linalg.cholesky(self.covariance + 1e-12 * np.eye(len(self.mean)))
        return self.mean + rng.standard_normal((count, len(self.mean))) @ root.T

    def columns(self, levels: Ints) -> Ints:
        """Where each row's levels are among the coefficients, the intercept first."""
        return _columns(levels, self.sizes)


def fit_shrunk_logit(
    levels: Ints, successes: Floats, trials: Floats, *, sizes: Sequence[int]
) -> ShrunkLogit:
    """Learn effects and how far they spread.

    Args:
        levels: shape (row, group), the level of each group that a row is of, from 0.
        successes: shape (row,), weights of what happened; at most `trials`.
        trials: shape (row,), weights of what could have.
        sizes: how many levels each group has; one without rows keeps its group's spread.

    Returns:
        The posterior, by Laplace's approximation around its mode.

    Raises:
        ValueError: shapes differ, or a level is outside its group.

    Source:
        MacKay (1992), Bayesian Interpolation: the evidence's fixed point for the precisions;
        Gelman and Hill (2007), chapter 14, for multilevel logistic regression.

    >>> levels = np.array([[0], [1], [2]])
    >>> won, of = np.array([30.0, 10.0, 1.0]), np.array([60.0, 60.0, 1.0])
    >>> found = fit_shrunk_logit(levels, won, of, sizes=[3])
    >>> shares = 1 / (1 + np.exp(-found.mean[0] - found.mean[1:]))
    >>> [round(float(one), 1) for one in shares]
    [0.5, 0.2, 0.5]
    """
    if levels.ndim != 2 or levels.shape[1] != len(sizes) or len(levels) != len(trials):
        raise ValueError(f"levels must be rows by {len(sizes)} groups, got {levels.shape}")
    if len(levels) and ((levels < 0).any() or (levels >= np.array(sizes)).any()):
        raise ValueError("a level is outside its group")
    columns, wide = _columns(levels, sizes), 1 + sum(sizes)
    groups = np.repeat(np.arange(len(sizes)), sizes)
    precision, beta = np.ones(len(sizes)), np.zeros(wide)
    covariance = np.eye(wide)
    for _ in range(_ROUNDS):
        ridge = np.concatenate([[1e-3], precision[groups]])
        beta, covariance = _mode(columns, successes, trials, ridge, beta)
        spread = np.diag(covariance)[1:]
        known = np.bincount(groups, 1 - precision[groups] * spread, minlength=len(sizes))
        moved = np.bincount(groups, beta[1:] ** 2, minlength=len(sizes))
        new = np.clip(known / np.maximum(moved, 1e-12), _LEAST, _MOST)
        done = np.abs(np.log(new / precision)).max() < 1e-2
        precision = new
        if done:
            break
    return ShrunkLogit(tuple(sizes), beta, covariance, precision)


def _columns(levels: Ints, sizes: Sequence[int]) -> Ints:
    starts = 1 + np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    return np.column_stack([np.zeros(len(levels), np.int64), levels + starts])


def _mode(
    columns: Ints, successes: Floats, trials: Floats, ridge: Floats, beta: Floats
) -> tuple[Floats, Floats]:
    """Newton's steps to the posterior's mode, and the covariance there."""
    wide, before = len(beta), -np.inf
    curve = np.diag(ridge)
    for _ in range(_STEPS):
        eta = beta[columns].sum(axis=1)
        share = 1 / (1 + np.exp(-eta))
        now = float(successes @ eta - trials @ np.logaddexp(0, eta) - ridge @ beta**2 / 2)
        slope = _summed(columns, successes - trials * share, wide) - ridge * beta
        curve = _squared(columns, trials * share * (1 - share), wide) + np.diag(ridge)
        if abs(now - before) < _CLOSE * (1 + abs(now)):
            break
        before = now
        beta = beta + np.clip(np.linalg.solve(curve, slope), -2, 2)
    return beta, np.asarray(np.linalg.inv(curve), dtype=np.float64)


def _summed(columns: Ints, values: Floats, wide: int) -> Floats:
    found = np.zeros(wide)
    for place in range(columns.shape[1]):
        found += np.bincount(columns[:, place], values, minlength=wide)
    return found


def _squared(columns: Ints, weights: Floats, wide: int) -> Floats:
    found = np.zeros(wide * wide)
    for one in range(columns.shape[1]):
        for other in range(columns.shape[1]):
            at = columns[:, one] * wide + columns[:, other]
            found += np.bincount(at, weights, minlength=wide * wide)
    return found.reshape(wide, wide)

"""P(win) by seller, concern and answer: effects of an answer drawn towards the answer's mean.

    logit P(win) = α + u_seller + v_concern + μ_answer + δ_{concern, answer} + x′γ

u, v, μ and δ are normal around zero; how far they spread is learned (empirical Bayes, Laplace).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from halves.measure.adjust import Floats
from halves.measure.blocks import Blocks
from halves.measure.interval import Interval

Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]

_STEPS, _ROUNDS, _DRAWS = 25, 12, 400
_LEVEL_SD = 5.0  # of the intercept: as good as free
_SLOPE_SD = 1.0  # of a covariate of unit variance
_FIRST_SD, _LEAST_SD = 0.5, 0.05
_MOST_ROWS = 2_000  # of one concern, to average an effect over


@dataclass(frozen=True)
class ShrunkAnswers:
    """What the model says of each answer on each concern that it was given on.

    Args:
        by_concern: for each answer, concern → effect on the chance to win of who voiced it.
        spread: how far answers differ on average, and how far one answer differs between
            concerns: standard deviations of log odds.
    """

    by_concern: list[dict[int, Interval]]
    spread: tuple[float, float]


@dataclass(frozen=True)
class _Design:
    """Columns and what each is: intercept, covariate, seller, concern, answer, cell.

    Args:
        table: in blocks of one concern each.
        concerns: of the blocks, in their order.
        kinds: of the columns.
        cells: (concern, answer) of each cell's column, in order.
    """

    table: Blocks
    concerns: Integers
    kinds: Integers
    cells: list[tuple[int, int]]


_LEVEL, _SLOPE, _SELLER, _CONCERN, _ANSWER, _CELL = range(6)


def ridge_logit(
    columns: Floats,
    outcome: Floats,
    *,
    prior_sd: float,
    kind: Integers | None = None,
    start: Floats | None = None,
) -> Floats:
    """A logistic regression with a normal prior on all but the level.

    Args:
        columns: shape (row, p), without a column for the level.
        outcome: shape (row,), 0 or 1.
        prior_sd: of each coefficient.
        kind: shape (row,), of rows that are zero in mostly the same columns; it is quicker so.
        start: shape (1 + p,), where to look first, such as what fits nearly the same rows. There is
            one mode, so that it is found from anywhere, and sooner from near by.

    Returns:
        Shape (1 + p,): the level first.
    """
    kinds = np.zeros(len(columns), dtype=np.int64) if kind is None else kind
    design = Blocks.of(np.column_stack([np.ones(len(columns)), columns]), kinds)
    precision = np.full(design.shape[1], prior_sd**-2)
    precision[0] = _LEVEL_SD**-2
    return _mode(design, outcome, precision, np.zeros(len(precision)) if start is None else start)


def shrunk_answers(
    given: Booleans,
    won: Booleans,
    concern: Integers,
    seller: Integers,
    covariates: Floats,
    *,
    seed: int,
) -> ShrunkAnswers:
    """Each answer's effect on each concern, drawn towards the answer's mean.

    Args:
        given: shape (row, answer).
        won, concern, seller: shape (row,).
        covariates: shape (row, x), before standardising.
        seed: of the draws.

    Source:
        Gelman and Hill (2007), ch. 14; variances by EM on the Laplace approximation.
    """
    design = _designed(given, concern, seller, covariates)
    outcome = won.astype(np.float64)
    spread = np.full(6, _FIRST_SD)
    spread[[_LEVEL, _SLOPE]] = _LEVEL_SD, _SLOPE_SD
    mean = np.zeros(len(design.kinds))
    for _ in range(_ROUNDS):
        precision = spread[design.kinds] ** -2
        mean = _mode(design.table, outcome, precision, mean)
        covariance = _covariance(design.table, precision, mean)
        squares = mean**2 + np.diag(covariance)
        for kind in (_SELLER, _CONCERN, _ANSWER, _CELL):
            of = design.kinds == kind
            if of.any():
                spread[kind] = max(float(np.sqrt(squares[of].mean())), _LEAST_SD)
    draws = _drawn(mean, covariance, np.random.default_rng(seed))
    found = _by_concern(design, given, draws)
    return ShrunkAnswers(found, (float(spread[_ANSWER]), float(spread[_CELL])))


def _mode(design: Blocks, outcome: Floats, precision: Floats, start: Floats) -> Floats:
    """Where the density is highest; Newton's steps are halved where they overshoot."""
    value, best = start, _log_density(design, outcome, precision, start)
    for _ in range(_STEPS):
        slope = design.summed(outcome - _chance(design.times(value))) - precision * value
        step = np.linalg.solve(_curve(design, precision, value), slope)
        size, there = 1.0, _log_density(design, outcome, precision, value + step)
        while there < best and size > 1e-3:
            size /= 2
            there = _log_density(design, outcome, precision, value + size * step)
        value, best = value + size * step, there
        if float(np.abs(size * step).max()) < 1e-6:
            break
    return value


def _covariance(design: Blocks, precision: Floats, value: Floats) -> Floats:
    return np.asarray(np.linalg.inv(_curve(design, precision, value)), dtype=np.float64)


def _curve(design: Blocks, precision: Floats, value: Floats) -> Floats:
    """How sharply the density bends there: what a covariance is the inverse of."""
    expected = _chance(design.times(value))
    curve = design.products(expected * (1 - expected))
    curve[np.diag_indices_from(curve)] += precision
    return curve


def _log_density(design: Blocks, outcome: Floats, precision: Floats, value: Floats) -> float:
    odds = design.times(value)
    return float(outcome @ odds - np.logaddexp(0, odds).sum() - precision @ value**2 / 2)


def _designed(given: Booleans, concern: Integers, seller: Integers, covariates: Floats) -> _Design:
    spread = covariates.std(axis=0) if covariates.shape[1] else np.zeros(0)
    varied = covariates[:, spread > 0]
    scaled = (varied - varied.mean(axis=0)) / spread[spread > 0]
    sellers = (seller[:, None] == np.unique(seller)[None, :]).astype(np.float64)
    concerns = (concern[:, None] == np.unique(concern)[None, :]).astype(np.float64)
    cells = list(_cells(given, concern))
    crossed = [(concern == one) & given[:, answer] for one, answer in cells]
    # Where each answer is of one concern alone, its mean and its cell are one thing.
    is_crossed = len(cells) > len({answer for _, answer in cells})
    parts = [
        (_LEVEL, np.ones((len(concern), 1))),
        (_SLOPE, scaled),
        (_SELLER, sellers),
        (_CONCERN, concerns),
        (_ANSWER, given.astype(np.float64)),
        (
            _CELL,
            np.column_stack(crossed).astype(np.float64)
            if is_crossed
            else np.zeros((len(concern), 0)),
        ),
    ]
    kinds = np.concatenate([np.full(one.shape[1], kind, dtype=np.int64) for kind, one in parts])
    table = Blocks.of(np.column_stack([one for _, one in parts]), concern)
    return _Design(table, np.unique(concern), kinds, cells)


def _cells(given: Booleans, concern: Integers) -> Iterator[tuple[int, int]]:
    for answer in range(given.shape[1]):
        for one in np.unique(concern[given[:, answer]]):
            yield int(one), answer


def _drawn(mean: Floats, covariance: Floats, rng: np.random.Generator) -> Floats:
    """Draws of all coefficients, shape (draw, p)."""
    root = np.linalg.cholesky((covariance + covariance.T) / 2)
    drawn: Floats = mean + rng.standard_normal((_DRAWS, len(mean))) @ root.T
    return drawn


def _by_concern(design: _Design, given: Booleans, draws: Floats) -> list[dict[int, Interval]]:
    found: list[dict[int, Interval]] = [{} for _ in range(given.shape[1])]
    answers = np.flatnonzero(design.kinds == _ANSWER)
    crossed = np.flatnonzero(design.kinds == _CELL)
    together = sorted(enumerate(design.cells), key=lambda cell: cell[1])
    for concern, cells in groupby(together, key=lambda cell: cell[1][0]):
        block = design.table.parts[int(np.searchsorted(design.concerns, concern))]
        rows = block.rows[:_MOST_ROWS]
        as_it_was = block.values[:_MOST_ROWS] @ draws[:, block.columns].T
        for place, (_, answer) in cells:
            effect = draws[:, answers[answer]]
            effect = effect + (draws[:, crossed[place]] if len(crossed) else 0.0)
            without = as_it_was - given[rows, answer][:, None] * effect
            points = (_chance(without + effect) - _chance(without)).mean(axis=0)
            low, high = (float(at) for at in np.quantile(points, (0.05, 0.95)))
            found[answer][concern] = Interval(mean=float(points.mean()), low=low, high=high)
    return found


def _chance(log_odds: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-np.clip(log_odds, -30, 30)))
    return found

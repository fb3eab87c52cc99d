"""Each answer's effect, right if either of two models is: who is given it, or who buys.

It is the effect among those who might have been given the answer or not: whoever was all but sure
to be given it, or not to be, compares with nobody (Crump et al., 2009). Both models are learned on
other decisions than they are used on, in several ways to fold; the median of these is what is told
(Chernozhukov et al., 2018, definition 3.3).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halves.measure.adjust import Floats
from halves.measure.answers_model import ridge_logit
from halves.measure.quantiles import student_distribution

_FOLDS = 5
_LEAST = 20  # decisions with the answer, and without it; with fewer nothing is claimed
_TRIM = 0.1  # who was nearer than this to certain to be given it, or not, says nothing of it
_SPLITS = 5  # ways to fold, so that no claim hangs on who was in which fold
_FEW = 5  # rows of a seller
_PRIOR_SD = 0.7  # of log odds, for each seller, concern, answer, and covariate of unit variance

Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Effects:
    """What is estimated of each answer; NaN where too few were given it, or too few were not.

    Args:
        means: shape (answer,), of the chance to win.
        errors: shape (answer,), standard errors.
        freedom: shape (answer,), degrees of freedom.
        p_values: shape (answer,), two-sided, that there is no effect.
    """

    means: Floats
    errors: Floats
    freedom: Floats
    p_values: Floats


@dataclass(frozen=True)
class _Split:
    """One way to fold.

    Args:
        folds: shape (row,).
        chances: for each answer, of the rows it is compared on: to be given it; learned on other
            folds.
    """

    folds: Integers
    chances: list[Floats]


@dataclass(frozen=True)
class Prepared:
    """All that does not depend on the outcomes: who is given what.

    Args:
        answers: shape (row, answer).
        confounders: shape (row, c).
        concern, decision: shape (row,).
        splits: ways to fold.
        compared: for each answer, rows of concerns that it is given on, where it was not all but
            sure whether to this one.
        given, not_given: decisions with and without it among those.
    """

    answers: Booleans
    confounders: Floats
    concern: Integers
    decision: Integers
    splits: list[_Split]
    compared: list[Integers]
    given: Integers
    not_given: Integers

    def effects(self, won: Booleans) -> Effects:
        """Each answer's effect on these outcomes."""
        outcome = won.astype(np.float64)
        design = np.column_stack([self.confounders, self.answers])
        # Each part of the rows has nearly the model of all: from there it is a step or two.
        near = ridge_logit(design, outcome, prior_sd=_PRIOR_SD, kind=self.concern)
        told = np.stack([self._of_split(split, design, outcome, near) for split in self.splits])
        means = np.median(told[:, 0], axis=0)
        spread = told[:, 1] ** 2 + (told[:, 0] - means) ** 2
        errors = np.sqrt(np.median(spread, axis=0))
        freedom = np.minimum(self.given, self.not_given) - 1.0
        luck = np.full(len(means), np.nan)
        for answer in np.flatnonzero(errors > 0):
            value = abs(means[answer]) / errors[answer]
            below = student_distribution(value, degrees_of_freedom=freedom[answer])
            luck[answer] = 2 * (1 - below)
        return Effects(means, errors, freedom, luck)

    def _of_split(self, split: _Split, design: Floats, won: Floats, near: Floats) -> Floats:
        """Means and errors, shape (2, answer)."""
        found = np.full((2, self.answers.shape[1]), np.nan)
        base, models = np.zeros(len(won)), np.zeros((_FOLDS, len(near)))
        for one in range(_FOLDS):
            of = split.folds == one
            models[one] = ridge_logit(
                design[~of], won[~of], prior_sd=_PRIOR_SD, kind=self.concern[~of], start=near
            )
            base[of] = models[one, 0] + design[of] @ models[one, 1:]
        for answer in range(found.shape[1]):
            if min(self.given[answer], self.not_given[answer]) >= _LEAST:
                own = models[split.folds, 1 + self.confounders.shape[1] + answer]
                found[:, answer] = self._effect(answer, split, won, base, own)
        return found

    def _effect(
        self, answer: int, split: _Split, won: Floats, base: Floats, own: Floats
    ) -> tuple[float, float]:
        of = self.compared[answer]
        given, chances = self.answers[of, answer], split.chances[answer]
        without = base[of] - own[of] * given
        if_given, if_not = chance(without + own[of]), chance(without)
        scores = if_given - if_not
        scores += np.where(given, (won[of] - if_given) / chances, 0.0)
        scores -= np.where(given, 0.0, (won[of] - if_not) / (1 - chances))
        return _clustered(scores, self.decision[of])


def prepare(
    given: Booleans,
    concern: Integers,
    seller: Integers,
    covariates: Floats,
    decision: Integers,
    *,
    seed: int,
) -> Prepared:
    """Learn who is given which answer.

    Args:
        given: shape (row, answer).
        concern, seller, decision: shape (row,).
        covariates: shape (row, x).
        seed: of the folds; rows of one decision are in one fold.
    """
    confounders = np.column_stack(
        [standardised(covariates), dummies(concern), dummies(pooled(seller))]
    )
    decisions, of = np.unique(decision, return_inverse=True)
    home = _on_its_concerns(given, concern)
    most_with, most_without = _with_and_without(given, decision, home)
    # Of what was given too seldom nothing will be said: who is given it need not be learned.
    asked = np.flatnonzero(np.minimum(most_with, most_without) >= _LEAST)
    rng = np.random.default_rng(seed)
    folds = [
        (rng.permutation(len(decisions)) % _FOLDS)[of].astype(np.int64) for _ in range(_SPLITS)
    ]
    chances = [_chances(given, confounders, one, asked, home) for one in folds]
    compared = list(home)
    for answer, rows in enumerate(home):
        usual = np.median([one[answer] for one in chances], axis=0)
        kept = (usual >= _TRIM) & (usual <= 1 - _TRIM)
        compared[answer] = rows[kept]
        for one in chances:
            one[answer] = np.clip(one[answer][kept], _TRIM / 2, 1 - _TRIM / 2)
    splits = [_Split(one, told) for one, told in zip(folds, chances, strict=True)]
    counts = _with_and_without(given, decision, compared)
    return Prepared(given, confounders, concern, decision, splits, compared, *counts)


def dummies(values: Integers) -> Floats:
    """A column for each value, of 0 and 1; none where all are alike.

    >>> dummies(np.array([3, 5, 3])).tolist()
    [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
    """
    different = np.unique(values)
    if len(different) < 2:
        return np.zeros((len(values), 0))
    columns: Floats = (values[:, None] == different[None, :]).astype(np.float64)
    return columns


def pooled(sellers: Integers) -> Integers:
    """Sellers, those of a few rows as one: a column each would say nothing.

    >>> pooled(np.array([1, 1, 1, 1, 1, 2, 3])).tolist()
    [1, 1, 1, 1, 1, -1, -1]
    """
    different, of, counts = np.unique(sellers, return_inverse=True, return_counts=True)
    many = np.where(counts >= _FEW, different, -1)
    return np.asarray(many[of], dtype=np.int64)


def standardised(columns: Floats) -> Floats:
    """Columns of mean 0 and variance 1; those that do not vary are left out."""
    spread = columns.std(axis=0)
    varied = columns[:, spread > 0]
    scaled: Floats = (varied - varied.mean(axis=0)) / spread[spread > 0]
    return scaled


def chance(log_odds: Floats) -> Floats:
    """Log odds as a chance."""
    found: Floats = 1 / (1 + np.exp(-np.clip(log_odds, -30, 30)))
    return found


def _on_its_concerns(given: Booleans, concern: Integers) -> list[Integers]:
    """Rows of concerns that an answer was ever given on: elsewhere nothing compares."""
    return [np.flatnonzero(np.isin(concern, np.unique(concern[of]))) for of in given.T]


def _chances(
    given: Booleans, confounders: Floats, folds: Integers, asked: Integers, home: list[Integers]
) -> list[Floats]:
    """Of being given each answer on its own concerns; a half where it is not asked about."""
    found = [np.full(len(rows), 0.5) for rows in home]
    for answer in asked.tolist():
        here = home[answer]
        others = np.delete(given[here], answer, axis=1).astype(np.float64)
        design = np.column_stack([confounders[here], others])
        design = design[:, np.ptp(design, axis=0) > 0]
        target, fold_of = given[here, answer].astype(np.float64), folds[here]
        near = None
        for fold in range(_FOLDS):
            of = fold_of == fold
            near = model = ridge_logit(design[~of], target[~of], prior_sd=_PRIOR_SD, start=near)
            found[answer][of] = chance(model[0] + design[of] @ model[1:])
    return found


def _with_and_without(
    given: Booleans, decision: Integers, rows: list[Integers]
) -> tuple[Integers, Integers]:
    """How many decisions there are with and without each answer, among its rows."""
    found = []
    for answer, of in enumerate(rows):
        with_it = len(np.unique(decision[of[given[of, answer]]]))
        found.append((with_it, len(np.unique(decision[of])) - with_it))
    counts = np.array(found, dtype=np.int64).reshape(-1, 2)
    return counts[:, 0], counts[:, 1]


def _clustered(scores: Floats, decision: Integers) -> tuple[float, float]:
    """The mean and its standard error; rows of one decision are no news to each other."""
    mean = float(scores.mean())
    _, of = np.unique(decision, return_inverse=True)
    away = np.bincount(of, weights=scores - mean)
    many = len(away)
    return mean, float(np.sqrt((away**2).sum() * many / (many - 1)) / len(scores))

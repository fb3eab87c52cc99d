"""Learners of who changes, made by scikit-learn, which the extra `uplift` brings."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from halves.measure.adjust import Floats
from halves.measure.errors import MeasureError
from halves.measure.uplift_people import TrialPeople
from halves.measure.uplift_qini import Booleans

Predict = Callable[[Floats], Floats]

# Chosen on the men's e-mail of Hillstrom's test and on simulated trials of seven kinds (effects
# that follow the outcome or its logit, groups, pairs, thresholds, lines), never on the women's
# e-mail, which is reported.
_TREES = {"max_iter": 80, "max_depth": 2, "learning_rate": 0.1, "min_samples_leaf": 100}
_BINS = 64
_RIDGE = 0.15  # of the people, as a penalty on covariates of unit variance
_TRUST, _TRUST_SD = (0.4, 0.4, 0.2), 0.3  # in each of `LEARNERS` before any data

LEARNERS = ("line", "prognosis", "difference")


class LearnersMissing(MeasureError):
    """scikit-learn is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "who changes because of a touch is learned with scikit-learn, which is not "
            "installed: pip install 'halves[uplift]'"
        )


def _load(module: str) -> Any:
    try:
        return import_module(f"sklearn.{module}")
    except ModuleNotFoundError as missing:
        raise LearnersMissing from missing


@dataclass(frozen=True)
class OutcomeModel:
    """What people do, treated or left alone, learned from some of them."""

    _predict: Predict  # of covariates with the arm as the last column

    def both(self, covariates: Floats) -> tuple[Floats, Floats]:
        """Expected outcome if treated, and if held out."""
        arms = (np.full(len(covariates), arm) for arm in (1.0, 0.0))
        treated, held_out = (self._predict(np.column_stack([covariates, arm])) for arm in arms)
        return treated, held_out


def learn_outcome(people: TrialPeople, of: Booleans) -> OutcomeModel:
    """Learn the outcome from covariates and arm together, of those people."""
    ensemble = _load("ensemble")
    is_binary = bool(np.isin(people.outcome, (0.0, 1.0)).all())
    kind = "HistGradientBoostingClassifier" if is_binary else "HistGradientBoostingRegressor"
    trees = getattr(ensemble, kind)(**_TREES, max_bins=_BINS, early_stopping=False)
    seen, outcome = np.column_stack([people.covariates, people.treated])[of], people.outcome[of]
    if outcome.min() == outcome.max():
        level = float(outcome[0])
        return OutcomeModel(lambda rows: np.full(len(rows), level))
    # One thread: these trees are small, and threads that wait for each other burn a busy machine.
    with import_module("threadpoolctl").threadpool_limits(1):
        trees.fit(seen, outcome)
    if is_binary:
        return OutcomeModel(lambda rows: np.asarray(trees.predict_proba(rows)[:, 1]))
    return OutcomeModel(lambda rows: np.asarray(trees.predict(rows)))


def learn_line(covariates: Floats, effects: Floats) -> Predict:
    """Effects as a straight line in the covariates, held back by a ridge."""
    middle, spread = covariates.mean(axis=0), covariates.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    ridge = _load("linear_model").Ridge(alpha=_RIDGE * len(effects))
    ridge.fit((covariates - middle) / spread, effects)
    return lambda rows: np.asarray(ridge.predict((rows - middle) / spread), dtype=np.float64)


def slope_on(prognosis: Floats, effects: Floats) -> float:
    """How much more effect for each 1 more of outcome foretold; 0 if all are foretold the same."""
    away = prognosis - prognosis.mean()
    spread = float(away @ away)
    return float(away @ effects) / spread if spread > 0 else 0.0


def stacked(effects: Floats, told: Floats) -> Floats:
    """How much to trust each learner, from people whom it had not seen.

    Least squares of the noisy effects on what the learners told, with a prior that trusts the line
    and the prognosis by 0.4 and the trees' difference by 0.2: the data overrule it where they are
    many, or the differences large. A learner that is wrong more than right gets 0.

    Args:
        effects: shape (person,), unbiased and noisy.
        told: shape (learner, person), by learners in the order of `LEARNERS`.

    Returns:
        Shape (learner,): what a learner's differences between people are multiplied by.

    >>> rng = np.random.default_rng(1)
    >>> told = rng.normal(size=(3, 50_000))
    >>> stacked(told[2] + rng.normal(size=50_000), told).round(1)
    array([0., 0., 1.])
    """
    away = told - told.mean(axis=1, keepdims=True)
    spread = float(effects.var())
    certainty = np.eye(len(told)) / _TRUST_SD**2
    products = away @ away.T / spread + certainty
    towards = away @ (effects - effects.mean()) / spread + certainty @ np.array(_TRUST)
    return np.maximum(np.linalg.solve(products, towards), 0.0)

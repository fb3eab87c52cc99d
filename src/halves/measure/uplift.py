"""Who changes because of a touch."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halves.measure.adjust import Floats, around
from halves.measure.interval import Interval
from halves.measure.quantiles import normal_quantile
from halves.measure.uplift_learn import (
    LEARNERS,
    OutcomeModel,
    Predict,
    learn_line,
    learn_outcome,
    slope_on,
    stacked,
)
from halves.measure.uplift_people import TrialPeople
from halves.measure.uplift_qini import Curve, qini, qini_curve

_WIDE = normal_quantile(0.95)

# Two folds' rankings learn from each other, so that where nobody differs each pair of people
# counts twice, and the variance is twice what drawing people anew would show.
CROSSED = math.sqrt(2.0)


@dataclass(frozen=True)
class _Fold:
    """What was learned from everyone outside one fold."""

    outcome: OutcomeModel
    line: Predict
    slope: float
    middles: Floats  # shape (learner,), mean of what each tells of the people learned from

    def told(self, covariates: Floats) -> Floats:
        """Effects by each learner, as differences from its mean; shape (learner, person)."""
        treated, held_out = self.outcome.both(covariates)
        line, prognosis = self.line(covariates), self.slope * (treated + held_out) / 2
        return np.stack([line, prognosis, treated - held_out]) - self.middles[:, None]


@dataclass(frozen=True)
class Uplift:
    """How much more people do because of a touch, one by one.

    Args:
        people: everyone in the trial.
        expected: shape (person,), the effect on each, told from people of other folds only.
        noisy: shape (person,), an unbiased and very noisy effect of each.
        mean: effect on the average person.
        qini: outcomes per treated person gained by treating the most promising first, over
            treating as many at random, averaged over how large a share is treated. The interval
            allows for folds that learn from each other; with large effects it is a little wide.
        curve: the same, share by share.
        trust: of each of `LEARNERS`, what its differences between people are multiplied by.
    """

    people: TrialPeople
    expected: Floats
    noisy: Floats
    mean: Interval
    qini: Interval
    curve: Curve
    trust: tuple[float, ...]
    _folds: tuple[_Fold, ...]

    @property
    def beats_chance(self) -> bool:
        """Say whether the ranking surely finds more than a random one; if not, choose nobody."""
        return self.qini.low > 0

    def predict(self, covariates: Floats) -> Floats:
        """The expected effect on other people.

        Args:
            covariates: shape (person, covariate), as the trial's people have them.

        Returns:
            Shape (person,), in the outcome's unit.

        Raises:
            ValueError: another number of covariates.
        """
        if covariates.ndim != 2 or covariates.shape[1] != len(self.people.names):
            raise ValueError(
                f"covariates must be the trial's {len(self.people.names)}, got the shape "
                f"{covariates.shape}"
            )
        told = np.mean([fold.told(covariates) for fold in self._folds], axis=0)
        return np.asarray(self.mean.mean + np.array(self.trust) @ told)


def uplift(people: TrialPeople, *, folds: int = 5, seed: int = 0, draws: int = 400) -> Uplift:
    """Learn who changes because of a touch, from a trial, and say how well that is known.

    People are cut into folds by a hash of their id. For each fold, trees learn the outcome from
    the others. Corrected by what each person did, over the probability of the arm they drew,
    the model's difference between the arms becomes a noisy effect whose mean is the true one
    even where the model is wrong, since the dice are known. Three learners then tell effects:
    a ridge line in the covariates; a line in the outcome foretold (who buys more is often moved
    more, or less); and the model's own difference. Each is trusted as far as it foretells the
    noisy effects of people it has not seen.

    Args:
        people: everyone in a trial.
        folds: how many, at least 2.
        seed: of the interval's draws.
        draws: how many.

    Returns:
        Effects told out of fold, Qini's area with its 90% interval, and a model for others.

    Raises:
        LearnersMissing: scikit-learn is not installed: `pip install halves[uplift]`.
        ValueError: fewer than 2 folds.

    Source:
        Kennedy (2023), Towards Optimal Doubly Robust Estimation of Heterogeneous Causal Effects;
        Nie and Wager (2021), Quasi-Oracle Estimation of Heterogeneous Treatment Effects, for
        stacking; Radcliffe (2007), Using Control Groups to Target on Predicted Lift.

    >>> rng = np.random.default_rng(1)
    >>> score, treated = rng.normal(size=(4000, 1)), rng.random(4000) < 0.5
    >>> sale = (rng.random(4000) < 0.1 + 0.2 * treated * (score[:, 0] > 0)).astype(float)
    >>> ids, even = [str(place) for place in range(4000)], np.full(4000, 0.5)
    >>> found = uplift(TrialPeople(ids, score, ["score"], treated, sale, even))
    >>> found.beats_chance, found.predict(np.array([[-1.0], [1.0]])).round(1)
    (True, array([0. , 0.3]))
    """
    if folds < 2:
        raise ValueError(f"folds must be at least 2, got {folds}")
    fold = people.folds(folds)
    models = [learn_outcome(people, fold != place) for place in range(folds)]
    both = _foretold(people, fold, models)
    noisy = _noisy(people, both)
    parts, told = _learn_effects(people, fold, models, both, noisy)
    expected = np.empty(len(fold))
    for place in range(folds):
        own = fold == place
        weights = stacked(noisy[~own], told[:, ~own])
        expected[own] = noisy[~own].mean() + weights @ told[:, own]
    ranking = _rank_within(expected, fold)
    error = float(noisy.std(ddof=1)) / math.sqrt(len(noisy))
    return Uplift(
        people=people,
        expected=expected,
        noisy=noisy,
        mean=around(float(noisy.mean()), _WIDE * error),
        qini=_qini(people, ranking, seed, draws),
        curve=qini_curve(
            ranking, treated=people.treated, outcome=people.outcome, weight=1 / people.chance
        ),
        trust=tuple(stacked(noisy, told).tolist()),
        _folds=parts,
    )


def _qini(people: TrialPeople, ranking: Floats, seed: int, draws: int) -> Interval:
    found = qini(
        ranking,
        treated=people.treated,
        outcome=people.outcome,
        weight=1 / people.chance,
        rng=np.random.default_rng(seed),
        draws=draws,
    )
    return Interval(
        mean=found.mean,
        low=found.mean - CROSSED * (found.mean - found.low),
        high=found.mean + CROSSED * (found.high - found.mean),
    )


def _foretold(
    people: TrialPeople, fold: NDArray[np.int64], models: list[OutcomeModel]
) -> tuple[Floats, Floats]:
    """Each person's outcome if treated and if held out, by the model that has not seen them."""
    treated, held_out = np.empty(len(fold)), np.empty(len(fold))
    for place, model in enumerate(models):
        own = fold == place
        treated[own], held_out[own] = model.both(people.covariates[own])
    return treated, held_out


def _noisy(people: TrialPeople, both: tuple[Floats, Floats]) -> Floats:
    """Doubly robust: the model's difference, put right by each person's own outcome."""
    missed = people.outcome - np.where(people.treated, *both)
    return np.asarray(both[0] - both[1] + np.where(people.treated, missed, -missed) / people.chance)


def _learn_effects(
    people: TrialPeople,
    fold: NDArray[np.int64],
    models: list[OutcomeModel],
    both: tuple[Floats, Floats],
    noisy: Floats,
) -> tuple[tuple[_Fold, ...], Floats]:
    """Learn effects outside each fold, and tell those of the people in it."""
    prognosis, difference = (both[0] + both[1]) / 2, both[0] - both[1]
    parts, told = [], np.empty((len(LEARNERS), len(fold)))
    for place, model in enumerate(models):
        own = fold == place
        seen, effects = people.covariates[~own], noisy[~own]
        line, slope = learn_line(seen, effects), slope_on(prognosis[~own], effects)
        middles = [line(seen).mean(), slope * prognosis[~own].mean(), difference[~own].mean()]
        parts.append(_Fold(model, line, slope, np.array(middles)))
        told[:, own] = parts[-1].told(people.covariates[own])
    return tuple(parts), told


def _rank_within(expected: Floats, fold: NDArray[np.int64]) -> Floats:
    """Ranks from 0 to 1 in each fold: folds' means differ by chance, against their own people."""
    ranks = np.empty(len(expected))
    for place in np.unique(fold):
        own = fold == place
        ranks[own] = np.searchsorted(np.sort(expected[own]), expected[own]) / own.sum()
    return ranks

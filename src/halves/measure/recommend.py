"""Would they recommend us: one question from 0 to 10, weighted for those who did not answer."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halves.measure.interval import Interval
from halves.measure.quantiles import student_quantile

PROMOTER, DETRACTOR = 9, 6
_LEAST = 0.02  # no answer stands for more than 50 people
_TRIM = 5.0  # nor for more than so many times the middle weight
_PULL = 1.0  # of the ridge on each standardised fact
_FEWEST = 10  # answers below which no interval is drawn

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """Somebody who was asked: what is known of them, and what they said, if anything.

    Raises:
        ValueError: a score outside 0 to 10.
    """

    score: int | None
    facts: Mapping[str, float | str]

    def __post_init__(self) -> None:
        if self.score is not None and not 0 <= self.score <= 10:
            raise ValueError(f"a score is 0 to 10, got {self.score}")


@dataclass(frozen=True)
class Recommend:
    """Promoters less detractors, in percent points, −100 to 100.

    Args:
        asked, answered: people.
        raw: of those who answered as they are; None below ten answers.
        weighted: each answer standing for those like it who did not answer.
        effective: as many evenly weighted answers would tell as much.
    """

    asked: int
    answered: int
    raw: Interval | None
    weighted: Interval | None
    effective: float

    @property
    def response(self) -> float:
        """The share that answered."""
        return self.answered / self.asked if self.asked else 0.0


def recommend(people: Sequence[Asked]) -> Recommend:
    """The net promoter score with 90% intervals, raw and weighted for who answers.

    The chance to answer is a logistic model of what is known of everyone asked, pulled towards the
    same chance for all; each answer weighs one over its chance, trimmed. What answering depends on
    beyond these facts is not mended.

    Args:
        people: everyone asked, whether they answered or not.

    Source:
        Hájek (1971); Little (1986), Survey Nonresponse Adjustments for Estimates of Means; the
        variance takes the chances as estimated (Robins, Rotnitzky and Zhao 1994); Kish (1965) for
        the effective sample; Reichheld (2003) for the score.

    >>> some = [Asked(score, {}) for score in (10, 9, 7, 3)] * 5
    >>> found = recommend(some + [Asked(None, {})] * 20)
    >>> round(found.raw.mean), round(found.weighted.mean), found.response, round(found.effective)
    (25, 25, 0.5, 20)
    """
    said = np.array([one.score is not None for one in people])
    answered = int(said.sum())
    if answered < _FEWEST:
        return Recommend(len(people), answered, None, None, float(answered))
    value = np.array([_value(one.score) for one in people])
    raw = _interval(value[said], np.ones(answered))
    known = _columns([one.facts for one in people])
    chance = _chances(known, said.astype(float))
    weight = np.where(said, 1 / chance, 0.0)
    weight = np.minimum(weight, _TRIM * float(np.median(weight[said])))
    effective = float(weight.sum() ** 2 / (weight**2).sum())
    return Recommend(
        asked=len(people),
        answered=answered,
        raw=raw,
        weighted=_weighted(value, weight, known, said.astype(float) - chance, effective),
        effective=effective,
    )


def _value(score: int | None) -> float:
    if score is None:
        return 0.0
    return 100.0 * ((score >= PROMOTER) - (score <= DETRACTOR))


def _interval(values: Array, weights: Array) -> Interval:
    mean = float(np.average(values, weights=weights))
    error = float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return _around(mean, error, len(values))


def _around(mean: float, error: float, count: float) -> Interval:
    # Where all said the same, one who would not have is allowed for.
    error = max(error, 100 / (count + 2))
    reach = student_quantile(0.95, degrees_of_freedom=max(count - 1, 1.0)) * error
    return Interval(mean, max(mean - reach, -100.0), min(mean + reach, 100.0))


def _weighted(
    value: Array, weight: Array, known: Array, surprise: Array, effective: float
) -> Interval:
    mean = float(np.average(value, weights=weight))
    share = weight * (value - mean) / weight.sum()
    scores = known * surprise[:, None]
    # What the model of who answers explains of it is no error.
    gram = scores.T @ scores + 1e-6 * np.eye(scores.shape[1])
    left = share - scores @ np.linalg.solve(gram, scores.T @ share)
    return _around(mean, float(np.sqrt(np.sum(left**2))), effective)


def _columns(facts: Sequence[Mapping[str, float | str]]) -> Array:
    """One, and each fact: numbers standardised, words as one column for each but the commonest."""
    columns = [np.ones(len(facts))]
    for name in sorted({name for one in facts for name in one}):
        told = [one.get(name, "") for one in facts]
        if all(isinstance(one, float | int) for one in told):
            columns.append(np.array(told, dtype=float))
            continue
        words = [str(one) for one in told]
        counts = {one: words.count(one) for one in set(words)}
        common = sorted(counts, key=lambda one: (-counts[one], one))
        columns += [np.array([float(w == one) for w in words]) for one in common[1:20]]
    rest = [(one - one.mean()) / one.std() for one in columns[1:] if one.std() > 0]
    return np.column_stack([columns[0], *rest])


def _chances(known: Array, said: Array) -> Array:
    """Newton's method on the logistic likelihood with a ridge, the mean left free."""
    pull = np.full(known.shape[1], _PULL)
    pull[0] = 1e-3
    at = np.zeros(known.shape[1])
    for _step in range(50):
        chance = 1 / (1 + np.exp(-np.clip(known @ at, -30, 30)))
        slope = known.T @ (said - chance) - pull * at
        curve = (known * (chance * (1 - chance))[:, None]).T @ known + np.diag(pull)
        move = np.linalg.solve(curve, slope)
        at = at + np.clip(move, -2, 2)
        if float(np.abs(move).max()) < 1e-9:
            break
    chance = 1 / (1 + np.exp(-np.clip(known @ at, -30, 30)))
    return np.asarray(np.maximum(chance, _LEAST), dtype=np.float64)

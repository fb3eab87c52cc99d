"""Whom it pays to touch: those whose expected margin gain exceeds what the touch costs."""

import math
from dataclasses import dataclass

import numpy as np

from halves.measure.adjust import Floats, around
from halves.measure.interval import Interval
from halves.measure.quantiles import normal_quantile
from halves.measure.uplift import CROSSED, Uplift
from halves.measure.uplift_qini import Booleans

_WIDE = normal_quantile(0.95)


@dataclass(frozen=True)
class Targets:
    """Whom to touch among a trial's people, and what that would have earned; money.

    Args:
        chosen: shape (person,).
        share: of the people.
        profit: margin gained less cost, over touching nobody, per person of all.
        over_all: the same over touching everyone.
        over_chance: the same over touching as many at random.
    """

    chosen: Booleans
    share: float
    profit: Interval
    over_all: Interval
    over_chance: Interval


def choose(expected: Floats, *, margin: float, cost: float, most: int | None = None) -> Booleans:
    """Say whom to touch.

    Args:
        expected: shape (person,), the effect on each, in the outcome's unit.
        margin: profit for each 1 of outcome, above 0; money.
        cost: of touching one person, at least 0; money.
        most: how many at most, the most promising first; None for no limit.

    Returns:
        Shape (person,): whose expected margin gain exceeds the cost.

    Raises:
        ValueError: a margin, cost or number out of range.

    >>> choose(np.array([0.03, 0.01, 0.08, 0.05]), margin=10.0, cost=0.2, most=2)
    array([False, False,  True,  True])
    """
    if not (margin > 0 and math.isfinite(margin)):
        raise ValueError(f"margin must be above 0, got {margin}")
    if not (cost >= 0 and math.isfinite(cost)):
        raise ValueError(f"cost must be at least 0, got {cost}")
    if most is not None and most < 0:
        raise ValueError(f"most must be at least 0, got {most}")
    chosen = margin * expected > cost
    if most is not None:
        order = np.argsort(-expected, kind="stable")
        chosen[order[most:]] = False
    return chosen


def targets(
    found: Uplift, *, margin: float, cost: float, most_share: float | None = None
) -> Targets:
    """Choose among a trial's people, and say what the choice would have earned.

    Who is chosen follows from effects told out of fold, and what that earns from the trial's own
    outcomes, so that the profit is no winner's curse.

    Args:
        found: who changes.
        margin: profit for each 1 of outcome, above 0; money.
        cost: of touching one person, at least 0; money.
        most_share: touch at most this share of people, 0 to 1; None for no limit.

    Raises:
        ValueError: an option out of range.

    Source:
        Each person's doubly robust effect, averaged over those chosen: Athey and Wager (2021),
        Policy Learning with Observational Data.
    """
    if most_share is not None and not 0 <= most_share <= 1:
        raise ValueError(f"most_share must be between 0 and 1, got {most_share}")
    people = len(found.expected)
    most = None if most_share is None else math.floor(most_share * people)
    chosen = choose(found.expected, margin=margin, cost=cost, most=most)
    gains = margin * found.noisy - cost
    share = float(chosen.mean())
    return Targets(
        chosen=chosen,
        share=share,
        profit=_mean(gains * chosen),
        over_all=_mean(gains * (chosen - 1.0)),
        over_chance=_mean(gains * (chosen - share)),
    )


def _mean(each: Floats) -> Interval:
    error = float(each.std(ddof=1)) / math.sqrt(len(each))
    return around(float(each.mean()), CROSSED * _WIDE * error)

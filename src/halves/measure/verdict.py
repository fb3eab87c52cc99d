"""From the joint posterior to what is said of each unit of spend."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from halves.measure.answer import Basis, Money, Verdict
from halves.measure.fusion import Fused
from halves.measure.interval import Interval
from halves.measure.joint import Joint
from halves.measure.mix_result import Mix, summed
from halves.measure.prior import Floats
from halves.measure.untested import Mixed, OfPeople

SURE = 0.9  # a verdict needs this chance of being right


@dataclass(frozen=True)
class JudgedUnit:
    """What is believed of one unit that has spend."""

    incremental: Interval  # revenue
    p_wasted: float
    basis: Basis
    money: Money
    words: Sequence[str]  # evidence beside tests


@dataclass(frozen=True)
class Judged:
    """What is believed of each unit, and of all together."""

    units: Mapping[str, JudgedUnit]
    wasted_share: Interval
    joint: Joint
    models: Mapping[str, Mix]
    notes: Sequence[str]


def verdict(p_wasted: float | None) -> Verdict:
    """Say what a chance of losing money amounts to.

    >>> verdict(0.95), verdict(0.04), verdict(0.5), verdict(None)
    ('wasted', 'working', 'unknown', 'unknown')
    """
    if p_wasted is None:
        return "unknown"
    if p_wasted >= SURE:
        return "wasted"
    return "working" if p_wasted <= 1 - SURE else "unknown"


def judge(fused: Fused, mixed: Mixed, people: OfPeople, *, tested: set[str]) -> Judged:
    """Read P(wasted), wasted spend, loss and the margin off the joint draws.

    Args:
        fused: the joint posterior.
        mixed: the mix model, where there was one.
        people: what person-level records say.
        tested: units that a trial or a lift study speaks of.
    """
    joint = fused.joint
    profit = joint.profit
    units = {}
    for place, unit in enumerate(joint.units):
        belief = fused.beliefs.get(unit)
        scale = joint.spend[place] / joint.margin
        units[unit] = JudgedUnit(
            incremental=_scaled(belief.interval(), scale)
            if belief
            else summed(joint.incremental[:, place]),
            p_wasted=float((profit[:, place] < 0).mean()),
            basis=_basis(unit, mixed, people, fused, tested),
            money=money_of(joint, place),
            words=[*mixed.words_of(unit), *people.words_of(unit)],
        )
    return Judged(
        units=units,
        wasted_share=_wasted_share(joint),
        joint=joint,
        models=mixed.evidence.models if mixed.evidence else {},
        notes=mixed.notes,
    )


def money_of(joint: Joint, place: int) -> Money:
    """What became of one unit's spend.

    The point past which more no longer pays is where the response's slope, e(1 + h)h/(x + h)² for
    earned e over spend, falls to 1.
    """
    spend, profit = joint.spend[place], joint.profit[:, place]
    half, earned = joint.half[:, place], joint.earned[:, place] / spend
    loses = profit < 0
    best = np.sqrt(np.maximum(earned, 0) * (1 + half) * half) - half
    past: Floats = spend * (1 - np.clip(best, 0, 1)) * ~loses
    return Money(
        profit=summed(profit),
        induced=summed(joint.induced[:, place]),
        marginal_return=summed(joint.marginal_return[:, place]),
        wasted=summed(spend * loses),
        loss=summed(-profit * loses),
        past_margin=summed(past),
    )


def _basis(unit: str, mixed: Mixed, people: OfPeople, fused: Fused, tested: set[str]) -> Basis:
    if unit in tested:
        return "experiment"
    if mixed.evidence and unit in mixed.evidence.units and unit not in fused.dropped:
        return "mix model"
    return "people like them" if unit in people.units else "none"


def _scaled(interval: Interval, by: float) -> Interval:
    return Interval(interval.mean * by, interval.low * by, interval.high * by)


def _wasted_share(joint: Joint) -> Interval:
    """Σ wasted spend / Σ spend inside each joint draw."""
    return summed((joint.profit < 0) @ joint.spend / joint.spend.sum())

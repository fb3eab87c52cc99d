"""Ways of finding the wasted half, all from the ledger alone.

A method is a function from a `Case` to what it tells of each channel, and of the budget if it does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from bench import wanamaker_peers as peers
from bench import wanamaker_regressions as regressions
from bench.wanamaker_worlds import Budget, Case
from halves import which_half
from halves.measure import UnitAnswer
from halves.measure.claims import all_claims
from halves.measure.joint import Joint
from halves.measure.plan import plan
from halves.measure.quantiles import student_distribution, student_quantile
from halves.measure.spending import midnight, spending

SURE = 0.9  # a verdict of wasted needs this chance
INTERVALS = (0.5, 0.9)


@dataclass(frozen=True)
class Said:
    """What a method says of one channel, in money of the period."""

    unit: str
    spend: float
    incremental: float  # revenue; for an attribution rule, its claim
    is_flagged: bool  # it would be cut
    p_wasted: float | None = None
    verdict: str | None = None
    middle: tuple[float, float] | None = None  # 50% interval of the increment
    wide: tuple[float, float] | None = None  # 90%


@dataclass(frozen=True)
class Told:
    """All that a method says of one company."""

    units: tuple[Said, ...]
    budget: Budget | None = None  # what it would spend instead, for no more money
    cpu_s: float | None = None  # where it worked in another process


Method = Callable[[Case], Told]


def claimed(rule: str) -> Method:
    """An attribution rule, its claims taken for effects."""

    def method(case: Case) -> Told:
        table = all_claims(
            case.book,
            rules=[rule],
            channels=case.channels,
            since=case.since,
            until=case.until,
            currency=case.currency,
        )
        claims = dict(zip(table["unit"].to_pylist(), table[rule].to_pylist(), strict=True))
        return Told(
            tuple(
                Said(unit, spend, claim, claim * case.margin < spend)
                for unit, spend in spends(case).items()
                for claim in [claims.get(unit, 0.0)]
            )
        )

    return method


def estimated(
    estimate: Callable[[Case], Mapping[str, regressions.Estimate]],
) -> Method:
    """A regression, with the intervals and chances that its standard errors promise."""

    def method(case: Case) -> Told:
        found = estimate(case)
        return Told(
            tuple(
                _of_estimate(unit, spend, found.get(unit, regressions.NOTHING), case.margin)
                for unit, spend in spends(case).items()
            )
        )

    return method


def peer(name: str) -> Method:
    """A mix model that others made, flagged by its mean."""
    ask = peers.asked(name)

    def method(case: Case) -> Told:
        answer, cost = ask(case), spends(case)
        said = []
        for one in answer.channels:
            middle, wide = peers.intervals(one)
            is_flagged = one.mean * case.margin < cost[one.channel]
            said.append(
                Said(
                    one.channel,
                    cost[one.channel],
                    one.mean,
                    is_flagged,
                    middle=middle,
                    wide=wide,
                )
            )
        return Told(tuple(said), cpu_s=answer.took.cpu_s)

    return method


def halves(case: Case) -> Told:
    """`which_half`, with whatever evidence the ledger holds."""
    answer = which_half(
        case.book,
        channels=case.channels,
        margin=case.margin,
        since=case.since,
        until=case.until,
        seed=1,
        currency=case.currency,
    )
    joint = answer.joint
    middles = {}
    if joint is not None:
        low, high = np.quantile(joint.incremental, [0.25, 0.75], axis=0)
        middles = dict(zip(joint.units, zip(low.tolist(), high.tolist(), strict=True), strict=True))
    return Told(
        tuple(
            _of_unit(unit, middles.get(unit.unit))
            for unit in answer.units
            if unit.incremental is not None and unit.p_wasted is not None
        ),
        budget=_budget(joint) if joint is not None else None,
    )


def _budget(joint: Joint) -> Budget:
    """The advised budget, in twentieths of what each channel spends today."""
    advised = plan(joint)
    return {one.unit: float(np.floor(one.advised / one.today * 20) / 20) for one in advised.units}


def _of_unit(unit: UnitAnswer, middle: tuple[float, float] | None) -> Said:
    assert unit.incremental is not None
    assert unit.p_wasted is not None
    found = unit.incremental
    return Said(
        unit=unit.unit,
        spend=unit.spend,
        incremental=float(found.mean),
        is_flagged=bool(unit.p_wasted > 0.5),
        p_wasted=float(unit.p_wasted),
        verdict=unit.verdict,
        middle=middle,
        wide=(float(found.low), float(found.high)),
    )


def spends(case: Case) -> dict[str, float]:
    """What each channel cost in the period, each penny once."""
    found = spending(
        case.book,
        channels=case.channels,
        since=midnight(case.since),
        until=midnight(case.until),
        currency=case.currency,
    )
    return {unit.unit: unit.spend for unit in found.units if unit.spend > 0}


def _of_estimate(unit: str, spend: float, one: regressions.Estimate, margin: float) -> Said:
    if not one.se > 0:
        return Said(unit, spend, one.found, one.found * margin < spend)
    away = (spend / margin - one.found) / one.se
    below = float(student_distribution(away, degrees_of_freedom=one.degrees_of_freedom))
    reaches = [
        one.se * student_quantile(0.5 + share / 2, degrees_of_freedom=one.degrees_of_freedom)
        for share in INTERVALS
    ]
    middle, wide = ((one.found - reach, one.found + reach) for reach in reaches)
    verdict = "wasted" if below >= SURE else "working" if below <= 1 - SURE else "unknown"
    return Said(unit, spend, one.found, below > 0.5, below, verdict, middle, wide)


METHODS: dict[str, Method] = {
    "last touch": claimed("last_touch"),
    "Markov": claimed("markov"),
    "Shapley": claimed("shapley"),
    "adjusted regression": estimated(regressions.adjusted),
    "least-squares mix": estimated(regressions.least_squares_mix),
    "halves": halves,
}
PEERS: dict[str, Method] = {
    "Meridian": peer("meridian"),
    "PyMC-Marketing": peer("pymc_marketing"),
}

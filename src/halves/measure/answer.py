"""The answer to "which half of the money is wasted?", as plain named things.

Money is in the reporting currency, over the period; incremental money is revenue, not profit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

import pyarrow as pa

from halves.measure.interval import Interval
from halves.measure.joint import Joint
from halves.measure.mix_result import Checks, Mix
from halves.measure.prior import Prior
from halves.measure.synergy import Synergy

Verdict = Literal["working", "wasted", "unknown"]
VERDICTS: tuple[Verdict, ...] = ("working", "wasted", "unknown")


@dataclass(frozen=True)
class Proposal:
    """A holdout that would settle a unit's verdict, and what it could see."""

    withheld: str
    held_out_share: float
    people: int
    length: timedelta
    detectable: float  # incremental money over the period, found 8 times in 10
    words: str  # "hold out 20% of the 40,000 people it reaches for 8 weeks: finds $31 k or more"


Basis = Literal["experiment", "mix model", "people like them", "none"]


@dataclass(frozen=True)
class Money:
    """What became of a unit's spend, from the joint draws; money of the period.

    Args:
        profit: margin × incremental less all that would not have been spent without the unit.
        induced: money that it made others spend; below zero if it saved some.
        marginal_return: earned for one more unit of money; 1 is break-even.
        wasted: spend if the unit loses money, else none; by draw.
        loss: what the company is poorer by if it does, else none.
        past_margin: spend past the point where more no longer pays, where the unit as a whole does.
    """

    profit: Interval
    induced: Interval
    marginal_return: Interval
    wasted: Interval
    loss: Interval
    past_margin: Interval


@dataclass(frozen=True)
class UnitAnswer:
    """What is known of one unit of spend."""

    unit: str
    path: str
    spend: float
    incremental: Interval | None  # revenue; None where nothing was spent or outcomes have no value
    p_wasted: float | None  # None where no money was spent, or none can be counted
    verdict: Verdict
    is_tested: bool  # something was withheld at random
    evidence: str  # plain words: "held out 15% for 8 weeks: 42 more deals than without, …"
    claims: Mapping[str, float]  # rule → what that rule would credit; never an effect
    proposal: Proposal | None = None
    basis: Basis = (
        "none"  # the strongest evidence; "none": the interval is what was believed before
    )
    money: Money | None = None


@dataclass(frozen=True)
class Week:
    """What happened in one week, by its first day."""

    starts: date
    doors_opened: int
    deals_closed: int


@dataclass(frozen=True)
class Answer:
    """Which half of the money works, which is wasted, and which nobody can tell yet."""

    units: Sequence[UnitAnswer]
    wasted_share: Interval | None  # of all spend, summed inside the joint draws; None without any
    synergy: Interval | None  # revenue that needed both paths; None without spend on either
    since: date
    until: date
    by: str
    margin: float  # profit for each 1 of revenue, outcomes' own margins counted in
    currency: str | None
    people: int
    outcomes: int  # deals closed and renewals
    outcome_value: float  # their revenue
    weeks: Sequence[Week]
    ledger_versions: Mapping[str, int]
    seed: int
    draws: int
    prior: str  # in words
    notes: Sequence[str] = ()  # what cannot be known from this ledger, and why
    joint: Joint | None = field(
        default=None, compare=False
    )  # all units, draw by draw; None without spend or money
    models: Mapping[str, Mix] = field(default_factory=dict, compare=False)  # the mix model's stages
    checks: Mapping[str, Checks] = field(default_factory=dict, compare=False)  # of these stages
    before: Prior = field(default_factory=Prior)  # what `prior` says in words
    paths: Synergy | None = None  # what each path brings alone, and what needed both

    @property
    def spend(self) -> float:
        """All spend of the period."""
        return sum(unit.spend for unit in self.units)

    @property
    def spend_by_verdict(self) -> dict[Verdict, float]:
        """The three bars: spend by what we say of it."""
        return {
            verdict: sum(unit.spend for unit in self.units if unit.verdict == verdict)
            for verdict in VERDICTS
        }

    @property
    def table(self) -> pa.Table:
        """One row a unit, as Arrow."""
        intervals = [unit.incremental for unit in self.units]
        return pa.table(
            {
                "unit": pa.array([u.unit for u in self.units], pa.string()),
                "path": pa.array([u.path for u in self.units], pa.string()),
                "spend": pa.array([u.spend for u in self.units], pa.float64()),
                "incremental_mean": pa.array([i and i.mean for i in intervals], pa.float64()),
                "incremental_low": pa.array([i and i.low for i in intervals], pa.float64()),
                "incremental_high": pa.array([i and i.high for i in intervals], pa.float64()),
                "p_wasted": pa.array([u.p_wasted for u in self.units], pa.float64()),
                "verdict": pa.array([u.verdict for u in self.units], pa.string()),
                "evidence": pa.array([u.evidence for u in self.units], pa.string()),
            }
        )

"""The answer to "which half of the money is wasted?", as plain named things.

Money is in the reporting currency, over the period; incremental money is revenue, not profit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import pyarrow as pa

from halves.measure.interval import Interval

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


@dataclass(frozen=True)
class UnitAnswer:
    """What is known of one unit of spend."""

    unit: str
    path: str
    spend: float
    incremental: Interval
    p_wasted: float
    verdict: Verdict
    evidence: str  # plain words: "held out 15% for 8 weeks: 42 more deals than without, …"
    claims: Mapping[str, float]  # rule → what that rule would credit; never an effect
    proposal: Proposal | None = None


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
    wasted_share: Interval  # of all spend, summed inside the joint draws
    synergy: Interval | None
    since: date
    until: date
    margin: float
    currency: str | None
    people: int
    outcomes: int
    outcome_value: float
    weeks: Sequence[Week]
    ledger_versions: Mapping[str, int]
    seed: int
    notes: Sequence[str] = ()  # what cannot be known from this ledger, and why

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
        return pa.table(
            {
                "unit": pa.array([u.unit for u in self.units], pa.string()),
                "path": pa.array([u.path for u in self.units], pa.string()),
                "spend": pa.array([u.spend for u in self.units], pa.float64()),
                "incremental_mean": pa.array(
                    [u.incremental.mean for u in self.units], pa.float64()
                ),
                "incremental_low": pa.array([u.incremental.low for u in self.units], pa.float64()),
                "incremental_high": pa.array(
                    [u.incremental.high for u in self.units], pa.float64()
                ),
                "p_wasted": pa.array([u.p_wasted for u in self.units], pa.float64()),
                "verdict": pa.array([u.verdict for u in self.units], pa.string()),
                "evidence": pa.array([u.evidence for u in self.units], pa.string()),
            }
        )

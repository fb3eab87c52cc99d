"""What to test next: for every unit nobody can tell of yet, the holdout that would settle it."""

from collections.abc import Sequence
from dataclasses import replace

from halves.measure.answer import Proposal, UnitAnswer
from halves.measure.errors import NobodyReached, NoOutcomes
from halves.measure.evidence import Period
from halves.measure.planner import Reach, propose_holdout, reach


def proposed(period: Period, units: Sequence[UnitAnswer], *, margin: float) -> list[UnitAnswer]:
    """Give each unknown unit that costs money its next experiment, where one can be planned.

    Args:
        period: the ledger and the window.
        units: what is known of each.
        margin: profit for each 1 of revenue.
    """
    if not any(_wants_one(unit) for unit in units):
        return list(units)
    reached = reach(
        period.book,
        by=period.by,
        since=period.since,
        until=period.until,
        currency=period.currency,
    )
    return [
        replace(unit, proposal=_proposal(period, unit, reached.get(unit.unit), margin))
        if _wants_one(unit)
        else unit
        for unit in units
    ]


def _wants_one(unit: UnitAnswer) -> bool:
    return unit.verdict == "unknown" and unit.spend > 0


def _proposal(
    period: Period, unit: UnitAnswer, reached: Reach | None, margin: float
) -> Proposal | None:
    if reached is None:
        return None
    try:
        return propose_holdout(
            unit.unit,
            reached=reached,
            spend=unit.spend,
            period=period.until - period.since,
            margin=margin,
            p_wasted=(unit.p_wasted or 0.0) if unit.is_tested else 0.0,
            currency=period.currency,
        )
    except (NobodyReached, NoOutcomes):
        return None

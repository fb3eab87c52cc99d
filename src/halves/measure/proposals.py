"""What to test next: for every unit nobody can tell of yet, the holdout that would settle it."""

from collections.abc import Sequence
from dataclasses import replace

from halves.measure.answer import Proposal, UnitAnswer
from halves.measure.errors import NobodyReached, NoOutcomes
from halves.measure.period import Period
from halves.measure.planner import Reach, propose_holdout, reach
from halves.measure.region_proposals import RegionPlanner
from halves.measure.spending import By


def proposed(
    period: Period, units: Sequence[UnitAnswer], *, margin: float, seed: int
) -> list[UnitAnswer]:
    """Give each unknown unit that costs money its next experiment, where one can be planned.

    Args:
        period: the ledger and the window.
        units: what is known of each.
        margin: profit for each 1 of revenue.
        seed: where a plan needs chance.
    """
    if not any(_wants_one(unit) for unit in units):
        return list(units)
    reached = people_reached(period)
    of_people = {
        unit.unit: _proposal(period, unit, reached.get(unit.unit), margin)
        for unit in units
        if _wants_one(unit)
    }
    if None in of_people.values():
        by_regions = RegionPlanner(period, margin=margin, seed=seed)
        of_people = {
            name: proposal or by_regions.propose(next(one for one in units if one.unit == name))
            for name, proposal in of_people.items()
        }
    return [replace(unit, proposal=of_people.get(unit.unit)) for unit in units]


def people_reached(period: Period) -> dict[str, Reach]:
    """Whom each unit reached; a channel that names no campaigns is one unit by campaign too."""

    def by(column: By) -> dict[str, Reach]:
        return reach(
            period.book,
            by=column,
            since=period.since,
            until=period.until,
            currency=period.currency,
        )

    found = by(period.by)
    named = set(period.spending.campaigns.values())
    rest = [unit for unit in period.spending.units if unit.unit not in found]
    if period.by == "campaign" and any(unit.channel not in named for unit in rest):
        whole = by("channel")
        found |= {
            unit.unit: whole[unit.channel]
            for unit in rest
            if unit.channel in whole and unit.channel not in named
        }
    return found


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

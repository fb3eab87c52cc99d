"""How what came compares with what was promised: over, met or under."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from halves.promises.models import Band, Keeping, Promise

EXACTLY = (Decimal(0), Decimal(0))
DAYS = "days"


@dataclass(frozen=True)
class Verdict:
    """What came of a promise.

    Args:
        keeping: over, met or under.
        expected, delivered: as they compare: what is counted, or days where only a day was said.
        is_less: less is better.
        is_learned: the band in which it counts as kept was learned from what customers said.
    """

    keeping: Keeping
    expected: Decimal
    delivered: Decimal
    is_less: bool
    is_learned: bool


def bands() -> Mapping[tuple[str, str], tuple[Decimal, Decimal]]:
    """What counts as kept, by measure and unit, where it was learned."""
    return {
        (measure, unit): (low, high)
        for measure, unit, low, high in Band.objects.values_list("measure", "unit", "low", "high")
    }


def verdict(
    promise: Promise,
    *,
    amount: Decimal | None,
    at: datetime,
    learned: Mapping[tuple[str, str], tuple[Decimal, Decimal]],
) -> Verdict:
    """Compare a delivery with its promise.

    What is counted is compared by its amount; a promise of a day alone by the days. Where nothing
    was learned of the measure, the promised amount and more counts as kept and only more as
    outdone; a day early is then still kept. What comes late is broken, whatever its amount.
    """
    low, high = learned.get((promise.measure, promise.unit), EXACTLY)
    is_learned = (promise.measure, promise.unit) in learned
    late = _days_late(promise, at)
    if promise.amount is None or amount is None:
        waited = Decimal(max((at - promise.made_at).days, 0))
        keeping = _of(Decimal(-late), low, high if is_learned else None)
        return Verdict(keeping, waited - late, waited, is_less=True, is_learned=is_learned)
    gap = promise.amount - amount if promise.is_at_most else amount - promise.amount
    keeping = _of(gap, low, high)
    if late > -low:
        keeping = Keeping.UNDER
    return Verdict(keeping, promise.amount, amount, promise.is_at_most, is_learned)


def _of(gap: Decimal, low: Decimal, high: Decimal | None) -> Keeping:
    if gap < low:
        return Keeping.UNDER
    return Keeping.OVER if high is not None and gap > high else Keeping.MET


def _days_late(promise: Promise, at: datetime) -> int:
    """Whole days after the day it was due; negative before it."""
    if promise.due_on is None:
        return 0
    return (at.astimezone(UTC).date() - promise.due_on).days

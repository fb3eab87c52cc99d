"""Conversations on their way to the ledger: one touch each, and what they cost, once.

The ledger keeps the first word on a touch. Where a colleague says later that a talk took longer,
the difference goes as spend of that day under a key of its own, which may be said again: so each
penny is in one place. Where it took less, what the ledger has stays, and the page says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from django.conf import settings

from halves.conversations.models import Conversation, State
from halves.ledger.settings import Settings
from halves.posting import outbox

SOURCE = "conversations"
WAGE = "seller"  # what an hour costs where the kind of talk has no wage of its own
_CENTS = Decimal("0.000001")


def cost_of(
    kind: str, minutes: int | None, said: Settings, *, among: int = 1
) -> tuple[Decimal | None, str | None]:
    """What a talk costs one of the people in it, and the currency; None where nobody can know."""
    wage = said.wages.get(kind, said.wages.get(WAGE))
    if wage is None or minutes is None or said.currency is None:
        return None, None
    cost = (wage * minutes / 60 / among).quantize(_CENTS, ROUND_HALF_EVEN)
    return cost, said.currency


def touch(one: Conversation, *, at: datetime, propensity: float | None = None) -> None:
    """Tell the ledger of a talk that took place, in the caller's transaction; told twice, once."""
    # One conditional UPDATE, so that it is told once.
    waiting = Conversation.objects.filter(pk=one.pk, state=State.HELD, touched_at=None)
    cost, currency = cost_of(one.kind, one.minutes, settings.PLACE.settings(), among=one.among)
    if not waiting.update(touched_at=at, told_cost=cost):
        return
    one.touched_at, one.told_cost = at, cost
    row = {
        "touch_id": f"conversation:{one.pk}",
        "at": one.at,
        "cost": cost,
        "currency": currency,
        "propensity": propensity,
    }
    outbox.put("touches", [_common(one) | row], at=at)


def touch_of_mail(one: Conversation, key: str, *, sent_at: datetime, at: datetime) -> None:
    """Tell the ledger of one mail of a thread that a seller sent."""
    row = {"touch_id": f"mail:{key}:{one.person.ledger_id}", "at": sent_at}
    outbox.put("touches", [_common(one) | row], at=at)


def correct(one: Conversation, *, at: datetime) -> None:
    """Tell the ledger what a talk cost beyond what was told first; said again, it is restated."""
    if one.touched_at is None:
        return
    said = settings.PLACE.settings()
    cost, currency = cost_of(one.kind, one.minutes, said, among=one.among)
    if currency is None:
        return
    more = max(Decimal(0), (cost or Decimal(0)) - (one.told_cost or Decimal(0)))
    row = {
        "spend_id": f"conversation:{one.pk}",
        "day": one.at.astimezone(UTC).date(),
        "channel": one.kind,
        "path": "one",
        "amount": more,
        "currency": currency,
        "source": SOURCE,
    }
    outbox.put("spend", [row], at=at)


def _common(one: Conversation) -> Mapping[str, Any]:
    return {
        "person_id": one.person.ledger_id,
        "account_id": one.account.ledger_id if one.account else None,
        "path": "one",
        "channel": one.kind,
        "story": one.told.told["name"] if one.told else None,
        "seller": one.seller.email if one.seller else None,  # names may be shared, or change
        "region": one.person.region or None,
        "source": SOURCE,
    }


@dataclass(frozen=True)
class Standing:
    """What the ledger has of a talk's cost, and what it would be by what is written down now."""

    told: Decimal | None
    now: Decimal | None
    currency: str | None
    is_wage_missing: bool

    @property
    def is_less(self) -> bool:
        """Say whether less is written down than the ledger was told first, which stands there."""
        return self.told is not None and self.now is not None and self.now < self.told


def standing_cost(one: Conversation) -> Standing:
    """What a talk costs, as the ledger has it and as it is written down."""
    said = settings.PLACE.settings()
    cost, currency = cost_of(one.kind, one.minutes, said, among=one.among)
    wage = said.wages.get(one.kind, said.wages.get(WAGE))
    missing = one.minutes is not None and (wage is None or said.currency is None)
    return Standing(one.told_cost, cost, currency or said.currency, missing)

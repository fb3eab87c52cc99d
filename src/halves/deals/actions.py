"""What can happen to deals, quotes and orders.

What sellers do is in `selling`, `quoting` and `handing`; here are orders of people who buy by
themselves: placed once, paid once, and then a deal is closed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from halves.access import audit
from halves.access.models import User
from halves.deals.errors import PaidAlready
from halves.deals.handing import Door, hand_over
from halves.deals.models import Deal, DealState, Order, OrderState, PaymentEvent
from halves.deals.quoting import (
    accept_quote,
    change_quote,
    draft_quote,
    promise_said,
    send_quote,
    withdraw_quote,
)
from halves.deals.selling import (
    Ending,
    Line,
    back_to_nurture,
    change_deal,
    move,
    open_deal,
    set_lines,
)
from halves.people.letters import house_link, write
from halves.people.models import Person
from halves.posting import outbox
from halves.promises.actions import open_promises
from halves.promises.models import Promise, Via
from halves.stories.models import Version
from halves.webhooks.events import happened

__all__ = [
    "Basket",
    "Door",
    "Ending",
    "Line",
    "accept_quote",
    "agree_on_invoice",
    "back_to_nurture",
    "cancel_order",
    "change_deal",
    "change_quote",
    "draft_quote",
    "hand_over",
    "move",
    "open_deal",
    "place_order",
    "promise_said",
    "send_quote",
    "set_lines",
    "take_payment",
    "withdraw_quote",
]


@dataclass(frozen=True)
class Basket:
    """What somebody wants to buy.

    Args:
        words: what it is.
        quantity: how many, at least 1.
        price: of one, in `currency` (ISO 4217).
        version: the story that sold it.
        page: the name of the page.
        provider: who takes the money.
        email: where the receipt goes.
        billing: what was typed for the invoice.
    """

    words: str
    quantity: int
    price: Decimal
    currency: str
    version: Version | None
    page: str
    provider: str
    email: str
    billing: Mapping[str, str]


def place_order(person: Person, basket: Basket, *, once: str, at: datetime) -> Order:
    """Write an order down; the same form sent twice is one order.

    Args:
        once: what tells this sending of the form from every other.
    """
    with transaction.atomic():
        deal = Deal.objects.create(
            title=basket.words,
            person=person,
            account=person.account,
            path="self",
            value=basket.price * basket.quantity,
            currency=basket.currency,
            opened_at=at,
        )
        made, is_new = Order.objects.get_or_create(
            once=once, defaults=_order_fields(deal, basket, at)
        )
        if not is_new:
            deal.delete()
            return made
        audit.record("order.place", made, by=None, at=at, after={"value": deal.value})
        data = {"order": made.pk, "deal": deal.ledger_id, "page": made.page}
        happened("order.placed", data, at=at, person_id=person.ledger_id)
    return made


def take_payment(
    order: Order,
    *,
    provider: str,
    event: str,
    kind: str,
    reference: str,
    at: datetime,
    by: User | None = None,
) -> bool:
    """An order is paid: the deal is closed and its promises are open, once and for all.

    Args:
        event: the provider's name for what it tells, which comes once however often it is told.
        reference: the provider's name for the payment.

    Returns:
        Whether this changed anything; False where the same was told before.

    Raises:
        PaidAlready: another payment than the one that it was paid by.
    """
    with transaction.atomic():
        said = {"kind": kind, "order": order, "at": at}
        _told, is_new = PaymentEvent.objects.get_or_create(
            provider=provider, event=event, defaults=said
        )
        if not is_new:
            return False
        paid = {"state": OrderState.PAID, "paid_at": at, "reference": reference}
        rows = Order.objects.filter(pk=order.pk)
        # Conditional UPDATEs, so that two tellings at once close one deal.
        closes = rows.filter(state=OrderState.PLACED).update(**paid, agreed_at=at)
        settles = not closes and rows.filter(state=OrderState.INVOICED).update(**paid)
        order.refresh_from_db()
        if closes:
            _close(order, by=by, at=at)
        if closes or settles:
            audit.record("order.pay", order, by=by, at=at, after={"reference": reference})
            return True
    if order.state == OrderState.PAID and order.reference != reference:
        words = f"order {order.number} was paid by {order.reference}; pay {reference} back"
        raise PaidAlready(words)
    return False


def agree_on_invoice(order: Order, *, by: User | None, at: datetime) -> bool:
    """Close the deal of an order that is paid later, once it is sure who ordered.

    Returns:
        Whether this closed it.
    """
    with transaction.atomic():
        rows = Order.objects.filter(pk=order.pk, state=OrderState.PLACED)
        if not rows.update(state=OrderState.INVOICED, agreed_at=at):
            return False
        order.refresh_from_db()
        audit.record("order.agree", order, by=by, at=at)
        _close(order, by=by, at=at)
    return True


def cancel_order(order: Order, *, by: User | None, at: datetime) -> bool:
    """Call an unpaid order off."""
    with transaction.atomic():
        row = Order.objects.filter(pk=order.pk, state=OrderState.PLACED)
        if not row.update(state=OrderState.CANCELLED):
            return False
        Deal.objects.filter(pk=order.deal_id).update(state=DealState.LOST, closed_at=at)
        audit.record("order.cancel", order, by=by, at=at)
    return True


def _order_fields(deal: Deal, basket: Basket, at: datetime) -> dict[str, Any]:
    return {
        "deal": deal,
        "version": basket.version,
        "page": basket.page,
        "words": basket.words,
        "quantity": basket.quantity,
        "price": basket.price,
        "currency": basket.currency,
        "provider": basket.provider,
        "email": basket.email,
        "billing": dict(basket.billing),
        "placed_at": at,
    }


def _close(order: Order, *, by: User | None, at: datetime) -> None:
    deal = order.deal
    Deal.objects.filter(pk=deal.pk).update(state=DealState.WON, closed_at=at)
    outcome = {
        "outcome_id": f"order:{deal.ledger_id}",
        "person_id": deal.person.ledger_id,
        "account_id": deal.account.ledger_id if deal.account else None,
        "at": at,
        "kind": "deal_closed",
        "path": deal.path,
        "value": deal.value,
        "currency": deal.currency,
        "deal_id": deal.ledger_id,
        "region": deal.person.region or None,
        "source": "page",
    }
    outbox.put("outcomes", [outcome], at=at)
    if order.version is not None:
        key = f"order:{order.pk}"
        open_promises(deal.person, order.version, via=Via.PAGE, via_key=key, at=at)
    _write_receipt(order, at=at)
    data = {"deal": deal.ledger_id, "value": str(deal.value), "currency": deal.currency}
    happened("deal.closed", data, at=at, person_id=deal.person.ledger_id)


def _write_receipt(order: Order, *, at: datetime) -> None:
    promises = [one.words for one in Promise.objects.filter(via_key=f"order:{order.pk}")]
    is_paid = order.state == OrderState.PAID
    total = f"{order.total:.2f} {order.currency}"
    lines = [
        _("Thank you for your order %(number)s.") % {"number": order.number},
        f"{order}: {total}",
        _("It is paid.") if is_paid else _("It is to be paid by the invoice on its page:"),
        house_link(f"/o/{order.token}/"),
        _("What we promised you:") if promises else "",
        *[f"- {words}" for words in promises],
        _("You will hear from us by the day of each.") if promises else "",
    ]
    write(
        key=f"receipt:{order.pk}",
        to=order.email,
        subject=_("Your order %(number)s") % {"number": order.number},
        text="\n\n".join(line for line in lines if line) + "\n",
        person=order.deal.person,
        at=at,
    )

"""What deals give to the audience builder: deals, and orders on pages."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from halves.deals.models import Deal, DealState, Order, OrderState
from halves.ledger.schema import PATHS
from halves.people.fields import Choices, Field, Holds, Records, records_of_people
from halves.stories.models import Offer


def register() -> None:
    """Say what can be asked of deals and orders."""
    records_of_people(_DEALS)
    records_of_people(_ORDERS)


def _offers() -> Choices:
    return [(str(one.pk), one.name) for one in Offer.objects.order_by("name")]


def _deals(who: Q) -> Iterable[tuple[Any, ...]]:
    columns = ("state", "path", "offer_id", "value", "currency", "opened_at", "closed_at")
    for person, *said in Deal.objects.filter(who).values_list("person_id", *columns):
        state, path, offer, value, *rest = said
        yield person, state, path, None if offer is None else str(offer), float(value), *rest


def _orders(who: Q) -> Iterable[tuple[Any, ...]]:
    who = Q(*[(f"deal__{name}", value) for name, value in who.children])
    rows = Order.objects.filter(who).select_related("deal")
    for one in rows.only("state", "page", "price", "quantity", "currency", "placed_at", "deal"):
        total = float(one.total)
        yield one.deal.person_id, one.state, one.page, total, one.currency, one.placed_at


_TEXT = Holds.TEXT
_CURRENCY = Field("currency", _("Currency"), _TEXT, "r.currency")
_DEALS = Records(
    "deals",
    _("Deals"),
    (
        Field("state", _("State"), _TEXT, "r.state", choices=lambda: DealState.choices,
              is_open=False),
        Field("path", _("Path"), _TEXT, "r.path", choices=lambda: [(one, one) for one in PATHS],
              is_open=False),
        Field("offer", _("Offer"), _TEXT, "r.offer", choices=_offers, is_open=False),
        Field("value", _("Value"), Holds.NUMBER, "r.value"),
        _CURRENCY,
        Field("opened", _("Opened"), Holds.MOMENT, "r.opened"),
        Field("closed", _("Closed"), Holds.MOMENT, "r.closed"),
    ),
    when="opened",
    rows=_deals,
)  # fmt: skip
_ORDERS = Records(
    "orders",
    _("Orders on pages"),
    (
        Field("state", _("State"), _TEXT, "r.state", choices=lambda: OrderState.choices,
              is_open=False),
        Field("page", _("Page"), _TEXT, "r.page"),
        Field("total", _("Total"), Holds.NUMBER, "r.total"),
        _CURRENCY,
        Field("at", _("When"), Holds.MOMENT, "r.at"),
    ),
    when="at",
    rows=_orders,
)  # fmt: skip

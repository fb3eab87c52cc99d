"""What deals give to the audience builder: deals, and orders on pages."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from halves.deals.models import Deal, DealState, LostKind, Order, OrderState
from halves.deals.stage_models import Stage
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
    columns = ("state", "path", "offer_id", "stage_id", "concern_id", "lost_kind", "problem")
    money = ("value", "currency", "opened_at", "closed_at")
    for person, *said in Deal.objects.filter(who).values_list("person_id", *columns, *money):
        state, path, offer, stage, concern, lost, problem, value, *rest = said
        keys = (None if key is None else str(key) for key in (offer, stage, concern))
        yield person, state, path, *keys, lost, problem, float(value), *rest


def _stages() -> Choices:
    rows = Stage.objects.filter(retired_at=None).select_related("pipeline")
    named = ((one, f"{one.name} ({one.pipeline})") for one in rows)
    return [(str(one.pk), one.name if one.pipeline.is_default else said) for one, said in named]


def _concerns() -> Choices:
    # By name: concerns are a room above, and are told apart here by their key alone.
    rows = Deal._meta.get_field("concern").related_model.objects.filter(retired_at=None)
    return [(str(one.pk), one.name) for one in rows.order_by("name")]


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
        Field("stage", _("Stage"), _TEXT, "r.stage", choices=_stages, is_open=False),
        Field("concern", _("What held them back"), _TEXT, "r.concern", choices=_concerns,
              is_open=False),
        Field("lost", _("Lost because"), _TEXT, "r.lost", choices=lambda: LostKind.choices,
              is_open=False),
        Field("problem", _("Their problem"), _TEXT, "r.problem"),
        Field("value", _("Value"), Holds.NUMBER, "r.value"),
        _CURRENCY,
        Field("opened", _("Opened"), Holds.MOMENT, "r.opened"),
        Field("closed", _("Closed"), Holds.MOMENT, "r.closed"),
    ),
    when="opened",
    amount="value",
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
    amount="total",
    rows=_orders,
)  # fmt: skip

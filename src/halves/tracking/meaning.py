"""What an event means to the ledger: a touch, an outcome, or nothing; and why it may not."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from halves.tracking import channels
from halves.tracking.models import Event, Source

_LATEST = timedelta(days=30)  # what a public key may still tell of
_MOST = Decimal(10) ** 11
_LINK = "link clicked"
SALES = MappingProxyType(
    {
        "order completed": "deal_closed",
        "order refunded": "deal_closed",
        "subscription renewed": "renewed",
        "subscription cancelled": "churned",
    }
)
_REFUND = "order refunded"


@dataclass(frozen=True)
class Meaning:
    """What an event is taken as.

    Args:
        verdict: `touch`, `outcome`, `told` (nothing for the ledger), or why it is refused.
        detail: more of it, such as the channel.
        table: of the ledger; empty for none.
        row: for that table, all but whose it is.
        is_refused: it is not taken.
    """

    verdict: str
    detail: str = ""
    table: str = ""
    row: Mapping[str, Any] = field(default_factory=dict)
    is_refused: bool = False


@dataclass(frozen=True)
class Known:
    """What the house has declared: which channels there are, the reporting currency, its names."""

    channels: frozenset[str]
    currency: str | None
    names: tuple[str, ...] = ()


def meaning(event: Event, source: Source, said: Mapping[str, Any], *, known: Known) -> Meaning:
    """Say what an event is taken as.

    Args:
        event: the row.
        source: that sent it.
        said: its body.
        known: what the house has declared.
    """
    if not event.is_trusted and event.at < event.received_at - _LATEST:
        return Meaning("too_old", is_refused=True)
    name = event.name.casefold()
    if event.kind == "track" and name in SALES:
        return _sale(event, name, _part(said, "properties"), known)
    if event.kind == "track" and name in {one.casefold() for one in source.doors}:
        return _outcome(event, "door_opened", {"path": "self"})
    if event.kind in ("page", "screen") or (event.kind == "track" and name == _LINK):
        return _touch(event, _part(said, "context"), known)
    return Meaning("told")


def body(event: Event) -> Mapping[str, Any]:
    """What was sent."""
    found: dict[str, Any] = json.loads(event.body)
    return found


def _touch(event: Event, context: Mapping[str, Any], known: Known) -> Meaning:
    came = channels.how(context, names=known.names)
    channel, path = came.channel, came.path
    if channel == channels.BRANDED and path != "self" and channel not in known.channels:
        came = channels.how(context)  # who buys these clicks as paid search has no other channel
        channel = came.channel
    is_strange = bool(known.channels) and path != "self" and channel not in known.channels
    if is_strange:
        # A link that anyone can write must not bring a channel into an answer that nobody declared.
        channel, path = "page", "self"
    row = {
        "touch_id": _key(event),
        "at": event.at,
        "path": path,
        "channel": channel,
        "campaign": _kept(came.campaign),
        "source": f"tracking:{event.source}",
    }
    detail = " · ".join(one for one in (came.channel, row["campaign"]) if one)
    return Meaning("undeclared" if is_strange else "touch", detail[:200], "touches", row)


def _sale(event: Event, name: str, said: Mapping[str, Any], known: Known) -> Meaning:
    if not event.is_trusted:
        return Meaning("sale_needs_secret", is_refused=True)
    kind, order = SALES[name], said.get("order_id") or said.get("subscription_id")
    value = next(
        (said[one] for one in ("revenue", "total", "value") if said.get(one) is not None), None
    )
    money = _money(value)
    if (value is not None and money is None) or (kind == "deal_closed" and money is None):
        return Meaning("no_value", _kept(str(value)) or "", is_refused=True)
    currency = said.get("currency") or known.currency
    if money is not None and not _is_currency(currency):
        return Meaning("no_currency", _kept(str(currency)) or "", is_refused=True)
    more = {"currency": currency.upper() if money is not None else None}
    more["value"] = -abs(money) if money is not None and name == _REFUND else money
    if isinstance(order, str | int) and str(order).strip():
        more["deal_id"] = _kept(str(order))
        # Two messages about one order are one sale.
        more["outcome_id"] = f"track:{event.source}:{name}:{_kept(str(order))}"[:300]
    return _outcome(event, kind, more)


def _outcome(event: Event, kind: str, more: Mapping[str, Any]) -> Meaning:
    row = {
        "outcome_id": _key(event),
        "at": event.at,
        "kind": kind,
        "source": f"tracking:{event.source}",
        **more,
    }
    return Meaning("outcome", kind, "outcomes", row)


def _key(event: Event) -> str:
    return f"track:{event.source}:{event.message_id}"


def _money(said: Any) -> Decimal | None:
    if isinstance(said, bool) or not isinstance(said, int | float | str):
        return None
    try:
        found = Decimal(str(said)).quantize(Decimal("0.000001"))
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < _MOST else None


def _is_currency(said: Any) -> bool:
    return isinstance(said, str) and len(said) == 3 and said.isascii() and said.isalpha()


def _kept(said: str | None) -> str | None:
    """Text that every reader of the ledger holds."""
    if said is None:
        return None
    whole = said.encode("utf-8", "replace").decode().replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return whole[:200] or None


def _part(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = said.get(name)
    return found if isinstance(found, Mapping) else {}

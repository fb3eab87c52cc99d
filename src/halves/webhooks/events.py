"""What receivers can be told of, and the telling of it: a row in the transaction it happened in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from halves.webhooks.errors import UnknownKind
from halves.webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookEvent

_KINDS: dict[str, Any] = {"webhook.test": _("a test, sent from the settings page")}


def event_kind(kind: str, words: Any) -> None:
    """Say that something of this kind may happen: `deal.closed`, and what it means in words."""
    _KINDS[kind] = words


def kinds() -> dict[str, Any]:
    """All kinds and what they mean, by name."""
    return dict(sorted(_KINDS.items()))


def happened(
    kind: str, data: Mapping[str, Any], *, at: datetime, person_id: str = ""
) -> WebhookEvent | None:
    """Tell whoever asked to be told, in the caller's transaction; nobody waits for it.

    Args:
        kind: one of `kinds()`.
        data: plain values. Ids rather than what we know of people: a receiver that may know more
            asks the API for it.
        at: now.
        person_id: whom it is about, as the ledger knows them, so that it goes when they do.

    Returns:
        The event; None if nobody asked to be told of such.

    Raises:
        UnknownKind: of which nobody said that it may happen.
    """
    if kind not in _KINDS:
        raise UnknownKind(f"there is no kind of event {kind!r}, but {sorted(_KINDS)}")
    told = [
        one
        for one in WebhookEndpoint.objects.filter(is_on=True)
        if not one.kinds or kind in one.kinds
    ]
    return _event(kind, data, told, at=at, person_id=person_id) if told else None


def tell_one(
    endpoint: WebhookEndpoint, kind: str, data: Mapping[str, Any], *, at: datetime
) -> WebhookEvent:
    """Tell one endpoint, whatever it asked to be told of."""
    return _event(kind, data, [endpoint], at=at)


def _event(
    kind: str,
    data: Mapping[str, Any],
    told: list[WebhookEndpoint],
    *,
    at: datetime,
    person_id: str = "",
) -> WebhookEvent:
    event = WebhookEvent.objects.create(kind=kind, data=dict(data), at=at, person_id=person_id)
    WebhookDelivery.objects.bulk_create(
        [WebhookDelivery(endpoint=endpoint, event=event, next_at=at) for endpoint in told]
    )
    return event

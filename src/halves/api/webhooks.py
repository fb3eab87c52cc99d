"""Webhooks: who outside is told of what, and how the telling went."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import BaseModel, Field

from halves.access.rules import Verb
from halves.api.door import operation
from halves.api.problems import Problem, Wrong
from halves.api.shapes import asked, example
from halves.webhooks import actions
from halves.webhooks.errors import EndpointRefused
from halves.webhooks.models import WebhookDelivery, WebhookEndpoint

router = Router(tags=["webhooks"])
_URL = "https://books.example.org/halves"
_ENDPOINT = {
    "id": 1,
    "url": _URL,
    "words": "books",
    "kinds": ["deal.closed"],
    "is_on": True,
    "why_off": "",
    "made_at": "2026-01-05T09:00:00Z",
}


class EndpointOut(Schema):
    """An address that is told of events."""

    id: int
    url: str
    words: str
    kinds: list[str]
    is_on: bool
    why_off: str
    made_at: datetime
    model_config = example(**_ENDPOINT)


class EndpointMade(EndpointOut):
    """The same, with the secret that its signatures are checked with."""

    secret: str
    model_config = example(**_ENDPOINT, secret="whsec_…")  # noqa: S106


class EndpointIn(BaseModel):
    """An address to tell of events; of all kinds if none is said."""

    url: Annotated[str, Field(min_length=1, max_length=1000)]
    words: Annotated[str, Field(max_length=120)] = ""
    kinds: Annotated[list[str], Field(max_length=100)] = []
    model_config = asked(url=_URL, words="books", kinds=["webhook.test"])


class EndpointChange(BaseModel):
    """What to change; what is not said stays as it is."""

    url: Annotated[str, Field(min_length=1, max_length=1000)] = ""
    words: Annotated[str, Field(max_length=120)] = ""
    kinds: Annotated[list[str], Field(max_length=100)] = []
    is_on: bool = True
    model_config = asked(is_on=False)


class AttemptOut(Schema):
    """One try, and what the other side said."""

    at: datetime
    status: int | None
    took_ms: int
    said: str


class DeliveryOut(Schema):
    """One event that an endpoint was, or is to be, told of."""

    id: int
    event_id: str
    kind: str
    at: datetime
    state: str
    tries: int
    attempts: list[AttemptOut]
    model_config = example(
        id=1,
        event_id="msg_0c1d",
        kind="deal.closed",
        at="2026-01-05T09:00:00Z",
        state="done",
        tries=1,
        attempts=[{"at": "2026-01-05T09:00:01Z", "status": 200, "took_ms": 41, "said": "ok"}],
    )


@operation(router, "GET", "/webhooks", Verb.SEE, "webhook", gives=list[EndpointOut])
def webhook_list(request: HttpRequest) -> Any:
    """List who is told of events."""
    return list(WebhookEndpoint.objects.order_by("pk"))


@operation(
    router,
    "POST",
    "/webhooks",
    Verb.ADD,
    "webhook",
    gives=EndpointMade,
    status=201,
    secret=True,
)
def webhook_add(request: HttpRequest, said: EndpointIn) -> Any:
    """Tell an address of events from now on; the answer has the secret to check signatures with."""
    try:
        return actions.add_endpoint(**said.model_dump(), by=request.auth.user, at=timezone.now())
    except EndpointRefused as refused:
        raise _refused(refused) from refused


@operation(router, "PATCH", "/webhooks/{int:key}", Verb.CHANGE, "webhook", gives=EndpointOut)
def webhook_change(request: HttpRequest, key: int, said: EndpointChange) -> Any:
    """Change where it is, what it is told, and whether it is."""
    endpoint = get_object_or_404(WebhookEndpoint, pk=key)
    fields = {name: getattr(endpoint, name) for name in ("url", "words", "kinds", "is_on")}
    fields |= said.model_dump(exclude_unset=True)
    try:
        return actions.change_endpoint(endpoint, **fields, by=request.auth.user, at=timezone.now())
    except EndpointRefused as refused:
        raise _refused(refused) from refused


@operation(router, "DELETE", "/webhooks/{int:key}", Verb.REMOVE, "webhook", gives=None, status=204)
def webhook_remove(request: HttpRequest, key: int) -> None:
    """Tell it nothing more."""
    endpoint = get_object_or_404(WebhookEndpoint, pk=key)
    actions.remove_endpoint(endpoint, by=request.auth.user, at=timezone.now())


@operation(
    router, "POST", "/webhooks/{int:key}/test", Verb.CHANGE, "webhook", gives=None, status=204
)
def webhook_test(request: HttpRequest, key: int) -> None:
    """Send it a test."""
    endpoint = get_object_or_404(WebhookEndpoint, pk=key)
    actions.try_endpoint(endpoint, by=request.auth.user, at=timezone.now())


@operation(
    router,
    "POST",
    "/webhooks/{int:key}/secret",
    Verb.CHANGE,
    "webhook",
    gives=EndpointMade,
    secret=True,
)
def webhook_rotate(request: HttpRequest, key: int) -> Any:
    """Make a new secret; the old one signs beside it for a day."""
    endpoint = get_object_or_404(WebhookEndpoint, pk=key)
    return actions.rotate_secret(endpoint, by=request.auth.user, at=timezone.now())


@operation(
    router,
    "GET",
    "/webhooks/{int:key}/deliveries",
    Verb.SEE,
    "webhook",
    gives=list[DeliveryOut],
)
def webhook_deliveries(
    request: HttpRequest,
    key: int,
    before: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    size: Annotated[int, Query(ge=1, le=200)] = 100,
) -> Any:
    """Read what it was told, newest first; `before` is the last id of the page before."""
    endpoint = get_object_or_404(WebhookEndpoint, pk=key)
    rows = endpoint.deliveries.select_related("event").prefetch_related("attempts")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [_shown(one) for one in rows.order_by("-pk")[:size]]


@operation(
    router,
    "POST",
    "/webhook-deliveries/{int:key}/again",
    Verb.CHANGE,
    "webhook",
    gives=None,
    status=204,
)
def webhook_again(request: HttpRequest, key: int) -> None:
    """Tell it one event once more, under the id that it had."""
    found = get_object_or_404(WebhookDelivery, pk=key)
    actions.tell_again(found, by=request.auth.user, at=timezone.now())


def _shown(one: WebhookDelivery) -> dict[str, Any]:
    return {
        "id": one.pk,
        "event_id": one.event_id,
        "kind": one.event.kind,
        "at": one.event.at,
        "state": one.state,
        "tries": one.tries,
        "attempts": list(one.attempts.all()),
    }


def _refused(refused: EndpointRefused) -> Problem:
    words = str(refused)
    return Problem(422, "endpoint-refused", words, errors=[Wrong("url", words)])

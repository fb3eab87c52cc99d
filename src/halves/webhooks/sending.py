"""Telling: signed, with a deadline, tried again for days, by as many workers as there are."""

import json
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpcore
from django.db import connection, transaction
from django.db.models import Q
from standardwebhooks import Webhook

from halves.webhooks.errors import EndpointRefused
from halves.webhooks.guard import Guarded, checked
from halves.webhooks.models import State, WebhookAttempt, WebhookDelivery, WebhookEndpoint

# Standard Webhooks: at once, then after so long.
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
KEPT = timedelta(days=30)  # what was told, for the log and for telling again
_JITTER = 0.1
_TIMEOUT_S = 10.0  # for each step of a request
_DEADLINE_S = 20.0  # for the whole of it
_LEASE = timedelta(minutes=2)  # after so long a worker that has one is gone
_AT_ONCE = 8
_ROUND = 40  # so that a round ends within the lease, were every answer late
_MOST_READ = 16_384  # bytes of an answer
_GONE = 410


@dataclass(frozen=True)
class Answer:
    """What the other side said; no status if it said nothing."""

    status: int | None
    said: str
    took_ms: int

    @property
    def is_well(self) -> bool:
        """Say whether it was taken: only 2xx is."""
        return self.status is not None and 200 <= self.status < 300


def deliver_due(at: datetime) -> int:
    """Tell all that is due; two workers at once share it.

    Returns:
        How many were tried.
    """
    free = Q(claimed_at=None) | Q(claimed_at__lt=at - _LEASE)
    due = WebhookDelivery.objects.filter(free, state=State.WAITING, next_at__lte=at)
    keys = list(due.order_by("next_at").values_list("pk", flat=True)[:_ROUND])
    # A conditional UPDATE for each, so that two workers cannot both have it.
    mine = [key for key in keys if due.filter(pk=key).update(claimed_at=at)]
    if mine:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(_deliver, mine))
    return len(mine)


def drop_old(at: datetime) -> int:
    """Let go of what was told long ago."""
    from_then = WebhookDelivery.objects.filter(event__at__lt=at - KEPT).exclude(state=State.WAITING)
    return from_then.delete()[0]


def sent(endpoint: WebhookEndpoint, key: str, body: str, *, at: datetime) -> Answer:
    """Send one signed request; a redirect is an answer like any other, and not followed."""
    started = time.monotonic()
    signatures = [Webhook(secret).sign(key, at, body) for secret in endpoint.secrets(at)]
    headers = {
        "content-type": "application/json",
        "user-agent": "halves-webhooks",
        "webhook-id": key,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
    status, said = None, ""
    try:
        checked(endpoint.url)
        with _asked(endpoint.url, headers, body.encode()) as response:
            status = response.status
            said = _begun(response, started + _DEADLINE_S)
    except EndpointRefused as refused:
        said = str(refused)
    except (httpcore.TimeoutException, TimeoutError):
        said = "there was no answer in time"
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError, ValueError) as failed:
        said = f"no connection: {failed}"
    took = int((time.monotonic() - started) * 1000)
    return Answer(status=status, said=said.replace("\x00", "")[:500], took_ms=took)


@contextmanager
def _asked(url: str, headers: dict[str, str], body: bytes) -> Iterator[httpcore.Response]:
    limits = dict.fromkeys(("connect", "read", "write", "pool"), _TIMEOUT_S)
    with (
        httpcore.ConnectionPool(network_backend=Guarded()) as pool,
        pool.stream(
            "POST",
            url,
            headers=[(name.encode(), value.encode()) for name, value in headers.items()],
            content=body,
            extensions={"timeout": limits},
        ) as response,
    ):
        yield response


def _begun(response: httpcore.Response, deadline: float) -> str:
    """How the answer begins; who drips bytes for ever is left at the deadline."""
    read = b""
    for chunk in response.iter_stream():
        read += chunk
        if len(read) >= _MOST_READ:
            break
        if time.monotonic() > deadline:
            raise TimeoutError
    return read[:_MOST_READ].decode("utf-8", "replace")


def _deliver(key: int) -> None:
    try:
        delivery = (
            WebhookDelivery.objects.select_related("endpoint", "event").filter(pk=key).first()
        )
        if delivery is not None:  # nobody took the endpoint away meanwhile
            _tell(delivery)
    finally:
        connection.close()


def _tell(delivery: WebhookDelivery) -> None:
    event, at = delivery.event, datetime.now(UTC)
    said = {"type": event.kind, "timestamp": event.at.isoformat(), "data": event.data}
    if not delivery.endpoint.is_on:
        answer = Answer(None, "the endpoint was turned off", 0)
    else:
        body = json.dumps(said, separators=(",", ":"), ensure_ascii=False)
        answer = sent(delivery.endpoint, event.key, body, at=at)
    note(delivery, answer, at=at, jitter=random.uniform(0, _JITTER))  # noqa: S311


def note(delivery: WebhookDelivery, answer: Answer, *, at: datetime, jitter: float) -> None:
    """Write down how a try went, and when the next one is."""
    tries = delivery.tries + 1
    row = {"tries": tries, "claimed_at": None}
    is_last = tries > len(WAITS) or answer.status == _GONE or not delivery.endpoint.is_on
    if answer.is_well:
        row |= {"state": State.DONE, "ended_at": at}
    elif is_last:
        row |= {"state": State.GIVEN_UP, "ended_at": at}
    else:
        row |= {"next_at": at + WAITS[tries - 1] * (1 + jitter)}
    with transaction.atomic():
        WebhookDelivery.objects.filter(pk=delivery.pk).update(**row)
        WebhookAttempt.objects.create(
            delivery=delivery,
            at=at,
            status=answer.status,
            took_ms=answer.took_ms,
            said=answer.said,
        )
        if is_last and not answer.is_well and delivery.endpoint.is_on:
            _turn_off(delivery.endpoint, answer)


def _turn_off(endpoint: WebhookEndpoint, answer: Answer) -> None:
    if answer.status == _GONE:
        why = "It answered 410: it wants no more."
    else:
        why = f"Nothing was taken for three days; the last answer: {answer.status or answer.said}"
    WebhookEndpoint.objects.filter(pk=endpoint.pk, is_on=True).update(
        is_on=False, why_off=why[:300]
    )

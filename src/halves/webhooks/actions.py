"""What colleagues do with endpoints: add, change, try, tell again."""

from collections.abc import Sequence
from datetime import datetime
from secrets import token_hex

from django.db import transaction

from halves.access import audit
from halves.access.models import User
from halves.webhooks.errors import EndpointRefused
from halves.webhooks.events import kinds as known_kinds
from halves.webhooks.events import tell_one
from halves.webhooks.guard import addresses_of, checked
from halves.webhooks.models import State, WebhookDelivery, WebhookEndpoint, WebhookEvent

_KEPT = ("url", "words", "kinds", "is_on")


def add_endpoint(
    *, url: str, words: str, kinds: Sequence[str], by: User, at: datetime
) -> WebhookEndpoint:
    """Tell an address of events from now on.

    Raises:
        EndpointRefused: an address inside, no https, or a kind of event that there is not.
    """
    _check(url, kinds)
    with transaction.atomic():
        made = WebhookEndpoint.objects.create(
            url=url, words=words, kinds=sorted(kinds), seed=token_hex(16), made_at=at, by=by
        )
        after = audit.fields_of(made, _KEPT)
        audit.record("webhook.add", made, by=by, at=at, after=after)
    return made


def change_endpoint(
    endpoint: WebhookEndpoint,
    *,
    url: str,
    words: str,
    kinds: Sequence[str],
    is_on: bool,
    by: User,
    at: datetime,
) -> WebhookEndpoint:
    """Change where it is, what it is told, and whether it is.

    Raises:
        EndpointRefused: as for a new one.
    """
    _check(url, kinds)
    before = audit.fields_of(endpoint, _KEPT)
    endpoint.url, endpoint.words, endpoint.kinds = url, words, sorted(kinds)
    endpoint.is_on, endpoint.why_off = is_on, endpoint.why_off if not is_on else ""
    with transaction.atomic():
        endpoint.save(update_fields=[*_KEPT, "why_off"])
        after = audit.fields_of(endpoint, _KEPT)
        audit.record("webhook.change", endpoint, by=by, at=at, before=before, after=after)
    return endpoint


def rotate_secret(endpoint: WebhookEndpoint, *, by: User, at: datetime) -> WebhookEndpoint:
    """Make a new secret; the old one signs beside it for a day."""
    with transaction.atomic():
        was = endpoint.rotation
        rows = WebhookEndpoint.objects.filter(pk=endpoint.pk, rotation=was)
        # One conditional UPDATE, so that two who click at once make one new secret.
        if rows.update(rotation=was + 1, rotated_at=at):
            audit.record("webhook.rotate", endpoint, by=by, at=at, after={"rotation": was + 1})
    endpoint.refresh_from_db()
    return endpoint


def remove_endpoint(endpoint: WebhookEndpoint, *, by: User, at: datetime) -> None:
    """Tell it nothing more, and let go of what it was told."""
    with transaction.atomic():
        audit.record("webhook.remove", endpoint, by=by, at=at, before={"url": endpoint.url})
        endpoint.delete()


def try_endpoint(endpoint: WebhookEndpoint, *, by: User, at: datetime) -> WebhookEvent:
    """Send it a test."""
    return tell_one(endpoint, "webhook.test", {"by": str(by)}, at=at)


def tell_again(delivery: WebhookDelivery, *, by: User, at: datetime) -> None:
    """Tell one event once more, with the id it had: a receiver that took it knows it again."""
    with transaction.atomic():
        WebhookDelivery.objects.filter(pk=delivery.pk).exclude(state=State.WAITING).update(
            state=State.WAITING, tries=0, next_at=at, claimed_at=None, ended_at=None
        )
        after = {"event": delivery.event_id}
        audit.record("webhook.replay", delivery.endpoint, by=by, at=at, after=after)


def tell_again_since(endpoint: WebhookEndpoint, since: datetime, *, by: User, at: datetime) -> int:
    """Tell all that was given up since a moment once more."""
    with transaction.atomic():
        lost = WebhookDelivery.objects.filter(endpoint=endpoint, state=State.GIVEN_UP)
        count = lost.filter(event__at__gte=since).update(
            state=State.WAITING, tries=0, next_at=at, claimed_at=None, ended_at=None
        )
        after = {"since": since, "events": count}
        audit.record("webhook.replay", endpoint, by=by, at=at, after=after)
    return count


def _check(url: str, kinds: Sequence[str]) -> None:
    parts = checked(url)
    addresses_of(parts.hostname or "", parts.port or 443)
    for kind in kinds:
        if kind not in known_kinds():
            raise EndpointRefused(f"there is no kind of event {kind!r}")

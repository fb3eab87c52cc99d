"""Events as they come in: on the disk before this returns, and of repeats one."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import router, transaction

from halves.tracking.models import Event, EventState, Source
from halves.tracking.reading import Said

_AT_ONCE = 1_000


def event(source: Source, said: Said, *, is_trusted: bool, received_at: datetime) -> Event:
    """A row for what was said; one that cannot be taken is kept too, with why."""
    return Event(
        source=source.pk,
        message_id=said.message_id,
        kind=said.kind,
        name=said.name,
        anonymous_id=said.anonymous_id,
        user_id=said.user_id,
        is_trusted=is_trusted,
        at=said.at,
        received_at=received_at,
        body=said.body,
        state=EventState.REFUSED if said.wrong else EventState.WAITING,
        verdict=said.wrong,
    )


def put(events: Sequence[Event]) -> None:
    """Keep events, all or none; a repeat of what is there already is passed over.

    They are on the disk when this returns: SQLite commits with `synchronous=FULL`.
    """
    if not events:
        return
    with transaction.atomic(using=router.db_for_write(Event)):
        Event.objects.bulk_create(events, batch_size=_AT_ONCE, ignore_conflicts=True)


def let_old_go(*, at: datetime) -> int:
    """Let go of events that were kept long enough for the live view; the ledger has them."""
    until = at - timedelta(days=settings.EVENTS_ARE_KEPT_DAYS)
    gone = 0
    while True:
        oldest = list(
            Event.objects.order_by("id").values_list("id", "received_at", "state")[:_AT_ONCE]
        )
        old = [
            key
            for key, received_at, state in oldest
            if received_at < until and state != EventState.WAITING
        ]
        if not old:
            return gone
        gone += Event.objects.filter(pk__in=old).delete()[0]

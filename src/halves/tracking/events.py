"""Events as they come in: on the disk before this returns, and of repeats one.

Requests that come at the same time are written together: a commit waits for the disk, and one wait
does for all of them.
"""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import OperationalError, connections, router, transaction

from halves.tracking.models import Event, EventState, Source
from halves.tracking.reading import Said

_AT_ONCE = 1_000
_COLUMNS = (
    "source",
    "message_id",
    "kind",
    "name",
    "anonymous_id",
    "user_id",
    "is_trusted",
    "at",
    "received_at",
    "body",
    "state",
    "verdict",
    "detail",
)
Row = tuple[Any, ...]


def put(source: Source, said: Sequence[Said], *, is_trusted: bool, received_at: datetime) -> None:
    """Keep events, all or none; a repeat of what is there already is passed over.

    They are on the disk when this returns: SQLite commits with `synchronous=FULL`. One that cannot
    be taken is kept too, with why.

    Args:
        source: that sent them.
        said: what it said.
        is_trusted: with its secret key.
        received_at: now.
    """
    connection = connections[router.db_for_write(Event)]
    moment = connection.ops.adapt_datetimefield_value
    received = moment(received_at)
    rows = [
        (
            source.pk,
            one.message_id,
            one.kind,
            one.name,
            one.anonymous_id,
            one.user_id,
            is_trusted,
            received if one.at == received_at else moment(one.at),
            received,
            one.body,
            EventState.REFUSED.value if one.wrong else EventState.WAITING.value,
            one.wrong,
            "",
        )
        for one in said
    ]
    if connection.in_atomic_block:  # whoever holds it open says when it is kept
        _write(rows)
    else:
        _queue.write(rows)


@dataclass
class _Waiting:
    """The rows of one request, and what came of them."""

    rows: list[Row]
    is_over: bool = False
    failed: BaseException | None = None


class _Queue:
    """Whoever's turn it is writes the rows of all who wait; the others find theirs written."""

    def __init__(self) -> None:
        self._turn, self._waiting = threading.Lock(), deque[_Waiting]()

    def write(self, rows: list[Row]) -> None:
        """Return once the rows are on the disk."""
        mine = _Waiting(rows)
        self._waiting.append(mine)
        with self._turn:
            if not mine.is_over:
                # One by one: whoever comes meanwhile is taken now or stays for the next turn.
                _write_for([self._waiting.popleft() for _ in range(len(self._waiting))])
        if mine.failed is not None:
            raise mine.failed


def _write_for(some: Sequence[_Waiting]) -> None:
    try:
        _write([row for one in some for row in one.rows])
    except OperationalError as failed:  # the database is busy, or full: for all of them
        for one in some:
            one.failed = failed
    except BaseException as failed:
        if len(some) > 1:  # the rows of one must not keep out those of others
            for one in some:
                _write_for([one])
        else:
            some[0].failed = failed
    for one in some:
        one.is_over = True


def _write(rows: Sequence[Row]) -> None:
    alias = router.db_for_write(Event)
    names, places = ", ".join(_COLUMNS), ", ".join(["%s"] * len(_COLUMNS))
    sql = f"INSERT INTO {Event._meta.db_table} ({names}) VALUES ({places}) ON CONFLICT DO NOTHING"
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.executemany(sql, rows)


_queue = _Queue()


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

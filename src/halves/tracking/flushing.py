"""Events on their way to the ledger: frozen batches, each under a name that it takes once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import uuid4

import pyarrow as pa
from django.conf import settings
from django.db import router, transaction

from halves.access.models import House
from halves.ledger import locks
from halves.ledger.schema import TABLES
from halves.ledger.settings import Settings
from halves.people.models import Identifier
from halves.posting.book import book
from halves.tracking import events, stitching
from halves.tracking.meaning import Known, Meaning, body, meaning
from halves.tracking.models import Event, EventBatch, EventState, Source, Stitch, StitchState

_TOGETHER = 20_000  # events in one batch
_AT_ONCE = 1_000
_TABLES = ("touches", "outcomes")
_NAMING = ("identify", "alias")


def flush(at: datetime) -> int:
    """Bring what waits to the ledger; safe to say again after a crash, and from two workers.

    Returns:
        How many events were looked at.
    """
    taken = 0
    with alone():
        for batch in EventBatch.objects.filter(posted_at=None).order_by("pk"):
            taken += _take(batch, at)
        while batch := _frozen(at):
            taken += _take(batch, at)
        stitching.confirm_what_is_known(at=at)
        stitching.post(at=at)
    events.let_old_go(at=at)
    return taken


def alone() -> Any:
    """Hold off whoever else brings events to the ledger, or takes them away."""
    settings.PLACE.home.mkdir(parents=True, exist_ok=True)
    return locks.exclusive(settings.PLACE.home / "tracking.lock")


@dataclass
class _Chunk:
    """Some events of a batch, and what they came to."""

    rows: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {name: [] for name in _TABLES}
    )
    verdicts: dict[tuple[str, str, str], list[int]] = field(default_factory=dict)

    def say(self, event: Event, found: Meaning) -> None:
        """Note what became of an event."""
        state = EventState.REFUSED if found.is_refused else EventState.TAKEN
        self.verdicts.setdefault((state, found.verdict, found.detail), []).append(event.pk)


def _frozen(at: datetime) -> EventBatch | None:
    """The next batch, its members fixed."""
    waiting = Event.objects.filter(state=EventState.WAITING, batch=None).order_by("pk")
    keys = list(waiting.values_list("pk", flat=True)[:_TOGETHER])
    if not keys:
        return None
    # One short write: events come in meanwhile, and SQLite lets one write at a time.
    with transaction.atomic(using=router.db_for_write(Event)):
        batch = EventBatch.objects.create(name=f"events:{uuid4().hex}", frozen_at=at)
        waiting.order_by().filter(pk__lte=keys[-1]).update(batch=batch)
    return batch


def _take(batch: EventBatch, at: datetime) -> int:
    sources, known = Source.objects.in_bulk(), _known()
    rows = Event.objects.filter(batch=batch).order_by("pk")
    whole, count = _Chunk(), 0
    for some in _chunks(rows.iterator(chunk_size=_AT_ONCE)):
        count += len(some)
        _understand(some, sources, known, whole, at)
    for table in _TABLES:
        if whole.rows[table]:
            records = _records(table, whole.rows[table])
            book().append(table, records, batch=f"{batch.name}:{table}")
    _mark(batch, whole, at)
    return count


def _understand(
    some: Sequence[Event], sources: dict[int, Source], known: Known, whole: _Chunk, at: datetime
) -> None:
    read = []
    for event in some:
        source = sources.get(event.source)
        if source is None:
            whole.say(event, Meaning("source_gone", is_refused=True))
            continue
        said = body(event)
        read.append((event, source, said, meaning(event, source, said, known=known)))
    people, claimed = _People([(event, source) for event, source, _, _ in read]), []
    for event, source, said, found in read:
        if not found.is_refused:
            whose = people.of(event, source, said, found, at)
            if whose == stitching.visits(event, source):
                claimed += stitching.claims(event, source, said)
            if found.table:
                whole.rows[found.table].append({**found.row, "person_id": whose})
            elif event.kind in _NAMING and event.user_id:
                found = Meaning("named" if event.is_trusted else "claimed", event.user_id)
        whole.say(event, found)
    stitching.keep(claimed, at=at)


class _People:
    """Whom events are about, as the ledger knows them; looked up together."""

    def __init__(self, read: Sequence[tuple[Event, Source]]) -> None:
        said: dict[str, set[str]] = {}
        for event, source in read:
            if event.is_trusted and event.user_id:
                said.setdefault(source.user_ids, set()).add(event.user_id)
        self._known: dict[tuple[str, str], str] = {}
        for kind, values in said.items():
            rows = Identifier.objects.filter(kind=kind, value__in=values)
            for value, ledger_id in rows.values_list("value", "person__ledger_id"):
                self._known[kind, value] = ledger_id
        self._named: set[tuple[int, str, str]] = set()

    def of(self, event: Event, source: Source, said: Any, found: Meaning, at: datetime) -> str:
        """The id to write: the person's where the secret key names them, else the visits' own."""
        where = stitching.visits(event, source)
        if not (event.is_trusted and event.user_id):
            return where
        is_naming = event.kind in _NAMING or bool(event.anonymous_id) or found.table == "outcomes"
        if is_naming:
            self._name(event, source, said, at)
        return self._known.get((source.user_ids, event.user_id), where)

    def _name(self, event: Event, source: Source, said: Any, at: datetime) -> None:
        """Make the person known, and theirs what came before."""
        key = (source.pk, event.user_id, event.anonymous_id)
        is_known = (source.user_ids, event.user_id) in self._known
        if event.kind not in _NAMING and is_known and key in self._named:
            return
        person = stitching.someone(event, source, said, at=at)
        self._known[source.user_ids, event.user_id] = person.ledger_id
        self._named.add(key)
        before = [f"anon:{source.pk}:{event.anonymous_id}"] if event.anonymous_id else []
        previous = said.get("previousId") if event.kind == "alias" else None
        before += [f"anon:{source.pk}:{previous}"[:300]] if isinstance(previous, str) else []
        for ledger_id in before:
            stitch, _ = Stitch.objects.get_or_create(
                ledger_id=ledger_id,
                kind=source.user_ids,
                value=event.user_id,
                defaults={"source": source, "is_trusted": True, "said_at": at},
            )
            if stitch.state != StitchState.CONFIRMED:
                stitching.confirm(stitch, person, how=f"secret key of {source}", at=at)


def _mark(batch: EventBatch, whole: _Chunk, at: datetime) -> None:
    for (state, verdict, detail), keys in whole.verdicts.items():
        for start in range(0, len(keys), _AT_ONCE):
            some = Event.objects.filter(pk__in=keys[start : start + _AT_ONCE])
            some.update(state=state, verdict=verdict, detail=detail)
    EventBatch.objects.filter(pk=batch.pk).update(posted_at=at)


def _known() -> Known:
    said = settings.PLACE.settings()
    return Known(frozenset(one.name for one in said.channels), said.currency, _names(said))


def _names(said: Settings) -> tuple[str, ...]:
    """What we are called: as the settings say, else as the house is."""
    return said.names or tuple(one for one in [House.get().name] if one)


def _records(table: str, rows: Iterable[dict[str, Any]]) -> pa.RecordBatchReader:
    schema = TABLES[table].arrow
    waiting = iter(rows)

    def batches() -> Iterator[pa.RecordBatch]:
        while chunk := list(islice(waiting, _AT_ONCE)):
            yield pa.RecordBatch.from_pylist(chunk, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _chunks(rows: Iterator[Event]) -> Iterator[list[Event]]:
    while chunk := list(islice(rows, _AT_ONCE)):
        yield chunk

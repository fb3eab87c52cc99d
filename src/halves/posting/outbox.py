"""The outbox: what happened in operations, on its way to the ledger, exactly once.

A row is put in the transaction in which it happened. The worker freezes a batch's members, writes
the batch, and lets its rows go; after a crash the same batch is written again under its name, which
the ledger takes once.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.db import transaction

from halves.ledger import locks
from halves.ledger.schema import TABLES
from halves.posting.book import book
from halves.posting.models import Posting, PostingBatch

_TOGETHER = 20_000  # rows in one batch
_AT_ONCE = 1_000  # rows in one INSERT or UPDATE

Row = Mapping[str, Any]


def put(table: str, rows: Iterable[Row], *, at: datetime) -> int:
    """Put rows on their way to a table of the ledger, in the caller's transaction.

    Args:
        table: one of the ledger's.
        rows: columns as the table has them, in plain Python values.
        at: now.

    Returns:
        How many.

    Raises:
        ValueError: an unknown table, or a column that it does not have.
    """
    if table not in TABLES:
        raise ValueError(f"the ledger has no table {table!r}, but {sorted(TABLES)}")
    waiting, count = iter(rows), 0
    while chunk := list(islice(waiting, _AT_ONCE)):
        Posting.objects.bulk_create([_posting(table, row, at) for row in chunk])
        count += len(chunk)
    return count


def flush(*, at: datetime | None = None) -> int:
    """Write what waits to the ledger; safe to say again after a crash, and from two workers.

    Returns:
        How many rows the ledger took.
    """
    at, written = at or datetime.now(UTC), 0
    unposted = PostingBatch.objects.filter(posted_at=None)
    if not Posting.objects.exists() and not unposted.exists():
        return 0
    with alone():
        for batch in unposted.order_by("pk"):
            written += _write(batch, at)
        for table in Posting.objects.filter(batch=None).values_list("table", flat=True).distinct():
            while batch := _frozen(table, at):
                written += _write(batch, at)
    return written


def of(person_ids: Iterable[str]) -> list[dict[str, Any]]:
    """What waits about these people, as their export shows it."""
    rows = Posting.objects.filter(person_id__in=list(person_ids)).order_by("pk")
    return [{"table": one.table} | one.row for one in rows]


def forget(person_ids: Iterable[str]) -> int:
    """Let go of what waits about these people, who are erased."""
    with alone():  # so that none of it is being written meanwhile
        return Posting.objects.filter(person_id__in=list(person_ids)).delete()[0]


def alone() -> Any:
    """Hold off whoever else brings these rows to the ledger, or takes them away."""
    settings.PLACE.home.mkdir(parents=True, exist_ok=True)
    return locks.exclusive(settings.PLACE.home / "posting.lock")


def _posting(table: str, row: Row, at: datetime) -> Posting:
    columns = TABLES[table].columns
    for name in row:
        if name not in columns:
            raise ValueError(f"the ledger's {table} have no column {name!r}")
    is_person = row.get("unit_kind", "person") == "person"
    person = row.get("person_id") or (row.get("unit_id") if is_person else None) or ""
    said = {name: _said(value) for name, value in row.items() if value is not None}
    return Posting(table=table, person_id=person, row=said, put_at=at)


def _said(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _frozen(table: str, at: datetime) -> PostingBatch | None:
    """The next batch, its members fixed."""
    with transaction.atomic():
        waiting = Posting.objects.filter(table=table, batch=None).order_by("pk")
        keys = list(waiting.values_list("pk", flat=True)[:_TOGETHER])
        if not keys:
            return None
        name = f"posting:{table}:{uuid.uuid4().hex}"
        batch = PostingBatch.objects.create(table=table, name=name, rows=len(keys), frozen_at=at)
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            Posting.objects.filter(pk__in=some).update(batch=batch)
        return batch


def _write(batch: PostingBatch, at: datetime) -> int:
    rows = Posting.objects.filter(batch=batch).order_by("pk").values_list("row", flat=True)
    records = list(_records(batch.table, rows.iterator(chunk_size=_AT_ONCE)))
    written = 0
    if records:  # unless all whom it was about were erased
        schema = TABLES[batch.table].arrow
        reader = pa.RecordBatchReader.from_batches(schema, records)
        written = book().append(batch.table, reader, batch=batch.name).rows
    _let_go(batch, at)
    return written


def _let_go(batch: PostingBatch, at: datetime) -> None:
    with transaction.atomic():
        Posting.objects.filter(batch=batch).delete()
        PostingBatch.objects.filter(pk=batch.pk).update(posted_at=at)


def _records(table: str, rows: Iterator[dict[str, Any]]) -> Iterator[pa.RecordBatch]:
    schema = TABLES[table].arrow
    while chunk := list(islice(rows, _AT_ONCE)):
        columns = [
            pa.array([_typed(row.get(field.name), field.type) for row in chunk], field.type)
            for field in schema
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _typed(value: Any, kind: pa.DataType) -> Any:
    if value is None:
        return None
    if pa.types.is_timestamp(kind):
        return datetime.fromisoformat(value)
    if pa.types.is_date(kind):
        return date.fromisoformat(value)
    return Decimal(value) if pa.types.is_decimal(kind) else value

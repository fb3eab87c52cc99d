"""People and accounts as a file that streams: CSV that no spreadsheet runs, or Parquet."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
from django.db.models import QuerySet

from halves.access import audit
from halves.access.models import User
from halves.access.rules import Verb, insist
from halves.people.models import Account, CustomField, Person
from halves.people.queries import Asked

Form = Literal["csv", "parquet"]
_BATCH, _FEW = 2000, 500
# A spreadsheet runs what begins so; East Asian ones also what looks so.
_RUNS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Export:
    """What is taken of each row.

    Args:
        kind: as the rules name it.
        name: of the file.
        plain: the fields of the model that are taken as they are.
        named: relations of which the name is taken.
    """

    kind: str
    name: str
    model: Any
    plain: Sequence[str]
    named: Sequence[str]


PEOPLE = Export(
    kind="person",
    name="people",
    model=Person,
    plain=(
        "id",
        "ledger_id",
        "name",
        "email",
        "phone",
        "title",
        "region",
        "language",
        "time_zone",
        "is_do_not_contact",
        "created_at",
        "changed_at",
    ),
    named=("account", "owner", "team"),
)
ACCOUNTS = Export(
    kind="account",
    name="accounts",
    model=Account,
    plain=(
        "id",
        "ledger_id",
        "name",
        "domain",
        "website",
        "industry",
        "region",
        "created_at",
        "changed_at",
    ),
    named=("owner", "team"),
)


@dataclass(frozen=True)
class Exported:
    """A file on its way: what it is called, what it is, and its bytes as they come."""

    name: str
    media_type: str
    chunks: Iterator[bytes]

    @property
    def headers(self) -> dict[str, str]:
        """What a browser needs to keep it as a file."""
        told = f'attachment; filename="{self.name}"'
        return {"Content-Disposition": told, "Cache-Control": "no-store"}


_TYPES = {
    "id": pa.int64(),
    "is_do_not_contact": pa.bool_(),
    "created_at": pa.timestamp("us", "UTC"),
    "changed_at": pa.timestamp("us", "UTC"),
}
_CUSTOM = {"number": pa.float64(), "yes_no": pa.bool_()}


def export(
    what: Export, rows: "QuerySet[Any]", asked: Asked, *, form: Form, by: User, at: datetime
) -> Exported:
    """Give away the rows of a list as a file; who took how many is in the log before the first.

    Args:
        what: `PEOPLE` or `ACCOUNTS`.
        rows: as `queries.people_asked` narrows them to what the user sees.
        asked: what they were narrowed by; the log keeps the filters' names, since their values
            may be people's.
        form: `csv` or `parquet`.

    Raises:
        MayNot: exporting is not for the user's role.
    """
    insist(by, Verb.EXPORT, what.kind)
    narrowed = sorted(one.name for one in fields(asked) if getattr(asked, one.name))
    told = {"form": form, "rows": rows.count(), "filters": narrowed}
    audit.record(f"export.{what.name}", by, by=by, at=at, after=told)
    schema, custom = _columns(what)
    return _file(what.name, schema, _batches(what, custom, rows), form)


def export_chosen(
    what: Export, rows: "QuerySet[Any]", keys: Iterator[list[int]], *, name: str, form: Form
) -> Exported:
    """Those of the rows that have one of the keys, in the keys' order of chunks, as a file.

    Whoever calls has asked whether the user may, and written it into the log.

    Args:
        what: `PEOPLE` or `ACCOUNTS`.
        rows: narrowed to what the user sees.
        keys: chunk by chunk.
        name: of the file.
    """
    schema, custom = _columns(what)
    whole = rows.select_related(*what.named).prefetch_related("tags").order_by("id")
    batches = (
        [_cells(what, custom, row) for row in whole.filter(id__in=chunk[start : start + _FEW])]
        for chunk in keys
        for start in range(0, len(chunk), _FEW)
    )
    return _file(name, schema, batches, form)


def _file(
    name: str, schema: pa.Schema, batches: Iterator[list[dict[str, Any]]], form: Form
) -> Exported:
    write = _as_csv if form == "csv" else _as_parquet
    kind = "text/csv; charset=utf-8" if form == "csv" else "application/vnd.apache.parquet"
    return Exported(f"{name}.{form}", kind, write(schema, batches))


def safe_cell(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula.

    >>> safe_cell("=1+1"), safe_cell("Ada"), safe_cell(-1)
    ("'=1+1", 'Ada', -1)
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(_RUNS) else value


def _columns(what: Export) -> tuple[pa.Schema, list[CustomField]]:
    custom = list(CustomField.objects.filter(of=what.kind))
    plain = [(name, _TYPES.get(name, pa.string())) for name in what.plain]
    named = [(name, pa.string()) for name in what.named]
    own = [(f"field_{one.key}", _CUSTOM.get(one.kind, pa.string())) for one in custom]
    return pa.schema([*plain, *named, ("tags", pa.string()), *own]), custom


def _batches(
    what: Export, custom: list[CustomField], rows: "QuerySet[Any]"
) -> Iterator[list[dict[str, Any]]]:
    """By key, so that no cursor stays open for as long as someone downloads."""
    last = 0
    whole = rows.select_related(*what.named).prefetch_related("tags").order_by("id")
    while found := list(whole.filter(id__gt=last)[:_BATCH]):
        last = found[-1].pk
        yield [_cells(what, custom, row) for row in found]


def _cells(what: Export, custom: list[CustomField], row: Any) -> dict[str, Any]:
    cells = {name: getattr(row, name) for name in what.plain}
    for name in what.named:
        other = getattr(row, name)
        cells[name] = str(other) if other is not None else None
    cells["tags"] = "; ".join(sorted(tag.name for tag in row.tags.all()))
    for one in custom:
        cells[f"field_{one.key}"] = _typed(one, row.fields.get(one.key))
    return cells


def _typed(field: CustomField, value: Any) -> Any:
    """A value as its field is now: it may have been another kind when it was written."""
    if value is None:
        return None
    if field.kind == "number":
        return float(value) if isinstance(value, int | float) else None
    if field.kind == "yes_no":
        return value if isinstance(value, bool) else None
    return str(value)


def _as_csv(schema: pa.Schema, batches: Iterator[list[dict[str, Any]]]) -> Iterator[bytes]:
    yield _lines([schema.names])
    for batch in batches:
        yield _lines([[_in_words(row[name]) for name in schema.names] for row in batch])


def _lines(rows: list[list[Any]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([[safe_cell(cell) for cell in row] for row in rows])
    return out.getvalue().encode()


def _in_words(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else value


def _as_parquet(schema: pa.Schema, batches: Iterator[list[dict[str, Any]]]) -> Iterator[bytes]:
    pipe = _Pipe()
    with pq.ParquetWriter(pipe, schema) as writer:
        for batch in batches:
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))
            yield pipe.taken()
    yield pipe.taken()


class _Pipe(io.RawIOBase):
    """A file whose bytes are taken out as they come; it only remembers how many there were."""

    def __init__(self) -> None:
        super().__init__()
        self._held: list[bytes] = []
        self._place = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def write(self, data: Any) -> int:
        said = bytes(data)
        self._held.append(said)
        self._place += len(said)
        return len(said)

    def taken(self) -> bytes:
        said, self._held = b"".join(self._held), []
        return said

"""What the snapshot copies of operations: its tables, their columns, and how rows are read."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from django.db.models import Q

from halves.ledger.schema import MOMENT
from halves.people.fields import Holds, Records, records
from halves.people.models import Account, Person

_WORDS = pa.list_(pa.string())
_TYPES = {
    Holds.TEXT: pa.string(),
    Holds.NUMBER: pa.float64(),
    Holds.DAY: pa.date32(),
    Holds.MOMENT: MOMENT,
    Holds.YES_NO: pa.bool_(),
    Holds.WORDS: _WORDS,
}
_PLAIN = ("name", "email", "phone", "title", "region", "language", "time_zone")


@dataclass(frozen=True)
class Copied:
    """One table of the snapshot.

    Args:
        name: as the query knows it.
        kind: whose changes concern it: `person` or `account`.
        schema: the first column is the key by which rows are found again.
    """

    name: str
    kind: str
    schema: pa.Schema

    @property
    def key(self) -> str:
        """The column by which changed rows are replaced."""
        return str(self.schema.names[0])


PEOPLE = Copied(
    "people",
    "person",
    pa.schema(
        [
            ("id", pa.int64()),
            ("ledger_id", pa.string()),
            *((name, pa.string()) for name in _PLAIN),
            ("owner", pa.string()),
            ("team", pa.string()),
            ("left_alone", pa.bool_()),
            ("created_at", MOMENT),
            ("changed_at", MOMENT),
            ("account_id", pa.int64()),
            ("fields", pa.string()),
            ("tags", _WORDS),
        ]
    ),
)
ACCOUNTS = Copied(
    "accounts",
    "account",
    pa.schema(
        [
            ("id", pa.int64()),
            *((name, pa.string()) for name in ("name", "domain", "industry", "region")),
            ("created_at", MOMENT),
            ("fields", pa.string()),
            ("tags", _WORDS),
        ]
    ),
)


def copied() -> list[Copied]:
    """All tables of the snapshot."""
    return [PEOPLE, ACCOUNTS, *(_of(one) for one in records().values() if one.rows)]


def rows_of(table: Copied, keys: Sequence[int]) -> pa.Table:
    """What operations hold now of these people or accounts."""
    if table is PEOPLE:
        return _people(keys)
    if table is ACCOUNTS:
        return _accounts(keys)
    read = records()[table.name].rows
    assert read is not None
    return _table(table.schema, read(_among("person_id", keys)))


def _of(one: Records) -> Copied:
    fields = [(_name_in(one, place), _TYPES[field.holds]) for place, field in enumerate(one.fields)]
    return Copied(one.name, "person", pa.schema([("person_id", pa.int64()), *fields]))


def _name_in(one: Records, place: int) -> str:
    """The column of a field of records is called as the field is."""
    return one.fields[place].name


def _people(keys: Sequence[int]) -> pa.Table:
    names = (
        "id",
        "ledger_id",
        *_PLAIN,
        "owner_id",
        "team_id",
        "is_do_not_contact",
        "created_at",
        "changed_at",
        "account_id",
        "fields",
    )
    found = Person.objects.filter(_among("id", keys), merged_into=None).values_list(*names)
    tags = _tags(Person.tags.through, "person_id", keys)
    owner = names.index("owner_id")
    rows = []
    for row in found:
        said = list(row)
        said[owner : owner + 2] = [None if key is None else str(key) for key in said[owner:][:2]]
        rows.append((*said[:-1], _json(said[-1]), tags.get(said[0], [])))
    return _table(PEOPLE.schema, rows)


def _accounts(keys: Sequence[int]) -> pa.Table:
    names = ("id", "name", "domain", "industry", "region", "created_at", "fields")
    found = Account.objects.filter(_among("id", keys)).values_list(*names)
    tags = _tags(Account.tags.through, "account_id", keys)
    rows = [(*row[:-1], _json(row[-1]), tags.get(row[0], [])) for row in found]
    return _table(ACCOUNTS.schema, rows)


def _tags(through: Any, column: str, keys: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    rows = through.objects.filter(_among(column, keys)).values_list(column, "tag__name")
    for key, name in rows:
        found.setdefault(key, []).append(name)
    return found


def _json(said: Any) -> str | None:
    return json.dumps(said) if said else None


def _among(column: str, keys: Sequence[int]) -> Q:
    """Keys that follow each other are one range: all rows of a chunk, without a list of them."""
    if isinstance(keys, range):
        return Q(**{f"{column}__gte": keys.start, f"{column}__lt": keys.stop})
    return Q(**{f"{column}__in": list(keys)})


def _table(schema: pa.Schema, rows: Iterable[Sequence[Any]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)

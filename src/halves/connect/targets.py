"""Where rows of a file may go: the ledger's tables, and what operations keep of people.

`contacts` and `companies` are no tables of the ledger, which knows people by an id alone. A
`Keeper` takes them; without one they are left where they are and counted as not kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import pyarrow as pa

from halves.ledger import TABLES
from halves.ledger.schema import MOMENT, TEXT, Column, Table, Winner

_text, _may = Column(TEXT), Column(TEXT, required=False)
_day = Column(MOMENT, required=False)

_OPERATIONS = (
    Table(
        "companies",
        ("account_id",),
        Winner.LAST,
        {
            "account_id": _text,
            "name": _may,
            "domain": _may,
            "website": _may,
            "industry": _may,
            "owner": _may,
            "region": _may,
        },
        when="account_id",
    ),
    Table(
        "contacts",
        ("person_id",),
        Winner.LAST,
        {
            "person_id": _text,
            "email": _may,
            "phone": _may,
            "name": _may,
            "first_name": _may,
            "last_name": _may,
            "title": _may,
            "account_id": _may,
            "account_name": _may,
            "owner": _may,
            "region": _may,
            "created": _day,
        },
        when="created",
    ),
)

OPERATIONS: Mapping[str, Table] = MappingProxyType({table.name: table for table in _OPERATIONS})
# Companies first, so that contacts find the accounts they belong to.
TARGETS: Mapping[str, Table] = MappingProxyType({**TABLES, **OPERATIONS})


@dataclass(frozen=True)
class RefusedValue:
    """A value that a keeper cannot take; the row comes in without it.

    Args:
        place: the row's place in its batch, from 0.
        field: the target's column.
        value: as it stood there.
        words: why.
    """

    place: int
    field: str
    value: str
    words: str


@dataclass(frozen=True)
class Read:
    """A batch as a keeper writes it, and the values that it left out of it."""

    rows: pa.RecordBatch
    refused: Sequence[RefusedValue]


class Keeper(Protocol):
    """Takes rows of `OPERATIONS`; whatever it is told twice changes nothing the second time."""

    def read(self, target: str, rows: pa.RecordBatch) -> Read:
        """Write values in one way each, and leave out those that are none; nothing is kept yet."""

    def append(self, target: str, rows: pa.RecordBatch, *, batch: str) -> None:
        """Keep rows that `read` gave back; of target `people`, write down who is not known."""

    def finish(self, *, batch: str) -> None:
        """All rows of the import were appended."""

    def undo(self, batch: str) -> Mapping[str, int]:
        """Take out what an import brought in; says how many of each."""

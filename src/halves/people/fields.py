"""What can be asked about people: each room fills this at start-up, the audience builder reads it.

There are two kinds of things to ask about. A `Field` is one value of a person or of their account.
`Records` are rows of which a person has none, one or many: consents, touches, deals. What a room
gives as `Records` from operations is kept in a snapshot, so that its table must be stamped
(`people.changes.stamps`) by the migration that makes it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db.models import Q

from halves.people.models import CustomField, FieldKind

Choices = Sequence[tuple[str, Any]]  # value, label
Words = Any  # text, or text that is translated when it is shown


class Holds(StrEnum):
    """What a field holds; what can be asked of it follows."""

    TEXT = "text"
    NUMBER = "number"
    DAY = "day"
    MOMENT = "moment"
    YES_NO = "yes_no"
    WORDS = "words"  # several at once, such as tags


@dataclass(frozen=True)
class Field:
    """One value that can be asked about.

    Args:
        name: as definitions write it, such as `person.region`.
        label: as the builder shows it.
        holds: what it is.
        column: an expression of the query, over `p` (a person), `a` (their account) or `r` (a
            record); written in code, never by users.
        values: what stands for the question marks in `column`.
        choices: what there is to choose from.
        is_open: others than the choices may be asked for too.
    """

    name: str
    label: Words
    holds: Holds
    column: str
    values: tuple[Any, ...] = ()
    choices: Callable[[], Choices] | None = None
    is_open: bool = True


@dataclass(frozen=True)
class Records:
    """Rows that belong to people.

    Args:
        name: as definitions write it, such as `touches`.
        label: as the builder shows it.
        fields: what can be asked of each row; `column` is over `r`.
        when: the column that dates a row; empty if none does.
        amount: the column of money that may be added up, by the `currency` beside it; empty if
            there is none.
        table: of the ledger; empty for rows of operations.
        rows: rows of operations, each the person's key and then the fields in their order, narrowed
            by a condition on `person_id`.
        is_shown: the builder offers it.
    """

    name: str
    label: Words
    fields: Sequence[Field]
    when: str = ""
    amount: str = ""
    table: str = ""
    rows: Callable[[Q], Iterable[Sequence[Any]]] | None = None
    is_shown: bool = True
    by_name: Mapping[str, Field] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {one.name: one for one in self.fields})


_FIELDS: dict[str, Field] = {}
_RECORDS: dict[str, Records] = {}


def field_of_people(one: Field) -> None:
    """Add a field of people or accounts."""
    _FIELDS[one.name] = one


def records_of_people(one: Records) -> None:
    """Add records."""
    _RECORDS[one.name] = one


def fields() -> dict[str, Field]:
    """All fields by name; custom ones as they are now."""
    return _FIELDS | {one.name: one for one in _custom()}


def records() -> dict[str, Records]:
    """All records by name."""
    return dict(_RECORDS)


_KINDS = {
    FieldKind.NUMBER: (Holds.NUMBER, "TRY_CAST(json_extract_string({of}.fields, ?) AS DOUBLE)"),
    FieldKind.DAY: (Holds.DAY, "TRY_CAST(json_extract_string({of}.fields, ?) AS DATE)"),
    FieldKind.YES_NO: (Holds.YES_NO, "TRY_CAST(json_extract_string({of}.fields, ?) AS BOOLEAN)"),
}
_TEXT = (Holds.TEXT, "json_extract_string({of}.fields, ?)")


def _custom() -> Iterable[Field]:
    for one in CustomField.objects.all():
        holds, column = _KINDS.get(FieldKind(one.kind), _TEXT)
        listed = tuple((str(said), str(said)) for said in one.choices)
        yield Field(
            name=f"{one.of}.field.{one.key}",
            label=one.label,
            holds=holds,
            column=column.format(of=one.of[0]),
            values=(f'$."{one.key}"',),
            choices=(lambda listed=listed: listed) if listed else None,
        )

"""What a recipe is made of. Each part is a TOML table; its keys are the names given here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Annotated, Any, Literal, get_args

from halves.connect.codec import (
    Flag,
    Scalar,
    Text,
    Texts,
    Whole,
    choice,
    many,
    mapping,
    number,
    part,
    scalar,
    text,
    texts,
)
from halves.connect.errors import RecipeRefused
from halves.connect.file_spec import check_zone

ParameterKind = Literal["number", "text", "day"]
Others = Literal["refuse", "keep", "blank"]
Unit = Literal["minutes", "hours", "days", "months"]
RESERVED = ("row", "parameter", "field")


def _field(said: object, at: str) -> Field:
    """A number as it stands, or a field that gives one."""
    if isinstance(said, Mapping):
        return part(Field)(said, at)
    return Field(constant=number(said, at))


def _constant(said: object, at: str) -> object:
    return list(texts(said, at)) if isinstance(said, list) else scalar(said, at)


@dataclass(frozen=True)
class Parameter:
    """Something that only the user can say: `--set NAME=VALUE`.

    Args:
        about: what it is, with its unit; shown when it is missing.
        kind: `number`, `text` or `day` (YYYY-MM-DD).
        default: what holds if the user says nothing; none means that they must.
    """

    about: Text
    kind: Kind = "number"
    default: Value | None = None


@dataclass(frozen=True)
class Shift:
    """How far to move a time: one unit, and how many of it."""

    minutes: Number | None = None
    hours: Number | None = None
    days: Number | None = None
    months: Number | None = None

    def __post_init__(self) -> None:
        said = [unit for unit in get_args(Unit) if getattr(self, unit) is not None]
        if len(said) != 1:
            raise RecipeRefused(f"a shift is in one of {', '.join(get_args(Unit))}, got {said}")

    @property
    def unit(self) -> Unit:
        """The unit that is said."""
        return next(unit for unit in get_args(Unit) if getattr(self, unit) is not None)

    @property
    def amount(self) -> Field:
        """How many of the unit."""
        amount: Field = getattr(self, self.unit)
        return amount


@dataclass(frozen=True)
class Comparison:
    """What a promise's keeping is read off: two other fields of the same rows.

    Args:
        met_if_worse_by: up to here it is still met.
        met_if_better_by: up to here it is not yet outdone.
        expected: the field with what was promised.
        delivered: the field with what came.
        better: `less` (days to wait) or `more` (leads, money).
    """

    met_if_worse_by: Number
    met_if_better_by: Number
    expected: Text = "expected"
    delivered: Text = "delivered"
    better: Better = "more"


_SOURCES = (
    "column",
    "constant",
    "template",
    "parameter",
    "first",
    "minutes",
    "price",
    "days_from",
    "compare",
)


@dataclass(frozen=True)
class Field:
    """One field of a ledger table: where its value comes from, and how it is read.

    A column is named as in the file; `NAME.column` is a column of the join called NAME, and
    `row.number` is the row's number in the file. Exactly one of the first nine is said.

    Args:
        column: take a column.
        constant: the same in every row; a list for `withheld`.
        template: text around columns, `lead-{mql_id}`; `{parameter.NAME}` puts in a parameter, and
            `{field.day}` another field as it was read, so that 1.3.2026 and 2026-03-01 are one. It
            is blank where a column in it is.
        parameter: what the user says.
        first: the first of these that is not blank.
        minutes: a cost: this many minutes at `wage` an hour.
        price: a cost: this price for each of `pieces`.
        days_from: whole calendar days from this time to `days_to`.
        compare: over, met or under.
        wage: whose hours: a name under `[wages]` in the settings.
        pieces: how many pieces; 1 if not said.
        days_to: see `days_from`.
        optional: the file may lack the column; then all is blank.
        blank: what to put where it is blank.
        split: a mark that divides a cell into parts, such as `;`.
        part: which of them, from 1.
        case: make it `lower` or `upper`.
        map: what each value becomes.
        others: values that `map` does not name: `refuse` them, `keep` them, or make them `blank`.
        other: what values that `map` does not name become, in place of `others`.
        format: how a date is written, as for strptime; ISO 8601 if not said.
        epoch: the date is a count of `seconds` or `milliseconds` since 1970 in UTC.
        time_zone: of this date, where it names no offset.
        times: multiply a number by this.
        divide: divide a number by this.
        must_be: refuse any other value.
        same_as: a column; refuse the row where it is written otherwise than this one.
        earlier: move a date back.
        later: move a date on.
    """

    column: Text | None = None
    constant: Constant = None
    template: Text | None = None
    parameter: Text | None = None
    first: Fields = ()
    minutes: Number | None = None
    price: Number | None = None
    days_from: Number | None = None
    compare: Compared | None = None
    wage: Text | None = None
    pieces: Number | None = None
    days_to: Number | None = None
    optional: Flag = False
    blank: Text | None = None
    split: Text | None = None
    part: Whole = 1
    case: Case | None = None
    map: TextMap = field(default_factory=dict)
    others: OnOthers = "refuse"
    other: Text | None = None
    format: Text | None = None
    epoch: Epoch | None = None
    time_zone: Text | None = None
    times: Number | None = None
    divide: Number | None = None
    must_be: Text | None = None
    same_as: Text | None = None
    earlier: Shifted | None = None
    later: Shifted | None = None

    def __post_init__(self) -> None:
        said = [name for name in _SOURCES if getattr(self, name) not in (None, ())]
        if len(said) != 1:
            raise RecipeRefused(f"say exactly one of {', '.join(_SOURCES)}, got {said}")
        for one, other in (("minutes", "wage"), ("days_from", "days_to")):
            if (getattr(self, one) is None) != (getattr(self, other) is None):
                raise RecipeRefused(f"{one} and {other} go together")
        if self.pieces is not None and self.price is None:
            raise RecipeRefused("pieces need a price")
        if self.part < 1:
            raise RecipeRefused(f"part must be at least 1, got {self.part}")
        check_zone(self.time_zone)
        try:
            list(Formatter().parse(self.template or ""))
        except ValueError as failed:
            raise RecipeRefused(f"template {self.template!r}: {failed}") from None


@dataclass(frozen=True)
class Condition:
    """What must hold of a row for it to be data; all that is said must hold.

    Args:
        column: which column, named as in a field.
        one_of: it is one of these (an empty text is a blank cell).
        none_of: it is none of these.
        is_blank: whether it is blank.
        begins: it begins with one of these.
        least: it is a number and at least this.
        above: it is a number above this.
        most: it is a number and at most this.
        below: it is a number below this.
    """

    column: Text
    one_of: Texts = ()
    none_of: Texts = ()
    is_blank: Flag | None = None
    begins: Texts = ()
    least: Number | None = None
    above: Number | None = None
    most: Number | None = None
    below: Number | None = None


@dataclass(frozen=True)
class Take:
    """One figure from several joined rows: exactly one of these, naming a column of the file.

    Args:
        sum: numbers added up.
        count: cells that are not blank.
        min: the least number.
        max: the greatest number.
        first: the first cell, by row, that is not blank.
    """

    sum: Text | None = None
    count: Text | None = None
    min: Text | None = None
    max: Text | None = None
    first: Text | None = None

    def __post_init__(self) -> None:
        said = [how for how in ("sum", "count", "min", "max", "first") if getattr(self, how)]
        if len(said) != 1:
            raise RecipeRefused(f"say exactly one of sum, count, min, max, first, got {said}")

    @property
    def how(self) -> str:
        """Which of them is said."""
        return next(h for h in ("sum", "count", "min", "max", "first") if getattr(self, h))

    @property
    def column(self) -> str:
        """The column that it names."""
        return str(getattr(self, self.how))


@dataclass(frozen=True)
class Join:
    """Rows of another file that belong to a row.

    Args:
        file: which file.
        on: a column here (`NAME.column` of an earlier join) to its column there.
        name: what fields call it: `NAME.column`; the file's name if not said.
        needed: leave out rows that find nothing.
        take: figures from several rows, by the name that fields use. Without it each row must find
            at most one, and fields use its columns.
    """

    file: Text
    on: TextMap
    name: Text = ""
    needed: Flag = False
    take: Takes = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.on:
            raise RecipeRefused("on must name at least one column")
        if self.alias in RESERVED or not self.alias.isidentifier():
            raise RecipeRefused(f"a join cannot be called {self.alias!r}")

    @property
    def alias(self) -> str:
        """What fields call it."""
        return self.name or self.file


@dataclass(frozen=True)
class RowSet:
    """Rows of one ledger table, one for each row of a file.

    Args:
        table: the ledger's table.
        fields: its columns. `source` is the recipe's, and `currency` the settings', if not said.
        file: the file; none makes one row of constants.
        about: what a row of them is.
        keep: what must hold for a row to be data.
        join: other files.
        add_up: fields that are added up over rows of one key; the other fields are the first row's.
    """

    table: Text
    fields: FieldMap
    file: Text | None = None
    about: Text = ""
    keep: Conditions = ()
    join: Joins = ()
    add_up: Texts = ()

    def __post_init__(self) -> None:
        names = [join.alias for join in self.join]
        if len(set(names)) != len(names):
            raise RecipeRefused(f"two joins have one name: {', '.join(names)}")
        strange = [name for name in self.add_up if name not in self.fields]
        if strange:
            raise RecipeRefused(f"add_up names {strange[0]!r}, which is not among the fields")


# What each kind of key holds, and its reader. Last, because they name what stands above.
Number = Annotated[Field, _field]
Value = Annotated[Scalar, scalar]
Constant = Annotated[Any, _constant]
Kind = Annotated[ParameterKind, choice(*get_args(ParameterKind))]
Better = Annotated[Literal["less", "more"], choice("less", "more")]
Case = Annotated[Literal["lower", "upper"], choice("lower", "upper")]
OnOthers = Annotated[Others, choice(*get_args(Others))]
Epoch = Annotated[Literal["seconds", "milliseconds"], choice("seconds", "milliseconds")]
TextMap = Annotated[Mapping[str, str], mapping(text)]
Shifted = Annotated[Shift, part(Shift)]
Compared = Annotated[Comparison, part(Comparison)]
Fields = Annotated[tuple[Field, ...], many(Field)]
FieldMap = Annotated[Mapping[str, Field], mapping(_field)]
Takes = Annotated[Mapping[str, Take], mapping(part(Take))]
Conditions = Annotated[tuple[Condition, ...], many(Condition)]
Joins = Annotated[tuple[Join, ...], many(Join)]

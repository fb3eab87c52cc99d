"""One cell as SQL of a ledger column's type: what it says, and when it is refused."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa

from halves.connect import expressions as sql
from halves.connect.errors import RecipeRefused
from halves.connect.file_spec import FileSpec
from halves.connect.parts import Field
from halves.connect.quoting import literal
from halves.ledger.schema import COUNT, DAY, MOMENT, MONEY, NAMES, NUMBER, RATE, TEXT

SQL_TYPES = {
    TEXT: "VARCHAR",
    MOMENT: "TIMESTAMP",
    DAY: "DATE",
    COUNT: "BIGINT",
    NUMBER: "DOUBLE",
    MONEY: "DECIMAL(18, 6)",
    RATE: "DECIMAL(18, 9)",
    NAMES: "VARCHAR[]",
}
WORDS = {
    TEXT: "text",
    MOMENT: "a time",
    DAY: "a day",
    COUNT: "a whole number",
    NUMBER: "a number",
    MONEY: "an amount",
    RATE: "a rate",
}


@dataclass(frozen=True)
class Cell:
    """A column as the query knows it.

    Args:
        sql: refers to it; text is trimmed and null where blank.
        kind: as in `Source.columns`.
        label: what the file calls it.
        spec: how its file is written.
        is_workbook: whether its dates may be cells of a workbook.
    """

    sql: str
    kind: str
    label: str
    spec: FileSpec
    is_workbook: bool = False


@dataclass(frozen=True)
class Refusal:
    """When a value is refused, and why, as SQL."""

    when: str
    reason: str


@dataclass(frozen=True)
class Value:
    """A field's value.

    Args:
        sql: null where it is blank or refused.
        raw: what it was read from, as text; null where blank.
        label: the columns it was read from.
        refusals: in the order they are tried.
    """

    sql: str
    raw: str
    label: str = ""
    refusals: tuple[Refusal, ...] = ()


def reads_text(field: Field) -> bool:
    """Say whether the recipe changes the text, whatever type it is of."""
    words = (field.split, field.case, field.must_be, field.same_as, field.other)
    forms = (field.format, field.epoch)
    return bool(field.map) or any(word is not None for word in (*words, *forms))


def worded(field: Field, text: str, refusals: list[Refusal]) -> str:
    """Text as the recipe changes it."""
    if field.split is not None:
        text = sql.bare(f"split_part({text}, {literal(field.split)}, {field.part})")
    if field.case is not None:
        text = f"{field.case}({text})"
    if field.must_be is not None:
        reason = literal(f"must be {field.must_be}, as the recipe says")
        refusals.append(Refusal(f"{text} <> {literal(field.must_be)}", reason))
    if field.map:
        text = _mapped(field, text, refusals)
    if field.blank is not None:
        text = f"coalesce({text}, {literal(field.blank)})"
    return text


def _mapped(field: Field, text: str, refusals: list[Refusal]) -> str:
    known = " ".join(f"WHEN {literal(a)} THEN {literal(b)}" for a, b in field.map.items())
    rest = "NULL"
    if field.other is not None:
        rest = f"CASE WHEN {text} IS NOT NULL THEN {literal(field.other)} END"
    elif field.others == "keep":
        rest = text
    elif field.others == "refuse":
        names = ", ".join(literal(name) for name in field.map)
        shown = ", ".join(field.map)
        reason = literal(f"the recipe has no such value; it has {shown[:300]}")
        refusals.append(Refusal(f"{text} NOT IN ({names})", reason))
    return f"CASE {text} {known} ELSE {rest} END"


def as_text(cell: Cell) -> str:
    """A cell as text, whatever its type."""
    return cell.sql if cell.kind == "text" else f"CAST({cell.sql} AS VARCHAR)"


def typed(cell: Cell, target: pa.DataType, zone: str) -> Value:
    """A Parquet column whose type already says what it is."""
    raw = as_text(cell)
    as_time = {
        "moment": sql.utc_of(f"CAST({cell.sql} AS TIMESTAMPTZ)"),
        "local": sql.in_utc(f"CAST({cell.sql} AS TIMESTAMP)", zone),
        "day": sql.in_utc(f"CAST({cell.sql} AS TIMESTAMP)", zone),
    }
    if target == TEXT:
        value = raw
    elif target == MOMENT and cell.kind in as_time:
        value = as_time[cell.kind]
    elif target == DAY and cell.kind in as_time:
        local = sql.in_zone(as_time["moment"], zone) if cell.kind == "moment" else cell.sql
        value = f"CAST({local} AS DATE)"
    elif cell.kind == "number" and target not in (MOMENT, DAY):
        value = _number_as(cell.sql, target)
    else:
        raise RecipeRefused(
            f"column {cell.label!r} holds {cell.kind} values, and {WORDS[target]} is wanted"
        )
    fails = f"{value} IS NULL"
    if cell.kind == "number":
        # DuckDB takes a cast for safe by the least and most of a file, and NaN is in neither.
        fails = f"({fails} OR NOT isfinite(CAST({cell.sql} AS DOUBLE)))"
    refused = Refusal(
        f"{cell.sql} IS NOT NULL AND {fails}", literal(f"does not fit {WORDS[target]}")
    )
    return Value(value, raw, cell.label, () if target == TEXT else (refused,))


def _number_as(value: str, target: pa.DataType) -> str:
    if target == COUNT:
        return f"CASE WHEN {value} % 1 = 0 THEN try_cast({value} AS BIGINT) END"
    if target == NUMBER:
        return f"CASE WHEN isfinite(CAST({value} AS DOUBLE)) THEN CAST({value} AS DOUBLE) END"
    return f"try_cast({value} AS {SQL_TYPES[target]})"


def not_so(field: Field, cell: Cell, target: pa.DataType) -> str:
    """Say what a value that cannot be read should have looked like."""
    if target in (MOMENT, DAY):
        way = f"of {field.epoch}" if field.epoch else f"like {field.format or 'YYYY-MM-DD'}"
        return f"is not {WORDS[target]} written {way}"
    marks = sql.Marks(cell.spec.decimal, cell.spec.thousands)
    return f"is not {WORDS[target]} written like {'1' if target == COUNT else marks.example}"


def plain_text(value: Any) -> str:
    """A stated value as a template puts it in."""
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def constant(value: Any, target: pa.DataType) -> str:
    """A value that the recipe or the user states, checked here and not row by row."""
    kind = SQL_TYPES[target]
    if target == NAMES:
        names = value if isinstance(value, list) else [value]
        return f"CAST([{', '.join(literal(str(name)) for name in names)}] AS VARCHAR[])"
    if target == TEXT:
        return literal(plain_text(value))
    if target == DAY and isinstance(value, date):
        return f"DATE {literal(value.isoformat()[:10])}"
    if target in (COUNT, NUMBER, MONEY, RATE) and not isinstance(value, bool):
        try:
            number = Decimal(str(value))
        except ArithmeticError:
            raise RecipeRefused(f"{WORDS[target]} is wanted, got {value!r}") from None
        if number.is_finite() and (target != COUNT or number % 1 == 0):
            return f"CAST({literal(format(number, 'f'))} AS {kind})"
    raise RecipeRefused(f"{WORDS[target]} is wanted, got {value!r}")

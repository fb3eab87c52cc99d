"""One field of a recipe as SQL: its value, what it was read from, and when it is refused."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from string import Formatter
from typing import Any

import duckdb
import pyarrow as pa

from halves.connect import expressions as sql
from halves.connect.cells import (
    SQL_TYPES,
    Cell,
    Refusal,
    Value,
    as_text,
    constant,
    not_so,
    plain_text,
    reads_text,
    typed,
    worded,
)
from halves.connect.errors import ParameterMissing, RecipeRefused
from halves.connect.file_spec import FileSpec
from halves.connect.parts import Comparison, Field, Shift
from halves.connect.quoting import literal
from halves.ledger.schema import COUNT, DAY, MOMENT, MONEY, NAMES, NUMBER, RATE, TEXT

_UNITS = {"minutes": "to_minutes", "hours": "to_hours", "days": "to_days", "months": "to_months"}


@dataclass(frozen=True)
class Kitchen:
    """What every field of a set of rows may refer to.

    Args:
        cell: finds a column by the name that the recipe uses; None if an optional one is absent.
        row: SQL of the row's number.
        parameters: what the user said, by name.
        wages: what an hour costs, by name.
        time_zone: of times that name no offset; None if nobody said.
        currency: SQL of the row's currency.
        helper: has the query work something out once; returns the column that holds it.
        plain_fields: fields that a template may name: those that name none.
    """

    cell: Callable[[str, bool], Cell | None]
    row: str
    parameters: Mapping[str, Any]
    wages: Mapping[str, Decimal]
    time_zone: str | None
    currency: str
    helper: Callable[[str], str]
    plain_fields: frozenset[str] = frozenset()

    def value(self, field: Field, target: pa.DataType) -> Value:
        """A field as SQL of a ledger column's type.

        Raises:
            RecipeRefused: the recipe asks for what this type cannot be.
            ParameterMissing: a wage or a time zone that nobody said.
        """
        found = self._source(field, target)
        if field.times is not None or field.divide is not None:
            found = self._scaled(field, found, target)
        for shift, sign in ((field.earlier, "-"), (field.later, "+")):
            if shift is not None:
                found = self._shifted(shift, sign, found, target)
        if field.blank is not None and not reads_text(field):
            other = constant(field.blank, target)
            found = replace(found, sql=f"coalesce({found.sql}, {other})")
        return found

    def _source(self, field: Field, target: pa.DataType) -> Value:
        if field.column == "row.number":
            return self._read(field, _text_cell(f"CAST({self.row} AS VARCHAR)"), target)
        if field.column is not None:
            return self._column(field, target)
        if field.template is not None:
            return self._template(field, target)
        if field.first:
            return self._first(field, target)
        if field.minutes is not None:
            return self._work(field)
        if field.price is not None:
            return self._pieces(field)
        if field.days_from is not None and field.days_to is not None:
            return self._days(field.days_from, field.days_to)
        if field.parameter is not None:
            return self._said(field, self.parameters[field.parameter], target)
        return self._said(field, field.constant, target)

    def _said(self, field: Field, value: Any, target: pa.DataType) -> Value:
        if isinstance(value, str) and (field.format or field.map or field.case):
            return self._read(field, _text_cell(literal(value)), target)
        if isinstance(value, str) and target in (MOMENT, DAY):
            return self._read(field, _text_cell(literal(value)), target)
        if isinstance(value, date | datetime) and target == MOMENT:
            at = literal(value.isoformat(sep=" ") if isinstance(value, datetime) else str(value))
            return self._read(field, _text_cell(at), target)
        known = constant(value, target)
        return Value(known, "NULL" if target == NAMES else f"CAST({known} AS VARCHAR)")

    def _column(self, field: Field, target: pa.DataType) -> Value:
        cell = self.cell(str(field.column), field.optional)
        if cell is None:
            return _nothing(target, str(field.column))
        return self._read(field, cell, target)

    def _template(self, field: Field, target: pa.DataType) -> Value:
        parts, labels = [], []
        spec = _PLAIN
        for text, name, form, conversion in Formatter().parse(str(field.template)):
            if form or conversion:
                raise RecipeRefused(f"template {field.template!r}: {{}} holds a column's name only")
            if text:
                parts.append(literal(text))
            if name is None:
                continue
            if name == "row.number":
                parts.append(f"CAST({self.row} AS VARCHAR)")
            elif name.startswith("field."):
                # A field that is refused is told of by itself, and need not blank this one too.
                parts.append(f"coalesce(CAST(v_{self._field(name)} AS VARCHAR), '?')")
            elif name.startswith("parameter."):
                parts.append(literal(plain_text(self._parameter(name[len("parameter.") :]))))
            else:
                cell = self.cell(name, field.optional)
                if cell is None:
                    return _nothing(target, name)
                parts.append(as_text(cell))
                labels.append(cell.label)
                spec = cell.spec
        joined = f"({' || '.join(parts or [literal('')])})"
        return self._read(field, Cell(joined, "text", ", ".join(labels), spec), target)

    def _field(self, name: str) -> str:
        """The field that a template names; any of the row's but those made of others themselves."""
        wanted = name.removeprefix("field.")
        if wanted not in self.plain_fields:
            known = ", ".join(sorted(self.plain_fields))
            raise RecipeRefused(f"no field {wanted!r} to put in a template; there are {known}")
        return wanted

    def _parameter(self, name: str) -> Any:
        if name not in self.parameters:
            raise RecipeRefused(f"no parameter {name!r}")
        return self.parameters[name]

    def _first(self, field: Field, target: pa.DataType) -> Value:
        found = [self.value(one, target) for one in field.first]
        raws = ", ".join(one.raw for one in found)
        chosen = f"coalesce({', '.join(one.sql for one in found)})"
        refusals = tuple(
            Refusal(f"{chosen} IS NULL AND ({refusal.when})", refusal.reason)
            for one in found
            for refusal in one.refusals
        )
        label = ", ".join(dict.fromkeys(one.label for one in found if one.label))
        return Value(chosen, f"coalesce({raws})", label, refusals)

    def _work(self, field: Field) -> Value:
        minutes = self.value(_given(field.minutes), NUMBER)
        wage = self.wages.get(str(field.wage))
        if wage is None:
            raise ParameterMissing(
                f"nobody said what an hour of {field.wage!r} costs; say it with "
                f"--set wages.{field.wage}=30, or in halves.toml under [wages]"
            )
        cost = f"try_cast(({minutes.sql}) * {wage} / 60 AS {SQL_TYPES[MONEY]})"
        return _or_too_much(minutes, cost)

    def _pieces(self, field: Field) -> Value:
        price = self.value(_given(field.price), MONEY)
        if field.pieces is None:
            return price
        pieces = self.value(field.pieces, NUMBER)
        both = Value(
            f"({price.sql}) * ({pieces.sql})",
            pieces.raw,
            ", ".join(label for label in (price.label, pieces.label) if label),
            price.refusals + pieces.refusals,
        )
        return _or_too_much(both, f"try_cast({both.sql} AS {SQL_TYPES[MONEY]})")

    def _days(self, since: Field, until: Field) -> Value:
        first, last = self.value(since, DAY), self.value(until, DAY)
        return Value(
            f"CAST(date_diff('day', {first.sql}, {last.sql}) AS DOUBLE)",
            f"concat_ws(' to ', {first.raw}, {last.raw})",
            f"{first.label}, {last.label}",
            first.refusals + last.refusals,
        )

    def _scaled(self, field: Field, found: Value, target: pa.DataType) -> Value:
        scaled = f"CAST({found.sql} AS DOUBLE)" if target != NUMBER else found.sql
        for factor, sign in ((field.times, "*"), (field.divide, "/")):
            if factor is not None:
                by = self.value(factor, NUMBER)
                scaled = (
                    f"({scaled}) {sign} nullif({by.sql}, 0)"
                    if sign == "/"
                    else (f"({scaled}) {sign} ({by.sql})")
                )
        return _or_too_much(found, f"try_cast({scaled} AS {SQL_TYPES[target]})")

    def _shifted(self, shift: Shift, sign: str, found: Value, target: pa.DataType) -> Value:
        if target not in (MOMENT, DAY):
            raise RecipeRefused("earlier and later are for times")
        amount = self.value(shift.amount, COUNT)
        moved = f"{found.sql} {sign} {_UNITS[shift.unit]}(try_cast({amount.sql} AS INTEGER))"
        both = Value(
            f"CASE WHEN {amount.sql} IS NOT NULL THEN {found.sql} END",
            f"coalesce({found.raw}, {amount.raw})",
            ", ".join(label for label in (found.label, amount.label) if label),
            found.refusals + amount.refusals,
        )
        return _or_too_much(both, f"TRY(CAST({_in_our_times(moved)} AS {SQL_TYPES[target]}))")

    def _read(self, field: Field, cell: Cell, target: pa.DataType) -> Value:
        """A cell as the target's type, by way of text unless its own type says all."""
        if cell.kind != "text" and not reads_text(field):
            has_zone = target not in (MOMENT, DAY) or (target == MOMENT and cell.kind == "moment")
            return typed(cell, target, "UTC" if has_zone else self._zone(field, cell))
        text = as_text(cell)
        refusals: list[Refusal] = []
        changed = worded(field, text, refusals)
        if field.same_as is not None:
            refusals.append(self._differing(field, text))
        if target == TEXT:
            return Value(changed, text, cell.label, tuple(refusals))
        value = self._converted(field, cell, changed, target)
        if target == MONEY:
            refusals.append(self._other_currency(cell, changed))
        wrong = f"{changed} IS NOT NULL AND {value} IS NULL"
        refusals.append(Refusal(wrong, literal(not_so(field, cell, target))))
        return Value(value, text, cell.label, tuple(refusals))

    def _differing(self, field: Field, text: str) -> Refusal:
        """A row where another column is written otherwise than this one."""
        other = self.cell(str(field.same_as), field.optional)
        there = "CAST(NULL AS VARCHAR)" if other is None else as_text(other)
        words = literal(f"must be the same as {field.same_as}, which is ")
        return Refusal(f"{text} IS DISTINCT FROM {there}", f"{words} || coalesce({there}, 'blank')")

    def _other_currency(self, cell: Cell, text: str) -> Refusal:
        marks = sql.Marks(cell.spec.decimal, cell.spec.thousands)
        mark = self.helper(sql.currency_mark(text, marks, self.helper(sql.apart(text, marks))))
        is_same = f"coalesce({sql.is_mark_of(mark, self.currency)}, {mark} = '')"
        words = f"'is in ' || {mark} || ', and the row in ' || coalesce({self.currency}, 'none')"
        return Refusal(f"NOT {is_same}", words)

    def _converted(self, field: Field, cell: Cell, text: str, target: pa.DataType) -> str:
        marks = sql.Marks(cell.spec.decimal, cell.spec.thousands)
        kind = SQL_TYPES.get(target, "")
        if target in (MOMENT, DAY):
            return self._time(field, cell, text, target)
        if target in (MONEY, RATE, NUMBER, COUNT):
            parts = self.helper(sql.apart(text, marks))
            if target == MONEY:
                return self.helper(sql.money(text, kind, marks, parts))
            if target != COUNT:
                return self.helper(sql.number(text, kind, marks, parts))
            whole = self.helper(sql.number(text, "DECIMAL(28, 6)", marks, parts))
            return f"CASE WHEN {whole} % 1 = 0 THEN try_cast({whole} AS BIGINT) END"
        raise RecipeRefused(
            f"{field.column or field.template!r}: this column takes a constant only"
        )

    def _time(self, field: Field, cell: Cell, text: str, target: pa.DataType) -> str:
        zone = self._zone(field, cell)
        if field.epoch is not None:
            per = 1_000_000 if field.epoch == "seconds" else 1_000
            count = f"try_cast({text} AS DECIMAL(28, 6)) * {per}"
            at = f"TRY(make_timestamp(try_cast({count} AS BIGINT)))"
            found = at if target == MOMENT else f"CAST({sql.in_zone(at, zone)} AS DATE)"
        else:
            if field.format is not None:
                _check_format(field.format)
            read = sql.instant if target == MOMENT else sql.calendar_day
            found = read(text, field.format, zone, may_be_iso=cell.is_workbook)
        return _in_our_times(found)

    def _zone(self, field: Field, cell: Cell) -> str:
        zone = field.time_zone or cell.spec.time_zone or self.time_zone
        if zone is None:
            raise ParameterMissing(
                f"nobody said in which time zone {cell.label or 'a time'!r} is; say it in "
                'halves.toml (time_zone = "Europe/Berlin") or with `halves init`'
            )
        return zone


_PLAIN = FileSpec(names=("*",))


def compared(comparison: Comparison, kitchen: Kitchen) -> str:
    """SQL of over, met or under; `expected` and `delivered` are fields' values."""
    worse = kitchen.value(comparison.met_if_worse_by, NUMBER).sql
    better = kitchen.value(comparison.met_if_better_by, NUMBER).sql
    gap = "v_{d} - v_{e}" if comparison.better == "more" else "v_{e} - v_{d}"
    gap = gap.format(d=comparison.delivered, e=comparison.expected)
    return (
        f"CASE WHEN {gap} IS NULL THEN NULL WHEN {gap} < -({worse}) THEN 'under' "
        f"WHEN {gap} > ({better}) THEN 'over' ELSE 'met' END"
    )


def _or_too_much(found: Value, changed: str) -> Value:
    """A value that was worked out from another, refused where it leads nowhere."""
    lost = f"({found.sql}) IS NOT NULL AND ({changed}) IS NULL"
    words = literal("cannot be worked out: it is too large, or divided by 0")
    return replace(found, sql=changed, refusals=(*found.refusals, Refusal(lost, words)))


def _in_our_times(found: str) -> str:
    """A time; null in a year that is only there because it was misread."""
    years = f"BETWEEN {sql.FIRST_YEAR} AND {sql.LAST_YEAR}"
    return f"CASE WHEN year({found}) {years} THEN {found} END"


def _check_format(form: str) -> None:
    try:
        duckdb.execute(f"SELECT try_strptime('', {literal(form)})")
    except duckdb.Error as failed:
        raise RecipeRefused(f"format {form!r} is none: {str(failed).splitlines()[0]}") from None


def _text_cell(value: str) -> Cell:
    return Cell(value, "text", "", _PLAIN)


def _nothing(target: pa.DataType, label: str) -> Value:
    """An optional column that is not there."""
    return Value(f"CAST(NULL AS {SQL_TYPES[target]})", "CAST(NULL AS VARCHAR)", label)


def _given(field: Field | None) -> Field:
    assert field is not None
    return field

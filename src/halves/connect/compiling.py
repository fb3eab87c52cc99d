"""A recipe's rows as SQL: one query a set of rows, over whole columns at a time.

Every name and text is quoted; nothing of a recipe or a file is ever taken for SQL.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from halves.connect import expressions as sql
from halves.connect.adding import added_up
from halves.connect.cells import Cell, Value
from halves.connect.errors import FileRefused, ParameterMissing, RecipeRefused
from halves.connect.file_spec import FileSpec
from halves.connect.parts import Condition, Field, Join, RowSet
from halves.connect.quoting import identifier, literal, literals
from halves.connect.reading import FILE, ROW, Source
from halves.connect.recipe import Recipe
from halves.connect.refusing import PROBLEM, problem, reason
from halves.connect.targets import TARGETS
from halves.connect.values import Kitchen, compared
from halves.ledger.schema import NUMBER


@dataclass(frozen=True)
class Terms:
    """What holds for a whole import: what the user and the recipe say.

    Args:
        parameters: by name; each that the recipe asks for is there.
        wages: what an hour costs, by name.
        currency: of amounts, where the recipe names no column for it.
        time_zone: of times that name no offset.
    """

    parameters: Mapping[str, Any]
    wages: Mapping[str, Decimal]
    currency: str | None
    time_zone: str | None


@dataclass(frozen=True)
class BadCells:
    """A query for cells of a joined file that are no numbers, and so are not in its sum."""

    file: str
    field: str
    label: str
    sql: str  # _file, _row, raw


@dataclass(frozen=True)
class Query:
    """One set of rows, compiled.

    Args:
        rows: the set of rows.
        fields: the ledger columns it fills.
        sql: those columns, and `_file`, `_row` and `_problem`, which is null for good rows.
        from_files: files it reads.
        lone: checks that each row finds at most one: SQL that gives a key that has several.
        bad_cells: cells of joined files that a sum goes without.
        is_unique: whether its key cannot repeat, as it is made of the row's number.
    """

    rows: RowSet
    fields: tuple[str, ...]
    sql: str
    from_files: tuple[str, ...]
    lone: Mapping[str, str]
    bad_cells: tuple[BadCells, ...]
    is_unique: bool


def compiled(rows: RowSet, recipe: Recipe, sources: Mapping[str, Source], terms: Terms) -> Query:
    """Compile one set of rows; the files that it needs are in `sources`.

    Raises:
        RecipeRefused: the recipe asks for what cannot be.
        ParameterMissing: a wage, a currency or a time zone that nobody said.
    """
    return _Compiler(rows, recipe, sources, terms).query()


@dataclass
class _Compiler:
    rows: RowSet
    recipe: Recipe
    sources: Mapping[str, Source]
    terms: Terms
    cells: dict[str, Cell | None] = field(default_factory=dict)
    selected: list[str] = field(default_factory=list)
    helpers: dict[str, str] = field(default_factory=dict)

    def query(self) -> Query:
        table = TARGETS[self.rows.table]
        given = self._given()
        kitchen = Kitchen(
            cell=self._cell,
            row=ROW,
            parameters=self.terms.parameters,
            wages=self.terms.wages,
            time_zone=self.terms.time_zone,
            currency="v_currency" if "currency" in table.columns else "CAST(NULL AS VARCHAR)",
            helper=self._helper,
            plain_fields=frozenset(n for n, f in given.items() if not f.compare and _is_plain(f)),
        )
        values = {
            name: kitchen.value(one, table.columns[name].type)
            for name, one in given.items()
            if one.compare is None
        }
        compares = {
            name: compared(one.compare, kitchen)
            for name, one in given.items()
            if one.compare is not None
        }
        conditions = [self._condition(one, kitchen) for one in self.rows.keep]
        joins = [self._join(join) for join in self.rows.join if join.file in self.sources]
        return Query(
            rows=self.rows,
            fields=tuple(name for name in table.columns if name in given),
            sql=self._whole(self._assembled(values, compares, conditions, joins), given),
            from_files=tuple(
                dict.fromkeys(
                    name
                    for name in (self.rows.file, *(join.file for join in self.rows.join))
                    if name is not None and name in self.sources
                )
            ),
            lone={
                join.alias: self._several(join)
                for join in self.rows.join
                if not join.take and join.file in self.sources
            },
            bad_cells=tuple(self._bad_cells()),
            is_unique=any(
                "{row.number}" in str(given[key].template) for key in table.key if key in given
            ),
        )

    def _whole(self, query: str, given: Mapping[str, Field]) -> str:
        table = TARGETS[self.rows.table]
        if not self.rows.add_up:
            return query
        columns = [name for name in table.columns if name in given]
        return added_up(
            query, table=table, columns=columns, add_up=self.rows.add_up, problem=PROBLEM
        )

    def _given(self) -> dict[str, Field]:
        """The recipe's fields, with the source and the currency that go without saying."""
        given = dict(self.rows.fields)
        table = TARGETS[self.rows.table]
        if "source" in table.columns:
            given.setdefault("source", Field(constant=self.recipe.source or self.recipe.name))
        is_money = any(table.columns[name].is_money for name in given)
        if is_money and "currency" in table.columns and "currency" not in given:
            if self.terms.currency is None:
                raise ParameterMissing(
                    "nobody said which currency the amounts are in; say it in halves.toml "
                    '(currency = "EUR") or with `halves init --currency EUR`'
                )
            given["currency"] = Field(constant=self.terms.currency)
        return given

    def _cell(self, name: str, is_optional: bool) -> Cell | None:
        if name not in self.cells:
            self.cells[name] = self._selected(name, is_optional)
        return self.cells[name]

    def _selected(self, name: str, is_optional: bool) -> Cell | None:
        join, rest = self._of(name)
        file = join.file if join else self.rows.file
        if file is None:
            raise RecipeRefused(f"column {name!r} needs a file")
        if file not in self.sources:
            return None  # an optional file that is absent
        spec, source = self.recipe.files[file], self.sources[file]
        alias = f"j_{join.alias}" if join else "t"
        if join and join.take:
            if rest not in join.take:
                raise RecipeRefused(
                    f"{name!r}: the join takes {', '.join(join.take)}, and not {rest!r}"
                )
            is_text = join.take[rest].how == "first"
            return self._add(
                f"{alias}.{identifier(rest)}", "text" if is_text else "number", name, spec, source
            )
        column = source.column(rest)
        if column is None:
            if is_optional:
                return None
            raise FileRefused(f"{source.files[0]}: no column {rest!r}")
        kind = source.columns[column]
        if kind == "other":
            raise FileRefused(f"{source.files[0]}: column {column!r} holds lists or records")
        found = f"{alias}.{identifier(column)}"
        if kind == "text":
            found = sql.bare(found, spec.nulls)
        return self._add(found, kind, column, spec, source)

    def _add(self, found: str, kind: str, label: str, spec: FileSpec, source: Source) -> Cell:
        place = f"c{len(self.selected)}"
        self.selected.append(f"{found} AS {place}")
        return Cell(place, kind, label, spec, source.is_workbook)

    def _helper(self, expression: str) -> str:
        return self.helpers.setdefault(expression, f"h{len(self.helpers)}")

    def _of(self, name: str) -> tuple[Join | None, str]:
        alias, _, rest = name.partition(".")
        for join in self.rows.join:
            if join.alias == alias and rest:
                return join, rest
        return None, name

    def _condition(self, condition: Condition, kitchen: Kitchen) -> str:
        cell = self._cell(condition.column, False)
        text = "CAST(NULL AS VARCHAR)" if cell is None else f"CAST({cell.sql} AS VARCHAR)"
        tests = []
        if condition.one_of:
            tests.append(f"coalesce({text}, '') IN ({literals(condition.one_of)})")
        if condition.none_of:
            tests.append(f"coalesce({text}, '') NOT IN ({literals(condition.none_of)})")
        if condition.is_blank is not None:
            tests.append(f"{text} IS {'' if condition.is_blank else 'NOT '}NULL")
        if condition.begins:
            starts = (f"starts_with(coalesce({text}, ''), {literal(w)})" for w in condition.begins)
            tests.append(f"({' OR '.join(starts)})")
        number = kitchen.value(Field(column=condition.column), NUMBER).sql
        for sign, bound in (
            (">=", condition.least),
            (">", condition.above),
            ("<=", condition.most),
            ("<", condition.below),
        ):
            if bound is not None:
                tests.append(f"coalesce({number} {sign} {kitchen.value(bound, NUMBER).sql}, false)")
        return " AND ".join(tests) or "true"

    def _join(self, join: Join) -> str:
        source, spec = self.sources[join.file], self.recipe.files[join.file]
        keys = [self._key(source, spec, there) for there in join.on.values()]
        named = [f"{key} AS k{place}" for place, key in enumerate(keys)]
        if join.take:
            taken = [f"{self._taken(join, name)} AS {identifier(name)}" for name in join.take]
            grouped = f" GROUP BY {', '.join(keys)}"
        else:
            taken, grouped = [identifier(name) for name in source.columns], ""
        inner = f"SELECT {', '.join([*named, *taken])} FROM {source.relation()}{grouped}"
        alias = f"j_{join.alias}"
        on = " AND ".join(
            f"{self._here(name)} = {alias}.k{place}" for place, name in enumerate(join.on)
        )
        return f"{'' if join.needed else 'LEFT '}JOIN ({inner}) AS {alias} ON {on}"

    def _key(self, source: Source, spec: FileSpec, name: str) -> str:
        column = source.column(name)
        if column is None:
            raise FileRefused(f"{source.files[0]}: no column {name!r}")
        if source.columns[column] == "text":
            return sql.bare(identifier(column), spec.nulls)
        return f"CAST({identifier(column)} AS VARCHAR)"

    def _here(self, name: str) -> str:
        join, rest = self._of(name)
        file = join.file if join else str(self.rows.file)
        if file not in self.sources:
            return "CAST(NULL AS VARCHAR)"
        key = self._key(self.sources[file], self.recipe.files[file], rest)
        column = identifier(str(self.sources[file].column(rest)))
        return key.replace(column, f"{'j_' + join.alias if join else 't'}.{column}")

    def _taken(self, join: Join, name: str) -> str:
        take = join.take[name]
        source, spec = self.sources[join.file], self.recipe.files[join.file]
        text = self._key(source, spec, take.column)
        if take.how == "count":
            return f"count({text})"
        if take.how == "first":
            return f"arg_min({text}, ({FILE}, {ROW})) FILTER (WHERE {text} IS NOT NULL)"
        number = _decimal(text, spec)
        return f"{take.how}({number})"

    def _bad_cells(self) -> Iterator[BadCells]:
        for join in self.rows.join:
            if join.file not in self.sources:
                continue
            source, spec = self.sources[join.file], self.recipe.files[join.file]
            for name, take in join.take.items():
                if take.how in ("sum", "min", "max"):
                    text = self._key(source, spec, take.column)
                    yield BadCells(
                        join.file,
                        f"{join.alias}.{name}",
                        take.column,
                        f"SELECT {FILE}, {ROW}, {text} AS raw FROM {source.relation()} "
                        f"WHERE {text} IS NOT NULL AND {_decimal(text, spec)} IS NULL",
                    )

    def _several(self, join: Join) -> str:
        source, spec = self.sources[join.file], self.recipe.files[join.file]
        keys = [self._key(source, spec, there) for there in join.on.values()]
        shown = f"concat_ws(', ', {', '.join(keys)})"
        whole = " AND ".join(f"{key} IS NOT NULL" for key in keys)
        return (
            f"SELECT {shown}, list_sort(list({ROW}))[1:3] FROM {source.relation()} WHERE {whole} "
            f"GROUP BY {', '.join(keys)} HAVING count(*) > 1 ORDER BY min({ROW}) LIMIT 1"
        )

    def _assembled(
        self,
        values: Mapping[str, Value],
        compares: Mapping[str, str],
        conditions: list[str],
        joins: list[str],
    ) -> str:
        base = f"(SELECT 0 AS {FILE}, 0 AS {ROW})"
        if self.rows.file is not None:
            base = self.sources[self.rows.file].relation()
        cells = ", ".join([f"t.{FILE}", f"t.{ROW}", *self.selected])
        query = f"SELECT {cells} FROM {base} AS t {' '.join(joins)}"
        for expression, name in self.helpers.items():  # in turn: one may name one before it
            query = f"SELECT *, {expression} AS {name} FROM ({query})"
        if conditions:
            query = f"SELECT * FROM ({query}) WHERE {' AND '.join(conditions)}"
        # What names another field comes after it: an alias is known only once it is defined.
        ordered = sorted(values, key=lambda name: not _is_plain(self._given()[name]))
        read = [f"{values[name].sql} AS v_{name}" for name in ordered]
        query = f"SELECT *, {', '.join(read)} FROM ({query})"
        if compares:
            query = f"SELECT *, {_named(compares, 'v_')} FROM ({query})"
        reasons = {name: reason(name, self.rows.table, value) for name, value in values.items()}
        reasons |= {
            name: reason(name, self.rows.table, Value(f"v_{name}", "NULL")) for name in compares
        }
        query = f"SELECT *, {_named(reasons, 'r_')} FROM ({query})"
        out = ", ".join(
            f"v_{name} AS {identifier(name)}"
            for name in TARGETS[self.rows.table].columns
            if name in reasons
        )
        return (
            f"SELECT {out}, {FILE}, {ROW}, {problem(reasons, values)} AS {PROBLEM} FROM ({query})"
        )


def _is_plain(given: Field) -> bool:
    """Say whether a field names no other field."""
    return "{field." not in repr(given)


def _named(values: Mapping[str, str], prefix: str) -> str:
    return ", ".join(f"{value} AS {prefix}{name}" for name, value in values.items())


def _decimal(text: str, spec: FileSpec) -> str:
    marks = sql.Marks(spec.decimal, spec.thousands)
    return sql.number(text, "DECIMAL(28, 6)", marks)

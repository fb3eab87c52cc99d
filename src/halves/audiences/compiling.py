"""A definition as one query: its text is ours, every value of a user stays apart from it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from halves.audiences.definition import SUMS, All, Have, Is, Listed, Node, Not, OneOf, Resembles
from halves.audiences.tallying import Part, Wanted, joined, tally
from halves.people.fields import Holds, Records

Source = Callable[[str], str]  # the name of a table of the snapshot, or of records → SQL

# How each attribute that likeness looks at is read; in the order in which it is learnt.
ATTRIBUTES = {
    "region": "p.region",
    "language": "p.language",
    "industry": "a.industry",
    "account region": "a.region",
    "domain": "lower(split_part(p.email, '@', 2))",
    "title": "lower(p.title)",
}


@dataclass(frozen=True)
class Question:
    """What must hold of whom.

    Args:
        people: `p` (a person), `a` (their account) and counts of their records, to select from.
        condition: over these; never null.
    """

    people: Part
    condition: Part

    @property
    def values(self) -> tuple[Any, ...]:
        """What stands for the question marks, in the order in which they are written."""
        return (*self.people.values, *self.condition.values)


def question(node: Node, source: Source, *, at: datetime) -> Question:
    """A definition as a query, which reads each table once.

    Args:
        node: a definition, read.
        source: where the rows of records are.
        at: now, which relative dates count from.
    """
    compiled = _Compiling(source, at, list(_haves(node)))
    asked = compiled.part(node)
    people = people_from(source, with_accounts="a." in asked.sql)
    tallies = compiled.tallies()
    sql = people + "".join(one.sql for one in tallies)
    return Question(Part(sql, tuple(v for one in tallies for v in one.values)), asked)


def condition(node: Node, source: Source, *, at: datetime) -> Part:
    """What must hold of `p` (a person) and `a` (their account); never null.

    Args:
        node: a definition, read.
        source: where the rows of records are.
        at: now, which relative dates count from.
    """
    return _Compiling(source, at).part(node)


def likeness(weights: dict[str, Any]) -> Part:
    """The sum of the weights that a person's attributes have: a logarithm."""
    parts = [
        _weight(column, weights[name]) for name, column in ATTRIBUTES.items() if name in weights
    ]
    return joined(parts, " + ") if parts else Part("0.0")


def found(node: Node, source: Source, *, at: datetime) -> Part:
    """What is so of `p` where a condition is asked: a value, or how many records."""
    compiled = _Compiling(source, at)
    match node:
        case Is():
            return Part(node.field.column, node.field.values)
        case Have():
            return compiled.how_many(node)
        case Resembles():
            summed = likeness(dict(node.likeness["weights"]))
            return Part(f"exp({summed.sql})", summed.values)
    return Part("NULL")


def people_from(source: Source, *, with_accounts: bool = True) -> str:
    """People, with their accounts where something is asked of those."""
    people = f"{source('people')} p"
    if not with_accounts:
        return people
    return f"{people} LEFT JOIN {source('accounts')} a ON a.id = p.account_id"


class _Compiling:
    """Makes conditions.

    Args:
        source: where the rows of records are.
        at: now.
        haves: conditions on records that will come; several on the same are counted in one pass.
    """

    def __init__(self, source: Source, at: datetime, haves: Sequence[Have] = ()) -> None:
        self._source, self._at = source, at
        self._tallied: dict[str, list[Have]] = {}
        for one in haves:
            known = self._tallied.setdefault(one.records.name, [])
            if one not in known:
                known.append(one)
        self._tallied = {name: many for name, many in self._tallied.items() if len(many) > 1}

    def tallies(self) -> list[Part]:
        """A join for each kind of records that several conditions are about."""
        found = []
        for name, haves in self._tallied.items():
            wanted = [Wanted(_what(one), self._wheres(one)) for one in haves]
            counts = tally(self._source(name), wanted)
            on = f"{_tally(haves[0])}.person_id = {_key(haves[0])}"
            sql = f" LEFT JOIN {counts.sql} {_tally(haves[0])} ON {on}"
            found.append(Part(sql, counts.values))
        return found

    def part(self, node: Node) -> Part:
        match node:
            case All(parts):
                return joined([self.part(one) for one in parts], " AND ")
            case OneOf(parts):
                return joined([self.part(one) for one in parts], " OR ")
            case Not(part):
                inner = self.part(part)
                return Part(f"(NOT {inner.sql})", inner.values)
            case Is():
                return self._is(node)
            case Have():
                return self._have(node)
            case Listed(audience):
                lists = self._source("listed")
                sql = f"p.id IN (SELECT r.person_id FROM {lists} r WHERE r.audience = ?)"
                return Part(f"({sql})", (str(audience),))
            case Resembles():
                found = likeness(dict(node.likeness["weights"]))
                return Part(f"(exp({found.sql}) >= ?)", (*found.values, node.at_least))

    def how_many(self, node: Have) -> Part:
        """How many such records they have, or what these add up to."""
        where = joined([*self._wheres(node), Part(f"r.person_id = {_key(node)}")], " AND ")
        source = self._source(node.records.name)
        return Part(
            f"(SELECT {_exact(node, _what(node))} FROM {source} r WHERE {where.sql})", where.values
        )

    def _have(self, node: Have) -> Part:
        if node.op == "at_least" and node.count == 0:
            return Part("(TRUE)")
        if node.records.name in self._tallied:
            return self._tallied_have(node)
        rows = self._rows(node)
        sql, values = rows.sql, rows.values
        is_least = node.op.endswith("at_least")
        if node.op not in ("any", "none"):
            many = _exact(node, _what(node))
            sql += f" GROUP BY r.person_id HAVING {many} {'>=' if is_least else '>'} ?"
            values = (*values, node.count)
        among = "IN" if is_least or node.op == "any" else "NOT IN"
        return Part(f"({_key(node)} {among} ({sql}))", values)

    def _tallied_have(self, node: Have) -> Part:
        place = self._tallied[node.records.name].index(node)
        than, count = {"any": (">=", 1), "none": ("<=", 0)}.get(
            node.op, (">=" if node.op.endswith("at_least") else "<=", node.count)
        )
        return Part(f"({_exact(node, f'{_tally(node)}.n{place}')} {than} ?)", (count,))

    def _rows(self, node: Have) -> Part:
        """Whose the records are that all of the condition holds of."""
        where = joined([*self._wheres(node), Part("r.person_id IS NOT NULL")], " AND ")
        source = self._source(node.records.name)
        return Part(f"SELECT r.person_id FROM {source} r WHERE {where.sql}", where.values)

    def _wheres(self, node: Have) -> tuple[Part, ...]:
        wheres = [self._is(one) for one in node.where]
        if node.within_days is not None:
            wheres.append(self._within(node.records, node.within_days))
        if node.currency:
            wheres.append(self._is(Is(node.records.by_name["currency"], "is", node.currency)))
        return tuple(wheres)

    def _within(self, records: Records, days: int) -> Part:
        when = records.by_name[records.when]
        return self._is(Is(when, "within_days", days))

    def _is(self, node: Is) -> Part:
        column = node.field.column
        sql, values = self._asked(node, column)
        # What is asked of nothing does not hold, and its opposite does: no null gets through.
        return Part(f"coalesce({sql}, FALSE)", (*node.field.values, *values))

    def _asked(self, node: Is, column: str) -> tuple[str, tuple[Any, ...]]:
        """The question, in which the column comes once and first, and its values."""
        holds, op, value = node.field.holds, node.op, node.value
        if op in ("is_empty", "is_filled"):
            empty = {
                Holds.TEXT: f"coalesce({column}, '') = ''",
                Holds.WORDS: f"coalesce(len({column}), 0) = 0",
            }.get(holds, f"({column}) IS NULL")
            return f"({empty})" if op == "is_empty" else f"(NOT ({empty}))", ()
        if op in ("within_days", "older_than_days", "in_next_days"):
            return self._relative(holds, op, value, column)
        if op in ("since", "before"):
            limit = value if holds == Holds.DAY else datetime.combine(value, time(), UTC)
            return f"({column}) {'>=' if op == 'since' else '<'} ?", (limit,)
        if op in ("has", "has_not"):
            has = f"coalesce(list_contains({column}, ?), FALSE)"
            return has if op == "has" else f"(NOT {has})", (value,)
        if op == "has_any":
            return f"list_has_any({column}, ?::VARCHAR[])", (list(value),)
        if op == "one_of":
            return f"list_has_any([{column}], ?::VARCHAR[])", (list(value),)
        if op == "is_not":
            return f"(coalesce({column}, '') <> ?)", (value,)
        if op == "contains":
            return f"contains(lower({column}), lower(?))", (value,)
        if op == "begins":
            return f"starts_with(lower({column}), lower(?))", (value,)
        than = {"at_least": ">=", "at_most": "<=", "is": "="}[op]
        return f"({column}) {than} ?", (value,)

    def _relative(
        self, holds: Holds, op: str, days: int, column: str
    ) -> tuple[str, tuple[Any, ...]]:
        now: date | datetime = self._at.astimezone(UTC).date() if holds == Holds.DAY else self._at
        far = timedelta(days=days)
        if op == "older_than_days":
            return f"({column}) < ?", (now - far,)
        if op == "within_days":
            return f"({column}) BETWEEN ? AND ?", (now - far, now)
        return f"({column}) BETWEEN ? AND ?", (_just_after(now), now + far)


def _key(node: Have) -> str:
    return "p.ledger_id" if node.records.table else "p.id"


def _what(node: Have) -> str:
    if node.op not in SUMS:
        return "count(*)"
    return f"sum({node.records.by_name[node.records.amount].column})"


def _exact(node: Have, sql: str) -> str:
    """Nothing for who has none; money has six places, and what floats leave beyond is nobody's."""
    return f"round(coalesce({sql}, 0), 6)" if node.op in SUMS else f"coalesce({sql}, 0)"


def _tally(node: Have) -> str:
    return f"t_{node.records.name}"


def _haves(node: Node) -> Iterator[Have]:
    match node:
        case All(parts) | OneOf(parts):
            for one in parts:
                yield from _haves(one)
        case Not(part):
            yield from _haves(part)
        case Have() if node.op != "at_least" or node.count:
            yield node


def _just_after(now: Any) -> Any:
    return now + (timedelta(microseconds=1) if isinstance(now, datetime) else timedelta(days=1))


def _weight(column: str, weights: dict[str, Any]) -> Part:
    """What one attribute weighs: by its value, `other` for values no best member has.

    Who has no value says nothing either way.
    """
    found = f"list_position(?::VARCHAR[], {column})"
    value = f"coalesce((?::DOUBLE[])[{found}], ?::DOUBLE)"
    values = (list(weights["weights"]), list(weights["values"]), weights["other"])
    return Part(f"(CASE WHEN coalesce({column}, '') = '' THEN 0.0 ELSE {value} END)", values)

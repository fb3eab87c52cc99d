"""A table as its readers see it: repeats dropped, merged people as one, money in one currency."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from halves.ledger.engine import Engine
from halves.ledger.errors import MissingRate
from halves.ledger.schema import MOMENT, MONEY, TEXT, Table, Winner
from halves.ledger.store import ARRIVAL, BATCH, SETTLED, TAIL, Snapshot, Store


def rows_of(engine: Engine, store: Store, snapshot: Snapshot, state: str) -> ibis.Table:
    """Rows of one state of a table, as they stand."""
    name = f"{store.table.name}_{state}_{snapshot.version}"
    if snapshot.files[state]:
        rows = engine.parquet(name, snapshot.files[state])
        # Files that an earlier version wrote lack the columns that came later.
        late = {one.name: ibis.null(ibis.dtype(one.type)) for one in store.later(rows.columns)}
        return rows.mutate(**late).select(store.schema.names)
    return engine.arrow(name, store.schema.empty_table())


class Reader:
    """Reads tables as they stand, and remembers how the version that it read last is read."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._last: dict[str, tuple[dict[str, list[str]], ibis.Table]] = {}

    def current(self, store: Store, snapshot: Snapshot) -> ibis.Table:
        """Rows of one version, each key once."""
        # By its files, whose names never come again; versions do, where a ledger was restored.
        files, rows = self._last.get(store.table.name, (None, None))
        if rows is None or files != snapshot.files:
            rows = self._read(store, snapshot)
            self._last[store.table.name] = (snapshot.files, rows)
        return rows

    def _read(self, store: Store, snapshot: Snapshot) -> ibis.Table:
        settled = rows_of(self._engine, store, snapshot, SETTLED)
        if not snapshot.files[TAIL]:
            return settled
        tail = rows_of(self._engine, store, snapshot, TAIL)
        # Looked up once a version: every query on a large table would pay for it otherwise.
        name = f"{store.table.name}_repeated_{snapshot.version}"
        repeated = self._engine.keep(name, repeated_keys(store.table, settled, tail))
        if self._engine.query(repeated.limit(1)).num_rows == 0:
            return settled.union(tail)
        return contest(store.table, settled, tail, repeated).won


@dataclass(frozen=True)
class Contest:
    """Rows whose word counts, and rows that lost to another of the same key."""

    won: ibis.Table
    lost: ibis.Table


def repeated_keys(table: Table, settled: ibis.Table, tail: ibis.Table) -> ibis.Table:
    """Keys that come more than once.

    Settled rows hold each key once, so only the tail is counted and looked up.
    """
    key = list(table.key)
    within = tail.group_by(key).having(tail.count() > 1).agg()
    across = _matching(settled.select(key), tail.select(key), key, keep=True)
    return within.union(across, distinct=True)


def contest(table: Table, settled: ibis.Table, tail: ibis.Table, repeated: ibis.Table) -> Contest:
    """Of rows that share a key keep the one whose word counts.

    Settled rows came before the tail; only keys that repeat pay for the sort.
    """
    key = list(table.key)
    rows = settled.mutate(is_tail=0).union(tail.mutate(is_tail=1))
    again = _matching(rows, repeated, key, keep=True)
    order = [again.is_tail, again[ARRIVAL], again[BATCH]]
    if table.winner is Winner.LAST:
        order = [ibis.desc(part) for part in order]
    place = ibis.row_number().over(ibis.window(group_by=key, order_by=order))
    ranked = again.mutate(place=place)
    single = _matching(rows, repeated, key, keep=False)
    best = ranked.filter(lambda t: t.place == 0).drop("place")
    lost = ranked.filter(lambda t: t.place > 0).drop("place", "is_tail")
    return Contest(won=single.union(best).drop("is_tail"), lost=lost)


def matching(rows: ibis.Table, others: ibis.Table, table: Table, *, keep: bool) -> ibis.Table:
    """Rows whose key is (or, with `keep` False, is not) among the others' keys."""
    return _matching(rows, others, list(table.key), keep=keep)


def _matching(
    rows: ibis.Table, others: ibis.Table, key: Iterable[str], *, keep: bool
) -> ibis.Table:
    """Keep or drop rows whose key is among the others' keys; null equals null."""
    renamed = others.select(**{f"other_{part}": others[part] for part in key})
    same = [rows[part].identical_to(renamed[f"other_{part}"]) for part in key]
    return rows.semi_join(renamed, same) if keep else rows.anti_join(renamed, same)


def survivors(aliases: pa.Table) -> dict[str, str]:
    """Who each merged person is now, through chains of merges; a loop ends at its least id."""
    merged = aliases.column("person_id").to_pylist()
    steps: dict[str, str] = dict(zip(merged, aliases.column("now").to_pylist(), strict=True))
    found: dict[str, str] = {}
    for start in steps:
        trail = [start]
        while trail[-1] in steps and trail[-1] not in found:
            following = steps[trail[-1]]
            if following in trail:
                trail.append(min(trail[trail.index(following) :]))
                break
            trail.append(following)
        last = found.get(trail[-1], trail[-1])
        found.update(dict.fromkeys(trail, last))
    return {person: now for person, now in found.items() if person != now}


def survivors_table(now: Mapping[str, str]) -> pa.Table:
    """The same as a table that can be joined: `merged_id`, `survivor`."""
    schema = pa.schema([("merged_id", TEXT), ("survivor", TEXT)])
    return pa.table([pa.array(now.keys(), TEXT), pa.array(now.values(), TEXT)], schema=schema)


def as_survivors(rows: ibis.Table, now: ibis.Table) -> ibis.Table:
    """Put the surviving id in place of a merged one."""
    joined = rows.left_join(now, rows.person_id == now.merged_id)
    return joined.mutate(person_id=ibis.coalesce(joined.survivor, joined.person_id)).drop(
        "merged_id", "survivor"
    )


def within(
    rows: ibis.Table, when: str, since: datetime | None, until: datetime | None
) -> ibis.Table:
    """Rows from one moment until another; None leaves a side open."""
    if since is not None:
        rows = rows.filter(rows[when] >= since)
    return rows if until is None else rows.filter(rows[when] < until)


def between(
    batch: pa.RecordBatch, when: str, since: datetime | None, until: datetime | None
) -> pa.RecordBatch:
    """The same of rows in memory."""
    if not batch.num_rows or (since is None and until is None):
        return batch
    span = pc.min_max(batch.column(when))
    if since is not None and span["min"].as_py() < since:
        batch = batch.filter(pc.greater_equal(batch.column(when), pa.scalar(since, MOMENT)))
    if until is not None and span["max"].as_py() >= until:
        batch = batch.filter(pc.less(batch.column(when), pa.scalar(until, MOMENT)))
    return batch


def currencies(engine: Engine, table: Table, rows: ibis.Table) -> set[str | None]:
    """The currencies that the table's amounts are in; None where an amount names none."""
    priced = rows.filter(ibis.or_(*(rows[name].notnull() for name in _amounts(table))))
    found = engine.query(priced.select("currency").distinct())
    return set(found.column("currency").to_pylist())


def in_currency(
    engine: Engine, table: Table, rows: ibis.Table, rates: ibis.Table, currency: str
) -> ibis.Table:
    """Convert the table's amounts at each day's rate (days in UTC).

    Raises:
        MissingRate: an amount has no rate on its day; names the day and the currency.
    """
    if currencies(engine, table, rows) <= {None, currency}:
        return rows.mutate(currency=ibis.literal(currency))
    return _converted(engine, table, rows, rates, currency, _amounts(table))


def _amounts(table: Table) -> list[str]:
    return [name for name, column in table.columns.items() if column.is_money]


def _converted(
    engine: Engine,
    table: Table,
    rows: ibis.Table,
    rates: ibis.Table,
    currency: str,
    amounts: list[str],
) -> ibis.Table:
    when = rows[table.when]
    rates = rates.select(rate_day="day", rate_currency="currency", rate="rate")
    on_day = (when.date() if when.type().is_timestamp() else when) == rates.rate_day
    joined = rows.left_join(rates, [on_day, rows.currency == rates.rate_currency])
    at_home = joined.currency.isnull() | (joined.currency == currency)
    lacking = joined.filter(
        ~at_home & joined.rate.isnull(), ibis.or_(*(joined[name].notnull() for name in amounts))
    )
    lack = engine.query(
        lacking.select(day=lacking[table.when].cast("date"), currency="currency")
        .order_by("day", "currency")
        .limit(1)
    )
    if lack.num_rows:
        first = lack.to_pylist()[0]
        raise MissingRate(table.name, first["day"], first["currency"], currency)
    money = f"decimal({MONEY.precision}, {MONEY.scale})"
    changed = {
        name: at_home.ifelse(joined[name], (joined[name] * joined.rate).cast(money))
        for name in amounts
    }
    return joined.mutate(**changed, currency=ibis.literal(currency)).drop(
        "rate_day", "rate_currency", "rate"
    )

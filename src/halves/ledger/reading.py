"""A table as its readers see it: repeats dropped, merged people as one, money in one currency."""

from collections.abc import Iterable, Mapping

import ibis
import pyarrow as pa

from halves.ledger.engine import DuckDB
from halves.ledger.errors import CurrencyUnknown, MissingRate
from halves.ledger.schema import MONEY, TEXT, Table, Winner
from halves.ledger.store import ARRIVAL, BATCH, Store


def rows_of(engine: DuckDB, store: Store, name: str, files: list[str]) -> ibis.Table:
    """Rows of some of a table's files, as they stand."""
    if files:
        return engine.parquet(name, files)
    return engine.arrow(name, store.schema.empty_table())


def winners(table: Table, rows: ibis.Table) -> ibis.Table:
    """Of rows that share a key keep the one whose word counts.

    Only keys that come more than once pay for the sort.
    """
    key = list(table.key)
    repeated = rows.group_by(key).having(rows.count() > 1).agg()
    again = _matching(rows, repeated, key, keep=True)
    order = [again[ARRIVAL], again[BATCH]]
    if table.winner is Winner.LAST:
        order = [ibis.desc(part) for part in order]
    place = ibis.row_number().over(ibis.window(group_by=key, order_by=order))
    best = again.mutate(place=place).filter(lambda t: t.place == 0).drop("place")
    return _matching(rows, repeated, key, keep=False).union(best)


def merged(table: Table, settled: ibis.Table, tail: ibis.Table) -> ibis.Table:
    """Settled rows hold each key once; put the newer tail's winners to them.

    Where the first word counts the settled row stands, else the tail's.
    """
    key = list(table.key)
    newer = winners(table, tail)
    if table.winner is Winner.LAST:
        return _matching(settled, newer, key, keep=False).union(newer)
    known = _matching(settled.select(key), newer, key, keep=True)
    return settled.union(_matching(newer, known, key, keep=False))


def _matching(
    rows: ibis.Table, others: ibis.Table, key: Iterable[str], *, keep: bool
) -> ibis.Table:
    """Rows whose key is (or is not) among the others' keys; null equals null."""
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


def in_currency(
    engine: DuckDB, table: Table, rows: ibis.Table, rates: ibis.Table, currency: str | None
) -> ibis.Table:
    """Convert the table's amounts at each day's rate (days in UTC).

    Raises:
        MissingRate: an amount has no rate on its day; names the day and the currency.
        CurrencyUnknown: no reporting currency is named and the amounts are in several.
    """
    amounts = [name for name, column in table.columns.items() if column.is_money]
    priced = rows.filter(ibis.or_(*(rows[name].notnull() for name in amounts)))
    found = engine.query(priced.select("currency").distinct()).column("currency").to_pylist()
    foreign = sorted({code for code in found if code not in (None, currency)})
    if currency is None:
        if len(found) > 1:
            named = ", ".join(sorted(code or "none" for code in found))
            raise CurrencyUnknown(
                f"{table.name} holds amounts in several currencies ({named}); "
                "name the reporting currency"
            )
        return rows
    if not foreign:
        return rows.mutate(currency=ibis.literal(currency))
    return _converted(engine, table, rows, rates, currency, amounts)


def _converted(
    engine: DuckDB,
    table: Table,
    rows: ibis.Table,
    rates: ibis.Table,
    currency: str,
    amounts: list[str],
) -> ibis.Table:
    assert table.when is not None
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

"""Rows of one import that share a key: found before the ledger drops all but one in silence."""

from collections.abc import Iterator, Sequence

import duckdb

from halves.connect.compiling import Query
from halves.connect.preparing import Prepared
from halves.connect.quoting import identifier, literal
from halves.connect.reading import FILE, ROW
from halves.connect.refusing import PART_MARK, PROBLEM
from halves.connect.targets import TARGETS
from halves.ledger.schema import Winner


def without_repeats(
    engine: duckdb.DuckDBPyConnection, queries: Sequence[Query], prepared: Prepared
) -> Iterator[str]:
    """The queries of one table, changed so that rows that lose to one of the same key are refused.

    Only hashes of keys are held for all rows; what is written out are the few that repeat.
    """
    table = TARGETS[queries[0].rows.table]
    if _cannot_repeat(queries, prepared):
        yield from (query.sql for query in queries)
        return
    key = _key(queries[0])
    hashes = " UNION ALL ".join(
        f"SELECT hash({_key(query)}) AS h FROM ({query.sql})" for query in queries
    )
    again, lost = f"again_{table.name}", f"lost_{table.name}"
    engine.execute(
        f"CREATE OR REPLACE TABLE {again} AS "
        f"SELECT h FROM ({hashes}) GROUP BY h HAVING count(*) > 1"
    )
    if not engine.execute(f"SELECT count(*) FROM {again}").fetchall()[0][0]:
        yield from (query.sql for query in queries)
        return
    rivals = " UNION ALL ".join(
        f"SELECT {place} AS _set, {FILE}, {ROW}, {_key(query)} FROM ({query.sql}) "
        f"WHERE {PROBLEM} IS NULL AND hash({_key(query)}) IN (SELECT h FROM {again})"
        for place, query in enumerate(queries)
    )
    way = "ASC" if table.winner is Winner.FIRST else "DESC"
    order = f"_set {way}, {FILE} {way}, {ROW} {way}"
    window = f"OVER (PARTITION BY {key} ORDER BY {order})"
    engine.execute(
        f"CREATE OR REPLACE TABLE {lost} AS SELECT * FROM (SELECT _set, {FILE}, {ROW}, "
        f"concat_ws(', ', {key}) AS shown, first_value({ROW}) {window} AS stands, "
        f"row_number() {window} AS place FROM ({rivals})) WHERE place > 1"
    )
    for place, query in enumerate(queries):
        yield _refusing(query, lost, place)


def _refusing(query: Query, lost: str, place: int) -> str:
    head = literal(f"{', '.join(TARGETS[query.rows.table].key)}{PART_MARK}{PART_MARK}")
    told = (
        f"{head} || l.shown || chr(31) || 'repeats the key of row ' || l.stands "
        "|| ', which stands' || chr(30)"
    )
    return (
        f"SELECT q.* REPLACE (CASE WHEN l.stands IS NULL THEN q.{PROBLEM} ELSE {told} END "
        f"AS {PROBLEM}) FROM ({query.sql}) AS q LEFT JOIN {lost} AS l "
        f"ON l._set = {place} AND l.{FILE} = q.{FILE} AND l.{ROW} = q.{ROW}"
    )


def _cannot_repeat(queries: Sequence[Query], prepared: Prepared) -> bool:
    if len(queries) > 1 or not queries[0].is_unique:
        return False
    file = queries[0].rows.file
    return not queries[0].rows.join and (file is None or len(prepared.files[file]) == 1)


def _key(query: Query) -> str:
    names = TARGETS[query.rows.table].key
    return ", ".join(identifier(name) for name in names if name in query.fields)

"""Rewriting what is on disk: compacting, undoing a batch, erasing a person.

Each is one Delta commit per table: new files in, old files out, all or nothing.
"""

from collections.abc import Callable, Iterator, Sequence

import ibis
import pyarrow as pa
from deltalake.transaction import AddAction
from ibis.expr.types import BooleanValue

from halves.ledger.engine import Engine
from halves.ledger.reading import contest, matching, repeated_keys, rows_of
from halves.ledger.store import BATCH, REPLACED, SETTLED, STATES, TAIL, Snapshot, Store

READERS_HOURS = 1  # how long a compaction leaves old files for readers that have them open

Unwanted = Callable[[ibis.Table], BooleanValue]

# Which rows are about a person, in each table that has any.
PERSONAL: dict[str, Callable[[ibis.Table, Sequence[str]], BooleanValue]] = {
    "people": lambda rows, ids: rows.person_id.isin(ids),
    "touches": lambda rows, ids: rows.person_id.isin(ids),
    "outcomes": lambda rows, ids: rows.person_id.isin(ids),
    "deliveries": lambda rows, ids: rows.person_id.isin(ids),
    "assignments": lambda rows, ids: (rows.unit_kind == "person") & rows.unit_id.isin(ids),
    "aliases": lambda rows, ids: rows.person_id.isin(ids) | rows.now.isin(ids),
}


def compact(engine: Engine, store: Store) -> None:
    """Sort settled rows and the tail into new settled files; set aside rows that lost."""
    with store.rewriting():
        snapshot = store.snapshot()
        if not snapshot.files[TAIL]:
            return
        settled = rows_of(engine, store, snapshot, SETTLED)
        tail = rows_of(engine, store, snapshot, TAIL)
        keys = repeated_keys(store.table, settled, tail)
        with engine.kept(f"{store.table.name}_repeated", keys) as repeated:
            result = contest(store.table, settled, tail, repeated)
            adds = store.stage(_chunks(engine, result.won.order_by(_order(store))), SETTLED)
            adds += store.stage(_chunks(engine, result.lost), REPLACED)
        store.commit(snapshot, adds, removes=snapshot.files[SETTLED] + snapshot.files[TAIL])
    store.sweep(keep_hours=READERS_HOURS)


def undo(engine: Engine, store: Store, batch: str) -> int:
    """Take out a batch's rows and bring back what they had replaced; say how many went."""
    with store.rewriting():
        return _take_out(engine, store, lambda rows: rows[BATCH] == batch, batch=batch)


def erase(engine: Engine, store: Store, person_ids: Sequence[str]) -> int:
    """Take out a person's rows and every old file that may hold them; say how many went."""
    personal = PERSONAL[store.table.name]
    with store.rewriting():
        gone = _take_out(engine, store, lambda rows: personal(rows, person_ids))
    store.sweep(keep_hours=0)
    return gone


def _order(store: Store) -> list[str]:
    table = store.table
    return list(dict.fromkeys(c for c in (table.person, table.when, *table.key) if c))


def _take_out(engine: Engine, store: Store, unwanted: Unwanted, *, batch: str | None = None) -> int:
    snapshot = store.snapshot()
    goes = {state: _files_where(engine, snapshot.files[state], unwanted) for state in STATES}
    counts = [_count(engine, goes[state], unwanted) for state in (SETTLED, TAIL)]
    adds: list[AddAction] = []
    removes = [*goes[SETTLED], *goes[TAIL]]
    for state in (SETTLED, TAIL):
        for path in goes[state]:
            rows = engine.parquet("rewritten", [path]).drop("filename")
            kept = rows.filter(~unwanted(rows).fill_null(False))
            adds += store.stage(_chunks(engine, kept), state, in_place_of=path)
    if goes[SETTLED] or goes[REPLACED]:
        adds += _bring_back(engine, store, snapshot, goes[SETTLED], unwanted)
        removes += snapshot.files[REPLACED]
    if adds or removes or batch is not None:
        store.commit(snapshot, adds, removes=removes, batch=batch)
    return sum(counts)


def _bring_back(
    engine: Engine, store: Store, snapshot: Snapshot, goes: list[str], unwanted: Unwanted
) -> list[AddAction]:
    """Move rows that had lost to a settled row which now goes back to the tail.

    A key among the replaced rows is always among the settled ones too; so a key that leaves the
    settled rows takes all its replaced rows along, and the tail's rule decides among them.
    """
    if not snapshot.files[REPLACED]:
        return []
    replaced = rows_of(engine, store, snapshot, REPLACED)
    stays = replaced.filter(~unwanted(replaced).fill_null(False))
    settled = engine.parquet("leaving", goes or snapshot.files[SETTLED])
    leaving = settled.filter(unwanted(settled)).select(*store.table.key)
    adds = store.stage(_chunks(engine, matching(stays, leaving, store.table, keep=True)), TAIL)
    rest = matching(stays, leaving, store.table, keep=False)
    return adds + store.stage(_chunks(engine, rest), REPLACED)


def _files_where(engine: Engine, files: list[str], unwanted: Unwanted) -> list[str]:
    """Those of the files that hold a row for which the test is true."""
    if not files:
        return []
    rows = engine.parquet("files_where", files)
    found = rows.filter(unwanted(rows)).select("filename").distinct()
    return sorted(engine.query(found).column("filename").to_pylist())


def _count(engine: Engine, files: list[str], unwanted: Unwanted) -> int:
    if not files:
        return 0
    rows = engine.parquet("counted", files)
    counted = rows.filter(unwanted(rows)).aggregate(lambda t: t.count().name("n"))
    return int(engine.query(counted)["n"][0].as_py())


def _chunks(engine: Engine, rows: ibis.Table) -> Iterator[pa.Table]:
    for batch in engine.stream(rows):
        if batch.num_rows:
            yield pa.Table.from_batches([batch])

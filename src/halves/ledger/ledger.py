"""The ledger: every touch, penny and outcome of sales and marketing, in bulk."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

import ibis
import pyarrow as pa

from halves.ledger import reading, rewriting
from halves.ledger.appending import Appended, committed, first_arrival, is_present, stamped
from halves.ledger.checking import checked
from halves.ledger.engine import DuckDB, Engine
from halves.ledger.errors import (
    BatchNotFound,
    CurrencyUnknown,
    LedgerChanged,
    LedgerExists,
    LedgerNotFound,
    PersonNotFound,
    UnknownTable,
)
from halves.ledger.heeding import look_up
from halves.ledger.schema import TABLES
from halves.ledger.store import ARRIVAL, SETTLED, TAIL, Snapshot, Store

_CODE = re.compile("[A-Z]{3}")
_MARK = "halves-ledger"
_FORMAT = "1"


class Ledger:
    """Tables of touches, spend, outcomes and what belongs to them, in one folder.

    Open one with `Ledger.create` or `Ledger.open`; each thread opens its own.

    >>> import tempfile
    >>> book = Ledger.create(Path(tempfile.mkdtemp()) / "book")
    >>> rates = pa.table({"day": [datetime(2026, 1, 5).date()], "currency": ["EUR"], "rate": [1.1]})
    >>> book.append("rates", rates, batch="ecb")
    Appended(rows=1, is_new=True)
    >>> book.append("rates", rates, batch="ecb")
    Appended(rows=0, is_new=False)
    >>> book.read("rates").column("currency").to_pylist()
    ['EUR']
    """

    def __init__(self, root: Path, engine: Engine) -> None:
        self.root = root
        self.engine = engine
        self._reader = reading.Reader(engine)
        self._last_merged: _Merged | None = None
        self._stores = {
            name: Store(root / name, table, root / "locks") for name, table in TABLES.items()
        }

    @classmethod
    def create(cls, where: str | Path, *, engine: Engine | None = None) -> Self:
        """Make an empty ledger in a folder that holds none.

        Args:
            where: the folder; it and its parents are made.
            engine: what runs the queries; DuckDB with its defaults if None.

        Raises:
            LedgerExists: there is one already.
        """
        root = Path(where)
        if (root / _MARK).exists():
            raise LedgerExists(f"{root} holds a ledger already; open it with Ledger.open")
        (root / "locks").mkdir(parents=True, exist_ok=True)
        book = cls(root, engine or DuckDB())
        for store in book._stores.values():
            store.create()
        (root / _MARK).write_text(_FORMAT)  # last, so that a half-made ledger is no ledger
        return book

    @classmethod
    def open(cls, where: str | Path, *, engine: Engine | None = None) -> Self:
        """Open the ledger in a folder; arguments as for `create`.

        Raises:
            LedgerNotFound: there is none.
        """
        root = Path(where)
        if not (root / _MARK).exists():
            raise LedgerNotFound(f"{root} holds no ledger; make one with Ledger.create")
        return cls(root, engine or DuckDB())

    def append(self, table: str, rows: pa.Table | pa.RecordBatchReader, *, batch: str) -> Appended:
        """Put rows on the ledger, all of them or none; the same batch again is a no-op.

        Args:
            table: one of `TABLES`.
            rows: columns as the table has them, in any order; those that may be null may be
                absent. A reader is consumed in bounded memory.
            batch: the name by which the rows can be undone. Every row carries it, so a batch
                about several people must not be named after one of them.

        Raises:
            BadRow: a column or value that the schema refuses; nothing is written.
            UnknownTable: no such table.
            ValueError: an empty batch name.
        """
        store = self._store(table)
        if not batch:
            raise ValueError("batch needs a name, got ''")
        with store.writing():
            snapshot = store.snapshot()
            if is_present(snapshot, batch):
                return Appended(rows=0, is_new=False)
            arrival = first_arrival(snapshot)
            count = 0

            def rows_of_batch() -> Iterator[pa.Table]:
                nonlocal count
                for place, chunk in enumerate(checked(store.table, rows)):
                    count += chunk.num_rows
                    yield stamped(chunk, batch, arrival + place)

            adds = store.stage(rows_of_batch(), TAIL)
            # A rewrite that lands first makes the commit fail, though rows that are only added
            # cannot clash with it: commit again, unless it was the same batch that landed.
            while not committed(store, snapshot, adds, batch):
                snapshot = store.snapshot()
                if is_present(snapshot, batch):
                    store.discard(adds)
                    return Appended(rows=0, is_new=False)
        return Appended(rows=count, is_new=True)

    def table(self, name: str, *, aliased: bool = True, currency: str | None = None) -> ibis.Table:
        """A table as it stands now, as an Ibis expression over one version of its files.

        Args:
            name: one of `TABLES`.
            aliased: show merged people under their surviving id; False shows ids as written
                (experiments are analysed by the id that was randomised).
            currency: convert amounts to this ISO 4217 currency at each day's rate; an amount
                without a currency is in it already. None leaves amounts as written.

        Returns:
            The table's columns, and `batch`.

        Raises:
            UnknownTable: no such table.
            MissingRate: an amount has no rate on its day.
            CurrencyUnknown: `currency` is no such code.
        """
        store = self._store(name)
        if currency is not None and not _CODE.fullmatch(currency):
            raise CurrencyUnknown(
                f"a currency must be an ISO 4217 code such as EUR, got {currency!r}"
            )
        rows = self._current(store, store.snapshot()).drop(ARRIVAL)
        if aliased and store.table.person and name != "aliases":
            rows = self._as_survivors(rows)
        if currency is not None and "currency" in store.table.columns and name != "rates":
            rates = self.table("rates")
            rows = reading.in_currency(self.engine, store.table, rows, rates, currency)
        return rows

    def one_currency(self, *tables: str) -> str | None:
        """The currency that all amounts in these tables are in; None if no amount names one.

        Raises:
            CurrencyUnknown: there are several, so the reporting currency must be named.
        """
        found: set[str | None] = set()
        for name in tables:
            store = self._store(name)
            rows = self._current(store, store.snapshot())
            found |= reading.currencies(self.engine, store.table, rows)
        if len(found) > 1:
            named = ", ".join(sorted(code or "none" for code in found))
            raise CurrencyUnknown(
                f"amounts are in several currencies ({named}); name the reporting currency"
            )
        return next(iter(found), None)

    def query(self, rows: ibis.Table) -> pa.Table:
        """Run an expression built on `table` and return all its rows as Arrow."""
        return self.engine.query(rows)

    def stream(self, rows: ibis.Table, *, chunk_rows: int = 250_000) -> Iterator[pa.RecordBatch]:
        """Run an expression built on `table`, yielding batches; never all rows in memory."""
        return self.engine.stream(rows, chunk_rows=chunk_rows)

    def by_person(
        self,
        name: str,
        columns: Sequence[str],
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Yield a table's rows person by person and in order of time, in bounded memory.

        Fastest when the table is compacted and nobody is merged: then rows are read in the order
        they lie in. Otherwise they are sorted first.

        Args:
            name: a table that has a `person_id` and a time.
            columns: which columns. Text may come as dictionaries, one a batch.
            since: leave out rows before this moment.
            until: leave out this moment and rows after it.

        Raises:
            LedgerChanged: an erasure took away files that were still to be read.
        """
        store = self._store(name)
        snapshot = store.snapshot()
        if snapshot.files[TAIL] or self._survivors():
            rows = self._as_survivors(self._current(store, snapshot))
            order = ["person_id", store.table.when, *store.table.key]
            rows = reading.within(rows, store.table.when, since, until).order_by(order)
            yield from self.stream(rows.select(*columns))
            return
        when = store.table.when
        asked = list(dict.fromkeys([*columns, when])) if since or until else list(columns)
        try:
            for batch in store.settled_rows(snapshot, asked):
                look_up()
                yield reading.between(batch, when, since, until).select(columns)
        except FileNotFoundError as failed:
            raise LedgerChanged(
                "files of this ledger were taken away by an erasure while they were being read; "
                "read again"
            ) from failed

    def read(self, name: str) -> pa.Table:
        """All rows of a table as Arrow: for small tables and tests."""
        return self.query(self.table(name))

    def undo(self, batch: str) -> dict[str, int]:
        """Take a batch out of every table, bring back what it had replaced, free its name.

        Returns:
            How many rows went, by table.

        Raises:
            BatchNotFound: no table holds the batch.
        """
        gone = {
            name: rewriting.undo(self.engine, store, batch)
            for name, store in self._stores.items()
            if is_present(store.snapshot(), batch)
        }
        if not gone:
            raise BatchNotFound(f"no table holds the batch {batch!r}")
        return gone

    def merge(self, person_id: str, *, into: str, at: datetime, batch: str) -> Appended:
        """Say that one person is another: from now on both are read as `into`.

        The rows stay as they were written; `undo(batch)` takes the two apart again. Two who are
        one already are left as they are.
        """
        survivors = self._survivors()
        first, second = survivors.get(person_id, person_id), survivors.get(into, into)
        if first == second:
            return Appended(rows=0, is_new=False)
        alias = {"person_id": [first], "now": [second], "at": [at]}
        return self.append("aliases", pa.table(alias), batch=batch)

    def merge_many(self, same: Mapping[str, str], *, at: datetime, batch: str) -> Appended:
        """Say of many people at once that they are others; as `merge`, in one append.

        Args:
            same: person → whom they are read as from now on.
            at: now.
            batch: the append's name.
        """
        now = dict(self._survivors())

        def last(person_id: str) -> str:
            while person_id in now:
                person_id = now[person_id]
            return person_id

        new = {}
        for person_id, into in same.items():
            first, second = last(person_id), last(into)
            if first != second:
                new[first] = now[first] = second
        if not new:
            return Appended(rows=0, is_new=False)
        rows = {"person_id": list(new), "now": list(new.values()), "at": [at] * len(new)}
        return self.append("aliases", pa.table(rows), batch=batch)

    def erase(self, person_id: str) -> dict[str, int]:
        """Remove a person, and everyone merged with them, from every table and every old file.

        Waits for appends that are under way; a reader that needs a file which is gone gets
        `LedgerChanged`. Saying it again is safe.

        Returns:
            How many rows went, by table.

        Raises:
            PersonNotFound: no table holds them (what crashed writers left is swept all the same).
        """
        everyone = self.known_as(person_id)
        gone = {
            name: rewriting.erase(self.engine, store, everyone)
            for name, store in self._stores.items()
            if name in rewriting.PERSONAL
        }
        if not any(gone.values()):
            raise PersonNotFound(f"no table holds a person {person_id!r}")
        return {name: rows for name, rows in gone.items() if rows}

    def known_as(self, person_id: str) -> list[str]:
        """Every id that is read as the same person as this one, itself included."""
        survivors = self._survivors()
        last = survivors.get(person_id, person_id)
        return sorted({person_id, last} | {old for old, now in survivors.items() if now == last})

    def compact(self, *tables: str, least_tail: float = 0.0) -> None:
        """Sort rows by person and drop repeats for good, in these tables or in all.

        Reading is then quicker. Old files stay an hour, so that open readers finish. Appends go
        on meanwhile. A table with nothing new is left alone.

        Args:
            tables: which; all if none is named.
            least_tail: leave a table alone while what came since the last time is a smaller share
                of it than this, 0 to 1: compacting writes the whole table anew.

        Raises:
            UnknownTable: no such table.
        """
        for name in tables or self._stores:
            store = self._store(name)
            snapshot = store.snapshot()
            tail, settled = snapshot.rows(TAIL), snapshot.rows(SETTLED)
            if tail >= least_tail * (tail + settled):
                rewriting.compact(self.engine, store)

    def tail_rows(self, table: str) -> int:
        """How many rows have come since the table was last compacted."""
        return self._store(table).snapshot().rows(TAIL)

    def versions(self) -> dict[str, int]:
        """Each table's version: what a stored result was computed from."""
        return {name: store.snapshot().version for name, store in self._stores.items()}

    def rows_written(self) -> dict[str, int]:
        """How many rows each table's files hold, repeats not yet set aside counted in.

        Read from the files' ends alone: what came since a stored result is the difference.
        """
        found = {name: store.snapshot() for name, store in self._stores.items()}
        return {name: one.rows(TAIL) + one.rows(SETTLED) for name, one in found.items()}

    def _store(self, name: str) -> Store:
        if name not in self._stores:
            raise UnknownTable(f"no table {name!r}; the ledger has {', '.join(self._stores)}")
        return self._stores[name]

    def _current(self, store: Store, snapshot: Snapshot) -> ibis.Table:
        return self._reader.current(store, snapshot)

    def _survivors(self) -> dict[str, str]:
        """Who each merged person is now; read once for each version of the aliases."""
        return self._merged().now

    def _as_survivors(self, rows: ibis.Table) -> ibis.Table:
        merged = self._merged()
        if not merged.now:
            return rows
        if merged.table is None:
            name = f"survivors_{merged.version}"
            merged.table = self.engine.arrow(name, reading.survivors_table(merged.now))
        return reading.as_survivors(rows, merged.table)

    def _merged(self) -> "_Merged":
        store = self._stores["aliases"]
        snapshot = store.snapshot()
        if self._last_merged is None or self._last_merged.files != snapshot.files:
            found = self.query(self._current(store, snapshot))
            now = reading.survivors(found)
            self._last_merged = _Merged(snapshot.version, snapshot.files, now)
        return self._last_merged


@dataclass
class _Merged:
    """Who each merged person is now, by one version of the aliases, and the same as a table."""

    version: int
    files: Mapping[str, Sequence[str]]
    now: dict[str, str]
    table: ibis.Table | None = None

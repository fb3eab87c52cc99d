"""The engine that runs queries: DuckDB in process, spoken to through Ibis.

Everything above this file is written as Ibis expressions. Another engine needs what `Engine` names.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import duckdb
import ibis
import pyarrow as pa

from halves.ledger.errors import LedgerChanged
from halves.ledger.heeding import heeded


class Engine(Protocol):
    """What a ledger asks of an engine; rows are Ibis expressions that it can run."""

    def parquet(self, name: str, files: Sequence[str]) -> ibis.Table:
        """Rows of these files by their columns' names, and each row's `filename`."""

    def arrow(self, name: str, rows: pa.Table) -> ibis.Table:
        """Rows from memory."""

    def keep(self, name: str, rows: ibis.Table) -> ibis.Table:
        """Work a query out once, for use in others as long as the engine lives."""

    def kept(self, name: str, rows: ibis.Table) -> AbstractContextManager[ibis.Table]:
        """Work a query out once, for use in several others, and then forget it."""

    def query(self, rows: ibis.Table) -> pa.Table:
        """Run a query and return all its rows."""

    def stream(self, rows: ibis.Table, *, chunk_rows: int = 250_000) -> Iterator[pa.RecordBatch]:
        """Run a query and yield its rows in batches, never all in memory."""


class DuckDB:
    """DuckDB in this process, its memory bounded; what does not fit spills to a temporary folder.

    Args:
        memory_limit: what DuckDB may hold in memory, such as `"2GB"`.
        threads: how many threads; all cores if None.
    """

    def __init__(self, *, memory_limit: str = "2GB", threads: int | None = None) -> None:
        self._spill = tempfile.TemporaryDirectory(prefix="halves-spill-")
        config = {"memory_limit": memory_limit, "temp_directory": self._spill.name}
        if threads is not None:
            config["threads"] = str(threads)
        self._ibis = ibis.duckdb.connect(**config)
        self._ibis.raw_sql("SET TimeZone = 'UTC'")

    def parquet(self, name: str, files: Sequence[str]) -> ibis.Table:
        """Rows of these files by their columns' names, and each row's `filename`."""
        paths = ", ".join(f"'{path.replace(chr(39), chr(39) * 2)}'" for path in files)
        said = "hive_partitioning = false, filename = true, union_by_name = true"
        rows = f"read_parquet([{paths}], {said})"
        with _clear_errors():
            self._ibis.raw_sql(f'CREATE OR REPLACE VIEW "{name}" AS SELECT * FROM {rows}')
        return self._ibis.table(name)

    def arrow(self, name: str, rows: pa.Table) -> ibis.Table:
        """Rows from memory."""
        self._ibis.con.register("incoming", rows)
        self._ibis.raw_sql(f'CREATE OR REPLACE TABLE "{name}" AS SELECT * FROM incoming')
        self._ibis.con.unregister("incoming")
        return self._ibis.table(name)

    def keep(self, name: str, rows: ibis.Table) -> ibis.Table:
        """Work a query out once, for use in others as long as the engine lives."""
        with _clear_errors():
            kept = f'CREATE OR REPLACE TABLE "{name}" AS {self._sql(rows)}'
            heeded(lambda: self._ibis.raw_sql(kept), stop=self._ibis.con.interrupt)
        return self._ibis.table(name)

    @contextmanager
    def kept(self, name: str, rows: ibis.Table) -> Iterator[ibis.Table]:
        """Work a query out once, for use in several others, and then forget it."""
        table = self.keep(name, rows)
        try:
            yield table
        finally:
            self._ibis.raw_sql(f'DROP TABLE "{name}"')

    def query(self, rows: ibis.Table) -> pa.Table:
        """Run a query and return all its rows."""
        with _clear_errors(), self._ibis.con.cursor() as cursor:
            asked = self._sql(rows)
            return heeded(lambda: cursor.sql(asked).to_arrow_table(), stop=cursor.interrupt)

    def stream(self, rows: ibis.Table, *, chunk_rows: int = 250_000) -> Iterator[pa.RecordBatch]:
        """Run a query and yield its rows in batches, never all in memory."""
        with _clear_errors(), self._ibis.con.cursor() as cursor:
            asked = self._sql(rows)
            found = heeded(
                lambda: cursor.sql(asked).to_arrow_reader(chunk_rows), stop=cursor.interrupt
            )
            while (batch := heeded(lambda: next(found, None), stop=cursor.interrupt)) is not None:
                yield batch

    def apart(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own to the same tables, for SQL whose values stay apart from it.

        Another thread may interrupt it; whoever asked for it closes it.
        """
        return self._ibis.con.cursor()

    def written(self, rows: ibis.Table) -> str:
        """A query as this engine's SQL, to be part of another; no user's values are in it."""
        return self._sql(rows)

    def _sql(self, rows: ibis.Table) -> str:
        return str(self._ibis.compile(rows))


@contextmanager
def _clear_errors() -> Iterator[None]:
    try:
        yield
    except duckdb.IOException as failed:
        if "No files found" in str(failed) or "No such file" in str(failed):
            raise LedgerChanged(
                "files of this ledger were taken away by an erasure or a compaction "
                "while they were being read; run the query again"
            ) from failed
        raise
    except (duckdb.InterruptException, RuntimeError) as failed:
        if isinstance(failed, duckdb.InterruptException) or "interrupted" in str(failed):
            raise KeyboardInterrupt from failed  # DuckDB makes an error of its own of Ctrl-C
        raise

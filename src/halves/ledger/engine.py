"""The engine that runs queries: DuckDB in process, spoken to through Ibis.

Everything above this file is written as Ibis expressions. Another engine needs what is here: rows
from a list of Parquet files, rows from Arrow, and a query's answer as Arrow.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import duckdb
import ibis
import pyarrow as pa
from ibis.expr.types import BooleanValue

from halves.ledger.errors import LedgerChanged


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
        """Rows of these files, which all have the same columns, and each row's `filename`."""
        paths = ", ".join(f"'{path.replace(chr(39), chr(39) * 2)}'" for path in files)
        rows = f"read_parquet([{paths}], hive_partitioning = false, filename = true)"
        with _clear_errors():
            self._ibis.raw_sql(f'CREATE OR REPLACE VIEW "{name}" AS SELECT * FROM {rows}')
        return self._ibis.table(name)

    def arrow(self, name: str, rows: pa.Table) -> ibis.Table:
        """Rows from memory."""
        self._ibis.con.register("incoming", rows)
        self._ibis.raw_sql(f'CREATE OR REPLACE TABLE "{name}" AS SELECT * FROM incoming')
        self._ibis.con.unregister("incoming")
        return self._ibis.table(name)

    def files_where(
        self, files: Sequence[str], unwanted: Callable[[ibis.Table], BooleanValue]
    ) -> list[str]:
        """Those of the files that hold a row for which the test is true."""
        if not files:
            return []
        rows = self.parquet("files_where", files)
        found = rows.filter(unwanted(rows)).select("filename").distinct()
        return sorted(self.query(found).column("filename").to_pylist())

    @contextmanager
    def kept(self, name: str, rows: ibis.Table) -> Iterator[ibis.Table]:
        """Work a query out once, for use in several others."""
        with _clear_errors():
            self._ibis.raw_sql(f'CREATE OR REPLACE TABLE "{name}" AS {self._sql(rows)}')
        try:
            yield self._ibis.table(name)
        finally:
            self._ibis.raw_sql(f'DROP TABLE "{name}"')

    def query(self, rows: ibis.Table) -> pa.Table:
        """Run a query and return all its rows."""
        with _clear_errors(), self._ibis.con.cursor() as cursor:
            return cursor.sql(self._sql(rows)).to_arrow_table()

    def stream(self, rows: ibis.Table, *, chunk_rows: int = 250_000) -> Iterator[pa.RecordBatch]:
        """Run a query and yield its rows in batches, never all in memory."""
        with _clear_errors(), self._ibis.con.cursor() as cursor:
            yield from cursor.sql(self._sql(rows)).to_arrow_reader(chunk_rows)

    def _sql(self, rows: ibis.Table) -> str:
        return str(ibis.to_sql(rows, dialect="duckdb"))


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

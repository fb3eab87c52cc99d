"""A process of its own that works on a ledger, for tests that kill it or run several at once.

    python worker.py BOOK append BATCH ROWS
    python worker.py BOOK append-many FIRST COUNT ROWS
    python worker.py BOOK compact

It prints `ready` once it has loaded what it needs, and `done` at the end.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import pyarrow as pa

from halves.ledger import TABLES, DuckDB, Ledger

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
STEP = 20_000


def touches(batch: str, rows: int) -> pa.RecordBatchReader:
    names = ("touch_id", "person_id", "at", "path", "channel", "source")
    schema = pa.schema([TABLES["touches"].arrow.field(name) for name in names])

    def batches() -> Iterator[pa.RecordBatch]:
        for start in range(0, rows, STEP):
            size = min(STEP, rows - start)
            ids = [f"{batch}-{i}" for i in range(start, start + size)]
            people = [f"p{i % 1000}" for i in range(size)]
            same = (pa.repeat(value, size) for value in ("many", "email", "test"))
            yield pa.record_batch([ids, people, pa.array([MONDAY] * size), *same], schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def main(where: str, work: str, *words: str) -> None:
    book = Ledger.open(where, engine=DuckDB(threads=1))
    book.tail_rows("touches")
    print("ready", flush=True)
    match work, words:
        case "append", (batch, rows):
            book.append("touches", touches(batch, int(rows)), batch=batch)
        case "append-many", (first, count, rows):
            for number in range(int(first), int(first) + int(count)):
                book.append("touches", touches(f"b{number}", int(rows)), batch=f"b{number}")
        case "compact", ():
            book.compact("touches")
        case "undo", (batch,):
            book.undo(batch)
        case _:
            raise SystemExit(f"cannot {work} {words}")
    print("done", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Append and compact: CPU seconds, wall seconds and peak memory at 1, 10 and 100 million touches.

    python -m bench.ledger --rows 1_000_000

runs one size in this process and prints one line of JSON; `python -m bench` runs all sizes.
"""

import argparse
import json
import resource
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from halves.ledger import TABLES, Ledger

CHUNK = 1_000_000
CHANNELS = 20
YEAR_US = 365 * 86_400 * 1_000_000
START_US = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000


def touches(rows: int, *, seed: int = 1) -> pa.RecordBatchReader:
    """Touches in no order, ten to a person, over 20 channels and a year."""
    schema = pa.schema(
        [
            TABLES["touches"].arrow.field(name)
            for name in ("touch_id", "person_id", "at", "path", "channel", "source")
        ]
    )

    def batches() -> Iterator[pa.RecordBatch]:
        rng = np.random.default_rng(seed)
        names = pa.array([f"channel_{c:02d}" for c in range(CHANNELS)])
        for start in range(0, rows, CHUNK):
            size = min(CHUNK, rows - start)
            people = pa.array(rng.integers(0, max(rows // 10, 1), size)).cast(pa.string())
            ids = pa.array(np.arange(start, start + size)).cast(pa.string())
            at = pa.array(START_US + rng.integers(0, YEAR_US, size))
            yield pa.record_batch(
                [
                    pc.binary_join_element_wise("t", ids, "-"),
                    pc.binary_join_element_wise("p", pc.utf8_lpad(people, 9, "0"), ""),
                    at.cast(pa.timestamp("us", "UTC")),
                    pa.repeat("many", size),
                    names.take(pa.array(rng.integers(0, CHANNELS, size))),
                    pa.repeat("bench", size),
                ],
                schema=schema,
            )

    return pa.RecordBatchReader.from_batches(schema, batches())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=Path("bench/.data/ledger"))
    parser.add_argument("--keep", action="store_true", help="leave the ledger for other benches")
    options = parser.parse_args()
    shutil.rmtree(options.folder, ignore_errors=True)
    book = Ledger.create(options.folder)
    figures: dict[str, float] = {"rows": options.rows}
    for name, work in (
        ("append", lambda: book.append("touches", touches(options.rows), batch="bench")),
        ("compact", lambda: book.compact("touches")),
    ):
        cpu, wall = time.process_time(), time.perf_counter()
        work()
        figures[f"{name}_cpu_s"] = round(time.process_time() - cpu, 2)
        figures[f"{name}_wall_s"] = round(time.perf_counter() - wall, 2)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        figures[f"{name}_peak_mb"] = round(peak / 1024)
    size = sum(path.stat().st_size for path in (options.folder / "touches").rglob("*.parquet"))
    figures["disk_mb"] = round(size / 1e6)
    print(json.dumps(figures))
    if not options.keep:
        shutil.rmtree(options.folder)


if __name__ == "__main__":
    main()

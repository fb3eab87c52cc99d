"""A ledger that an earlier version wrote is read and written by this one."""

import json
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable

from halves.ledger import Ledger
from halves.ledger.schema import TABLES

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
LATER = ("account_id", "measure", "better", "said")


def delivery(promise: str, **more) -> pa.Table:
    row = {"promise_id": promise, "person_id": "ann", "at": NOON, "expected": 3.0}
    row |= {"delivered": 2.0, "keeping": "over", "source": "t"} | more
    return pa.Table.from_pylist([row])


def as_an_earlier_version_wrote_it(ledger: Ledger) -> None:
    """Take the later columns out of the files and the log, as if they had never been."""
    root = ledger.root / "deliveries"
    for file in root.glob("state=*/*.parquet"):
        pq.write_table(pq.read_table(file, partitioning=None).drop_columns(list(LATER)), file)
    for file in sorted(root.glob("_delta_log/*.json")):
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        for line in lines:
            if "metaData" in line:
                schema = json.loads(line["metaData"]["schemaString"])
                schema["fields"] = [f for f in schema["fields"] if f["name"] not in LATER]
                line["metaData"]["schemaString"] = json.dumps(schema)
        file.write_text("\n".join(json.dumps(line) for line in lines) + "\n")


def test_columns_that_came_later_are_empty_in_what_was_there_and_kept_in_what_comes(tmp_path):
    Ledger.create(tmp_path / "book").append("deliveries", delivery("old"), batch="old")
    as_an_earlier_version_wrote_it(Ledger.open(tmp_path / "book"))

    ledger = Ledger.open(tmp_path / "book")
    assert ledger.read("deliveries").column("said").to_pylist() == [None]
    ledger.append("deliveries", delivery("new", said=4.0, better="less"), batch="new")

    rows = {row["promise_id"]: row for row in ledger.read("deliveries").to_pylist()}
    assert (rows["old"]["said"], rows["new"]["said"]) == (None, 4.0)
    ledger.compact()
    assert {row["said"] for row in ledger.read("deliveries").to_pylist()} == {None, 4.0}
    fields = DeltaTable(tmp_path / "book" / "deliveries").schema().fields
    assert {one.name for one in fields} >= set(LATER)
    ledger.undo("new")
    assert ledger.read("deliveries").num_rows == 1
    assert ledger.erase("ann")["deliveries"] == 1


def test_reading_writes_nothing_to_the_log_of_a_ledger_that_has_all_columns(tmp_path):
    book = Ledger.create(tmp_path / "book")
    logs = sorted((tmp_path / "book").rglob("_delta_log/*.json"))

    for _ in range(3):
        for table in TABLES:
            book.read(table)

    assert sorted((tmp_path / "book").rglob("_delta_log/*.json")) == logs

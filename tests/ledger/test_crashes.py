"""Processes that are killed, and processes that work at once."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from halves.ledger import Ledger
from tests.conftest import touches

WORKER = Path(__file__).with_name("worker.py")
ROWS = 200_000


def start(book: Ledger, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(WORKER), str(book.root), *words]
    worker = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    assert worker.stdout.readline() == "ready\n", worker.communicate()[1]
    return worker


def finish(worker: subprocess.Popen[str]) -> None:
    _, errors = worker.communicate(timeout=120)
    assert worker.returncode == 0, errors


def kill_after(worker: subprocess.Popen[str], seconds: float) -> None:
    """kill -9, unless the work was done before."""
    try:
        worker.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        worker.kill()
    worker.communicate()


def rows_of(book: Ledger, batch: str) -> int:
    rows = book.table("touches")
    return book.query(rows.filter(rows.batch == batch).select("touch_id")).num_rows


def seconds_for(book: Ledger, *words: str) -> float:
    worker = start(book, *words)
    began = time.perf_counter()
    finish(worker)
    return time.perf_counter() - began


def check_killed_appends(book: Ledger, kills: int) -> None:
    whole = seconds_for(book, "append", "first", str(ROWS))
    fates = {0: 0, ROWS: 0}
    for kill in range(kills):
        batch = f"killed-{kill}"
        kill_after(start(book, "append", batch, str(ROWS)), whole * kill / (kills - 1))
        fates[rows_of(book, batch)] += 1  # none or all: any other count is a KeyError
        finish(start(book, "append", batch, str(ROWS)))
        assert rows_of(book, batch) == ROWS, "saying it again repairs it"
        book.undo(batch)
    assert fates[0] > 0, "at least one append was cut short"


def test_an_append_that_is_killed_leaves_none_or_all_of_the_batch(book: Ledger) -> None:
    check_killed_appends(book, kills=4)


@pytest.mark.slow
def test_fifty_appends_that_are_killed_leave_none_or_all_of_the_batch(book: Ledger) -> None:
    check_killed_appends(book, kills=60)


def check_killed_rewrites(book: Ledger, kills: int, *words: str) -> None:
    for kill in range(kills):
        finish(start(book, "append", f"more-{kill}", "5000"))
        before = book.read("touches").num_rows
        kill_after(start(book, *words), 0.6 * kill / max(kills - 1, 1))
        assert book.read("touches").num_rows == before
    book.compact()
    assert book.read("touches").num_rows == before


def test_a_compaction_that_is_killed_changes_nothing_that_readers_see(book: Ledger) -> None:
    check_killed_rewrites(book, 3, "compact")


@pytest.mark.slow
def test_thirty_compactions_that_are_killed_change_nothing_that_readers_see(book: Ledger) -> None:
    finish(start(book, "append", "large", str(ROWS)))
    check_killed_rewrites(book, 30, "compact")


def test_an_undo_that_is_killed_is_all_or_nothing(book: Ledger) -> None:
    for kill in range(3):
        book.append("touches", touches(("t", "stays")), batch=f"stays-{kill}")
        finish(start(book, "append", "goes", "20000"))
        book.compact()
        kill_after(start(book, "undo", "goes"), 0.2 * kill)
        assert rows_of(book, "goes") in (0, 20_000)
        if rows_of(book, "goes"):
            book.undo("goes")
        assert book.read("touches").num_rows == 1


def test_what_a_killed_writer_left_on_disk_goes_with_the_next_erasure(book: Ledger) -> None:
    worker = start(book, "append", "killed", "20000000")
    while not list(book.root.rglob("state=tail/*.parquet")):
        assert worker.poll() is None
    kill_after(worker, 0)
    assert rows_of(book, "killed") == 0
    assert list(book.root.rglob("state=tail/*.parquet")), "it was killed while it wrote"
    book.append("touches", touches(("t", "someone")), batch="a")
    book.erase("someone")
    assert not list(book.root.rglob("state=tail/*.parquet"))


def test_two_processes_append_at_once_and_readers_see_whole_batches(book: Ledger) -> None:
    size = 500
    workers = [
        start(book, "append-many", str(first), "15", str(size)) for first in (0, 10)
    ]  # batches 10 to 14 are written by both
    seen = set()
    while any(worker.poll() is None for worker in workers):
        seen.add(book.read("touches").num_rows)
    for worker in workers:
        finish(worker)
    assert all(rows % size == 0 for rows in seen)
    assert book.read("touches").num_rows == 25 * size
    book.compact()
    assert book.read("touches").num_rows == 25 * size


def test_appends_go_on_while_a_compaction_runs(book: Ledger) -> None:
    finish(start(book, "append", "before", str(ROWS)))
    compaction = start(book, "compact")
    appends = start(book, "append-many", "0", "10", "100")
    finish(compaction)
    finish(appends)
    assert book.read("touches").num_rows == ROWS + 1000


def test_an_erasure_waits_for_appends_under_way(book: Ledger) -> None:
    book.append("touches", touches(("t", "someone")), batch="a")
    appends = start(book, "append-many", "0", "8", "20000")
    book.erase("someone")
    finish(appends)
    assert book.read("touches").num_rows == 8 * 20_000

"""A long question can be ended while rows are read, and the ledger answers the next one."""

import time

import ibis
import pyarrow as pa
import pytest

from halves.ledger import Ledger
from halves.ledger.heeding import heeding


class Enough(Exception):
    """Whoever asked does not want to wait any longer."""


def enough_after(seconds: float):
    begun = time.monotonic()

    def look_up() -> None:
        if time.monotonic() - begun > seconds:
            raise Enough

    return look_up


@pytest.fixture
def book(tmp_path) -> Ledger:
    made = Ledger.create(tmp_path / "book")
    day = {"day": [f"2026-01-{day:02}" for day in range(1, 31)]}
    rates = pa.table(day).append_column("currency", pa.array(["EUR"] * 30))
    rates = rates.append_column("rate", pa.array([1.1] * 30))
    rates = rates.set_column(0, "day", rates["day"].cast(pa.date32()))
    made.append("rates", rates, batch="ecb")
    return made


def endless(book: Ledger) -> ibis.Table:
    """A query that no machine finishes: every row beside every other, again and again."""
    rows = book.table("rates").select("rate")
    for place in range(8):
        rows = rows.cross_join(rows.view().select(**{f"rate_{place}": "rate"}))
    return rows.aggregate(total=rows.rate.sum())


@pytest.mark.parametrize("ask", ["query", "stream"])
def test_a_query_is_ended_in_the_middle(book, ask):
    rows, begun = endless(book), time.monotonic()

    with pytest.raises(Enough), heeding(enough_after(0.2)):
        list(getattr(book, ask)(rows))

    assert time.monotonic() - begun < 2
    assert book.read("rates").num_rows == 30


def test_a_query_that_is_kept_is_ended_in_the_middle(book):
    begun = time.monotonic()

    with pytest.raises(Enough), heeding(enough_after(0.2)):
        book.engine.keep("endless", endless(book))

    assert time.monotonic() - begun < 2


def test_rows_are_the_same_whether_or_not_somebody_may_end_it(book):
    rows = book.table("rates").order_by("day")
    wanted = book.query(rows)
    looks = []

    with heeding(lambda: looks.append(1)):
        assert book.query(rows).equals(wanted)
        assert pa.Table.from_batches(book.stream(rows, chunk_rows=7)).equals(wanted)

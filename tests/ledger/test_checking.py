"""What append refuses, and how it says so."""

from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from halves.ledger import TABLES, Ledger
from halves.ledger.checking import checked
from halves.ledger.errors import BadRow
from tests.conftest import MONDAY, touches

GOOD = touches(("t1", "ada"), ("t2", "ben"), ("t3", "cyd"), cost=1.0)


def with_column(name: str, values: object) -> pa.Table:
    if name in GOOD.column_names:
        return GOOD.set_column(GOOD.column_names.index(name), name, values)
    return GOOD.append_column(name, values)


@pytest.mark.parametrize(
    ("column", "values", "row", "value", "because"),
    [
        ("person_id", pa.array(["ada", None, "cyd"]), 2, None, "may not be null"),
        ("person_id", pa.array(["ada", "ben", ""]), 3, "", "may not be empty"),
        ("person_id", pa.array([1, 2, 3]), None, "int64", "must be string"),
        ("path", pa.array(["many", "both", "one"]), 2, "both", "must be one of many, one, self"),
        ("at", pa.array([0, 0, 0], pa.timestamp("us")), None, "timestamp[us]", "needs a time zone"),
        ("at", pa.array(["2026-01-05"] * 3), None, "string", "must be timestamp"),
        ("cost", pa.array([1.0, 2.0, -0.5]), 3, Decimal("-0.5"), "must be at least 0"),
        ("cost", pa.array([1.0, float("nan"), 1.0]), 2, None, "must be finite"),
        ("cost", pa.array([1, 10**15, 1]), 2, 10**15, "does not fit decimal128"),
        ("propensity", pa.array([0.5, float("nan"), 1.0]), 2, None, "must be finite"),
        ("propensity", pa.array([0.5, 1.0, 1.5]), 3, 1.5, "must be at most 1"),
        ("propensity", pa.array([0.5, 0.0, 1.0]), 2, 0.0, "must be above 0"),
        ("currency", pa.array(["EUR", "euro", "EUR"]), 2, "euro", "ISO 4217"),
        ("colour", pa.array(["red"] * 3), None, "colour", "no such column"),
    ],
)
def test_a_refusal_names_table_column_row_and_value(
    book: Ledger, column: str, values: pa.Array, row: int | None, value: object, because: str
) -> None:
    with pytest.raises(BadRow, match=because) as refusal:
        book.append("touches", with_column(column, values), batch="a")
    found = refusal.value
    assert (found.table, found.column, found.row) == ("touches", column, row)
    assert found.value == value or because == "must be finite"
    assert f"touches.{column}" in str(found)
    assert book.read("touches").num_rows == 0
    assert not list(book.root.rglob("state=*/*.parquet")), "nothing is left on disk"
    assert book.append("touches", GOOD, batch="a").is_new, "the batch's name is still free"


def test_a_required_column_may_not_be_absent(book: Ledger) -> None:
    with pytest.raises(BadRow, match=r"touches\.channel: a required column is missing"):
        book.append("touches", GOOD.drop_columns(["channel"]), batch="a")


def test_columns_that_may_be_null_may_be_absent_and_come_in_any_order(book: Ledger) -> None:
    backwards = GOOD.select(list(reversed(GOOD.column_names))).drop_columns(["cost"])
    book.append("touches", backwards, batch="a")
    assert book.read("touches")["cost"].to_pylist() == [None] * 3


def test_rows_count_over_the_whole_stream(book: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("halves.ledger.checking.CHUNK_ROWS", 2)
    rows = with_column("person_id", pa.array(["ada", "ben", None]))
    with pytest.raises(BadRow, match="row 3"):
        book.append("touches", rows.to_reader(max_chunksize=1), batch="a")
    assert not list(book.root.rglob("state=*/*.parquet")), "staged chunks are taken away"


def test_text_times_and_numbers_come_in_every_arrow_width(book: Ledger) -> None:
    rows = GOOD.select(["touch_id", "person_id", "path", "source"])
    rows = rows.set_column(1, "person_id", rows["person_id"].cast(pa.large_string()))
    rows = rows.append_column("channel", pa.array(["a", "b", "a"]).dictionary_encode())
    paris = pa.timestamp("ms", tz="Europe/Paris")
    rows = rows.append_column("at", pa.array([MONDAY] * 3).cast(paris))
    rows = rows.append_column("cost", pa.array([1, 2, 3], pa.int32()))
    book.append("touches", rows, batch="a")
    found = book.read("touches").sort_by("touch_id")
    assert found["cost"].to_pylist() == [1, 2, 3]
    assert found["at"].to_pylist() == [MONDAY] * 3
    assert found["channel"].to_pylist() == ["a", "b", "a"]


def test_money_in_floats_is_rounded_to_a_millionth(book: Ledger) -> None:
    book.append("touches", with_column("cost", pa.array([0.1 + 0.2, 1 / 3, 2e-7])), batch="a")
    costs = sorted(book.read("touches")["cost"].to_pylist())
    assert costs == [Decimal(0), Decimal("0.3"), Decimal("0.333333")]


@given(
    costs=st.lists(
        st.decimals("0", "99999999999", places=6).map(lambda d: d.quantize(Decimal("0.000001"))),
        min_size=1,
        max_size=5,
    )
)
def test_money_goes_in_and_comes_out_exactly(costs: list[Decimal]) -> None:
    rows = touches(*((f"t{i}", "ada") for i in range(len(costs))))
    rows = rows.append_column("cost", pa.array(costs, pa.decimal128(38, 10)))
    (chunk,) = checked(TABLES["touches"], rows)
    assert chunk["cost"].to_pylist() == costs


def test_an_empty_table_is_a_batch_of_no_rows(book: Ledger) -> None:
    assert book.append("touches", GOOD.slice(0, 0), batch="a").rows == 0
    assert book.read("touches").num_rows == 0


def test_a_list_of_withheld_names_needs_a_name(book: Ledger) -> None:
    rows = {"experiment": ["x"], "unit_kind": ["person"], "starts": [MONDAY], "ends": [MONDAY]}
    for withheld in ([], [None], None):
        column = pa.array([withheld], pa.list_(pa.string()))
        with pytest.raises(BadRow, match="withheld"):
            book.append("experiments", pa.table({**rows, "withheld": column}), batch="a")


def test_every_moment_is_kept_to_the_microsecond(book: Ledger) -> None:
    at = datetime(2026, 1, 5, 9, 0, 0, 123456, tzinfo=UTC)
    book.append("touches", touches(("t1", "ada"), at=at), batch="a")
    assert book.read("touches")["at"].to_pylist() == [at]

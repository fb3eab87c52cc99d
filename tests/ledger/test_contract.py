"""The ledger's contract, clause by clause (docs/architecture.md)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from halves.ledger import DuckDB, Ledger
from halves.ledger.errors import (
    BatchNotFound,
    CurrencyUnknown,
    LedgerChanged,
    LedgerExists,
    LedgerNotFound,
    MissingRate,
    PersonNotFound,
    UnknownTable,
)
from tests.conftest import MONDAY, touches

FIRST_DAY = MONDAY.date()


def spend(*rows: tuple[str, float], currency: str = "EUR", day: date = FIRST_DAY) -> pa.Table:
    size = len(rows)
    return pa.table(
        {
            "spend_id": [name for name, _ in rows],
            "day": [day] * size,
            "channel": ["tv"] * size,
            "path": ["many"] * size,
            "amount": [amount for _, amount in rows],
            "currency": [currency] * size,
            "source": ["test"] * size,
        }
    )


def who(book: Ledger) -> dict[str, str]:
    """touch_id → person_id, as readers see it."""
    rows = book.read("touches")
    assert len(set(rows["touch_id"].to_pylist())) == rows.num_rows
    return dict(zip(rows["touch_id"].to_pylist(), rows["person_id"].to_pylist(), strict=True))


def amounts(book: Ledger) -> dict[str, Decimal]:
    rows = book.read("spend")
    assert len(set(rows["spend_id"].to_pylist())) == rows.num_rows
    return dict(zip(rows["spend_id"].to_pylist(), rows["amount"].to_pylist(), strict=True))


def test_a_ledger_is_made_once_and_opened_again(tmp_path: Path) -> None:
    with pytest.raises(LedgerNotFound, match=r"Ledger\.create"):
        Ledger.open(tmp_path / "book")
    Ledger.create(tmp_path / "book").append("touches", touches(("t1", "ada")), batch="a")
    with pytest.raises(LedgerExists, match=r"Ledger\.open"):
        Ledger.create(tmp_path / "book")
    assert who(Ledger.open(str(tmp_path / "book"))) == {"t1": "ada"}


def test_an_unknown_table_is_named_with_those_that_exist(book: Ledger) -> None:
    with pytest.raises(UnknownTable, match=r"no table 'visits'.*touches"):
        book.table("visits")


# 1. Keys and repeats


def test_the_first_word_counts_for_touches(book: Ledger) -> None:
    book.append("touches", touches(("t1", "ada"), ("t1", "ben")), batch="a")
    book.append("touches", touches(("t1", "cyd"), ("t2", "cyd")), batch="b")
    assert who(book) == {"t1": "ada", "t2": "cyd"}


def test_the_last_word_counts_for_spend(book: Ledger) -> None:
    book.append("spend", spend(("s1", 1), ("s1", 2)), batch="a")
    assert amounts(book) == {"s1": 2}
    book.append("spend", spend(("s1", 3), ("s2", 4)), batch="b")
    assert amounts(book) == {"s1": 3, "s2": 4}


def test_a_repeat_in_a_later_chunk_of_one_batch_is_dropped(
    book: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("halves.ledger.checking.CHUNK_ROWS", 2)
    rows = touches(("t1", "ada"), ("t2", "ada"), ("t1", "ben"), ("t3", "ben"), ("t2", "cyd"))
    book.append("touches", rows, batch="a")
    assert who(book) == {"t1": "ada", "t2": "ada", "t3": "ben"}


def test_compacting_changes_nothing_that_readers_see(book: Ledger) -> None:
    book.append("touches", touches(("t1", "ada"), ("t2", "ben")), batch="a")
    book.append("touches", touches(("t1", "cyd"), ("t3", "ada")), batch="b")
    book.append("spend", spend(("s1", 1), ("s2", 1)), batch="a")
    book.append("spend", spend(("s1", 2)), batch="b")
    before = who(book), amounts(book)
    book.compact()
    assert (who(book), amounts(book)) == before
    book.append("touches", touches(("t1", "cyd"), ("t4", "cyd")), batch="c")
    book.append("spend", spend(("s2", 5)), batch="c")
    assert who(book) == {"t1": "ada", "t2": "ben", "t3": "ada", "t4": "cyd"}
    assert amounts(book) == {"s1": 2, "s2": 5}


def test_compacted_rows_are_sorted_by_person_and_time(book: Ledger) -> None:
    later = touches(("t1", "ben"), ("t2", "ada"), at=datetime(2026, 3, 1, tzinfo=UTC))
    book.append("touches", later, batch="a")
    book.append("touches", touches(("t3", "cyd"), ("t4", "ada")), batch="b")
    book.compact("touches")
    assert book.tail_rows("touches") == 0
    rows = pa.concat_batches(list(book.by_person("touches", ["touch_id", "person_id"])))
    assert rows["touch_id"].to_pylist() == ["t4", "t2", "t1", "t3"]


def test_a_short_tail_may_wait(book: Ledger) -> None:
    book.append("touches", touches(*((f"t{i}", "ada") for i in range(9))), batch="a")
    book.compact(least_tail=0.2)
    assert book.tail_rows("touches") == 0
    book.append("touches", touches(("u1", "ada")), batch="b")
    book.compact(least_tail=0.2)
    assert book.tail_rows("touches") == 1
    book.append("touches", touches(("u2", "ada"), ("u3", "ben")), batch="c")
    book.compact(least_tail=0.2)
    assert book.tail_rows("touches") == 0


def test_a_decision_without_an_id_repeats_only_itself(book: Ledger) -> None:
    def dice(decisions: list[str | None]) -> pa.Table:
        size = len(decisions)
        return pa.table(
            {
                "experiment": ["calls"] * size,
                "unit_kind": ["person"] * size,
                "unit_id": ["ada"] * size,
                "decision_id": pa.array(decisions, pa.string()),
                "arm": ["treated"] * size,
                "propensity": [0.5] * size,
                "at": [MONDAY] * size,
            }
        )

    book.append("assignments", dice([None, "d1", "d2", "d1"]), batch="a")
    book.append("assignments", dice([None, "d3"]), batch="b")
    found = book.read("assignments")["decision_id"].to_pylist()
    assert sorted(found, key=str) == sorted([None, "d1", "d2", "d3"], key=str)
    book.compact("assignments")
    assert book.read("assignments").num_rows == 4


# 2. Batches


def test_the_same_batch_again_is_a_no_op(book: Ledger) -> None:
    assert book.append("touches", touches(("t1", "ada")), batch="a").is_new
    again = book.append("touches", touches(("t2", "ben")), batch="a")
    assert (again.rows, again.is_new) == (0, False)
    assert who(book) == {"t1": "ada"}
    assert book.append("spend", spend(("s1", 1)), batch="a").is_new, "a table of its own"


def test_rows_carry_their_batch(book: Ledger) -> None:
    book.append("touches", touches(("t1", "ada")), batch="crm-2026-11-23")
    assert book.read("touches")["batch"].to_pylist() == ["crm-2026-11-23"]


def test_a_batch_needs_a_name(book: Ledger) -> None:
    with pytest.raises(ValueError, match="batch needs a name"):
        book.append("touches", touches(("t1", "ada")), batch="")


# 3. Undo


@pytest.mark.parametrize("compact_first", [False, True])
def test_undo_brings_back_what_an_upsert_had_replaced(book: Ledger, compact_first: bool) -> None:
    book.append("spend", spend(("s1", 1), ("s2", 1)), batch="monday")
    book.append("spend", spend(("s1", 9), ("s3", 9)), batch="tuesday")
    if compact_first:
        book.compact()
    assert book.undo("tuesday") == {"spend": 2}
    assert amounts(book) == {"s1": 1, "s2": 1}
    assert book.append("spend", spend(("s1", 7)), batch="tuesday").is_new, "its name is free"
    assert amounts(book) == {"s1": 7, "s2": 1}


@pytest.mark.parametrize("compact_first", [False, True])
def test_undo_of_a_first_word_lets_the_second_stand(book: Ledger, compact_first: bool) -> None:
    book.append("touches", touches(("t1", "ada"), ("t2", "ada")), batch="a")
    book.append("touches", touches(("t1", "ben")), batch="b")
    if compact_first:
        book.compact()
    book.undo("a")
    assert who(book) == {"t1": "ben"}


def test_undo_of_a_batch_nobody_wrote_is_refused(book: Ledger) -> None:
    with pytest.raises(BatchNotFound, match="'nobody'"):
        book.undo("nobody")
    book.append("touches", touches(("t1", "ada")), batch="a")
    book.undo("a")
    with pytest.raises(BatchNotFound):
        book.undo("a")


actions = st.lists(
    st.one_of(
        st.tuples(
            st.just("append"),
            st.sampled_from("abcde"),
            st.lists(
                st.tuples(st.sampled_from(["k1", "k2", "k3"]), st.integers(1, 99)), max_size=4
            ),
        ),
        st.tuples(st.just("undo"), st.sampled_from("abcde")),
        st.tuples(st.just("compact")),
    ),
    max_size=12,
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(actions=actions)
def test_any_mix_of_appends_undos_and_compactions_reads_like_a_list_of_batches(
    tmp_path_factory: pytest.TempPathFactory, actions: list[tuple]
) -> None:
    book = Ledger.create(tmp_path_factory.mktemp("mix") / "book", engine=DuckDB(threads=1))
    written: dict[str, list[tuple[str, int]]] = {}  # the naive ledger: batches in order
    for action in actions:
        match action:
            case ("append", batch, rows):
                new = book.append("spend", spend(*rows), batch=batch).is_new
                book.append("touches", touches(*((k, str(v)) for k, v in rows)), batch=batch)
                assert new == (batch not in written)
                written.setdefault(batch, rows)
            case ("undo", batch):
                if batch in written:
                    book.undo(batch)
                    del written[batch]
                else:
                    with pytest.raises(BatchNotFound):
                        book.undo(batch)
            case _:
                book.compact("spend", "touches")
    rows = [row for batch in written.values() for row in batch]
    assert amounts(book) == {key: Decimal(value) for key, value in rows}
    assert who(book) == {key: str(value) for key, value in reversed(rows)}


# 4. Merging people


def test_merged_people_are_read_as_one_and_the_rows_stay(book: Ledger) -> None:
    book.append("touches", touches(("t1", "ada"), ("t2", "ada2"), ("t3", "ben")), batch="a")
    book.merge("ada2", into="ada", at=MONDAY, batch="merge-1")
    assert who(book) == {"t1": "ada", "t2": "ada", "t3": "ben"}
    raw = book.query(book.table("touches", aliased=False))
    assert sorted(raw["person_id"].to_pylist()) == ["ada", "ada2", "ben"]
    book.undo("merge-1")
    assert who(book) == {"t1": "ada", "t2": "ada2", "t3": "ben"}


def test_chains_of_merges_end_at_one_survivor(book: Ledger) -> None:
    book.append("touches", touches(*((f"t{i}", f"p{i}") for i in range(4))), batch="a")
    book.merge("p0", into="p1", at=MONDAY, batch="m1")
    book.merge("p1", into="p2", at=MONDAY, batch="m2")
    book.merge("p3", into="p0", at=MONDAY, batch="m3")
    assert set(who(book).values()) == {"p2"}
    assert not book.merge("p2", into="p3", at=MONDAY, batch="m4").is_new, "they are one already"


def test_aliases_that_go_in_a_circle_end_at_the_least_id(book: Ledger) -> None:
    book.append("touches", touches(("t1", "ada"), ("t2", "ben"), ("t3", "cyd")), batch="a")
    circle = {"person_id": ["ben", "cyd", "ada"], "now": ["cyd", "ben", "ben"], "at": [MONDAY] * 3}
    book.append("aliases", pa.table(circle), batch="m")
    assert set(who(book).values()) == {"ben"}


# 7. Money


def rates(*rows: tuple[date, str, float]) -> pa.Table:
    return pa.table(
        {
            "day": [day for day, _, _ in rows],
            "currency": [code for _, code, _ in rows],
            "rate": [Decimal(str(rate)) for _, _, rate in rows],
        }
    )


def test_money_is_exact(book: Ledger) -> None:
    cents = spend(*((f"s{i}", 0) for i in range(10)))
    tenths = pa.array([Decimal("0.10")] * 10)
    cents = cents.set_column(cents.column_names.index("amount"), "amount", tenths)
    book.append("spend", cents, batch="a")
    rows = book.table("spend")
    assert book.query(rows.aggregate(total=rows.amount.sum()))["total"].to_pylist() == [1]


def test_amounts_convert_at_the_rate_of_their_day(book: Ledger) -> None:
    tuesday = date(2026, 1, 6)
    book.append("spend", spend(("s1", 100)), batch="a")
    book.append("spend", spend(("s2", 100), day=tuesday), batch="b")
    book.append("spend", spend(("s3", 100), currency="USD"), batch="c")
    book.append("rates", rates((MONDAY.date(), "EUR", 1.1), (tuesday, "EUR", 1.2)), batch="r")
    rows = book.query(book.table("spend", currency="USD"))
    found = dict(zip(rows["spend_id"].to_pylist(), rows["amount"].to_pylist(), strict=True))
    assert found == {"s1": 110, "s2": 120, "s3": 100}
    assert set(rows["currency"].to_pylist()) == {"USD"}


def test_a_missing_rate_names_the_day_and_the_currency(book: Ledger) -> None:
    book.append("spend", spend(("s1", 100)), batch="a")
    with pytest.raises(MissingRate, match="no rate from EUR to USD on 2026-01-05"):
        book.table("spend", currency="USD")


def test_an_amount_without_a_currency_is_in_the_reporting_currency(book: Ledger) -> None:
    book.append("touches", touches(("t1", "ada"), cost=2.5), batch="a")
    assert book.query(book.table("touches", currency="JPY"))["cost"].to_pylist() == [2.5]


def test_a_row_without_an_amount_needs_no_rate(book: Ledger) -> None:
    book.append("touches", touches(("t1", "ada"), currency="EUR"), batch="a")
    assert book.query(book.table("touches", currency="JPY"))["cost"].to_pylist() == [None]


def test_an_unnamed_reporting_currency_is_not_guessed(book: Ledger) -> None:
    book.append("spend", spend(("s1", 1)), batch="a")
    book.append("spend", spend(("s2", 1), currency="USD"), batch="b")
    with pytest.raises(CurrencyUnknown, match="EUR, USD"):
        book.one_currency("spend")


# 5. Erasure


def everything_under(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_erasing_a_person_leaves_no_byte_of_them(book: Ledger) -> None:
    name, twin = "ada-lovelace-7f3", "ada-l-other-id"
    for batch in range(3):
        mine = touches((f"t{batch}", name), (f"u{batch}", "ben"), (f"v{batch}", twin))
        book.append("touches", mine, batch=f"mail {batch}")
    book.append("touches", touches((f"form-{name}", name)), batch=f"form of {name}")
    book.append(
        "people", pa.table({"person_id": [name, "ben"], "since": [MONDAY] * 2}), batch="people"
    )
    for kind in ("person", "account"):
        dice = {"experiment": ["x"], "unit_kind": [kind], "unit_id": [name], "arm": ["treated"]}
        dice |= {"propensity": [0.5], "at": [MONDAY]}
        book.append("assignments", pa.table(dice), batch=f"dice {kind}")
    book.merge(twin, into=name, at=MONDAY, batch="merged")
    book.compact()
    book.append("touches", touches(("late", name), ("t0", "ben")), batch="late")
    (book.root / "touches" / "state=tail" / "left-by-a-crash.parquet").write_bytes(name.encode())
    assert name.encode() in everything_under(book.root)

    gone = book.erase(twin)

    assert gone == {"people": 1, "touches": 8, "aliases": 1, "assignments": 1}
    left = everything_under(book.root / "touches") + everything_under(book.root / "aliases")
    left += everything_under(book.root / "people")
    assert name.encode() not in left
    assert twin.encode() not in left
    assert who(book) == {"u0": "ben", "u1": "ben", "u2": "ben", "t0": "ben"}
    assert book.read("assignments")["unit_kind"].to_pylist() == ["account"]
    with pytest.raises(PersonNotFound):
        book.erase(name)


def test_erasure_clears_checkpoints_too(book: Ledger) -> None:
    for batch in range(101):  # the log writes a checkpoint every hundred commits
        book.append("touches", touches((f"t{batch}", "ada-lovelace")), batch=str(batch))
    assert list((book.root / "touches" / "_delta_log").glob("*.checkpoint.parquet"))
    book.erase("ada-lovelace")
    assert b"ada-lovelace" not in everything_under(book.root)


def test_a_reader_whose_files_were_erased_is_told_so(book: Ledger) -> None:
    book.append("touches", touches(("t1", "ada"), ("t2", "ben")), batch="a")
    rows = book.table("touches")
    assert book.query(rows).num_rows == 2
    book.erase("ada")
    with pytest.raises(LedgerChanged, match="run the query again"):
        book.query(rows)
    assert book.query(book.table("touches")).num_rows == 1


@pytest.mark.parametrize("compact_first", [False, True])
def test_rows_by_person_are_the_same_settled_or_not(book: Ledger, compact_first: bool) -> None:
    for day in range(1, 5):
        at = datetime(2026, 1, day, tzinfo=UTC)
        rows = touches((f"t{day}", "ben"), (f"u{day}", "ada"), (f"v{day}", "cyd"), at=at)
        book.append("touches", rows, batch=str(day))
    if compact_first:
        book.compact("touches")
    window = {"since": datetime(2026, 1, 2, tzinfo=UTC), "until": datetime(2026, 1, 4, tzinfo=UTC)}
    batches = book.by_person("touches", ["touch_id", "person_id"], **window)
    found = [row["touch_id"] for batch in batches for row in batch.to_pylist()]
    assert found == ["u2", "u3", "t2", "t3", "v2", "v3"]


def test_merged_people_lie_together_by_person(book: Ledger) -> None:
    for day, person in ((1, "zoe"), (2, "ada"), (3, "ben"), (4, "zoe")):
        at = datetime(2026, 1, day, tzinfo=UTC)
        book.append("touches", touches((f"t{day}", person), at=at), batch=str(day))
    book.compact("touches")
    book.merge("zoe", into="ada", at=MONDAY, batch="m")
    batches = book.by_person("touches", ["touch_id", "person_id"])
    found = [(row["touch_id"], row["person_id"]) for b in batches for row in b.to_pylist()]
    assert found == [("t1", "ada"), ("t2", "ada"), ("t4", "ada"), ("t3", "ben")]


@pytest.mark.parametrize("compact_first", [False, True])
def test_a_reader_under_way_finishes_or_is_told_that_files_went(
    book: Ledger, compact_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("halves.ledger.store.FILE_ROWS", 1000)
    for batch in range(10):
        rows = touches(*((f"t{batch}-{i}", f"p{i:03d}") for i in range(500)))
        book.append("touches", rows, batch=str(batch))
    if compact_first:
        book.compact("touches")
    reading = book.by_person("touches", ["person_id"])
    seen = next(reading).num_rows
    Ledger.open(book.root).erase("p499")
    try:
        seen += sum(batch.num_rows for batch in reading)
    except LedgerChanged as told:
        assert "again" in str(told)  # noqa: PT017
    else:
        assert seen == 5000
    assert book.read("touches").num_rows == 4990

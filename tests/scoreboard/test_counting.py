"""Customers, revenue and doors against a naive loop over the ledger's rows."""

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest

from halves.measure.rate import rate
from halves.scoreboard.counting import PathDoors, count
from halves.scoreboard.errors import PeriodUnknown
from halves.scoreboard.periods import Period

SPRING = Period.named("2025-Q2")
LATER = date(2026, 1, 5)


def naively(rows, period):
    """Look at every outcome in turn."""
    first_deal, revenue = {}, 0.0
    for row in sorted(rows, key=lambda row: row["at"]):
        day = row["at"].date()
        if row["kind"] == "deal_closed":
            first_deal.setdefault(row["person_id"], day)
        if row["kind"] in ("deal_closed", "renewed") and period.starts <= day < period.ends:
            revenue += float(row["value"] or 0)
    new = sum(period.starts <= day < period.ends for day in first_deal.values())
    return new, revenue


def doors_naively(outcomes, touches, period):
    """Path of the last touch in 60 days before each person's first door → opened, closed."""
    found = {}
    for person in {row["person_id"] for row in outcomes}:
        mine = [row for row in outcomes if row["person_id"] == person]
        opened = [
            row["at"]
            for row in mine
            if row["kind"] == "door_opened" and period.starts <= row["at"].date() < period.ends
        ]
        if not opened:
            continue
        door = min(opened)
        before = [
            row for row in touches.get(person, []) if door - timedelta(days=60) <= row["at"] <= door
        ]
        path = max(before, key=lambda row: row["at"])["path"] if before else ""
        is_closed = any(row["kind"] == "deal_closed" and row["at"] >= door for row in mine)
        many, closed = found.get(path, (0, 0))
        found[path] = (many + 1, closed + is_closed)
    return found


def test_customers_and_revenue_are_those_of_a_loop_over_the_ledger(stocked):
    book = stocked.book()
    rows = book.read("outcomes").to_pylist()

    counted = count(book, SPRING, today=LATER, currency="USD")

    for tally in counted.trend:
        customers, revenue = naively(rows, Period.named(tally.name))
        assert tally.customers == customers
        assert tally.revenue == pytest.approx(revenue)
    assert counted.now.customers > 10


def test_doors_are_those_of_a_loop_over_outcomes_and_touches(stocked):
    book = stocked.book()
    touches = {}
    for row in book.read("touches").select(["person_id", "at", "path"]).to_pylist():
        touches.setdefault(row["person_id"], []).append(row)

    counted = count(book, SPRING, today=LATER, currency="USD")

    told = {one.path: (one.opened, one.closed) for one in counted.doors}
    assert told == doors_naively(book.read("outcomes").to_pylist(), touches, SPRING)
    assert all(one.is_claimed for one in counted.doors if one.path)


def test_a_door_that_names_its_path_is_not_told_by_touches(house):
    book = house.book_or_new()
    rows = [outcome("d", "grace", "door_opened", "2025-04-02", path="one")]
    book.append("outcomes", pa.Table.from_pylist(rows), batch="b")

    counted = count(book, SPRING, today=LATER, currency=None)

    assert counted.doors == [PathDoors("one", 1, 0, is_claimed=False)]


def test_who_bought_before_is_no_new_customer(house):
    book = house.book_or_new()
    rows = [
        outcome("a", "grace", "deal_closed", "2025-02-02", value=10.0),
        outcome("b", "grace", "deal_closed", "2025-04-02", value=20.0),
        outcome("c", "mary", "deal_closed", "2025-04-03", value=30.0),
        outcome("d", "mary", "renewed", "2025-06-30", value=5.0),
        outcome("e", "mary", "renewed", "2025-07-01", value=5.0),
        outcome("f", "joan", "churned", "2025-05-01"),
    ]
    book.append("outcomes", pa.Table.from_pylist(rows), batch="b")

    counted = count(book, SPRING, today=LATER, currency=None)

    assert (counted.now.customers, counted.now.revenue, counted.now.sales) == (1, 55.0, 3)


def test_a_quarter_that_goes_on_is_set_beside_as_many_days_of_the_one_before(house):
    book = house.book_or_new()
    days = ["2025-01-03", "2025-01-20", "2025-03-01", "2025-04-02"]
    rows = [outcome(day, day, "deal_closed", day, value=1.0) for day in days]
    book.append("outcomes", pa.Table.from_pylist(rows), batch="b")

    counted = count(book, SPRING, today=date(2025, 4, 11), currency=None)

    assert counted.so_far_before is not None
    assert counted.so_far_before.customers == 1  # 3 January; the 20th is not in ten days
    assert counted.trend[-2].customers == 3


def test_the_last_whole_weeks_are_counted_where_the_ledger_goes_on(stocked):
    book = stocked.book()
    rows = book.read("outcomes").to_pylist()
    today = date(2025, 6, 17)

    counted = count(book, SPRING, today=today, currency="USD")

    assert len(counted.weeks) == 13
    for back, tally in enumerate(counted.weeks):
        end = today - timedelta(days=7 * back)
        sold = [
            float(row["value"])
            for row in rows
            if row["kind"] == "deal_closed" and end - timedelta(days=7) <= row["at"].date() < end
        ]
        assert tally.revenue == pytest.approx(sum(sold))
    assert count(book, Period.named("2025-Q3"), today=date(2025, 8, 1), currency="USD").weeks == []


def test_what_lies_before_the_ledger_is_not_counted_as_nothing(stocked):
    names = [one.name for one in count(stocked.book(), SPRING, today=LATER, currency="USD").trend]

    assert names[0] >= "2024-Q4"


def test_the_same_ledger_is_counted_once_and_a_new_row_counts_anew(house):
    book = house.book_or_new()
    one = pa.Table.from_pylist([outcome("a", "grace", "deal_closed", "2025-04-02", value=1.0)])
    book.append("outcomes", one, batch="a")
    first = count(book, SPRING, today=LATER, currency=None)
    assert count(book, SPRING, today=LATER, currency=None) == first

    other = pa.Table.from_pylist([outcome("b", "mary", "deal_closed", "2025-04-02", value=1.0)])
    book.append("outcomes", other, batch="b")

    assert count(book, SPRING, today=LATER, currency=None).now.customers == 2


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("2025", date(2025, 1, 1), date(2025, 12, 31)),
        ("2025-Q4", date(2025, 10, 1), date(2025, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
    ],
)
def test_a_period_is_read_from_its_name(name, first, last):
    period = Period.named(name)

    assert (period.starts, period.last_day, period.name) == (first, last, name)
    assert period.before.ends == first
    assert Period.holding(last, period.months) == period


@pytest.mark.parametrize("name", ["", "2025-Q5", "2025-13", "25", "0001", "9999", "2025-Q1x"])
def test_a_name_that_is_no_period_is_refused(name):
    with pytest.raises(PeriodUnknown):
        Period.named(name)


def test_a_rate_of_nothing_is_not_told_and_a_certain_one_keeps_its_doubt():
    assert rate(0, 0) is None
    none = rate(0, 20, sureness=0.95)
    assert none is not None
    assert none.high == pytest.approx(0.1611, abs=5e-5)  # Newcombe (1998), table I, 0 of 20


def outcome(key, person, kind, day, *, value=None, path=None):
    at = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=UTC)
    return {
        "outcome_id": key,
        "person_id": person,
        "at": at,
        "kind": kind,
        "value": value,
        "path": path,
        "source": "test",
    }

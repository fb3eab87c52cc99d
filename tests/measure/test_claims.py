"""What attribution rules credit, through the ledger, on cases worked out by hand."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest

from halves import Channel, Ledger
from halves.measure.claims import claims

SINCE, UNTIL = date(2026, 1, 1), date(2026, 4, 1)
MONDAY = datetime(2026, 2, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
CHANNELS = [
    Channel("email", path="many"),
    Channel("social", path="many"),
    Channel("call", path="one"),
]

Row = dict[str, object]


def touch(touch_id: str, person: str, days: float, channel: str, **more: object) -> Row:
    path = "one" if channel == "call" else "many"
    at = MONDAY + days * DAY
    row = {"touch_id": touch_id, "person_id": person, "at": at, "path": path, "channel": channel}
    return {**row, "source": "test", **more}


def deal(person: str, days: float, value: float | None, **more: object) -> Row:
    at = MONDAY + days * DAY
    row = {"outcome_id": f"{person}{days}", "person_id": person, "at": at, "kind": "deal_closed"}
    return {**row, "value": value, "source": "test", **more}


def write(book: Ledger, touches: Sequence[Row] = (), outcomes: Sequence[Row] = ()) -> Ledger:
    if touches:
        book.append("touches", pa.Table.from_pylist(list(touches)), batch="touches")
    if outcomes:
        book.append("outcomes", pa.Table.from_pylist(list(outcomes)), batch="outcomes")
    return book


def claimed(book: Ledger, rule: str, **options: object) -> dict[str, float]:
    """unit → what the rule gives it, rounded, without those that get nothing."""
    options = {"channels": CHANNELS, "since": SINCE, "until": UNTIL, **options}
    table = claims(book, rule=rule, **options)
    assert table.column_names == ["unit", "path", "claimed"]
    rows = zip(table["unit"].to_pylist(), table["claimed"].to_pylist(), strict=True)
    return {unit: round(amount, 9) for unit, amount in rows if amount}


@pytest.fixture
def three_touches(book: Ledger) -> Ledger:
    """Ada: email, then social a week later, then a call a week later; a deal of 100 that day."""
    touches = [
        touch("t1", "ada", 0, "email"),
        touch("t2", "ada", 7, "social"),
        touch("t3", "ada", 14, "call"),
    ]
    return write(book, touches, [deal("ada", 14, 100.0)])


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("first_touch", {"email": 100.0}),
        ("last_touch", {"call": 100.0}),
        ("linear", {"email": 33.333333333, "social": 33.333333333, "call": 33.333333333}),
        ("position", {"email": 40.0, "social": 20.0, "call": 40.0}),
        ("time_decay", {"email": 14.285714286, "social": 28.571428571, "call": 57.142857143}),
        ("markov", {"email": 33.333333333, "social": 33.333333333, "call": 33.333333333}),
        ("shapley", {"email": 33.333333333, "social": 33.333333333, "call": 33.333333333}),
    ],
)
def test_each_rule_shares_a_journey_as_worked_by_hand(
    three_touches: Ledger, rule: str, expected: dict[str, float]
) -> None:
    assert claimed(three_touches, rule) == expected

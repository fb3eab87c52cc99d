"""Promises that were broken count among what a campaign or a seller costs."""

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest

from halves import Channel, Ledger, which_half
from halves.ledger.settings import Settings, SettingsRefused

DAY = datetime(2026, 1, 5, tzinfo=UTC)
CHANNELS = [Channel("email", path="many"), Channel("call", path="one")]


def touch(key: str, channel: str, path: str, **more: object) -> dict[str, object]:
    row = {"touch_id": key, "person_id": "ada", "at": DAY, "path": path, "channel": channel}
    return row | {"cost": 100.0, "currency": "EUR", "source": "t"} | more


def delivery(key: str, keeping: str, **more: object) -> dict[str, object]:
    came = DAY + timedelta(days=10)
    row = {"promise_id": key, "person_id": "ada", "at": came, "expected": 1.0, "delivered": 0.0}
    return row | {"keeping": keeping, "source": "t"} | more


@pytest.fixture
def book(tmp_path) -> Ledger:
    """Ada was mailed by `spring` and called by Ben; three promises were broken, one was kept."""
    found = Ledger.create(tmp_path / "book")
    deliveries = [
        delivery("p1", "under", campaign="spring"),
        delivery("p2", "under", campaign="spring"),
        delivery("p3", "under", seller="Ben"),
        delivery("p4", "met", campaign="spring"),
        delivery("p5", "under", seller="Nobody"),
    ]
    lift = {
        "lift_id": "study",
        "withheld": ["email"],
        "starts": DAY,
        "ends": DAY + timedelta(days=28),
        "outcome": "revenue",
        "lift": 500.0,
        "se": 50.0,
        "source": "agency",
    }
    tables = {
        "touches": [
            touch("t1", "email", "many", campaign="spring"),
            touch("t2", "call", "one", seller="Ben", at=DAY + timedelta(days=1)),
            touch("t3", "call", "one", seller="Ben", at=DAY + timedelta(days=12)),
        ],
        "deliveries": deliveries,
        "lifts": [lift],
    }
    for table, rows in tables.items():
        names = {name for row in rows for name in row}
        full = [{name: row.get(name) for name in names} for row in rows]
        found.append(table, pa.Table.from_pylist(full), batch=table)
    return found


def asked(book: Ledger, cost: float | None, by: str = "channel"):
    until = date(2026, 2, 2)
    return which_half(
        book,
        channels=CHANNELS,
        margin=0.5,
        since=DAY.date(),
        until=until,
        seed=1,
        by=by,
        currency="EUR",
        cost_of_under=cost,
    )


def profit_of(answer, unit: str) -> float:
    found = next(one for one in answer.units if one.unit == unit)
    return found.money.profit.mean


def test_each_unit_pays_for_the_promises_it_broke(book):
    free, charged = asked(book, None), asked(book, 30.0)

    assert profit_of(free, "email") - profit_of(charged, "email") == pytest.approx(2 * 30)
    assert profit_of(free, "call") - profit_of(charged, "call") == pytest.approx(30)
    assert free.units[0].incremental == charged.units[0].incremental, "what it brings is the same"


def test_a_campaign_pays_for_its_own(book):
    free, charged = asked(book, None, "campaign"), asked(book, 30.0, "campaign")

    assert profit_of(free, "spring") - profit_of(charged, "spring") == pytest.approx(2 * 30)


def test_what_works_is_wasted_once_its_broken_promises_cost_more_than_it_brings(book):
    verdicts = {
        cost: next(one.verdict for one in asked(book, cost).units if one.unit == "email")
        for cost in (None, 400.0)
    }

    assert verdicts == {None: "working", 400.0: "wasted"}


def test_without_a_price_nothing_is_charged_and_the_answer_says_so(book):
    notes = " ".join(asked(book, None).notes)

    assert "4 promises were broken and nobody said what that costs" in notes
    assert "cost_of_under" in notes


def test_the_answer_says_what_was_charged_and_what_nobody_can_be_charged_for(book):
    notes = " ".join(asked(book, 30.0).notes)

    assert "at 30.00 each as you state: call 1, email 2" in notes
    assert "of 1 broken promises nothing tells which unit made them" in notes


def test_the_price_is_read_from_the_settings(tmp_path):
    file = tmp_path / "halves.toml"
    file.write_text("[promises]\ncost_of_under = 12.5\n")
    read = Settings.read(file)
    read.write(file)

    assert read.cost_of_under == 12.5
    assert Settings.read(file) == read
    assert Settings().cost_of_under is None


def test_a_price_that_is_none_is_refused_by_name(tmp_path):
    file = tmp_path / "halves.toml"
    for said in ("cost_of_under = -1", "cost_of_over = 1"):
        file.write_text(f"[promises]\n{said}\n")
        with pytest.raises(SettingsRefused, match=r"promises"):
            Settings.read(file)

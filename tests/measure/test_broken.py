"""Promises that were broken count among what a campaign or a seller costs."""

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest

from halves import Channel, Ledger, which_half
from halves.ledger.settings import Settings, SettingsRefused
from halves.measure.breaking_ledger import breaking
from tests.measure.broken_world import DAYS, MARGIN, START, World

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


def asked(book: Ledger, cost: float | str | None, by: str = "channel"):
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


@pytest.fixture(scope="module")
def company(tmp_path_factory) -> Ledger:
    """A thousand people, all mailed a promise; a study knows well what the mails bring."""
    book, _ = World(people=1_000).ledger(tmp_path_factory.mktemp("company") / "book", 3)
    mails = [
        touch(f"t{row['promise_id']}", "email", "many", campaign=row["campaign"], cost=10.0)
        | {"person_id": row["person_id"], "at": row["at"] - timedelta(days=6)}
        for row in book.read("deliveries").to_pylist()
    ]
    book.append("touches", pa.Table.from_pylist(mails), batch="mails")
    study = {
        "lift_id": "study",
        "withheld": ["email"],
        "starts": START,
        "ends": START + timedelta(days=DAYS + 1),
        "outcome": "revenue",
        "lift": 39_000.0,
        "se": 2_000.0,
        "source": "agency",
    }
    book.append("lifts", pa.Table.from_pylist([study]), batch="study")
    return book


def company_asked(book: Ledger, cost):
    return which_half(
        book,
        channels=CHANNELS,
        margin=MARGIN,
        since=START.date(),
        until=(START + timedelta(days=DAYS + 1)).date(),
        seed=1,
        currency="EUR",
        cost_of_under=cost,
    )


def test_what_was_learned_is_charged_with_its_doubt(company):
    learned = breaking(company, margin=MARGIN, currency="EUR").all
    free, known, charged = (
        company_asked(company, cost).units[0].money.profit
        for cost in (None, learned.cost.mean, "learned")
    )
    many = sum(row["keeping"] == "under" for row in company.read("deliveries").to_pylist())

    cost = many * learned.cost.mean
    assert free.mean - charged.mean == pytest.approx(cost, rel=0.02)
    assert free.mean - known.mean == pytest.approx(cost)
    doubt = many * (learned.cost.high - learned.cost.low)
    wide = ((known.high - known.low) ** 2 + doubt**2) ** 0.5
    assert charged.high - charged.low == pytest.approx(wide, rel=0.1)
    assert charged.high - charged.low > 1.2 * (known.high - known.low)


def test_the_doubt_about_the_cost_enters_the_verdict(company):
    verdicts = {
        cost: company_asked(company, cost).units[0].verdict for cost in (None, 5.0, "learned", 60.0)
    }

    assert verdicts == {None: "working", 5.0: "working", "learned": "unknown", 60.0: "wasted"}


def test_nothing_said_charges_nothing_and_tells_what_the_ledger_says(company):
    [note] = [one for one in company_asked(company, None).notes if "broken" in one]
    learned = breaking(company, margin=MARGIN, currency="EUR").all.cost

    assert f"by the ledger it is about {learned.mean:,.0f} ({learned.low:,.0f} to" in note
    assert 'say cost_of_under = "learned" to charge that' in note


def test_what_is_charged_as_learned_is_told_with_what_it_rests_on(company):
    notes = " ".join(company_asked(company, "learned").notes)

    assert "within 180 days" in notes
    assert "email 2" in notes
    assert "customers whose promise was broken may differ in other ways too" in notes


def test_what_cannot_be_learned_yet_is_not_charged_and_the_answer_says_what_it_lacks(book):
    free, charged = asked(book, None), asked(book, "learned")

    assert profit_of(free, "email") == profit_of(charged, "email")
    assert "nothing is charged for it: what that costs cannot be learned yet" in " ".join(
        charged.notes
    )


def test_a_word_that_is_no_price_is_refused(book, tmp_path):
    with pytest.raises(ValueError, match="a number or learned, got 'dear'"):
        asked(book, "dear")
    file = tmp_path / "halves.toml"
    file.write_text('[promises]\ncost_of_under = "dear"\n')
    with pytest.raises(SettingsRefused, match=r"halves.toml: promises.cost_of_under must be a num"):
        Settings.read(file)


def test_that_the_cost_is_to_be_learned_is_read_and_written(tmp_path):
    file = tmp_path / "halves.toml"
    file.write_text('[promises]\ncost_of_under = "learned"\n')
    read = Settings.read(file)
    read.write(file)

    assert read.cost_of_under == "learned"
    assert Settings.read(file) == read


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

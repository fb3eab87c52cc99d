from datetime import timedelta
from decimal import Decimal

import pytest

from halves.keeping.erasing import erase_person
from halves.people.actions import add_person
from halves.posting import outbox
from halves.posting.book import book
from halves.posting.models import Posting, PostingBatch
from tests.house import MONDAY


def touch(number: int, person: str = "p1", **more):
    row = {
        "touch_id": f"t{number}",
        "person_id": person,
        "at": MONDAY + timedelta(minutes=number),
        "path": "many",
        "channel": "email",
        "cost": Decimal("0.001"),
        "currency": "USD",
        "source": "campaign",
    }
    return row | more


def on_the_ledger(table: str = "touches") -> list[dict]:
    ledger = book()
    return ledger.query(ledger.table(table)).to_pylist()


def test_what_was_put_is_on_the_ledger_once_it_is_flushed(house):
    outbox.put("touches", [touch(1), touch(2)], at=MONDAY)

    assert outbox.flush(at=MONDAY) == 2

    rows = sorted(on_the_ledger(), key=lambda row: row["touch_id"])
    assert [row["touch_id"] for row in rows] == ["t1", "t2"]
    assert rows[0]["cost"] == Decimal("0.001000")
    assert rows[0]["at"] == MONDAY + timedelta(minutes=1)
    assert not Posting.objects.exists()


def test_a_crash_between_the_ledger_and_the_mark_doubles_nothing(house, monkeypatch):
    outbox.put("touches", [touch(n) for n in range(1_500)], at=MONDAY)

    def dies(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("halves.posting.outbox._let_go", dies)
        with pytest.raises(KeyboardInterrupt):
            outbox.flush(at=MONDAY)
    assert len(on_the_ledger()) == 1_500
    assert Posting.objects.count() == 1_500

    outbox.put("touches", [touch(9_000)], at=MONDAY)
    outbox.flush(at=MONDAY)

    assert len(on_the_ledger()) == 1_501
    assert not Posting.objects.exists()
    assert not PostingBatch.objects.filter(posted_at=None).exists()


def test_two_tables_and_many_rows_go_in_batches_of_their_own(house):
    outcome = {
        "outcome_id": "o1",
        "person_id": "p1",
        "at": MONDAY,
        "kind": "deal_closed",
        "value": Decimal("99.90"),
        "currency": "EUR",
        "source": "page",
    }
    outbox.put("outcomes", [outcome], at=MONDAY)
    outbox.put("touches", [touch(1)], at=MONDAY)

    outbox.flush(at=MONDAY)

    assert on_the_ledger("outcomes")[0]["value"] == Decimal("99.900000")
    assert sorted(PostingBatch.objects.values_list("table", flat=True)) == ["outcomes", "touches"]


def test_a_column_that_the_ledger_lacks_is_refused_by_name(house):
    with pytest.raises(ValueError, match="touches have no column 'colour'"):
        outbox.put("touches", [touch(1, colour="red")], at=MONDAY)


def test_what_waits_about_an_erased_person_never_arrives(ada):
    person = add_person(by=ada, at=MONDAY, source="hand", name="Pat", email="pat@example.org")
    outbox.put("touches", [touch(1, person.ledger_id), touch(2, "somebody")], at=MONDAY)

    erase_person(person, by=ada, at=MONDAY)
    outbox.flush(at=MONDAY)

    assert [row["person_id"] for row in on_the_ledger()] == ["somebody"]

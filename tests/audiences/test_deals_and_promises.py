"""Deals, orders and promises can be asked about, and what changes in them counts at once."""

from datetime import timedelta
from decimal import Decimal

from halves.audiences.queries import why
from halves.concerns.models import Concern
from halves.deals.actions import back_to_nurture, open_deal
from halves.deals.models import Deal, Order
from halves.people import actions as people
from halves.people.models import Person
from halves.promises.models import Promise
from tests.audiences.test_questions import named, someone
from tests.house import MONDAY


def deal(person: Person, value: str, *, at=MONDAY) -> Deal:
    return Deal.objects.create(
        title="d", person=person, path="one", value=Decimal(value), currency="EUR", opened_at=at
    )


def asked(records: str, field: str, op: str, value, **more):
    where = [{"field": field, "op": op, "value": value}]
    return {"records": records, "op": "any", "where": where, **more}


def test_who_has_a_deal_is_found_until_it_is_lost(house):
    grace, alan = someone("Grace"), someone("Alan")
    one = deal(grace, "300")
    deal(alan, "20")
    is_open = asked("deals", "state", "is", "open")
    assert named(is_open) == {"Grace", "Alan"}
    assert named(asked("deals", "value", "at_least", 100)) == {"Grace"}

    Deal.objects.filter(pk=one.pk).update(state="lost", closed_at=MONDAY + timedelta(days=1))

    assert named(is_open) == {"Alan"}
    assert named(asked("deals", "closed", "since", "2020-01-01")) == {"Grace"}
    one.delete()
    assert named({"records": "deals", "op": "none"}) == {"Grace"}


def test_an_order_that_is_paid_is_asked_about_though_its_deal_did_not_change(house):
    grace = someone("Grace")
    order = Order.objects.create(
        deal=deal(grace, "30"), once="1", words="Tea", price=Decimal(10), quantity=3,
        currency="EUR", provider="invoice", placed_at=MONDAY, email="g@example.org",
    )  # fmt: skip
    paid = asked("orders", "state", "is", "paid")
    assert named(paid) == set()
    assert named(asked("orders", "total", "is", 30)) == {"Grace"}

    Order.objects.filter(pk=order.pk).update(state="paid", paid_at=MONDAY)

    assert named(paid) == {"Grace"}


def test_an_overdue_promise_is_asked_about_and_why_says_how_many(house):
    grace = someone("Grace")
    told = {"person": grace, "words": "Two days", "via": "call", "made_at": MONDAY}
    one = Promise.objects.create(**told, via_key="1", due_on=(MONDAY - timedelta(days=2)).date())
    overdue = {
        "records": "promises",
        "op": "any",
        "where": [
            {"field": "delivered", "op": "is_empty"},
            {"field": "due", "op": "older_than_days", "value": 1},
        ],
    }
    assert named(overdue) == {"Grace"}
    assert "1" in why(overdue, grace, at=MONDAY).found

    Promise.objects.filter(pk=one.pk).update(delivered_at=MONDAY, keeping="under")

    assert named(overdue) == set()
    assert named(asked("promises", "keeping", "is", "under")) == {"Grace"}


def test_a_deal_goes_with_whom_it_belongs_to(house, ada):
    grace, alan = someone("Grace"), someone("Alan")
    one = deal(grace, "5")
    assert named({"records": "deals", "op": "any"}) == {"Grace"}

    Deal.objects.filter(pk=one.pk).update(person=alan)

    assert named({"records": "deals", "op": "any"}) == {"Alan"}
    people.add_person(by=ada, at=MONDAY, source="t", name="Nobody")
    assert named({"records": "deals", "op": "none"}) == {"Grace", "Nobody"}


def test_marketing_asks_for_the_concern_that_a_seller_gave_somebody_back_with(ada):
    grace, alan = someone("Grace"), someone("Alan")
    concern = Concern.objects.create(name="Is it for people like us?", made_at=MONDAY)
    given, kept = (
        open_deal(one, by=ada, at=MONDAY, problem="Queues at the machine") for one in (grace, alan)
    )
    back_to_nurture(given, concern, by=ada, at=MONDAY)

    assert named(asked("deals", "concern", "is", str(concern.pk))) == {"Grace"}
    assert named(asked("deals", "lost", "is", "nurture")) == {"Grace"}
    assert named(asked("deals", "stage", "is", str(kept.stage_id))) == {"Alan"}
    assert named(asked("deals", "problem", "contains", "queues")) == {"Grace", "Alan"}

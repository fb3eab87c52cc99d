from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from halves.access.actions import change_house
from halves.access.rules import visible
from halves.deals.actions import Basket, agree_on_invoice, cancel_order, place_order, take_payment
from halves.deals.errors import PaidAlready
from halves.deals.models import Deal, DealState, Order, OrderState
from halves.people.actions import add_person
from halves.people.models import Letter
from halves.people.timeline import Span, timeline
from halves.posting import outbox
from halves.posting.book import book
from halves.promises.models import Promise
from halves.stories.models import Kind, Story, Version
from tests.house import MONDAY

TOLD = {
    "name": "Quiet mornings",
    "promises": [
        {
            "words": "The first box within five days",
            "measure": "days to the first box",
            "amount": "5",
            "unit": "days",
            "is_at_most": True,
            "within_days": 5,
            "due_on": None,
            "keeper": None,
        },
        {
            "words": "Open on Christmas Eve",
            "measure": "",
            "amount": None,
            "unit": "",
            "is_at_most": False,
            "within_days": None,
            "due_on": "2026-12-24",
            "keeper": None,
        },
    ],
}


@pytest.fixture
def person(ada):
    return add_person(by=ada, at=MONDAY, source="hand", name="Pat", email="pat@example.org")


@pytest.fixture
def basket(ada) -> Basket:
    story = Story.objects.create(
        name="Quiet mornings", kind=Kind.SOLUTION, made_at=MONDAY, changed_at=MONDAY
    )
    version = Version.objects.create(
        story=story, number=1, told=TOLD, digest="d" * 64, made_at=MONDAY
    )
    return Basket(
        words="Starter box",
        quantity=2,
        price=Decimal("49.95"),
        currency="EUR",
        version=version,
        page="starter",
        provider="invoice",
        email="pat@example.org",
        billing={"name": "Pat"},
    )


def paid(order: Order, event: str = "evt_1", reference: str = "pay_1") -> bool:
    return take_payment(
        order, provider="stripe", event=event, kind="paid", reference=reference, at=MONDAY
    )


def test_a_form_sent_twice_is_one_order(person, basket):
    first = place_order(person, basket, once="form-1", at=MONDAY)
    again = place_order(person, basket, once="form-1", at=MONDAY + timedelta(seconds=2))

    assert first == again
    assert (Order.objects.count(), Deal.objects.count()) == (1, 1)
    assert first.deal.value == Decimal("99.90")


def test_a_paid_order_closes_a_deal_on_the_ledger_once_however_often_it_is_told(person, basket):
    order = place_order(person, basket, once="form-1", at=MONDAY)

    told = [paid(order), paid(order), paid(order, event="evt_2")]
    outbox.flush(at=MONDAY)

    assert told == [True, False, False]
    ledger = book()
    (row,) = ledger.query(ledger.table("outcomes")).to_pylist()
    assert (row["kind"], row["path"], row["value"]) == ("deal_closed", "self", Decimal("99.90"))
    assert row["person_id"] == person.ledger_id
    order.refresh_from_db()
    assert (order.state, order.deal.state) == (OrderState.PAID, DealState.WON)


def test_its_promises_are_open_from_then_on_with_the_days_that_were_told(person, basket):
    order = place_order(person, basket, once="form-1", at=MONDAY)
    assert not Promise.objects.exists()
    paid(order)
    paid(order)

    first, second = Promise.objects.order_by("place")
    assert (first.due_on, first.amount, first.is_at_most) == (date(2026, 1, 10), 5, True)
    assert second.due_on == date(2026, 12, 24)
    assert first.is_overdue(date(2026, 1, 11))
    assert not first.is_overdue(date(2026, 1, 10))


def test_an_order_paid_a_second_time_says_what_to_pay_back(person, basket):
    order = place_order(person, basket, once="form-1", at=MONDAY)
    paid(order)

    with pytest.raises(PaidAlready, match="pay pay_2 back"):
        paid(order, event="evt_2", reference="pay_2")
    assert Deal.objects.filter(state=DealState.WON).count() == 1


def test_an_order_on_invoice_closes_its_deal_when_agreed_and_is_settled_when_paid(person, basket):
    order = place_order(person, basket, once="form-1", at=MONDAY)
    assert agree_on_invoice(order, by=None, at=MONDAY)
    assert not agree_on_invoice(order, by=None, at=MONDAY)
    assert order.state == OrderState.INVOICED

    assert paid(order)
    outbox.flush(at=MONDAY)

    order.refresh_from_db()
    assert (order.state, order.agreed_at, order.paid_at) == (OrderState.PAID, MONDAY, MONDAY)
    assert len(book().query(book().table("outcomes")).to_pylist()) == 1


def test_the_buyer_is_owed_one_receipt_that_states_the_promises(person, basket):
    order = place_order(person, basket, once="form-1", at=MONDAY)
    assert not Letter.objects.exists()
    paid(order)
    paid(order, event="evt_2")

    letter = Letter.objects.get()
    assert letter.to == "pat@example.org"
    assert "99.90 EUR" in letter.text
    assert "The first box within five days" in letter.text
    assert order.token in letter.text


def test_a_cancelled_order_cannot_be_paid_into_a_deal(ada, person, basket):
    order = place_order(person, basket, once="form-1", at=MONDAY)
    assert cancel_order(order, by=ada, at=MONDAY)

    assert paid(order) is False
    assert cancel_order(order, by=ada, at=MONDAY) is False
    assert Deal.objects.get().state == DealState.LOST


def test_the_timeline_shows_the_order_and_what_was_promised(ada, person, basket):
    paid(place_order(person, basket, once="form-1", at=MONDAY))

    lines = timeline(person, user=ada, span=Span())
    assert {line.kind for line in lines} >= {"order", "promise"}
    assert any(line.amount == Decimal("99.90") for line in lines)


def test_another_teams_seller_sees_neither_deal_nor_order(ada, ben, cyd, basket):

    change_house(by=ada, at=MONDAY, name="", is_by_team=True)
    whom = add_person(by=ben, at=MONDAY, source="hand", name="Sam", owner=ben)
    place_order(whom, basket, once="form-1", at=datetime.now(UTC))

    assert visible(ben, "deal", Deal.objects.all()).count() == 1
    assert visible(cyd, "deal", Deal.objects.all()).count() == 0
    assert visible(cyd, "order", Order.objects.all()).count() == 0

"""A conversation is logged once, and what follows from it follows once."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from halves.conversations.actions import change, log
from halves.conversations.errors import ChangedMeanwhile, ConversationRefused
from halves.conversations.models import Conversation
from halves.conversations.talk import NextStep, Spoken, Talk
from halves.people.models import Task
from halves.posting import outbox
from halves.posting.book import book
from tests.house import MONDAY

TUESDAY = MONDAY + timedelta(days=1)


def on_the_ledger(table: str) -> list[dict]:
    outbox.flush(at=TUESDAY)
    ledger = book()
    return ledger.query(ledger.table(table)).to_pylist()


def test_a_call_is_a_touch_that_costs_its_minutes(grace, ben, paid):
    log(grace, Talk("call", MONDAY, ben, minutes=20), by=ben, at=MONDAY)

    (touch,) = on_the_ledger("touches")
    assert (touch["path"], touch["channel"], touch["seller"]) == ("one", "call", ben.email)
    assert (touch["cost"], touch["currency"]) == (Decimal(10), "EUR")
    assert (touch["person_id"], touch["at"]) == (grace.ledger_id, MONDAY)


def test_a_call_costs_nothing_known_where_nobody_said_the_wage(grace, ben):
    log(grace, Talk("call", MONDAY, ben, minutes=20), by=ben, at=MONDAY)

    (touch,) = on_the_ledger("touches")
    assert touch["cost"] is None


def test_what_a_source_tells_twice_is_logged_once(grace, ben):
    talk = Talk("chat", MONDAY, ben, source="shop", source_key="17")
    first = log(grace, talk, by=None, at=MONDAY)
    assert log(grace, talk, by=None, at=TUESDAY) == first
    assert len(on_the_ledger("touches")) == 1


def test_the_next_step_is_a_task_of_the_seller(grace, ben):
    step = NextStep("Send the price list", date(2026, 1, 9))
    log(grace, Talk("call", MONDAY, ben, next_step=step), by=ben, at=MONDAY)

    task = Task.objects.get()
    assert (task.title, task.owner, task.person) == ("Send the price list", ben, grace)
    assert task.due_on == date(2026, 1, 9)


def test_what_was_said_is_kept_in_its_order(grace, ben):
    turns = [Spoken("us", "Hello"), Spoken("them", "It costs too much")]
    one = log(grace, Talk("call", MONDAY, ben, turns=turns), by=ben, at=MONDAY)
    assert [turn.words for turn in one.turns.all()] == ["Hello", "It costs too much"]


def test_minutes_that_were_too_few_cost_the_difference_once(grace, ben, paid):
    one = log(grace, Talk("call", MONDAY, ben, minutes=20), by=ben, at=MONDAY)
    change(one, by=ben, at=TUESDAY, version=1, minutes=60)
    change(one, by=ben, at=TUESDAY, version=2, minutes=40)

    (touch,), (spend,) = on_the_ledger("touches"), on_the_ledger("spend")
    assert touch["cost"] + spend["amount"] == Decimal(20)
    assert (spend["path"], spend["channel"], spend["day"]) == ("one", "call", MONDAY.date())


def test_minutes_that_were_too_many_stay_as_the_ledger_heard_them(grace, ben, paid):
    one = log(grace, Talk("call", MONDAY, ben, minutes=20), by=ben, at=MONDAY)
    change(one, by=ben, at=TUESDAY, version=1, minutes=10)

    (touch,), (spend,) = on_the_ledger("touches"), on_the_ledger("spend")
    assert (touch["cost"], spend["amount"]) == (Decimal(10), Decimal(0))


def test_of_two_who_change_it_at_once_the_second_is_told(grace, ben):
    one = log(grace, Talk("call", MONDAY, ben), by=ben, at=MONDAY)
    change(one, by=ben, at=TUESDAY, version=1, subject="Prices")
    with pytest.raises(ChangedMeanwhile):
        change(one, by=ben, at=TUESDAY, version=1, subject="Price")
    assert Conversation.objects.get().subject == "Prices"


def test_a_call_of_two_days_is_refused(grace, ben):
    with pytest.raises(ConversationRefused, match="2880"):
        log(grace, Talk("call", MONDAY, ben, minutes=2880), by=ben, at=MONDAY)

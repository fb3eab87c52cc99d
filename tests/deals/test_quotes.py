"""Quotes: what was sent stays, it is accepted once, and whatever the order of clicks the deal,
the ledger and the promises agree."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from halves.deals.actions import (
    Ending,
    Line,
    accept_quote,
    change_quote,
    draft_quote,
    move,
    promise_said,
    send_quote,
    set_lines,
    withdraw_quote,
)
from halves.deals.errors import DealChangedMeanwhile, DealError, QuoteNotOpen, QuoteStands
from halves.deals.models import Deal, DealState
from halves.deals.quote_models import Quote, QuoteState
from halves.posting.models import Posting
from halves.promises.models import Promise, Via
from halves.stories.models import Kind, Story, Version
from tests.deals.company import LINES, a_deal, a_person, a_quote, sent, stages
from tests.deals.test_orders import TOLD
from tests.house import MONDAY

TUESDAY = MONDAY + timedelta(days=1)


def test_what_was_sent_stays_as_it_was(ben):
    quote = sent(ben)
    deal = Deal.objects.get()
    set_lines(deal, [Line("Tea", Decimal(1), Decimal(5))], by=ben, at=TUESDAY, version=deal.version)

    quote.refresh_from_db()
    assert (quote.total, quote.lines[0]["words"]) == (Decimal("799.40"), "Coffee for the office")
    with pytest.raises(QuoteStands):
        change_quote(quote, by=ben, at=TUESDAY, version=quote.version, words="Tea")
    with pytest.raises(QuoteStands):
        send_quote(quote, by=ben, at=TUESDAY, to=None, version=quote.version)


def test_of_two_who_write_one_draft_the_second_is_told(ben, bea):
    quote = a_quote(ben)
    change_quote(quote, by=ben, at=TUESDAY, version=1, words="Ours")

    with pytest.raises(DealChangedMeanwhile):
        change_quote(quote, by=bea, at=TUESDAY, version=1, words="Mine")


def test_accepting_opens_the_promises_of_the_quote_and_of_its_story(ben):
    story = Story.objects.create(
        name="Quiet mornings", kind=Kind.SOLUTION, made_at=MONDAY, changed_at=MONDAY
    )
    told = Version.objects.create(story=story, number=1, told=TOLD, digest="d" * 64, made_at=MONDAY)
    mine = promise_said("Set up in a week", amount=Decimal(7), unit="days", within_days=7)
    quote = sent(ben, told=told, promises=[mine])

    accept_quote(quote, name="Pat", at=TUESDAY)

    opened = Promise.objects.order_by("words")
    assert [one.words for one in opened] == [
        *("Open on Christmas Eve", "Set up in a week", "The first box within five days")
    ]
    assert {one.via for one in opened} == {Via.QUOTE}
    own = opened.get(version=None)
    assert (own.amount, own.keeper, own.due_on) == (7, ben, (TUESDAY + timedelta(days=7)).date())


def test_a_quote_of_a_deal_that_a_seller_won_already_is_accepted_without_a_second_outcome(ben):
    quote = sent(ben)
    move(Deal.objects.get(), stages()["Won"], by=ben, at=TUESDAY)

    accept_quote(quote, name="Pat", at=TUESDAY)

    assert Posting.objects.filter(row__kind="deal_closed").count() == 1


def test_a_lost_deal_has_no_quote_to_accept(ben):
    quote = sent(ben)
    move(Deal.objects.get(), stages()["Lost"], by=ben, at=TUESDAY, ending=Ending("timing"))

    with pytest.raises(QuoteNotOpen):
        accept_quote(quote, name="Pat", at=TUESDAY)


_STEPS = st.lists(
    st.sampled_from(
        ["forward", "back", "win", "lose", "lines", "draft", "send", "withdraw", "accept", "accept"]
    ),
    min_size=3,
    max_size=14,
)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=_STEPS)
def test_whatever_happens_in_whatever_order_it_all_agrees(ben, steps):
    deal = a_deal(ben, a_person(email=""))
    there = list(stages().values())
    for number, step in enumerate(steps):
        at = MONDAY + timedelta(hours=number + 1)
        with suppress(DealError):  # refused by name: nothing has changed
            _do(step, Deal.objects.get(pk=deal.pk), there, ben, at)
        _check(deal.pk)


def _do(step, deal, there, by, at):
    newest = deal.quotes.first()
    match step:
        case "forward" | "back":
            place = there.index(deal.stage) + (1 if step == "forward" else -1)
            if 0 <= place < 4:
                move(deal, there[place], by=by, at=at)
        case "win":
            move(deal, there[4], by=by, at=at)
        case "lose":
            move(deal, there[5], by=by, at=at, ending=Ending("price"))
        case "lines":
            set_lines(deal, LINES, by=by, at=at, version=deal.version)
        case "draft":
            draft_quote(deal, by=by, at=at, promises=[promise_said("Soon", within_days=3)])
        case "send" if newest:
            send_quote(newest, by=by, at=at, to=None, version=newest.version)
        case "withdraw" if newest:
            withdraw_quote(newest, by=by, at=at)
        case "accept" if newest:
            accept_quote(newest, name="Pat", at=at)


def _check(key: int) -> None:
    deal = Deal.objects.select_related("stage").get(pk=key)
    quotes = Quote.objects.filter(deal=deal)
    accepted = quotes.filter(state=QuoteState.ACCEPTED)
    told = Posting.objects.filter(row__deal_id=deal.ledger_id, row__kind="deal_closed")

    assert deal.state == deal.stage.kind
    assert (deal.closed_at is None) == (deal.state == DealState.OPEN)
    changes = list(deal.changes.all())
    assert [one.left_at is None for one in changes] == [False] * (len(changes) - 1) + [True]
    assert changes[-1].stage == deal.stage
    assert all(a.left_at == b.at for a, b in pairwise(changes))
    assert told.count() == (deal.state == DealState.WON)
    assert accepted.count() <= 1
    assert quotes.filter(state=QuoteState.SENT).count() <= 1
    assert not (accepted.exists() and deal.state != DealState.WON)
    promised = Promise.objects.filter(person=deal.person).count()
    assert promised == accepted.count()

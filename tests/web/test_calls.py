"""The pages of the call queue: who to call, a call logged, somebody skipped, how it is drawn."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from halves.conversations import queue, queue_learning
from halves.conversations.models import Conversation
from halves.conversations.queue_models import CallQueue, DecisionState, QueueDecision
from halves.posting import outbox
from tests.api.program import Program
from tests.conversations.queue_company import known, settings_said, turned_on, waiting, with_deals
from tests.house import browser

EFFECT = {
    "effect": {"mean": 38.0, "low": 3.0, "high": 73.0},
    "always_valid": {"mean": 38.0, "low": -20.0, "high": 96.0},
    "currency": "USD",
    "more": 1980,
    "within": 29.0,
}


@pytest.fixture
def drawn(house, ada, ben):
    settings_said(house)
    with_deals(known(40, owner=ben), owner=ben)
    turned_on(ada, ben)
    now = timezone.now()
    return queue.draw(ben, now.date(), at=now)


def test_a_seller_sees_whom_to_call_and_why_and_nobody_left_alone(drawn, ben):
    page = browser(ben).get("/calls/").content.decode()

    for one in QueueDecision.objects.select_related("person"):
        assert (f">{one.person}</a>" in page) == (not one.is_held_out), one.person
    assert "an open deal of" in page.lower()
    assert "of expected gain given up" in page
    assert "Nothing can be told yet" in page


def test_a_call_that_is_not_expected_to_pay_is_on_the_list_with_its_reason(house, ada, ben):
    settings_said(house)
    people = known(40, owner=ben)
    with_deals(people[:6], owner=ben, value=20_000)
    with_deals(people[6:], owner=ben, value=1)
    turned_on(ada, ben)
    now = timezone.now()
    queue.draw(ben, now.date(), at=now)
    called = waiting(ben)
    poor = [one for one in called if one.gain < 0]
    assert 0 < len(poor) < len(called)

    page = browser(ben).get("/calls/").content.decode()

    # Ten minutes at 30 an hour cost 5.
    assert page.count("Not expected to pay: the call costs $5.0, and is expected to earn") == (
        len(poor)
    )
    assert "until the day is full" in page
    rows = Program(ben).get("/calls").json()
    assert {row["id"] for row in rows if not row["is_expected_to_pay"]} == {one.pk for one in poor}


def test_a_call_is_logged_from_the_list_once(drawn, ben):
    one = waiting(ben)[0]
    said = {"minutes": "12", "summary": "Wants the harbour berth", "next_step": "Send the plan"}
    path = reverse("call_done", args=[one.pk])

    browser(ben).post(path, said)
    browser(ben).post(path, said)

    talk = Conversation.objects.get()
    assert (talk.minutes, talk.summary, talk.deal_id) == (
        12,
        "Wants the harbour berth",
        one.deal_id,
    )
    one.refresh_from_db()
    assert (one.state, one.conversation) == (DecisionState.CALLED, talk)
    assert one.person.tasks.get().title == "Send the plan"
    assert f"/calls/{one.pk}/" not in browser(ben).get("/calls/").content.decode()


def test_what_is_wrong_stays_where_it_was_typed(drawn, ben):
    one = waiting(ben)[0]

    answer = browser(ben).post(reverse("call_done", args=[one.pk]), {"summary": "Kept words"})

    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Kept words" in page
    assert page.count("<details open>") == 1
    assert not Conversation.objects.exists()


def test_somebody_is_skipped_with_a_reason(drawn, ben):
    one = waiting(ben)[0]
    path = reverse("call_skip", args=[one.pk])

    assert browser(ben).post(path, {"reason": ""}).status_code == 422
    browser(ben).post(path, {"reason": "On <b>holiday</b>"})

    one.refresh_from_db()
    assert (one.state, one.skipped_because) == (DecisionState.SKIPPED, "On <b>holiday</b>")
    page = browser(ben).get(reverse("person", args=[one.person_id])).content.decode()
    assert "On &lt;b&gt;holiday&lt;/b&gt;" in page


def test_a_sellers_list_is_theirs(drawn, ben, bea, lea):
    one = waiting(ben)[0]

    assert (
        browser(bea).post(reverse("call_skip", args=[one.pk]), {"reason": "x"}).status_code == 404
    )
    assert f">{one.person}</a>" not in browser(bea).get("/calls/?seller=all").content.decode()
    assert f">{one.person}</a>" in browser(lea).get("/calls/?seller=all").content.decode()


def test_who_is_left_alone_is_not_to_be_skipped_or_called_from_the_list(drawn, ben, lea):
    left = QueueDecision.objects.filter(is_held_out=True).first()

    for user in (ben, lea):
        for name in ("call_skip", "call_done"):
            answer = browser(user).post(reverse(name, args=[left.pk]), {"reason": "x"})
            assert answer.status_code == 404


def test_a_leader_turns_it_on_and_says_for_whom(house, lea, ben):
    said = {
        "is_on": "on",
        "callers": [str(ben.pk)],
        "calls_a_day": "8",
        "minutes": "10",
        "period_days": "28",
        "held_out_percent": "30",
    }
    refused = browser(lea).post("/calls/settings/", said)
    assert refused.status_code == 422
    assert "halves.toml must say: currency, margin" in refused.content.decode()
    settings_said(house)

    assert browser(lea).post("/calls/settings/", said).status_code == 302

    assert CallQueue.get().is_on
    assert browser(ben).post("/calls/draw/").status_code == 302
    assert "Nobody waits" in browser(ben).get("/calls/").content.decode()


def test_the_page_says_what_the_dice_taught(drawn, lea):
    learned = EFFECT | {
        "treated": 436,
        "held_out": 224,
        "called_anyway": 2,
        "p_wasted": 0.95,
        "cost": 45.0,
        "level": {"mean": 0.1, "low": 0.0, "high": 0.3},
    }
    CallQueue.objects.update(learned=learned, learned_at=timezone.now() - timedelta(hours=1))

    page = browser(lea).get("/calls/").content.decode()

    assert "these calls cost more than they bring" in page
    assert "660 decisions, 224 of them left alone" in page
    assert "50% of those drawn" in page  # where it rather loses, half are left alone


def test_a_handful_of_sales_is_called_rough_and_no_verdict_is_drawn(drawn, lea):
    learned = EFFECT | {
        "treated": 43,
        "held_out": 22,
        "called_anyway": 0,
        "p_wasted": None,
        "fewest": 1,
        "is_rough": True,
    }
    CallQueue.objects.update(learned=learned, learned_at=timezone.now())

    page = browser(lea).get("/calls/").content.decode()

    assert "one of the two groups has 1 sale." in page
    assert "Nobody can tell yet whether these calls pay." in page


def _of_kind(effect: tuple[float, float, float], **more) -> dict:
    mean, low, high = effect
    told = {"mean": mean, "low": low, "high": high}
    usual = {"level": told, "effect": told, "pays": 10.0, "guessed": 1.0, "decisions": 300}
    return usual | {"fewest": 40} | more


def test_the_page_says_whom_calls_move_and_of_whom_nobody_can_tell(drawn, lea):
    learned = EFFECT | {
        "treated": 436,
        "held_out": 224,
        "called_anyway": 0,
        "p_wasted": 0.3,
        "kinds": {
            "door": _of_kind((61.0, 31.0, 92.0), p_wasted=0.01),
            "deal": _of_kind((2.0, -4.0, 8.0), p_wasted=0.98),
            "interest": _of_kind((9.0, -9.0, 28.0), p_wasted=0.5),
            "other": _of_kind((5.0, -55.0, 66.0), p_wasted=None, fewest=1),
        },
    }
    CallQueue.objects.update(learned=learned, learned_at=timezone.now())

    page = browser(lea).get("/calls/").content.decode()

    assert "Calls bring more than they cost where the reason is an open door." in page
    assert "They cost more than they bring where it is an open deal." in page
    assert "Of the others nobody can tell yet." in page
    assert "$61, 31 to 92" in page
    assert "not known yet: one of the two groups has 1 sale<" in page
    assert page.count('class="reach one"') == 2 * 3  # in two widths; of one kind there is no bar


def test_while_nobody_bought_the_page_says_so_in_plain_words(drawn, lea):
    put = timezone.now() + timedelta(minutes=1)
    outbox.flush(at=put)
    queue_learning.learn(at=put)

    page = browser(lea).get("/calls/").content.decode()

    assert "Nobody bought yet of those whom the dice were rolled for." in page
    assert "deal_closed" not in page


def test_before_any_kind_is_known_no_picture_says_more_than_there_is(drawn, lea):
    learned = EFFECT | {
        "treated": 43,
        "held_out": 22,
        "called_anyway": 0,
        "p_wasted": None,
        "kinds": {"deal": _of_kind((5.0, -55.0, 66.0), p_wasted=None, fewest=2)},
    }
    CallQueue.objects.update(learned=learned, learned_at=timezone.now())

    page = browser(lea).get("/calls/").content.decode()

    assert "Nobody can tell yet whom calls move and whom they do not." in page
    assert "one of the two groups has 2 sales" in page
    assert 'class="reach one"' not in page

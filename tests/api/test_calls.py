"""Programs and the call queue: who is next, a call logged, one skipped, the brief."""

from datetime import timedelta

import pytest
from django.utils import timezone

from halves.conversations import queue
from halves.conversations.models import Conversation
from halves.conversations.queue_models import CallQueue, QueueDecision
from tests.api.program import Program
from tests.conversations.queue_company import known, settings_said, turned_on, waiting, with_deals


@pytest.fixture
def drawn(house, ada, ben):
    settings_said(house)
    with_deals(known(40, owner=ben), owner=ben)
    turned_on(ada, ben)
    now = timezone.now()
    return queue.draw(ben, now.date(), at=now)


def test_a_program_reads_whom_to_call_and_logs_the_call(drawn, ben):
    program = Program(ben)
    rows = program.get("/calls").json()
    assert len(rows) == drawn.treated
    assert [row["gain"] for row in rows] == sorted((row["gain"] for row in rows), reverse=True)
    first = rows[0]
    assert first["why"]["value"] >= 1000

    said = {"minutes": 12, "summary": "Wants the plan", "next_step": "Send the plan"}
    done = program("POST", f"/calls/{first['id']}/done", said)
    again = program("POST", f"/calls/{first['id']}/done", said)

    talk = Conversation.objects.get()
    assert (done.status_code, done.json()["state"]) == (200, "called")
    assert done.json()["conversation_id"] == again.json()["conversation_id"] == talk.pk
    assert first["id"] not in [row["id"] for row in program.get("/calls").json()]


def test_a_skip_says_why_and_happens_once(drawn, ben):
    program, one = Program(ben), waiting(ben)[0]

    assert program("POST", f"/calls/{one.pk}/skip", {"because": "  "}).status_code == 422
    skipped = program("POST", f"/calls/{one.pk}/skip", {"because": "On holiday"})
    again = program("POST", f"/calls/{one.pk}/skip", {"because": "On holiday"})

    assert (skipped.json()["state"], skipped.json()["skipped_because"]) == ("skipped", "On holiday")
    assert (again.status_code, again.json()["type"]) == (409, "urn:halves:problem:already-settled")


def test_whom_the_dice_left_alone_is_not_there(drawn, ben, lea):
    left = QueueDecision.objects.filter(is_held_out=True).first()

    for user in (ben, lea):
        assert left.pk not in [row["id"] for row in Program(user).get("/calls").json()]
        path = f"/calls/{left.pk}/done"
        assert Program(user)("POST", path, {"minutes": 3}).status_code == 404


def test_how_it_is_drawn_is_read_by_all_and_changed_by_leaders(drawn, ben, lea):
    assert Program(ben).get("/call-queue").json()["callers"] == [{"id": ben.pk, "name": "Ben"}]
    assert Program(ben)("PATCH", "/call-queue", {"calls_a_day": 3}).status_code == 403

    changed = Program(lea)("PATCH", "/call-queue", {"calls_a_day": 3}).json()

    assert (changed["calls_a_day"], changed["is_on"], changed["effect"]) == (3, True, None)
    assert changed["given_up"] == pytest.approx(float(drawn.best_gain - drawn.drawn_gain))


def test_drawing_needs_a_queue_that_is_on(house, ben):
    refused = Program(ben)("POST", "/calls/draw")

    assert (refused.status_code, refused.json()["type"]) == (409, "urn:halves:problem:queue-is-off")


def test_the_brief_comes_as_data(drawn, ben):
    one = waiting(ben)[0]

    brief = Program(ben).get(f"/people/{one.person_id}/brief").json()

    assert brief["person"] == {"id": one.person_id, "name": one.person.name}
    assert brief["deals"] == [{"id": one.deal_id, "name": one.deal.title}]
    assert brief["step"]["words"] == "Ask what they need fixed."
    assert brief["bond"]["score"] == 0
    left = QueueDecision.objects.filter(is_held_out=True).first()
    until = Program(ben).get(f"/people/{left.person_id}/brief").json()["left_alone_until"]
    assert until.startswith(f"{left.period_ends:%Y-%m-%d}")
    assert left.period_ends > timezone.now() + timedelta(days=26)


def test_a_program_reads_whom_calls_move(drawn, ben):
    interval = {"mean": 61.0, "low": 31.0, "high": 92.0}
    told = {"level": interval, "effect": interval, "pays": 10.0, "guessed": 1.0, "fewest": 40}
    kinds = {
        "other": told | {"decisions": 30, "p_wasted": None},
        "deal": told | {"decisions": 300, "p_wasted": 0.01},
    }
    assert Program(ben).get("/call-queue").json()["kinds"] == []
    CallQueue.objects.update(learned={"kinds": kinds})

    found = Program(ben).get("/call-queue").json()["kinds"]

    assert [(one["reason"], one["decisions"], one["p_wasted"]) for one in found] == [
        ("deal", 300, 0.01),
        ("other", 30, None),
    ]
    assert found[0]["effect"] == interval
    assert Program(ben).get("/calls").json()[0]["why"]["reason"] == "deal"

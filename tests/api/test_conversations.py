"""Conversations, as programs log and read them."""

import pytest

from halves.access.actions import change_house
from halves.conversations.actions import log
from halves.conversations.models import Conversation
from halves.conversations.talk import Spoken, Talk
from halves.people.actions import add_person
from halves.posting import outbox
from tests.api.program import Program
from tests.house import MONDAY


@pytest.fixture
def grace(house):
    return add_person(by=None, at=MONDAY, source="t", name="Grace", email="g@navy.example")


def test_a_call_is_logged_once_however_often_it_is_told(grace, ben):
    program = Program(ben)
    said = {"person_id": grace.pk, "kind": "call", "minutes": 15, "subject": "Price", "key": "17"}
    made = program("POST", "/conversations", said | {"next_step": "Send it"})
    again = program("POST", "/conversations", said)

    assert (made.status_code, again.json()["id"]) == (201, made.json()["id"])
    assert made.json()["seller"]["name"] == "Ben"
    assert [one["title"] for one in program.get("/tasks").json()] == ["Send it"]
    assert len(outbox.of([grace.ledger_id])) == 1
    (row,) = program.get(f"/conversations?person={grace.pk}&kind=call&seller=me").json()["rows"]
    assert row["subject"] == "Price"
    (line,) = program.get(f"/people/{grace.pk}/timeline").json()["rows"][:1]
    assert line["kind"] in ("conversation", "task")


def test_a_transcript_is_put_to_it_and_read_page_by_page(grace, ben):
    program, one = Program(ben), log(grace, Talk("call", MONDAY, ben), by=ben, at=MONDAY)
    words = "Ben: Hello\nGrace: <script>x</script> too dear"
    put = program("PUT", f"/conversations/{one.pk}/transcript", {"words": words})

    assert [turn["speaker"] for turn in put.json()["rows"]] == ["us", "them"]
    many = [Spoken("them", f"{n}") for n in range(600)]
    long = log(grace, Talk("chat", MONDAY, ben, turns=many), by=ben, at=MONDAY)
    first = program.get(f"/conversations/{long.pk}/turns").json()
    rest = program.get(f"/conversations/{long.pk}/turns?after={first['after']}").json()
    assert (len(first["rows"]), len(rest["rows"]), rest["after"]) == (500, 100, None)


def test_a_broken_transcript_is_a_problem_that_names_the_line(grace, ben):
    program, one = Program(ben), log(grace, Talk("call", MONDAY, ben), by=ben, at=MONDAY)
    said = {"words": "WEBVTT\n\n1 --> 2\nx", "name": "a.vtt"}
    refused = program("PUT", f"/conversations/{one.pk}/transcript", said)

    assert (refused.status_code, refused["Content-Type"]) == (422, "application/problem+json")
    assert "line 3" in refused.json()["detail"]
    long = program("PUT", f"/conversations/{one.pk}/transcript", {"words": "a" * 10_000_000})
    assert long.status_code == 413


def test_a_private_one_is_there_for_its_seller_s_programs_alone(grace, ben, bea, ada):
    talk = Talk("mail", MONDAY, ben, subject="Secret", is_private=True)
    one = log(grace, talk, by=ben, at=MONDAY)

    assert Program(ben).get(f"/conversations/{one.pk}").status_code == 200
    for other in (bea, ada):
        program = Program(other)
        assert program.get(f"/conversations/{one.pk}").status_code == 404
        assert program.get(f"/conversations/{one.pk}/turns").status_code == 404
        assert program.get("/conversations?search=secret").json()["rows"] == []
        assert "Secret" not in program.get(f"/people/{grace.pk}/timeline").content.decode()
        change = program("PATCH", f"/conversations/{one.pk}", {"version": 1, "is_private": False})
        assert change.status_code == 404
    told = Program(ada).get(f"/people/{grace.pk}/everything").content.decode()
    assert "Secret" not in told
    shared = {"version": 1, "is_private": False}
    assert Program(ben)("PATCH", f"/conversations/{one.pk}", shared).status_code == 200
    refused = Program(bea)("PATCH", f"/conversations/{one.pk}", {"version": 2, "is_private": True})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "is_private")


def test_a_person_or_deal_that_one_does_not_see_is_refused(ada, ben, cyd):
    change_house(by=ada, at=MONDAY, name="", is_by_team=True)
    whom = add_person(by=ben, at=MONDAY, source="t", name="Alan", owner=ben)
    program = Program(cyd)
    said = {"person_id": whom.pk, "kind": "call"}
    assert program("POST", "/conversations", said).status_code == 422
    mine = add_person(by=cyd, at=MONDAY, source="t", name="Eve", owner=cyd)
    said = {"person_id": mine.pk, "kind": "call", "deal_id": 99}
    assert program("POST", "/conversations", said).status_code == 422
    assert not Conversation.objects.exists()


def test_a_planned_meeting_is_held_or_not(grace, ben):
    program = Program(ben)
    said = {"person_id": grace.pk, "kind": "meeting", "state": "planned"}
    one = program("POST", "/conversations", said).json()["id"]
    assert not outbox.of([grace.ledger_id])
    held = program("POST", f"/conversations/{one}/held", {"was_held": True, "minutes": 30})
    assert (held.json()["state"], held.json()["minutes"]) == ("held", 30)
    assert len(outbox.of([grace.ledger_id])) == 1

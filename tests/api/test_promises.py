"""Promises and surveys as programs see them."""

import pytest

from halves.promises.models import Delivery, SurveyAsked
from tests.api.program import Program
from tests.house import MONDAY
from tests.promises.company import a_survey, of_a_story, told

pytestmark = pytest.mark.house


@pytest.fixture
def program(lea):
    return Program(lea)


def test_a_program_tells_what_came_and_telling_it_again_is_once(program, lea):
    promise = of_a_story(lea)
    listed = program.get("/promises?is_open=true").json()["rows"]
    assert [one["id"] for one in listed] == [promise.pk]

    said = {"at": "2026-02-20T09:00:00Z", "amount": "6", "source_key": "ship-1"}
    first = program("POST", f"/promises/{promise.pk}/deliveries", said)
    again = program("POST", f"/promises/{promise.pk}/deliveries", said)

    assert (first.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert first.json()["promise"]["keeping"] == "over"
    assert Delivery.objects.count() == 1
    assert program.get("/promises?is_open=true").json()["rows"] == []
    [row] = program.get("/promises/expectations?by=story").json()
    assert (row["name"], row["over"], row["under"]) == ("Post once", 1, 0)


def test_what_cannot_be_is_refused_by_its_field(program, lea):
    promise = told(lea)
    said = {"at": "2020-01-01T00:00:00Z", "amount": "6", "source_key": "x"}
    refused = program("POST", f"/promises/{promise.pk}/deliveries", said)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "at"


def test_answers_are_listed_and_a_question_closed(program, lea):
    survey = a_survey(lea)
    SurveyAsked.objects.create(
        survey=survey, person=told(lea).person, asked_at=MONDAY, score=9, answered_at=MONDAY
    )
    [answer] = program.get(f"/surveys/{survey.pk}/answers").json()["rows"]
    assert answer["score"] == 9
    assert program("POST", f"/surveys/{survey.pk}/close").json()["closed_at"]
    made = program("POST", "/surveys", {"kind": "recommend", "question": "Would you?"})
    assert made.status_code == 201
    assert len(program.get("/surveys").json()) == 2


def test_without_a_ledger_there_is_no_report(program):
    assert program.get("/promises/report").status_code == 409

"""The score, targets, the answer and what another budget would bring, as programs see them."""

import pytest
from django.utils import timezone

from halves.people.actions import add_person
from halves.promises.models import SurveyAsked
from halves.scoreboard import queries
from halves.scoreboard.models import AnswerRun, Target
from halves.scoreboard.periods import Period
from tests.api.program import Program
from tests.house import MONDAY
from tests.promises.company import a_survey

KEY = {"Idempotency-Key": "one"}


@pytest.fixture
def program(ada):
    return Program(ada)


def test_the_score_of_a_period_has_intervals_and_its_targets(program, stocked):
    said = {"measure": "revenue", "amount": "500000.00", "period": "2025-Q1"}
    assert program("PUT", "/targets", said).json()["ends"] == "2025-04-01"
    assert program("PUT", "/targets", said | {"amount": "400000"}).status_code == 200
    assert Target.objects.count() == 1

    found = program.get("/score?period=2025-Q1").json()

    goals = {one["measure"]: one for one in found["goals"]}
    assert goals["revenue"]["target"] == "400000.00"
    assert goals["customers"]["amount"] > 0
    assert (found["trend"][-1]["name"], found["is_open"]) == ("2025-Q1", False)
    for one in found["paths"]:
        share = one["share"]
        assert share["low"] <= one["closed"] / one["opened"] <= share["high"]
    assert sum(one["opened"] for one in found["paths"]) > 0
    [listed] = program.get("/targets").json()["rows"]
    assert listed["amount"] == "400000.00"


def test_the_brand_is_told_in_its_parts_and_what_is_unknown_is_null(program, stocked, ada):
    today = Period.holding(timezone.localdate(), 3)
    said = {"measure": "brand", "amount": "45.00", "period": today.name}
    assert program("PUT", "/targets", said | {"amount": "101"}).status_code == 422
    assert program("PUT", "/targets", said).status_code == 200
    before = program.get("/score/brand").json()
    survey, now = a_survey(ada, kind="recommend"), timezone.now()
    for n in range(20):
        person = add_person(by=ada, at=MONDAY, source="t", name=f"Grace {n}")
        told = {"score": 10 if n < 15 else 3, "answered_at": now}
        SurveyAsked.objects.create(survey=survey, person=person, asked_at=now, **told)

    found = program.get("/score/brand").json()
    earlier = program.get(f"/score/brand?period={today.before.name}").json()

    assert (before["said"], before["referrals"], before["demand"]) == (None, None, [])
    assert (before["trend"][-1]["points"], before["target"]) == (None, "45.00")
    assert found["said"]["raw"]["mean"] == 50.0  # 15 of 20 less 5 of 20
    points = found["trend"][-1]
    assert (points["name"], points["answered"], points["points"]["mean"]) == (
        today.name,
        20,
        pytest.approx(50),
    )
    assert points["points"]["low"] < 50 < points["points"]["high"]
    assert (earlier["target"], earlier["trend"][-1]["points"]) == (None, None)
    assert program.get("/score/brand?period=soon").status_code == 422


def test_what_needs_a_hand_today_is_told_to_whom_it_waits_for(program, house, ada, vic):
    person = program("POST", "/people", {"name": "Grace Ito"}).json()["id"]
    task = {"title": "Send the offer", "due_on": str(timezone.localdate()), "person_id": person}
    assert program("POST", "/tasks", task | {"owner_id": ada.pk}).status_code == 201

    [told] = program.get("/score/attention").json()

    assert told["words"] == "Due today: Send the offer (Grace Ito)"
    assert told["about"] == "person"
    assert Program(vic).get("/score/attention").json() == []


@pytest.mark.parametrize("period", ["2025-Q5", "soon", "0000"])
def test_a_period_that_is_none_is_refused(program, stocked, period):
    assert program.get(f"/score?period={period}").status_code == 422
    body = {"measure": "customers", "amount": 10, "period": period}
    assert program("PUT", "/targets", body).status_code == 422


def test_before_the_first_import_there_is_no_score(program):
    for method, path, body in (
        ("GET", "/score", None),
        ("GET", "/score/brand", None),
        ("POST", "/answers", {}),
    ):
        refused = program(method, path, body)
        assert refused.status_code == 409
        assert refused.json()["type"] == "urn:halves:problem:ledger-empty"
    assert program.get("/answers/newest").status_code == 404


def test_the_answer_is_read_as_it_was_stored(program, answered):
    newest = program.get("/answers/newest").json()
    assert newest["id"] == answered.pk
    assert newest["answer"] == answered.answer
    assert newest["stale"] is None
    [listed] = program.get("/answers").json()["rows"]
    assert "answer" not in listed
    unit = newest["answer"]["units"][0]
    told = program.get(f"/answers/{answered.pk}/units/{unit['unit']}").json()
    assert told["unit"] == unit
    assert 0 < told["p_wasted_before"] < 1
    assert program.get(f"/answers/{answered.pk}/units/nothing").status_code == 404


def test_asking_is_done_once_told_of_and_stopped(program, stocked):
    asked = program("POST", "/answers", {"unit": "campaign"}, **KEY)
    assert asked.status_code == 202
    same = program("POST", "/answers", {"unit": "campaign"})
    assert same.json()["id"] == asked.json()["id"]
    here = f"/answers/{asked.json()['id']}"
    assert program.get(here).json()["job"]["state"] == "waiting"
    early = program("POST", f"{here}/what-if", {})
    assert early.json()["type"] == "urn:halves:problem:not-answered"

    assert program("POST", f"{here}/stop").json()["job"]["state"] == "cancelled"
    backwards = {"since": "2025-03-01", "until": "2025-02-01"}
    assert program("POST", "/answers", backwards).json()["errors"][0]["field"] == "until"


def test_another_budget_is_tried_by_who_may_only_read(ada, answered):
    program, here = Program(ada, "read"), f"/answers/{answered.pk}/what-if"
    joint = queries.answer(answered).joint
    today = dict(zip(joint.units, joint.spend.tolist(), strict=True))
    unit = next(iter(today))

    laid = program("POST", here, {"budget": 0.8 * sum(today.values()), "move_all": True}).json()
    assert laid["advised"] <= 0.8 * sum(today.values()) + 1
    assert laid["change"]["low"] <= laid["change"]["mean"] <= laid["change"]["high"]
    tried = program("POST", here, {"amounts": {unit: today[unit] / 2}}).json()
    assert tried["advised"] == pytest.approx(sum(today.values()) - today[unit] / 2)
    locked = program("POST", here, {"limits": {unit: {"least": 1, "most": 1}}}).json()
    [same] = [one for one in locked["units"] if one["unit"] == unit]
    assert same["advised"] == pytest.approx(same["today"])
    assert AnswerRun.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        {"amounts": {"nothing": 5}},
        {"limits": {"nothing": {"least": 1}}},
        {"amounts": {}, "budget": 5},
        {"budget": 0},
        {"limits": {"email": {"least": 2, "most": 1}}},
    ],
)
def test_a_budget_that_cannot_be_laid_out_is_refused(program, answered, body):
    refused = program("POST", f"/answers/{answered.pk}/what-if", body)

    assert refused.status_code == 422, refused.json()


def test_ten_times_today_is_the_most_that_is_tried(program, answered):
    joint = queries.answer(answered).joint
    amounts = {joint.units[0]: float(joint.spend[0]) * 11}

    refused = program("POST", f"/answers/{answered.pk}/what-if", {"amounts": amounts})

    assert refused.json()["type"] == "urn:halves:problem:plan-refused"


def test_what_measuring_needs_is_read_and_said(program, stocked):
    was = program.get("/measuring").json()
    assert was["missing"] == []
    less = [one for one in was["channels"] if one["name"] != was["channels"][0]["name"]]

    program("PATCH", "/measuring", {"channels": less, "margin": 0.5})

    now = program.get("/measuring").json()
    assert (now["margin"], now["currency"]) == (0.5, was["currency"])
    assert now["missing"] == [f"channel {was['channels'][0]['name']}"]
    refused = program("POST", "/answers", {})
    assert refused.json()["type"] == "urn:halves:problem:settings-missing"
    twice = program("PATCH", "/measuring", {"channels": [less[0], less[0]]})
    assert twice.json()["type"] == "urn:halves:problem:field-refused"

"""An experiment through the API, from the draft to the result; what to test next; others' tests."""

import random
from datetime import date, timedelta

import pytest
from django.utils import timezone

from halves.experiments.models import Experiment, Member, PlatformLift
from halves.posting.book import book
from tests.api.program import Program
from tests.experiments.company import LATER, NOON, known_people, sold

KEY = {"Idempotency-Key": "one"}
DESIGN = {
    "title": "Spring letter",
    "withheld": ["newsletter"],
    "share": 0.25,
    "starts": "2026-03-03",
    "ends": "2026-04-28",
}


@pytest.fixture
def program(max_, django_capture_on_commit_callbacks):
    """Max's program; work that it asks for is done before the next request."""
    asking = Program(max_)

    def ask(method, path, body=None, **headers):
        with django_capture_on_commit_callbacks(execute=True):
            return asking(method, path, body, **headers)

    return ask


@pytest.fixture
def clock(monkeypatch):
    """The day it is, for programs."""

    def at(moment):
        monkeypatch.setattr(timezone, "now", lambda: moment)

    at(NOON)
    return at


def test_an_experiment_goes_from_draft_to_result(program, clock):
    people = known_people()
    made = program("POST", "/experiments", DESIGN, **KEY)
    assert made.status_code == 201
    here = f"/experiments/{made.json()['id']}"
    assert made["Location"] == f"/api/v1{here}"
    drafted = program("GET", here).json()
    assert (drafted["state"], drafted["is_power_known"]) == ("draft", True)
    assert drafted["power"]["n_held_out"] == pytest.approx(100, abs=30)
    changed = program("PATCH", here, {"share": 0.3}).json()
    assert (changed["share"], changed["title"]) == (0.3, "Spring letter")

    registered = program("POST", f"{here}/register").json()
    assert (registered["state"], len(registered["digest"])) == ("registered", 64)
    frozen = program("PATCH", here, {"share": 0.5})
    assert (frozen.status_code, frozen.json()["type"]) == (
        409,
        "urn:halves:problem:already-registered",
    )
    assert program("DELETE", here).status_code == 409

    program("POST", f"{here}/start")
    running = program("GET", here).json()
    assert running["state"] == "running"
    assert running["treated"] + running["held_out"] == len(people)
    early = program("POST", f"{here}/read")
    assert early.json()["type"] == "urn:halves:problem:not-over"

    held = set(Member.objects.filter(is_held_out=True).values_list("unit_id", flat=True))
    rng = random.Random(1)
    buyers = [one for one in people if rng.random() < (0.1 if one in held else 0.4)]
    sold(buyers, at=[NOON + timedelta(days=20)] * len(buyers), batch="spring")
    clock(NOON + timedelta(days=30))
    assert program("POST", f"{here}/look").status_code == 202
    [look] = program("GET", f"{here}/looks").json()
    assert look["found"]

    clock(LATER)
    assert program("POST", f"{here}/read").status_code == 202
    result = program("GET", here).json()
    assert (result["state"], result["is_over"]) == ("read", True)
    assert result["result"]
    assert program("POST", f"{here}/read").json()["type"] == "urn:halves:problem:already-read"
    assert [one["id"] for one in program("GET", "/experiments?state=read").json()["rows"]] == [
        result["id"]
    ]
    assert program("GET", "/experiments?state=draft").json()["rows"] == []


def test_one_that_is_stopped_holds_nobody_out(program, clock):
    known_people()
    here = f"/experiments/{program('POST', '/experiments', DESIGN).json()['id']}"
    program("POST", f"{here}/register")
    program("POST", f"{here}/start")
    clock(NOON + timedelta(days=10))

    stopped = program("POST", f"{here}/stop").json()

    assert (stopped["state"], stopped["is_over"]) == ("stopped", True)
    assert program("POST", f"{here}/stop").json()["type"] == "urn:halves:problem:not-running"


def test_a_draft_is_thrown_away(program, clock):
    here = f"/experiments/{program('POST', '/experiments', DESIGN).json()['id']}"

    assert program("DELETE", here).status_code == 204
    assert Experiment.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ends": "2026-03-03"}, "ends"),
        ({"share": 1}, "share"),
        ({"withheld": []}, "withheld"),
        ({"title": "?!"}, "title"),
        ({"starts": "0001-01-01"}, "starts"),
        ({"shrae": 0.2}, "shrae"),
    ],
)
def test_a_design_that_cannot_be_names_the_field(program, clock, change, field):
    refused = program("POST", "/experiments", DESIGN | change)

    assert refused.status_code == 422
    assert [one["field"] for one in refused.json()["errors"]] == [field]


def test_the_test_that_is_suggested_becomes_a_draft(program, answered):
    offered = program("GET", "/experiments/next").json()
    unit = offered["tests"]["tests"][0]["unit"]

    made = program("POST", "/experiments/next/draft", {"unit": unit}).json()

    assert made["withheld"] == [unit]
    assert made["source"] == "next_test"
    refused = program("POST", "/experiments/next/draft", {"unit": "nothing"})
    assert refused.json()["errors"][0]["field"] == "unit"


def test_weighing_is_asked_for_once(max_, house):
    asking = Program(max_)  # no worker
    first = asking("POST", "/experiments/next")

    assert first.status_code == 202
    assert asking("POST", "/experiments/next").json()["id"] == first.json()["id"]
    assert asking.get("/experiments/next").json()["job"]["state"] == "waiting"


def test_a_study_of_others_goes_onto_the_ledger_and_off(program, house):
    study = {
        "source": "the ad platform",
        "withheld": ["social"],
        "starts": "2026-02-02",
        "ends": "2026-03-02",
        "lift": 1200,
        "se": 400,
        "spend_withheld": "900.00",
    }
    made = program("POST", "/lifts", study, **KEY)
    assert program("POST", "/lifts", study, **KEY).json()["id"] == made.json()["id"]
    assert PlatformLift.objects.count() == 1
    [row] = book().read("lifts").to_pylist()
    assert (row["lift"], row["starts"].date()) == (1200, date(2026, 2, 2))
    [listed] = program("GET", "/lifts").json()["rows"]
    assert listed["posted_at"]

    gone = program("POST", f"/lifts/{listed['id']}/withdraw").json()

    assert gone["withdrawn_at"]
    assert book().read("lifts").num_rows == 0
    again = program("POST", f"/lifts/{listed['id']}/withdraw")
    assert again.json()["type"] == "urn:halves:problem:lift-withdrawn"

"""Stories through the API: written, checked, kept, looked at; what is wrong named by its field."""

import pytest

from halves.people import actions as people
from tests.api.program import Program
from tests.house import MONDAY
from tests.stories.company import BODY, solution

STORY = {
    "name": "Post once",
    "kind": "solution",
    "for_whom": "bookkeepers",
    "problem": "Every number is posted twice.",
    "fix": "It is posted once.",
    "body": BODY,
    "subject": "{{ person.first_name }}, post it once",
    "call_words": "Try it",
    "call_url": "https://ledgerly.example/start",
}


def promise(keeper):
    return {
        "words": "You save five hours a week.",
        "measure": "hours saved a week",
        "amount": "5",
        "unit": "hours",
        "within_days": 30,
        "keeper_id": keeper.pk,
    }


def test_a_story_is_written_mended_kept_and_looked_at(max_):
    program = Program(max_)
    grace = people.add_person(by=None, at=MONDAY, source="t", name="Grace Hopper")
    made = program("POST", "/stories", STORY | {"promises": [promise(max_)]})
    assert made.status_code == 201
    key = made.json()["id"]

    refused = program("POST", f"/stories/{key}/versions")
    assert refused.status_code == 422
    assert refused.json()["type"] == "urn:halves:problem:story-unfit"
    assert [one["field"] for one in refused.json()["errors"]] == ["proofs"]

    said = {"claim": "5 hours saved", "source": "Study, 2025"}
    proof = program("POST", "/proof", said).json()["id"]
    mended = program("PATCH", f"/stories/{key}", {"proof_ids": [proof], "version": 1})
    assert mended.json()["version"] == 2
    assert mended.json()["told"]["promises"][0]["amount"] == "5"

    first = program("POST", f"/stories/{key}/versions")
    again = program("POST", f"/stories/{key}/versions")
    assert first.json()["number"] == again.json()["number"] == 1
    assert program.get(f"/stories/{key}").json()["standing"] == "told"
    seen = program.get(f"/stories/{key}/preview?person={grace.pk}&number=1").json()
    assert seen["subject"] == "Grace, post it once"
    assert program.get("/stories?kind=belonging").json()["rows"] == []
    assert [one["id"] for one in program.get("/stories").json()["rows"]] == [key]


def test_a_template_that_does_not_parse_is_kept_and_the_check_says_where(max_):
    program = Program(max_)
    key = program("POST", "/stories", STORY | {"body": "a\n{% if b %}"}).json()["id"]

    found = program.get(f"/stories/{key}/check").json()

    (wrong,) = [one for one in found if one["field"] == "body" and one["weight"] == "stop"]
    assert (wrong["line"], wrong["column"]) == (2, 1)
    assert program.get(f"/stories/{key}/preview").status_code == 422


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"promises": [{"words": "x", "within_days": 1, "due_on": "2026-03-01"}]}, "promise-0-due_on"),  # noqa: E501
        ({"variants": [{"name": "B"}, {"name": "B"}]}, "variants"),
        ({"proof_ids": [999]}, "proof_ids"),
        ({"offer_id": 999}, "offer_id"),
        ({"name": "  "}, "name"),
    ],
)  # fmt: skip
def test_what_is_refused_is_named_by_its_field(max_, said, field):
    refused = Program(max_)("POST", "/stories", STORY | said)

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == field


def test_a_change_to_an_old_version_is_refused(max_):
    program, story = Program(max_), solution(max_)
    assert program("PATCH", f"/stories/{story.pk}", {"fix": "a", "version": 1}).status_code == 200

    late = program("PATCH", f"/stories/{story.pk}", {"fix": "b", "version": 1})

    assert late.status_code == 409
    assert program("PATCH", f"/stories/{story.pk}", {"fix": "b"}).status_code == 428


def test_a_person_whom_one_does_not_see_is_no_person_to_preview_for(max_):
    program, story = Program(max_), solution(max_)

    assert program.get(f"/stories/{story.pk}/preview?person=999").status_code == 422
    assert program.get(f"/stories/{story.pk}/preview?number=9").status_code == 404
    assert program.get(f"/stories/{story.pk}/preview?variant=Q").status_code == 422


def test_a_concern_is_answered_and_approved(max_, ben):
    program = Program(ben)
    key = program("POST", "/concerns", {"name": "Is it safe?", "kind": "trust"}).json()["id"]
    answer = program("POST", f"/concerns/{key}/answers", {"words": "It is."}).json()
    assert answer["is_approved"] is False

    approve = {"is_approved": True}
    assert program("PATCH", f"/concern-answers/{answer['id']}", approve).status_code == 403
    assert Program(max_)("PATCH", f"/concern-answers/{answer['id']}", approve).status_code == 200
    assert program.get(f"/concerns/{key}").json()["answers"][0]["is_approved"] is True


def test_an_offer_says_where_it_stands(max_):
    program = Program(max_)
    made = program("POST", "/offers", {"name": "Ledgerly", "for_whom": "bookkeepers"}).json()

    changed = program("PATCH", f"/offers/{made['id']}", {"why_us": "it reads", "version": 1})

    assert made["positioning"].startswith("For bookkeepers who …, Ledgerly is …")
    assert changed.json()["positioning"].endswith("it reads.")
    assert program("POST", "/offers", {"name": "Ledgerly"}).json()["errors"][0]["field"] == "name"

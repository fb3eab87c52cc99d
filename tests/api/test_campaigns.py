"""A campaign through the API: planned, looked at, launched, held, measured."""

import pytest
from django.utils import timezone

from halves.campaigns.models import Campaign, Message
from tests.api.program import Program
from tests.campaigns.company import audience_of, drafted, states, story, willing, worked
from tests.campaigns.conftest import mailing, sink

__all__ = ["mailing", "sink"]
KEY = {"Idempotency-Key": "one"}


@pytest.fixture
def program(max_, django_capture_on_commit_callbacks):
    """Max's program; work that it asks for is done before the next request."""
    asking = Program(max_)

    def ask(method, path, body=None, **headers):
        with django_capture_on_commit_callbacks(execute=True):
            return asking(method, path, body, **headers)

    return ask


@pytest.fixture
def plan(max_):
    """What a program says of a campaign to three people."""
    audience = audience_of(willing(3))
    steps = [{"story_id": story(max_).pk}]
    return {
        "title": "Spring letter",
        "audience_id": audience.pk,
        "steps": steps,
        "topic": "news",
        "holdout_share": 0,
    }


def refusal(answer):
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def test_a_program_plans_looks_launches_pauses_and_goes_on(mailing, sink, program, plan):
    made = program("POST", "/campaigns", plan, **KEY)
    assert made.status_code == 201
    assert program("POST", "/campaigns", plan, **KEY).json()["id"] == made.json()["id"]
    assert Campaign.objects.count() == 1
    here = f"/campaigns/{made.json()['id']}"
    assert made["Location"] == f"/api/v1{here}"
    assert refusal(program("POST", f"{here}/launch")) == (409, "not-checked")
    assert refusal(program("POST", f"{here}/measure")) == (409, "not-launched")

    assert program("POST", f"{here}/look").status_code == 202
    seen = program("GET", here).json()
    assert (seen["state"], seen["found"]["reached"], seen["job"]["state"]) == ("checked", 3, "done")
    launched = program("POST", f"{here}/launch")
    assert (launched.status_code, launched.json()["state"]) == (202, "scheduled")
    assert launched.json()["steps"][0]["told"] == 1

    assert program("POST", f"{here}/pause").json()["state"] == "paused"
    worked(timezone.now())
    assert sink.to == []
    assert program("POST", f"{here}/resume").json()["state"] == "scheduled"
    worked(timezone.now())
    assert sorted(sink.to) == [f"p{n}@people.example" for n in range(3)]
    far = program("GET", f"{here}/progress").json()
    assert (far["state"], far["all"], far["sent"], far["waiting"]) == ("sent", 3, 3, 0)
    assert refusal(program("POST", f"{here}/cancel")) == (409, "not-under-way")
    assert refusal(program("DELETE", here)) == (409, "not-a-draft")

    assert program("GET", f"{here}/result").json() == {"at": None, "found": None, "job": None}
    assert program("POST", f"{here}/measure").status_code == 202
    result = program("GET", f"{here}/result").json()
    assert result["job"]["state"] == "done"
    assert "nobody was left alone" in result["found"]["why"]


def test_some_are_held_out_and_the_experiment_says_who(mailing, sink, program, plan, max_):
    audience = audience_of(willing(40, start=100), "Forty")
    said = plan | {"holdout_share": 0.5, "audience_id": audience.pk}
    here = f"/campaigns/{program('POST', '/campaigns', said).json()['id']}"
    program("POST", f"{here}/look")
    seen = program("GET", here).json()
    assert seen["found"]["reached"] == 40
    assert seen["found"]["power"] is not None

    launched = program("POST", f"{here}/launch").json()
    worked(timezone.now())

    far = program("GET", f"{here}/progress").json()
    assert far["sent"] + far["held_out"] == 40
    assert 5 < far["held_out"] < 35  # chance: outside of it once in a million
    assert len(sink.to) == far["sent"]
    design = program("GET", f"/experiments/{launched['experiment_id']}").json()
    assert design["name"] == "campaign-spring-letter"
    members = Campaign.objects.get().experiment.members
    assert members.filter(is_held_out=True).count() == far["held_out"]


def test_a_channel_that_there_is_not_is_refused_by_name(program, plan):
    assert program("POST", "/campaigns", plan | {"channel": "sms"}).json()["channel"] == "sms"
    answer = program("POST", "/campaigns", plan | {"channel": "pigeon"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "channel"


def test_a_cancelled_one_sends_nothing_and_its_copy_is_a_draft(mailing, sink, program, plan):
    here = f"/campaigns/{program('POST', '/campaigns', plan).json()['id']}"
    program("POST", f"{here}/look")
    program("POST", f"{here}/launch")

    assert program("POST", f"{here}/cancel").json()["state"] == "cancelled"
    worked(timezone.now())
    assert sink.to == []

    copy = program("POST", f"{here}/duplicate")
    assert (copy.status_code, copy.json()["state"]) == (201, "draft")
    assert copy.json()["steps"][0]["story"]["name"] == "Harbour"
    listed = program("GET", "/campaigns?size=1").json()
    assert [one["state"] for one in listed["rows"]] == ["draft"]
    rest = program("GET", f"/campaigns?size=1&after={listed['after']}").json()
    assert ([one["state"] for one in rest["rows"]], rest["after"]) == (["cancelled"], "")
    [drafts] = program("GET", "/campaigns?state=draft").json()["rows"]
    assert drafts["id"] == copy.json()["id"]
    assert program("DELETE", f"/campaigns/{drafts['id']}").status_code == 204


def test_a_change_is_for_the_version_that_was_read(house, program, plan):
    made = program("POST", "/campaigns", plan)
    here = f"/campaigns/{made.json()['id']}"
    program("POST", f"{here}/look")

    changed = program("PATCH", here, {"cost": "0.002"}, **{"If-Match": made["ETag"]}).json()

    assert (changed["version"], changed["state"], changed["cost"]) == (2, "draft", "0.002000")
    assert changed["steps"] == made.json()["steps"]
    stale = program("PATCH", here, {"title": "Mine", "version": 1})
    assert refusal(stale) == (409, "changed-meanwhile")
    assert program("PATCH", here, {"title": "Mine"}, **{"If-Match": '"1"'}).status_code == 412
    assert program("PATCH", here, {"title": "Mine"}).status_code == 428
    assert program("GET", here).json()["title"] == "Spring letter"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": "?!"}, "title"),
        ({"opens": 9}, "closes"),
        ({"opens": 17, "closes": 9}, "closes"),
        ({"holdout_share": 1}, "holdout_share"),
        ({"cost": "-1"}, "cost"),
        ({"audience_id": 999}, "audience_id"),
        ({"steps": [{"story_id": 999}]}, "story_id"),
        ({"steps": []}, "steps"),
        ({"titel": "Spring"}, "titel"),
    ],
)
def test_a_plan_that_cannot_be_names_the_field(house, program, plan, change, field):
    refused = program("POST", "/campaigns", plan | change)

    assert refused.status_code == 422
    assert [one["field"] for one in refused.json()["errors"]] == [field]


def test_a_mail_to_try_goes_to_one_address(mailing, sink, program, plan):
    here = f"/campaigns/{program('POST', '/campaigns', plan).json()['id']}"

    assert program("POST", f"{here}/try", {"to": "max@navy.example"}).status_code == 204
    assert sink.to == ["max@navy.example"]
    refused = program("POST", f"{here}/try", {"to": "max at navy"})
    assert refused.json()["errors"][0]["field"] == "to"
    gone = program("POST", f"{here}/try", {"to": "gone@navy.example"})
    assert refusal(gone) == (409, "campaign-refused")
    assert "no such address" in gone.json()["detail"]


def test_nothing_is_launched_before_the_mail_settings_are_there(house, program, plan):
    here = f"/campaigns/{program('POST', '/campaigns', plan).json()['id']}"
    program("POST", f"{here}/look")

    assert refusal(program("POST", f"{here}/launch")) == (409, "mail-not-set")


@pytest.mark.parametrize(("were_sent", "then"), [(True, "sent"), (False, "queued")])
def test_mails_nobody_knows_of_are_settled(mailing, program, plan, were_sent, then):
    here = f"/campaigns/{program('POST', '/campaigns', plan).json()['id']}"
    program("POST", f"{here}/look")
    program("POST", f"{here}/launch")
    worked(timezone.now())
    Message.objects.update(state="unknown", sent_at=None)
    assert program("GET", f"{here}/progress").json()["unknown"] == 3

    settled = program("POST", f"{here}/settle", {"were_sent": were_sent})

    assert settled.json() == {"mails": 3}
    assert states(Campaign.objects.get()) == {then: 3}


def test_a_seller_reads_campaigns_and_may_do_nothing_with_them(mailing, max_, cyd, plan):
    told = story(max_, name="Quay")
    here = f"/campaigns/{drafted(max_, willing(1, named='q'), told=told).pk}"
    program = Program(cyd)

    assert program.get(here).json()["title"] == "Spring letter"
    assert program("POST", "/campaigns", plan).status_code == 403
    assert program("PATCH", here, {"title": "Mine", "version": 1}).status_code == 403
    for what in ("look", "launch", "pause", "resume", "cancel", "duplicate", "measure"):
        assert program("POST", f"{here}/{what}").status_code == 403, what
    assert program("POST", f"{here}/settle", {"were_sent": True}).status_code == 403
    assert program("POST", f"{here}/try", {"to": "cyd@navy.example"}).status_code == 403
    assert program("DELETE", here).status_code == 403

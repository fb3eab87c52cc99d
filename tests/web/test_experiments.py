"""Experiments on the pages: plan, register, start, look, stop, read; who may not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from halves.experiments import actions
from halves.experiments.detecting import midnight
from halves.experiments.models import Experiment, PlatformLift, State
from halves.posting.book import book
from tests.experiments.company import known_people, sold, studied
from tests.house import browser


@pytest.fixture
def click(django_capture_on_commit_callbacks):
    """Send a form, and let the worker do what it asks for."""

    def send(user, path, **typed):
        with django_capture_on_commit_callbacks(execute=True):
            return browser(user).post(path, typed)

    return send


@pytest.fixture
def people(house):
    return known_people(200)


def typed(**said):
    today = timezone.now().date()
    usual = {
        "title": "What does the letter bring?",
        "campaigns": "spring-letter, summer-letter",
        "unit_kind": "person",
        "share": 25,
        "outcome": "deal_closed",
        "of": "value",
        "starts": today.isoformat(),
        "last": (today + timedelta(days=40)).isoformat(),
    }
    return usual | said


def planned(click, user, **said) -> Experiment:
    click(user, "/experiments/add/", **typed(**said))
    return Experiment.objects.get()


def page(user, one) -> str:
    return browser(user).get(f"/experiments/{one.pk}/").content.decode()


def test_an_empty_list_teaches_with_one_button(max_):
    shown = browser(max_).get("/experiments/").content.decode()

    assert "the difference is what it brought" in shown
    assert shown.count("Plan an experiment") == 1


def test_a_marketer_plans_registers_starts_and_looks(max_, people, click):
    one = planned(click, max_)
    shown = page(max_, one)
    assert "Withhold spring-letter and summer-letter from 25% of all people" in shown
    assert "8 times in 10" in shown
    assert "style=" not in shown

    click(max_, f"/experiments/{one.pk}/register/")
    click(max_, f"/experiments/{one.pk}/start/")
    one.refresh_from_db()
    assert one.state == State.RUNNING
    buyers = [member.unit_id for member in one.members.filter(is_held_out=False)[:40]]
    sold(buyers, at=[timezone.now()] * len(buyers), batch="now")
    click(max_, f"/experiments/{one.pk}/look/")

    shown = page(max_, one)
    assert "You may look as often as you like" in shown
    assert "Computed from the ledger" in shown


def test_a_design_is_frozen_on_the_pages_too(max_, people, click):
    one = planned(click, max_)
    click(max_, f"/experiments/{one.pk}/register/")

    answer = browser(max_).post(f"/experiments/{one.pk}/edit/", typed(share=90), follow=True)

    assert "The design is frozen" in answer.content.decode()
    one.refresh_from_db()
    assert one.share == 0.25


def test_the_second_click_on_register_says_that_somebody_was_first(max_, lea, people, click):
    one = planned(click, max_)
    click(max_, f"/experiments/{one.pk}/register/")

    answer = browser(lea).post(f"/experiments/{one.pk}/register/", follow=True)

    assert "It was registered on" in answer.content.decode()


def test_stopping_early_says_what_it_costs_and_reads_the_wider_interval(max_, people, click):
    one = planned(click, max_)
    click(max_, f"/experiments/{one.pk}/register/")
    click(max_, f"/experiments/{one.pk}/start/")
    assert "with the wider interval" in page(max_, one)
    for out, count in ((False, 40), (True, 3)):
        buyers = [member.unit_id for member in one.members.filter(is_held_out=out)[:count]]
        sold(buyers, at=[timezone.now()] * len(buyers), batch=f"now-{out}")

    click(max_, f"/experiments/{one.pk}/stop/")
    click(max_, f"/experiments/{one.pk}/read/")

    shown = page(max_, one)
    assert "It was stopped before its planned end" in shown
    assert "The result stands" in shown


def test_what_is_wrong_stands_next_to_its_field(max_, people, click):
    answer = browser(max_).post("/experiments/add/", typed(last="2020-01-01", share=0))

    shown = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="id_share_errors"' in shown
    assert "What does the letter bring?" in shown

    answer = browser(max_).post("/experiments/add/", typed(last="2020-01-01"))
    assert 'id="id_last_errors"' in answer.content.decode()


@pytest.mark.parametrize("who", ["ben", "vic"])
def test_a_seller_or_viewer_sees_but_may_not(who, request, max_, people, click):
    user = request.getfixturevalue(who)
    one = planned(click, max_)

    assert "Register" not in page(user, one)
    for what in ("register", "start", "stop", "look", "read", "withdraw", "regions"):
        assert browser(user).post(f"/experiments/{one.pk}/{what}/").status_code == 403
    assert browser(user).post("/experiments/add/", typed()).status_code == 403
    assert browser(user).post("/experiments/lifts/add/").status_code == 403
    one.refresh_from_db()
    assert one.state == State.DRAFT


def test_a_lift_study_goes_to_the_ledger_once_and_can_be_taken_back(max_, house, click):
    form = {
        "source": "the ad platform",
        "withheld": "social",
        "starts": "2026-01-05",
        "last": "2026-02-01",
        "outcome": "revenue",
        "lift": "1200",
        "se": "400",
        "form": "abc",
    }
    click(max_, "/experiments/lifts/add/", **form)
    click(max_, "/experiments/lifts/add/", **form)

    [row] = book().read("lifts").to_pylist()
    assert (row["withheld"], row["lift"], row["se"]) == (["social"], 1200.0, 400.0)
    lift = PlatformLift.objects.get()
    assert lift.posted_at is not None

    click(max_, f"/experiments/lifts/{lift.pk}/withdraw/")
    assert book().read("lifts").num_rows == 0


def test_the_next_best_experiment_becomes_a_draft_with_one_click(max_, answered, click):
    shown = browser(max_).get("/experiments/").content.decode()
    best = answered.tests["best"]
    if best is None:
        pytest.skip("no test is worth its cost to this company")
    assert "Make a draft of it" in shown

    click(max_, "/experiments/next/draft/", unit=best)

    one = Experiment.objects.get()
    test = next(test for test in answered.tests["tests"] if test["unit"] == best)
    assert one.withheld == [best]
    assert one.share == test["share"]
    assert (one.ends - one.starts).days == test["days"]


def test_weighing_tests_without_a_ledger_says_what_to_do(max_, house, click):
    click(max_, "/experiments/next/")

    shown = browser(max_).get("/experiments/").content.decode()
    assert "import some first" in shown


def test_a_person_held_out_stays_held_out_when_two_studies_have_one_form(max_, house):
    assert studied(max_, form="x").pk == studied(max_, form="x").pk


def test_regions_are_chosen_from_designs_that_say_what_they_detect(max_, stocked, click):
    today = timezone.now().date()
    one = planned(
        click,
        max_,
        unit_kind="region",
        channels=["newsletter"],
        campaigns="",
        starts=today.isoformat(),
        last=(today + timedelta(days=27)).isoformat(),
    )
    assert one.power.get("designs"), one.power
    assert "Where to hold out" in page(max_, one)

    click(max_, f"/experiments/{one.pk}/regions/", place=0)
    click(max_, f"/experiments/{one.pk}/register/")
    click(max_, f"/experiments/{one.pk}/start/")

    one.refresh_from_db()
    rows = book().table("assignments")
    arms = book().query(rows.filter(rows.experiment == one.name)).to_pylist()
    held_out = [row["unit_id"] for row in arms if row["arm"] == "held_out"]
    assert sorted(held_out) == sorted(one.held_out_regions)
    assert {row["unit_kind"] for row in arms} == {"region"}


def test_days_are_midnights_in_utc(max_, people, click):
    one = planned(click, max_)

    assert one.starts == midnight(one.starts.date())
    assert actions.jobs_of(one).count() == 1

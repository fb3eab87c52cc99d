"""Who is left alone by everything: no sender reaches them, and the ledger knows both arms."""

from datetime import timedelta

import pytest

from halves.conversations import queue
from halves.conversations.brief import brief_of
from halves.conversations.brief_step import next_step
from halves.experiments.baseline import leave_some_alone, left_alone
from halves.experiments.baseline_posting import post_baselines
from halves.experiments.models import Baseline
from halves.keeping.erasing import erase_person
from halves.people.consenting import consent
from halves.people.everything import parts
from halves.people.models import Person
from halves.posting import outbox
from halves.posting.book import book
from halves.promises.errors import SurveyRefused
from halves.promises.models import SurveyAsked
from halves.promises.surveys import ask, ask_of_promise
from tests.campaigns.company import willing
from tests.conversations.queue_company import (
    MORNING,
    TUESDAY,
    known,
    settings_said,
    turned_on,
    with_deals,
)
from tests.house import MONDAY
from tests.promises.company import a_survey, told

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def arms() -> dict[str, dict]:
    rows = book().read("assignments").to_pylist()
    found = {row["unit_id"]: row for row in rows if row["experiment"].startswith("left-alone:")}
    assert len(found) == len(rows)
    return found


def posted(at) -> int:
    count = post_baselines(at)
    outbox.flush(at=at)
    return count


def test_the_ledger_has_both_arms_once_with_their_chances(lea):
    willing(200)
    leave_some_alone(0.1, by=lea, at=MONDAY)
    alone = left_alone([f"p{n}" for n in range(200)], at=MONDAY)
    assert 5 <= len(alone) <= 40

    assert posted(MONDAY + 2 * HOUR) == 200
    assert posted(MONDAY + 3 * HOUR) == 0

    found = arms()
    assert {unit for unit, row in found.items() if row["arm"] == "held_out"} == alone
    assert {row["propensity"] for row in found.values()} == {0.1, 0.9}
    assert all((row["propensity"] == 0.1) == (unit in alone) for unit, row in found.items())
    assert book().rows_written()["assignments"] == 200


def test_who_comes_later_gets_an_arm_from_their_first_day_and_nobody_after_its_end(lea):
    willing(20)
    leave_some_alone(0.2, by=lea, at=MONDAY)
    mailed = {"touch_id": "t", "person_id": "p1", "at": MONDAY + HOUR, "path": "many"}
    outbox.put("touches", [mailed | {"channel": "email", "source": "campaigns"}], at=MONDAY)
    outbox.flush(at=MONDAY + HOUR)
    posted(MONDAY + 2 * HOUR)
    Person.objects.filter(pk__in=[one.pk for one in willing(5, start=20)]).update(
        created_at=MONDAY + DAY
    )
    assert posted(MONDAY + DAY) == 0  # it may be a row that others do not see yet
    assert posted(MONDAY + DAY + 2 * HOUR) == 5
    assert arms()["p22"]["at"] == MONDAY + DAY
    leave_some_alone(0, by=lea, at=MONDAY + 3 * DAY)
    Person.objects.filter(pk__in=[one.pk for one in willing(5, start=25)]).update(
        created_at=MONDAY + 4 * DAY
    )

    assert posted(MONDAY + 5 * DAY) == 0

    [row] = book().read("experiments").to_pylist()
    assert (row["starts"], row["ends"]) == (MONDAY, MONDAY + 3 * DAY)


def test_a_worker_that_dies_before_the_ledger_hears_of_them_does_no_harm(lea):
    willing(30)
    leave_some_alone(0.2, by=lea, at=MONDAY)
    post_baselines(MONDAY + 2 * HOUR)
    Baseline.objects.update(told_up_to=0)  # as a restored backup has it

    posted(MONDAY + 3 * HOUR)

    assert len(arms()) == len(book().read("assignments")) == 30


def test_the_call_queue_leaves_them_alone_and_the_brief_says_so(house, ada, ben, lea):
    settings_said(house)
    people = known(40, owner=ben)
    with_deals(people, owner=ben)
    turned_on(ada, ben)
    leave_some_alone(0.2, by=lea, at=MORNING)
    alone = left_alone([one.ledger_id for one in people], at=MORNING)
    assert alone

    drawn = queue.draw(ben, TUESDAY, at=MORNING)

    assert not alone & {one.person.ledger_id for one in drawn.decisions.select_related("person")}
    for one in people:
        brief = brief_of(one, user=ben, at=MORNING)
        assert brief.is_left_alone == (one.ledger_id in alone)
        is_said = next_step(brief).words == "Leave them alone, unless they call."
        assert is_said == (one.ledger_id in alone)


def test_no_question_is_mailed_to_them(lea, settings):
    settings.HALVES_URL = "https://halves.example"
    people = willing(60)
    leave_some_alone(0.2, by=lea, at=MONDAY)
    alone = left_alone([one.ledger_id for one in people], at=MONDAY)

    asked, left_out = ask(a_survey(lea, kind="recommend"), people, at=MONDAY)

    assert asked == 60 - len(alone)
    assert left_out == {"left alone, so that demand of itself is seen": len(alone)}
    assert not SurveyAsked.objects.filter(person__ledger_id__in=alone).exists()


def test_a_kept_promise_is_no_reason_to_ask_them_either(lea, settings):
    settings.HALVES_URL = "https://halves.example"
    survey = a_survey(lea)
    promises = [told(lea, delivered_at=MONDAY + DAY, delivered=5, keeping="met") for _ in range(40)]
    for one in promises:
        said = {"channel": "email", "topic": "", "is_given": True, "how": "t"}
        consent(one.person, **said, by=lea, at=MONDAY)
    leave_some_alone(0.2, by=lea, at=MONDAY)
    alone = left_alone([one.person.ledger_id for one in promises], at=MONDAY + DAY)
    assert alone
    for one in promises:
        if one.person.ledger_id in alone:
            with pytest.raises(SurveyRefused, match="left alone"):
                ask_of_promise(survey, one, at=MONDAY + 2 * DAY)


def test_being_left_alone_is_in_what_is_kept_of_a_person_and_goes_with_them(lea, ada):
    people = willing(40)
    leave_some_alone(0.2, by=lea, at=MONDAY)
    alone = left_alone([one.ledger_id for one in people], at=MONDAY)
    posted(MONDAY + 2 * HOUR)
    for one in people:
        said = [row["table"] for row in parts()["experiments"].export([one])]
        assert ("left alone by everything" in said) == (one.ledger_id in alone)
    gone = next(one for one in people if one.ledger_id in alone)

    erase_person(gone, by=ada, at=MONDAY + DAY)

    assert gone.ledger_id not in arms()
    assert posted(MONDAY + 2 * DAY) == 0

"""Promises as colleagues and customers see them."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from halves.access.actions import change_house
from halves.access.models import House
from halves.people.models import Person, Task
from halves.posting import outbox
from halves.promises.alerts import alert
from halves.promises.models import Delivery, Promise, SurveyAsked
from halves.stories.models import Proof
from tests.house import MONDAY, browser
from tests.promises.company import a_survey, of_a_story, told
from tests.promises.test_delivering import AFTER, NOW, came

pytestmark = pytest.mark.house


def text(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_a_late_promise_is_listed_written_down_and_its_recovery_done(lea):
    promise = of_a_story(lea)
    assert "You save five hours" in text(browser(lea).get("/promises/?tab=risk"))
    page = f"/promises/{promise.pk}/"
    assert "nothing came yet" in text(browser(lea).get(page))

    said = {"amount": "4", "day": "2026-03-09", "words": "the robot was down", "once": "x"}
    assert browser(lea).post(page, said).status_code == 302
    assert browser(lea).post(page, said).status_code == 302  # pressed twice

    shown = text(browser(lea).get(page))
    assert Delivery.objects.count() == 1
    assert "Broken. Promised 5 hours, came 4." in shown
    assert "no band is learned" in shown
    assert "You save five hours" in text(browser(lea).get("/promises/?tab=kept"))
    assert "Post once" in text(browser(lea).get("/promises/kept/"))


def test_what_was_typed_stays_where_it_is_refused(lea):
    page = f"/promises/{told(lea).pk}/"
    refused = browser(lea).post(page, {"amount": "4", "day": "2020-01-01", "words": "early"})
    assert refused.status_code == 422
    assert "before it was promised" in text(refused)
    assert 'value="early"' in refused.content.decode()


def test_a_viewer_sees_and_cannot_write(lea, vic):
    page = f"/promises/{told(lea).pk}/"
    assert "Write it down" not in text(browser(vic).get(page))
    assert browser(vic).post(page, {"amount": "4", "day": "2026-03-09"}).status_code == 403
    assert not Delivery.objects.exists()


def test_a_seller_of_another_team_sees_no_promise_to_this_team_s_people(ben, cyd):
    House.objects.update_or_create(defaults={"is_by_team": True})
    promise = told(ben)
    promise.person.owner, promise.person.team = ben, ben.team
    promise.person.save()
    assert browser(ben).get(f"/promises/{promise.pk}/").status_code == 200
    assert browser(cyd).get(f"/promises/{promise.pk}/").status_code == 404
    assert "five hours" not in text(browser(cyd).get("/promises/"))
    assert "Grace" not in text(browser(cyd).get("/promises/kept/?by=person"))


def test_a_sentence_is_proof_only_with_a_yes(lea):
    promise = told(lea)
    said = {"amount": "9", "day": "2026-02-09"}
    browser(lea).post(f"/promises/{promise.pk}/", said)
    there = reverse("promise_proof", args=[promise.pk])
    refused = browser(lea).post(there, {"claim": "It saved me a day."})
    assert refused.status_code == 422
    assert "nobody is quoted without their yes" in text(refused)
    assert browser(lea).post(there, {"claim": "It saved me a day.", "agreed": "on"})
    assert Proof.objects.get(claim="It saved me a day.").source.startswith("Grace, who agreed")


def test_a_customer_answers_on_a_page_of_their_own_and_looking_changes_nothing(lea):
    asked = SurveyAsked.objects.create(
        survey=a_survey(lea), person=told(lea).person, asked_at=MONDAY
    )
    page = f"/a/{asked.token}/"
    assert "How did we do?" in text(browser().get(page))
    asked.refresh_from_db()
    assert asked.answered_at is None

    for wrong in ("11", "-1", "", "x", "9" * 40):
        assert browser().post(page, {"score": wrong}).status_code == 422
    words = "<script>alert(1)</script>"
    assert browser().post(page, {"score": "9", "words": words}).status_code == 302

    asked.refresh_from_db()
    assert (asked.score, asked.may_quote) == (9, False)
    shown = browser().get(page)
    assert words not in shown.content.decode()
    assert shown["Cache-Control"] == "private, no-store"
    assert browser().get("/a/forged/").status_code == 404
    timeline = text(browser(lea).get(f"/people/{asked.person_id}/"))
    assert "Said 9 of 10" in timeline


def test_a_question_is_written_and_closed(lea, ben):
    said = {"kind": "keeping", "question": "How did we keep our word?"}
    assert browser(lea).post("/surveys/", said).status_code == 302
    assert "How did we keep our word?" in text(browser(lea).get("/surveys/"))
    assert browser(ben).post("/surveys/", said).status_code == 403


def test_whoever_may_not_write_a_question_reads_what_it_is_for_and_who_can(lea, ben, cyd):
    empty = text(browser(ben).get("/surveys/"))
    assert "No question yet." in empty
    assert "A marketer, a leader or an owner can write one." in empty
    assert "how a promise was kept" in empty
    assert "Write it down" not in empty
    assert "can write one" not in text(browser(lea).get("/surveys/"))

    change_house(by=lea, at=MONDAY, name="", is_by_team=True)
    promise, another = told(ben), told(lea, key="u")
    Person.objects.filter(pk=another.person_id).update(owner=cyd, team=cyd.team)
    for one, words in ((promise, "It came early."), (another, "Ours is another's.")):
        SurveyAsked.objects.create(
            survey=a_survey(lea), person=one.person, asked_at=MONDAY,
            score=9, words=words, answered_at=MONDAY,
        )  # fmt: skip

    shown = text(browser(ben).get("/surveys/"))
    assert "How did we do?" in shown
    assert "A marketer, a leader or an owner writes, sends and closes questions." in shown
    assert "on the page of a promise" in shown
    assert "9 of 10 It came early." in shown
    assert "Ours is another" not in shown  # of people whom they do not see


def test_the_report_teaches_while_nothing_came(house, stocked, lea):
    assert "Nothing that was promised has come yet" in text(browser(lea).get("/promises/report/"))


def test_the_report_names_what_is_counted_by_its_unit_where_nothing_else_is_said(stocked, lea):
    promise = told(lea, amount=Decimal(3), unit="days", measure="")
    came(promise, Decimal(2))
    outbox.flush(at=NOW)

    page = browser(lea).get("/promises/report/")

    assert ">days</h2>" in page.content.decode()
    assert "Of 1 promise that came" in text(page)


def test_done_in_the_page_is_done_in_the_tasks(lea):
    promise = told(lea)
    alert(AFTER)
    browser(lea).post(f"/promises/{promise.pk}/recovered/")
    assert Task.objects.get().done_at is not None
    assert Promise.objects.get().keeping == ""

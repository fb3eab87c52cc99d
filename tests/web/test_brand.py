"""Brand in its parts, who is left alone, and links that people pass on."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from halves.audiences.referral_models import Brought, ReferralLink
from halves.experiments.baseline import baseline, left_alone
from halves.pages.actions import publish
from halves.people import actions
from halves.posting import outbox
from halves.promises.models import SurveyAsked
from halves.scoreboard.periods import Period
from tests.house import MONDAY, browser
from tests.pages.company import a_page
from tests.promises.company import a_survey
from tests.stories.company import solution

pytestmark = pytest.mark.house


def text(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_what_nothing_was_recorded_of_is_unknown(lea):
    said = text(browser(lea).get("/brand/"))
    assert said.count("Unknown:") == 4
    assert "no index is made of them" in said


def test_a_leader_leaves_some_alone_and_a_seller_may_not(stocked, lea, ben):
    assert browser(ben).post("/brand/alone/", {"share": "5"}).status_code == 403
    for wrong in ("many", "50", "-1", "nan"):
        refused = browser(lea).post("/brand/alone/", {"share": wrong})
        assert refused.status_code == 422
        assert f'value="{wrong}"' in refused.content.decode()
        assert baseline() is None
    browser(lea).post("/brand/alone/", {"share": "5%"})
    assert baseline().share == 0.05
    ids = [f"p{n}" for n in range(2_000)]
    assert 60 <= len(left_alone(ids, at=baseline().since)) <= 140
    assert "a part of it" in text(browser(lea).get("/brand/"))


def test_a_link_leads_to_the_page_and_its_visit_is_counted(lea):
    person = actions.add_person(by=lea, at=MONDAY, source="t", name="Grace")
    browser(lea).post(f"/people/{person.pk}/link/")
    assert not ReferralLink.objects.exists()  # no page yet
    page = a_page(lea)
    page.story = solution(lea, "Passed on")
    page.save()
    publish(page, by=lea, at=MONDAY)
    browser(lea).post(f"/people/{person.pk}/link/")
    link = ReferralLink.objects.get()

    led = browser().get(f"/r/{link.token}/")

    assert led.headers["Location"] == f"/p/{page.slug}/?brought={link.token}"
    assert ReferralLink.objects.get().visits == 1
    assert browser().get("/r/forged/").status_code == 404
    assert not Brought.objects.exists()


def twelve_say_nine(lea):
    survey = a_survey(lea, kind="recommend")
    for n in range(12):
        person = actions.add_person(by=lea, at=MONDAY, source="t", name=f"Grace {n}")
        now = timezone.now()
        SurveyAsked.objects.create(
            survey=survey, person=person, asked_at=now, score=9, answered_at=now
        )


def test_what_customers_say_is_shown_with_its_interval_once_ten_answered(stocked, lea):
    twelve_say_nine(lea)
    assert "Promoters less detractors: 100" in text(browser(lea).get("/brand/"))
    assert "Promoters less detractors: 100" in text(browser(lea).get("/?period=2025-Q2"))


def test_the_brand_has_a_target_and_stands_beside_it_like_the_others(stocked, lea):
    now = Period.holding(timezone.localdate(), 3)
    typed = {"measure": "brand", "amount": "50", "period": now.name}
    browser(lea).post(reverse("target_set"), typed)
    before = text(browser(lea).get(f"/?period={now.name}"))
    twelve_say_nine(lea)

    page = browser(lea).get(f"/?period={now.name}")

    assert "The target is 50 points; 0 of 0 answered; ten are needed." in before
    # Student's t at 95% with 11 degrees of freedom, 1.796, times one in 14 who would not.
    assert "Brand 100 points promoters less detractors, 87 to 100 (90%)" in text(page)
    assert "The target is 50 points." in text(page)
    refused = browser(lea).post(reverse("target_set"), typed | {"amount": "101"})
    assert "100 at most" in text(refused)


def test_whom_customers_bring_is_shown_by_the_day_since_their_first_deal(stocked, lea):
    now = timezone.now()
    fan, friend = (
        actions.add_person(by=lea, at=MONDAY, source="t", name=name) for name in ("Fan", "Friend")
    )
    Brought.objects.create(person=friend, by=fan, at=MONDAY, how="t")
    rows = [
        {"outcome_id": "b1", "kind": "deal_closed", "at": now - timedelta(days=40)},
        {"outcome_id": "b2", "kind": "referred", "at": now - timedelta(days=30)},
    ]
    outbox.put("outcomes", [one | {"person_id": "fan", "source": "t"} for one in rows], at=now)
    outbox.put(
        "outcomes", [rows[1] | {"outcome_id": "b3", "person_id": "x", "source": "t"}], at=now
    )
    outbox.flush(at=now)

    said = text(browser(lea).get("/brand/"))

    assert "1 brought by" in said
    assert "1 more was brought by somebody who was no customer then" in said
    assert "Within Others per customer 30 days 0.0" in said

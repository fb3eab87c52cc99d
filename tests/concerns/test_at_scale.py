"""From one to many: a concern becomes drafts of a story, an audience, a campaign and a page."""

from datetime import timedelta

import pytest

from halves.campaigns.models import Campaign
from halves.concerns.models import Answer, Concern, Heard
from halves.conversations.at_scale import answer_at_scale, came_of
from halves.conversations.errors import ConversationRefused
from halves.experiments.models import ArmsBatch, Member
from halves.people.actions import change_person
from halves.people.consenting import consent
from halves.stories.models import Story
from tests.concerns.company import DEAR, SPREAD, listen, talk, voiced
from tests.experiments.company import drafted
from tests.house import MONDAY, browser


@pytest.fixture
def dear(ben) -> Concern:
    """Held by six people; what sellers replied to it may be told."""
    voiced(ben, DEAR)
    listen()
    found = Heard.objects.get(words=DEAR[0]).concern
    found.answers.update(is_approved=True)
    return found


def agreed(people, topic):
    for one in people:
        one.refresh_from_db()
        said = {"version": one.version, "source": "t", "email": f"p{one.pk}@x.example"}
        change_person(one, by=None, at=MONDAY, **said)
        consent(one, channel="email", topic=topic, is_given=True, how="t", by=None, at=MONDAY)


def test_a_concern_becomes_four_drafts_that_nobody_has_sent(dear, max_):
    made = answer_at_scale(dear, by=max_, at=MONDAY)

    assert list(made.story.concerns.all()) == [dear]
    assert SPREAD in made.story.body
    assert made.story.body.startswith("[Edit this")
    assert made.audience.definition["or"][0]["records"] == "concerns_voiced"
    assert (made.campaign.state, made.campaign.holdout_share) == ("draft", 0.2)
    assert made.campaign.steps.get().story == made.story
    assert (made.page.story, made.page.state) == (made.story, "draft")
    assert browser().get(f"/p/{made.page.slug}/").status_code == 404
    again = answer_at_scale(dear, by=max_, at=MONDAY)
    assert again.story.name != made.story.name
    assert again.page.slug == f"{made.page.slug}-2"


def test_without_an_answer_there_is_nothing_to_tell(ben, max_):
    known = Concern.objects.create(name="Is it safe?", kind="trust", made_at=MONDAY)

    with pytest.raises(ConversationRefused, match="Write down first"):
        answer_at_scale(known, by=max_, at=MONDAY)
    assert not Story.objects.exists()


def test_the_campaign_is_about_what_most_of_them_agreed_to(dear, max_):
    people = [one.person for one in Heard.objects.select_related("person").order_by("pk")]
    agreed(people[:4], "Harbour news")
    agreed(people[3:5], "Prices")

    page = browser(max_).get(f"/concerns/{dear.pk}/at-scale/").content.decode()
    assert f"Harbour news · reaches 4 of {len(people)}" in page
    assert f"Prices · reaches 2 of {len(people)}" in page
    assert f"only who agreed to all mail · reaches 0 of {len(people)}" in page
    assert answer_at_scale(dear, by=max_, at=MONDAY).campaign.topic == "Harbour news"
    assert answer_at_scale(dear, by=max_, at=MONDAY, topic="Prices").campaign.topic == "Prices"


def test_what_nobody_approved_is_told_only_where_it_is_chosen(dear, max_):
    approved = Answer.objects.create(
        concern=dear, words="Paid monthly", is_approved=True, made_at=MONDAY, changed_at=MONDAY
    )
    dear.answers.exclude(pk=approved.pk).update(is_approved=False)
    page = browser(max_).get(f"/concerns/{dear.pk}/at-scale/").content.decode()
    assert f"Not approved yet: {SPREAD}" in page

    story = answer_at_scale(dear, by=max_, at=MONDAY).story
    chosen = answer_at_scale(dear, by=max_, at=MONDAY, answers=[dear.answers.get(words=SPREAD).pk])

    assert "Paid monthly" in story.body
    assert SPREAD not in story.body
    assert f"[Nobody approved this yet] {SPREAD}" in chosen.story.body
    assert "Paid monthly" not in chosen.story.body
    approved.delete()
    refused = browser(max_).post(f"/concerns/{dear.pk}/at-scale/", {"topic": ""})
    assert refused.status_code == 422
    assert "Approve an answer first" in refused.content.decode()


def test_the_button_is_a_marketer_s_and_leads_to_the_story(dear, max_, ben):
    where = f"/concerns/{dear.pk}/at-scale/"

    assert browser(ben).post(where).status_code == 403
    said = {"answers": [one.pk for one in dear.answers.all()], "topic": ""}
    shown = browser(max_).post(where, said, follow=True).content.decode()
    assert "Answer: " in shown
    assert Campaign.objects.count() == 1


def test_the_story_leads_on_to_its_campaign(dear, max_, ben):
    made = answer_at_scale(dear, by=max_, at=MONDAY)
    link = f'<a href="/campaigns/{made.campaign.pk}/">{made.campaign.title} (draft)</a>'

    for where in (f"/stories/{made.story.pk}/", "/stories/"):
        assert link in browser(ben).get(where).content.decode()


def test_it_shows_whether_it_is_heard_less_with_an_interval(dear, max_, ben):
    made = answer_at_scale(dear, by=max_, at=MONDAY)
    design = drafted(max_)
    batch = ArmsBatch.objects.create(experiment=design, number=1, at=MONDAY)
    people = [one.person for one in Heard.objects.select_related("person")]
    for place, one in enumerate(people):
        Member.objects.create(
            experiment=design, batch=batch, unit_id=one.ledger_id, is_held_out=place >= 3
        )
    Campaign.objects.filter(pk=made.campaign.pk).update(
        experiment=design, launched_at=MONDAY + timedelta(days=1), state="sent"
    )
    after = MONDAY + timedelta(days=3)
    [quiet] = came_of(dear, at=after - timedelta(days=1))
    assert quiet.heard.mean == 0  # nobody spoke of it since, told or not
    for one in people[3:]:
        talk(one, ben, ("them", DEAR[0]), at=after)
    listen(at=after)
    found = came_of(dear, at=after)[0]

    assert (found.told, found.left_alone) == (3, 3)
    assert found.heard.mean == pytest.approx(-1.0)  # none of 3 less 3 of 3
    around = (found.heard.low + found.heard.high) / 2
    assert around == pytest.approx(-0.6)  # 1 of 5 less 4 of 5, each with one more of both
    assert found.heard.low < found.heard.mean < found.heard.high < 0
    assert found.deals is None
    assert "heard less" in browser(max_).get(f"/concerns/{dear.pk}/").content.decode()

"""The brief: what a seller sees before the call, and what they must not."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from halves.access.actions import change_house
from halves.audiences import groups
from halves.conversations.actions import log
from halves.conversations.brief import brief_of
from halves.conversations.brief_step import next_step
from halves.conversations.queue_models import DecisionState, QueueDecision
from halves.conversations.talk import Spoken, Talk
from halves.deals.models import Deal
from halves.people.actions import add_account, add_person
from halves.people.consenting import consent
from halves.posting import outbox
from halves.promises.models import Promise
from halves.stories.actions import freeze, write_story
from tests.conversations.queue_company import MORNING, a_decision
from tests.house import MONDAY, browser
from tests.stories.company import belonging, offered

TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def navy(house):
    return add_account(by=None, at=MONDAY, name="Navy")


@pytest.fixture
def grace(house, navy):
    said = {"name": "Grace Hopper", "email": "grace@navy.example", "account": navy}
    return add_person(by=None, at=MONDAY, source="hand", **said)


def told(person, story: str, *, path: str = "many", at=MONDAY) -> None:
    row = {
        "touch_id": f"t {story} {person.pk} {at}",
        "person_id": person.ledger_id,
        "at": at,
        "path": path,
        "channel": "email",
        "story": story,
        "source": "t",
    }
    outbox.put("touches", [row], at=at)
    outbox.flush(at=at)


def a_vision(by, *, offer=None, name="Harbour"):
    return write_story(
        by=by,
        at=MONDAY,
        name=name,
        kind="belonging",
        offer=offer,
        aspiration="to sail on Sundays",
        group="people who sail",
        vision="a harbour of one's own",
        headline="A place for you",
    )


def promised(person, words: str, *, due_on: date) -> Promise:
    return Promise.objects.create(
        person=person, words=words, via="call", via_key=words, made_at=MONDAY, due_on=due_on
    )


def test_it_says_what_they_were_told_and_which_solution_keeps_it(grace, ada, ben):
    offer = offered()
    a_vision(ada, offer=offer)
    write_story(
        by=ada, at=MONDAY, name="Berth", kind="solution", offer=offer, problem="no berth", fix="one"
    )
    told(grace, "Harbour")

    found = brief_of(grace, user=ben, at=TUESDAY)

    assert [(one.name, one.kind, one.times) for one in found.told] == [("Harbour", "belonging", 1)]
    assert [one.words for one in found.wishes] == ["to sail on Sundays"]
    assert [one.name for one in found.solutions] == ["Berth"]
    assert "Berth" in next_step(found).words


def test_groups_that_they_joined_say_what_they_want_to_become(grace, ada, ben):
    group = groups.found_group(name="Sailors", aspiration="free on the sea", by=ada, at=MONDAY)
    groups.put_in(group, grace, by=ada, at=MONDAY)

    [wish] = brief_of(grace, user=ben, at=TUESDAY).wishes

    assert (wish.words, wish.source) == ("free on the sea", "Sailors")


def test_what_is_late_comes_first_of_what_is_owed(grace, ben):
    promised(grace, "A plan of the harbour", due_on=date(2026, 1, 20))
    promised(grace, "An answer on the price", due_on=date(2026, 1, 2))

    found = brief_of(grace, user=ben, at=TUESDAY)

    words = [one.words for one in found.promises]
    assert words == ["An answer on the price", "A plan of the harbour"]
    assert [one.words for one in found.late] == ["An answer on the price"]
    assert "An answer on the price" in next_step(found).words


def test_who_may_not_be_called_is_not_to_be_called(grace, ben):
    promised(grace, "Anything", due_on=date(2026, 1, 2))
    consent(grace, channel="phone", topic="", is_given=False, how="said so", by=ben, at=MONDAY)

    found = brief_of(grace, user=ben, at=TUESDAY)

    assert found.refused == "said no"
    assert next_step(found).words == "Do not call."


def test_whom_the_dice_leave_alone_are_left_alone(house, ben):
    one = a_decision(ben)
    QueueDecision.objects.filter(pk=one.pk).update(
        is_held_out=True, number=0.9, state=DecisionState.LEFT
    )

    found = brief_of(one.person, user=ben, at=MORNING + timedelta(days=1))

    assert found.left_alone_until == one.period_ends
    assert "Leave them alone until" in next_step(found).words
    after = brief_of(one.person, user=ben, at=one.period_ends)
    assert after.left_alone_until is None


def test_an_open_deal_without_a_problem_asks_for_it(grace, ben):
    log(grace, Talk("call", MONDAY, ben), by=ben, at=MONDAY)
    Deal.objects.create(
        title="Berth 7", person=grace, owner=ben, path="one", value=900, currency="EUR",
        opened_at=MONDAY,
    )  # fmt: skip

    assert next_step(brief_of(grace, user=ben, at=TUESDAY)).words == "Ask what they need fixed."


def test_the_private_mail_of_another_is_nowhere_in_it(grace, navy, ben, bea, lea):
    secret = Talk(
        "mail",
        MONDAY,
        bea,
        subject="A secret subject",
        summary="A secret summary",
        is_private=True,
        turns=[Spoken("them", "A secret fear")],
        source="mail:bea",
        source_key="1",
    )
    log(grace, secret, by=bea, at=MONDAY)
    peer = add_person(by=None, at=MONDAY, source="hand", name="Ada Navy", account=navy)
    told(grace, "Harbour")

    for user in (ben, lea):
        found = brief_of(grace, user=user, at=TUESDAY)
        assert (found.bond.theirs, found.bond.ours, found.bond.days_since) == (0, 0, None)
        assert found.last_talk is None
        assert brief_of(peer, user=user, at=TUESDAY).bond.colleagues == 0
        page = browser(user).get(reverse("person_brief", args=[grace.pk])).content.decode()
        assert "secret" not in page
    own = brief_of(grace, user=bea, at=TUESDAY)
    assert own.bond.days_since == 1
    assert brief_of(peer, user=bea, at=TUESDAY).bond.colleagues == 1


def test_closeness_counts_who_began_and_who_answered(grace, ben):
    log(grace, Talk("call", MONDAY, ben), by=ben, at=MONDAY)
    log(grace, Talk("call", MONDAY, ben, direction="in"), by=ben, at=MONDAY)
    thread = [Spoken("us", "Hello"), Spoken("them", "Hello back")]
    log(grace, Talk("mail", MONDAY, ben, turns=thread), by=ben, at=MONDAY)
    log(grace, Talk("call", MONDAY - timedelta(days=400), ben), by=ben, at=MONDAY)

    bond = brief_of(grace, user=ben, at=MONDAY + timedelta(days=30)).bond

    assert (bond.theirs, bond.ours, bond.days_since) == (2, 2, 30)
    # By hand: 100 × (0.35 × 0.5 + 0.25 × 1 + 0.25 × 4/7 + 0.15 × 0)
    assert bond.strength.score == pytest.approx(56.79, abs=0.01)


def test_an_empty_brief_teaches(grace, ben):
    page = browser(ben).get(reverse("person_brief", args=[grace.pk])).content.decode()

    assert "Introduce yourself" in page
    assert page.count("Nobody wrote it down: ask.") == 2
    assert "In a model&#x27;s words" not in page  # nobody named an endpoint


def test_what_people_wrote_is_shown_as_text(grace, ben):
    log(
        grace,
        Talk("call", MONDAY, ben, subject="<script>alert(1)</script>", summary="{{ 7 }}"),
        by=ben,
        at=MONDAY,
    )
    promised(grace, "<img src=x onerror=alert(1)>", due_on=date(2026, 1, 2))

    page = browser(ben).get(reverse("person_brief", args=[grace.pk])).content.decode()

    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;" in page


def test_a_seller_of_another_team_does_not_meet_them(house, ada, ben, cyd):
    change_house(name="Navy", is_by_team=True, by=ada, at=MONDAY)
    theirs = add_person(by=cyd, at=MONDAY, source="hand", name="Hers", owner=cyd)

    assert browser(ben).get(reverse("person_brief", args=[theirs.pk])).status_code == 404
    assert browser(cyd).get(reverse("person_brief", args=[theirs.pk])).status_code == 200


def test_freezing_keeps_what_was_told(grace, ada, ben):
    story = belonging(ada)
    talk = Talk("call", MONDAY, ben, told=freeze(story, by=ada, at=MONDAY))
    log(grace, talk, by=ben, at=MONDAY)
    outbox.flush(at=MONDAY)

    [one] = brief_of(grace, user=ben, at=TUESDAY).told

    assert (one.name, one.path, one.vision) == (story.name, "one", story.vision)

"""Campaigns on the pages: plan, look, try, launch, pause, duplicate; who may not; mail settings."""

import pytest

from halves.campaigns.models import Campaign, Message, State
from halves.people.consenting import consent
from tests.campaigns.company import (
    TUESDAY,
    audience_of,
    launched,
    now,
    settings_file,
    story,
    willing,
    worked,
)
from tests.campaigns.sink import Sink
from tests.house import MONDAY, browser


@pytest.fixture
def sink(tmp_path):
    one = Sink(tmp_path)
    one.start()
    yield one
    one.kill()


@pytest.fixture
def mailing(house, sink):
    settings_file(house.settings_file, sink.port)
    return house


@pytest.fixture
def click(django_capture_on_commit_callbacks):
    """Send a form, and let the worker do what it asks for."""

    def send(user, path, **typed):
        with django_capture_on_commit_callbacks(execute=True):
            return browser(user).post(path, typed, follow=True)

    return send


def typed(by, people, **said):
    usual = {
        "title": "Spring letter",
        "audience": audience_of(people).pk,
        "story": story(by).pk,
        "topic": "news",
        "holdout_share": "20",
        "outcome": "deal_closed",
        "of": "value",
        "days": "28",
    }
    return usual | said


def page(user, one) -> str:
    return browser(user).get(f"/campaigns/{one.pk}/").content.decode()


def test_an_empty_list_teaches_what_it_takes(max_, house):
    shown = browser(max_).get("/campaigns/").content.decode()

    assert "It takes a story and an audience first" in shown


def test_a_marketer_plans_looks_tries_and_launches(max_, mailing, sink, click):
    people = willing(10)
    consent(people[0], channel="*", topic="", is_given=False, how="x", by=None, at=MONDAY)
    click(max_, "/campaigns/add/", **typed(max_, people))
    one = Campaign.objects.get()
    assert "and leave 20% of them alone" in page(max_, one)
    assert "Launch it" not in page(max_, one)

    click(max_, f"/campaigns/{one.pk}/look/")
    shown = page(max_, one)
    assert "9 people may be told" in shown
    assert "said no" in shown
    assert "What leaving some alone can detect" in shown
    assert "style=" not in shown

    answer = click(max_, f"/campaigns/{one.pk}/try/", to="max@navy.example")
    assert "Sent to max@navy.example" in answer.content.decode()
    assert sink.to == ["max@navy.example"]

    click(max_, f"/campaigns/{one.pk}/launch/")
    one.refresh_from_db()
    assert one.state == State.SCHEDULED
    worked(now())
    held_out = one.experiment.members.filter(is_held_out=True).count()
    assert len(sink.to) == 1 + 9 - held_out
    assert "Sent" in page(max_, one)


def test_without_mail_settings_nothing_is_launched_and_the_page_says_what_to_do(max_, house, click):
    click(max_, "/campaigns/add/", **typed(max_, willing(3)))
    one = Campaign.objects.get()
    click(max_, f"/campaigns/{one.pk}/look/")

    answer = click(max_, f"/campaigns/{one.pk}/launch/")

    assert "mail.host, mail.from, mail.company, house.url" in answer.content.decode()
    one.refresh_from_db()
    assert one.state == State.CHECKED


def test_a_duplicate_is_a_draft_and_sends_nothing(ada, mailing, sink, click):
    one = launched(ada, willing(2))
    worked()

    click(ada, f"/campaigns/{one.pk}/duplicate/")

    twin = Campaign.objects.latest("pk")
    assert (twin.state, twin.launched_at) == (State.DRAFT, None)
    assert worked() == 0
    assert Message.objects.filter(campaign=twin).count() == 0


def test_what_was_changed_must_be_looked_at_again(ada, mailing, click):
    people = willing(3)
    form = typed(ada, people)
    click(ada, "/campaigns/add/", **form)
    one = Campaign.objects.get()
    click(ada, f"/campaigns/{one.pk}/look/")
    click(ada, f"/campaigns/{one.pk}/edit/", **form | {"topic": "other", "version": 1})

    answer = click(ada, f"/campaigns/{one.pk}/launch/")

    assert "See first whom it goes to" in answer.content.decode()


def test_what_is_wrong_stands_next_to_its_field_and_what_was_typed_stays(max_, house):
    form = typed(max_, willing(1), opens="17", closes="9")

    answer = browser(max_).post("/campaigns/add/", form)

    assert answer.status_code == 422
    assert 'id="id_closes_errors"' in answer.content.decode()
    assert "Spring letter" in answer.content.decode()


def test_mails_nobody_knows_of_are_shown_and_a_person_says(ada, mailing, sink, click):
    one = launched(ada, [*willing(1, named="cut"), *willing(1)])
    worked()
    assert "1 mails of which nobody knows" in page(ada, one)

    click(ada, f"/campaigns/{one.pk}/settle/", were_sent="yes")

    assert "of which nobody knows" not in page(ada, one)


@pytest.mark.parametrize("who", ["ben", "vic"])
def test_a_seller_or_viewer_sees_but_may_not(who, request, ada, mailing):
    user = request.getfixturevalue(who)
    one = launched(ada, willing(2), at=TUESDAY)

    assert "Pause" not in page(user, one)
    for what in ("look", "launch", "pause", "resume", "cancel", "settle", "duplicate", "try"):
        assert browser(user).post(f"/campaigns/{one.pk}/{what}/").status_code == 403
    assert browser(user).get("/settings/mail/").status_code == 403


def test_the_mail_page_shows_what_is_set_and_never_the_password(ada, mailing, sink, click):
    text = mailing.settings_file.read_text()
    mailing.settings_file.write_text(text + 'password = "hunter2"\n')

    click(ada, "/settings/mail/", keys="yes")
    shown = browser(ada).get("/settings/mail/").content.decode()

    assert "news@navy.example" in shown
    assert "_domainkey.navy.example" in shown
    assert "hunter2" not in shown
    assert "k=ed25519" in shown
    assert "Sent to" in click(ada, "/settings/mail/", to="ada@navy.example").content.decode()
    assert "DKIM-Signature" in str(sink.mails[0])

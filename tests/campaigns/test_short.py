"""Campaigns over other channels: against a real gateway on this machine, with its moods."""

import json
from datetime import timedelta

import pytest

from halves.campaigns.errors import CampaignRefused, FieldWrong, MailNotSet
from halves.campaigns.models import Campaign, Message
from halves.campaigns.trying import try_campaign
from halves.people.consenting import consent
from halves.people.models import Bounce, Consent, Person, Suppression
from halves.people.reachable import Refusal, who_may_be_told
from halves.posting.journal import Journal
from halves.posting.models import Posting
from tests.campaigns.company import TUESDAY, drafted, launched, now, states, story, willing, worked
from tests.connect.test_channels import SECRET, Gateway
from tests.house import MONDAY, browser


@pytest.fixture
def gateway(house, monkeypatch):
    house.settings_file.write_text('[house]\nurl = "https://navy.example"\n')
    one = Gateway()
    monkeypatch.setenv("HALVES_SMS_URL", one.url)
    monkeypatch.setenv("HALVES_SMS_KEY", "secret-key")
    monkeypatch.setenv("HALVES_SMS_FROM", "Navy")
    monkeypatch.setenv("HALVES_CHANNEL_WEBHOOK_URL", one.url)
    monkeypatch.setenv("HALVES_CHANNEL_WEBHOOK_SECRET", SECRET)
    yield one
    one.server.shutdown()
    one.server.server_close()


def reached_by(count: int, channel: str = "sms", *, start: int = 0) -> list[Person]:
    """People with a number who said yes to the channel."""
    people = willing(count, start=start)
    for place, one in enumerate(people, start):
        one.phone = f"+4930901{place:03}"
        one.save()
        say(one, channel, is_given=True)
    return people


def say(person: Person, channel: str, *, is_given: bool, topic: str = "") -> None:
    consent(
        person, channel=channel, topic=topic, is_given=is_given, how="a form", by=None, at=MONDAY
    )


def told(gateway: Gateway) -> list[dict]:
    return [json.loads(body) for _headers, body in gateway.got]


def refused(person: Person, channel: str = "sms") -> Refusal | None:
    return who_may_be_told([person.pk], channel=channel, topic="news", at=now())[person.pk]


def test_a_story_goes_as_words_with_a_way_out_each_once(ada, gateway):
    campaign = launched(ada, reached_by(3), channel="sms")

    assert worked() == 3

    assert states(campaign) == {"sent": 3}
    got = told(gateway)
    assert {one["to"] for one in got} == {f"+4930901{n:03}" for n in range(3)}
    assert all("Hello P, come and see" in one["text"] for one in got)
    assert all("No more: https://navy.example/u/" in one["text"] for one in got)
    assert all("<" not in one["text"] for one in got)
    assert {one["reference"] for one in got} == {
        one.key for one in Message.objects.filter(campaign=campaign)
    }
    rows = [row.row for row in Posting.objects.filter(table="touches")]
    assert {row["channel"] for row in rows} == {"sms"}


def test_a_program_gets_what_the_message_is_about(ada, gateway):
    launched(ada, reached_by(1, "webhook"), channel="webhook")

    worked()

    [one] = told(gateway)
    assert one["data"]["to"] == "p0@people.example"
    assert one["data"]["facts"]["campaign"] == "spring-letter"
    assert one["data"]["facts"]["unsubscribe"].startswith("https://navy.example/u/")


@pytest.mark.parametrize("channel", ["sms", "webhook"])
def test_a_yes_to_mail_is_no_yes_to_another_channel(ada, gateway, channel):
    people = [*reached_by(1, channel), *willing(1, start=1)]
    people[1].phone = "+4930901001"
    people[1].save()
    campaign = launched(ada, people, channel=channel)

    worked()

    assert states(campaign) == {"sent": 1}
    assert refused(people[1], channel) is Refusal.NEVER_AGREED


def test_who_has_no_number_is_left_out(ada, gateway):
    first, second, third = reached_by(3)
    Person.objects.filter(pk=second.pk).update(phone="")
    Person.objects.filter(pk=third.pk).update(phone="ask at the desk")

    campaign = launched(ada, [first, second, third], channel="sms")
    worked()

    assert states(campaign) == {"sent": 1}
    assert refused(second) is refused(third) is Refusal.NO_ADDRESS


def test_the_way_out_ends_text_messages_and_not_mail(ada, gateway):
    [person] = reached_by(1)
    launched(ada, [person], channel="sms")
    worked()
    way_out = told(gateway)[0]["text"].rpartition("https://navy.example")[2].strip()

    assert browser().get(way_out).status_code == 200
    assert refused(person) is None
    assert browser().post(way_out).status_code == 200

    assert refused(person) is Refusal.SAID_NO
    assert refused(person, "email") is None
    assert Consent.objects.filter(channel="sms", topic="news", is_given=False).count() == 1


@pytest.mark.parametrize(
    ("status", "state"),
    [(200, "sent"), (400, "failed"), (429, "queued"), (500, "unknown"), (302, "queued")],
)
def test_what_the_gateway_says_is_what_becomes_of_it(ada, gateway, status, state):
    gateway.answers = [(status, b"why")]
    campaign = launched(ada, reached_by(1), channel="sms")

    worked(rounds=2)

    assert states(campaign) == {state: 1}
    assert len(gateway.got) == 1
    assert not Bounce.objects.exists()


def test_a_gateway_that_dies_with_the_message_leaves_it_unknown_and_sends_it_no_second_time(
    ada, gateway
):
    gateway.hangs_up = True
    campaign = launched(ada, reached_by(2), channel="sms")
    worked(rounds=1)
    gateway.hangs_up = False

    worked(TUESDAY + timedelta(days=1))

    assert states(campaign) == {"unknown": 2}
    assert len(gateway.got) == 2


def test_a_gateway_that_is_not_there_costs_nobody_their_message(ada, gateway, monkeypatch):
    monkeypatch.setenv("HALVES_SMS_URL", "http://127.0.0.1:9/")
    campaign = launched(ada, reached_by(2), channel="sms")

    worked(rounds=1)
    campaign.refresh_from_db()

    assert states(campaign) == {"queued": 2}
    assert campaign.trouble.startswith("The channel sms takes nothing: ")
    assert "secret-key" not in campaign.trouble


def test_all_channels_together_are_not_too_many_in_a_week(house, ada, gateway):
    house.settings_file.write_text(
        '[house]\nurl = "https://navy.example"\n[mail]\nmost_a_week = 1\n'
    )
    people = reached_by(2)
    launched(ada, people, channel="sms")
    worked()
    for one in people:
        say(one, "webhook", is_given=True)
    another = story(ada, name="Another")
    second = launched(ada, people, channel="webhook", title="Second", told=another)

    worked()

    assert states(second) == {"queued": 2}


def test_some_are_held_out(ada, gateway):
    campaign = launched(ada, reached_by(20), channel="sms", holdout_share=0.5)

    worked()

    held_out = campaign.experiment.members.filter(is_held_out=True).count()
    assert 0 < held_out < 20
    assert len(gateway.got) == states(campaign)["sent"] == 20 - held_out


def test_what_is_not_set_is_named_before_anything_goes(ada, gateway, monkeypatch):
    monkeypatch.delenv("HALVES_SMS_KEY")

    with pytest.raises(MailNotSet, match="HALVES_SMS_KEY is not set"):
        launched(ada, reached_by(1), channel="sms")
    assert gateway.got == []


def test_a_channel_that_there_is_not_is_refused(ada, gateway):
    with pytest.raises(FieldWrong, match="email, sms, webhook"):
        drafted(ada, [], channel="pigeon")


def test_a_test_goes_to_a_number(ada, gateway):
    campaign = drafted(ada, [], channel="sms")
    page = f"/campaigns/{campaign.pk}/"

    browser(ada).post(f"{page}try/", {"to": "030"})
    assert gateway.got == []
    browser(ada).post(f"{page}try/", {"to": "+49 30 901820"})

    [one] = told(gateway)
    assert one["to"] == "+4930901820"
    gateway.answers = [(400, b"no such number")]
    with pytest.raises(CampaignRefused, match="no such number"):
        try_campaign(campaign, "+4930901820", at=now(), key="t")


def test_an_erased_number_is_not_written_to(house, ada, gateway):
    [person] = reached_by(1)
    digest = Journal.of(house.home).hashed([f"phone:{person.phone}"])[0]
    Suppression.objects.create(digest=digest, at=MONDAY)

    assert refused(person) is Refusal.ERASED


def test_the_plan_is_made_on_the_page(ada, gateway):
    people = reached_by(1)
    made = drafted(ada, people, title="A plan")
    said = {
        "title": "By text",
        "audience": made.audience_id,
        "story": made.steps.get().story_id,
        "channel": "sms",
        "holdout_share": "0",
        "outcome": "deal_closed",
        "of": "value",
        "days": "28",
    }

    answer = browser(ada).post("/campaigns/add/", said)

    assert answer.status_code == 302, answer.content.decode()
    assert Campaign.objects.get(title="By text").channel == "sms"

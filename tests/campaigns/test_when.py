"""When mails go: steps and waits, hours of the person's day, how many a week, how many a minute."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa

from halves.audiences.actions import take_off
from halves.campaigns import actions, sending
from halves.campaigns.models import Message, State
from halves.people.consenting import consent
from halves.people.merging import merge
from halves.people.models import Person
from halves.posting.book import book
from tests.campaigns.company import (
    TUESDAY,
    audience_of,
    drafted,
    launched,
    looked_at,
    settings_file,
    states,
    story,
    willing,
    worked,
)

DAY = timedelta(days=1)


def in_steps(by, people, **said):
    one = story(by)
    other = story(by, name="Second", subject="And another thing")
    steps = [{"story": one}, {"story": other, "wait_hours": 48}]
    return launched(by, people, steps=steps, **said)


def subjects(sink) -> list[tuple[str, str]]:
    return sorted((mail["To"].partition("@")[0], mail["Subject"]) for mail in sink.mails)


def test_a_step_follows_after_its_wait_and_no_sooner(mailing, ada, sink):
    campaign = in_steps(ada, willing(2))

    assert worked() == 2
    assert worked(TUESDAY + timedelta(hours=47)) == 0
    campaign.refresh_from_db()
    assert campaign.state == State.SENDING
    assert worked(TUESDAY + timedelta(hours=48)) == 2

    campaign.refresh_from_db()
    assert campaign.state == State.SENT
    assert [about for who, about in subjects(sink) if who == "p0"] == [
        "And another thing",
        "P, there is a berth",
    ]


def test_what_the_sequence_is_for_ends_it(mailing, ada, sink):
    people = willing(2)
    in_steps(ada, people, exit_on=["deal_closed"])
    worked()
    outcome = {
        "outcome_id": "o1",
        "person_id": people[0].ledger_id,
        "at": TUESDAY + timedelta(hours=3),
        "kind": "deal_closed",
        "source": "test",
    }
    book().append("outcomes", pa.Table.from_pylist([outcome]), batch="bought")

    worked(TUESDAY + 3 * DAY)

    assert [who for who, about in subjects(sink) if about == "And another thing"] == ["p1"]
    assert Message.objects.get(state="skipped").why == "exit"


def test_whoever_leaves_the_audience_or_says_no_gets_no_later_step(mailing, ada, sink):
    people = willing(3)
    everyone = audience_of(people)
    in_steps(ada, people, audience=everyone)
    worked()
    take_off(everyone, [people[0].pk], by=None, at=TUESDAY + DAY)
    said = {"channel": "email", "topic": "news", "is_given": False, "how": "said so", "by": None}
    consent(people[1], at=TUESDAY + DAY, **said)

    worked(TUESDAY + 3 * DAY)

    assert [who for who, about in subjects(sink) if about == "And another thing"] == ["p2"]
    found = dict(Message.objects.filter(state="skipped").values_list("person_id", "why"))
    assert found == {people[0].pk: "not_in_audience", people[1].pk: "said_no"}


def test_two_who_turn_out_to_be_one_get_the_next_step_once(mailing, ada, sink):
    people = willing(2)
    in_steps(ada, people)
    worked()
    merge(people[0], people[1], by=ada, at=TUESDAY + DAY, why="the same")

    worked(TUESDAY + 3 * DAY)

    assert [about for _, about in subjects(sink)].count("And another thing") == 1


def test_everyone_is_written_to_in_the_hours_of_their_own_day(mailing, ada, sink):
    """Half past ten in UTC: 19:30 in Tokyo (closed), 11:30 in Berlin, 05:30 in New York."""
    people = willing(4)
    zones = ("Asia/Tokyo", "Europe/Berlin", "America/New_York", "No/Where")
    for person, zone in zip(people, zones, strict=True):
        Person.objects.filter(pk=person.pk).update(time_zone=zone)
    at = datetime(2026, 1, 6, 10, 30, tzinfo=UTC)
    campaign = launched(ada, people, at=at, opens=9, closes=17)

    worked(at)
    assert sorted(sink.to) == ["p1@people.example", "p3@people.example"]
    due = dict(Message.objects.filter(state="queued").values_list("person_id", "due_at"))
    assert due == {
        people[0].pk: datetime(2026, 1, 7, 0, 0, tzinfo=UTC),  # 9:00 in Tokyo
        people[2].pk: datetime(2026, 1, 6, 14, 0, tzinfo=UTC),  # 9:00 in New York
    }
    worked(datetime(2026, 1, 6, 14, 0, tzinfo=UTC))
    worked(datetime(2026, 1, 7, 0, 0, tzinfo=UTC))
    assert len(sink.to) == 4
    campaign.refresh_from_db()
    assert campaign.state == State.SENT


def test_what_was_due_when_the_worker_slept_waits_for_the_hours(mailing, ada, sink):
    [person] = willing(1)
    Person.objects.filter(pk=person.pk).update(time_zone="Europe/Berlin")
    at = datetime(2026, 1, 6, 10, tzinfo=UTC)
    launched(ada, [person], at=at, opens=9, closes=17)
    sink.kill()
    worked(at)
    sink.start()

    assert worked(datetime(2026, 1, 6, 22, tzinfo=UTC)) == 0
    assert worked(datetime(2026, 1, 7, 8, tzinfo=UTC)) == 1


def test_nobody_gets_more_in_a_week_than_is_set_whatever_the_campaign(house, ada, sink):
    settings_file(house.settings_file, sink.port)
    file = house.settings_file
    file.write_text(file.read_text().replace("most_a_week = 20", "most_a_week = 2"))
    people = willing(1)
    told = story(ada)
    for title in ("One", "Two", "Three"):
        launched(ada, people, title=title, told=told)

    worked()
    assert len(sink.to) == 2
    assert worked(TUESDAY + 6 * DAY) == 0
    assert worked(TUESDAY + 7 * DAY) == 1


def test_a_domain_gets_so_many_a_minute_and_others_do_not_wait_for_it(house, ada, sink):
    settings_file(house.settings_file, sink.port, more='[mail.a_minute]\n"people.example" = 20\n')
    slow, quick = willing(60), willing(5, named="q")
    for one in quick:
        Person.objects.filter(pk=one.pk).update(email=f"q{one.pk}@other.example")
    campaign = launched(ada, [*slow, *quick])

    at = TUESDAY
    worked(at)
    assert sum(to.endswith("other.example") for to in sink.to) == 5
    a_minute = []
    for _ in range(4):
        before = len(sink.to)
        for second in range(0, 60, 3):
            sent_by(at + timedelta(seconds=second))
        at += timedelta(minutes=1)
        a_minute.append(len(sink.to) - before)
    assert all(count <= 20 for count in a_minute)
    assert states(campaign) == {"sent": 65}, a_minute


def sent_by(at: datetime) -> None:
    """The same worker goes on: its pace is its own."""
    sending.look_after(at, clock=lambda: at)


def test_a_domain_that_puts_mails_off_is_left_alone_twice_as_long_each_time(mailing, ada, sink):
    people = willing(1, named="later")
    campaign = launched(ada, people)
    worked()
    row = Message.objects.get()
    first = row.due_at
    others = willing(2)
    launched(ada, others, title="Other", told=campaign.steps.get().story)

    sent_by(TUESDAY + timedelta(seconds=10))
    assert sink.to == []
    sent_by(TUESDAY + timedelta(seconds=31))
    assert len(sink.to) == 2
    assert first == TUESDAY + timedelta(minutes=1)
    sent_by(first)
    row.refresh_from_db()
    assert (row.tries, row.due_at) == (2, first + timedelta(minutes=2))


def test_a_duplicate_is_a_draft_that_goes_nowhere_by_itself(mailing, ada, sink):
    campaign = in_steps(ada, willing(2), holdout_share=0.5, opens=9, closes=17)
    copy = actions.duplicate(campaign, by=ada, at=TUESDAY)

    worked(TUESDAY + timedelta(hours=3))
    worked(TUESDAY + 5 * DAY)

    copy.refresh_from_db()
    assert (copy.state, copy.launched_at, copy.experiment) == (State.DRAFT, None, None)
    assert (copy.holdout_share, copy.opens, copy.closes) == (0.5, 9, 17)
    assert [step.wait_hours for step in copy.steps.all()] == [0, 48]
    assert [step.told for step in copy.steps.all()] == [None, None]
    assert not copy.messages.exists()
    assert copy.name != campaign.name


def test_a_copy_has_a_holdout_of_its_own(mailing, ada):
    people = willing(40)
    campaign = launched(ada, people, holdout_share=0.5)
    copy = actions.duplicate(campaign, by=ada, at=TUESDAY)
    looked_at(copy, ada)
    actions.launch(copy, by=ada, at=TUESDAY)

    copy.refresh_from_db()
    assert copy.experiment_id != campaign.experiment_id
    assert copy.experiment.salt != campaign.experiment.salt


def test_what_is_planned_for_later_waits_until_then(mailing, ada, sink):
    campaign = drafted(ada, willing(2), send_from=TUESDAY + DAY)
    looked_at(campaign, ada)
    actions.launch(campaign, by=ada, at=TUESDAY)

    assert worked(TUESDAY + timedelta(hours=23)) == 0
    campaign.refresh_from_db()
    assert campaign.state == State.SCHEDULED
    assert worked(TUESDAY + DAY) == 2

"""Tasks say when they want to be thought of: on the page always, by mail where there is one."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from halves.people.models import Letter, Person, Task
from halves.people.tasks import add_task, finish_task, remind, waiting
from tests.campaigns.company import settings_file
from tests.house import MONDAY, browser

HOUR = timedelta(hours=1)
SOON = MONDAY + HOUR


@pytest.fixture
def call(ben):
    return add_task(
        title="Call Grace", owner=ben, by=ben, at=MONDAY, due_on=date(2026, 1, 9), remind_at=SOON
    )


@pytest.fixture
def with_mail(house):
    settings_file(house.settings_file, 25)


def test_a_reminder_is_marked_once_its_moment_has_come(call):
    assert remind(SOON - HOUR) == 0
    assert remind(SOON) == 1
    assert remind(SOON + HOUR) == 0

    call.refresh_from_db()
    assert call.reminded_at == SOON
    assert not Letter.objects.exists()


def test_with_mail_the_owner_gets_one_and_it_says_no_more_than_the_task(call, with_mail):
    remind(SOON)
    remind(SOON + HOUR)

    letter = Letter.objects.get()
    assert (letter.to, letter.subject) == ("ben@example.org", "To do: Call Grace")
    assert "It is due on 9 January 2026." in letter.text


def test_nobody_is_reminded_of_what_is_done_nor_who_may_not_sign_in(call, ben, with_mail):
    finish_task(call, by=ben, at=MONDAY)
    other = add_task(title="Write", owner=ben, by=ben, at=MONDAY, remind_at=SOON)
    ben.is_active = False
    ben.save()

    remind(SOON)

    call.refresh_from_db()
    other.refresh_from_db()
    assert (call.reminded_at, other.reminded_at) == (None, SOON)
    assert not Letter.objects.exists()


def test_what_waits_is_due_or_was_to_be_reminded_of(ben, bea, call):
    add_task(title="Some day", owner=ben, by=ben, at=MONDAY)
    due = add_task(title="Due", owner=ben, by=ben, at=MONDAY, due_on=MONDAY.date())
    add_task(title="Hers", owner=bea, by=bea, at=MONDAY, due_on=MONDAY.date())

    assert list(waiting(ben, today=MONDAY.date(), at=MONDAY)) == [due]
    assert set(waiting(ben, today=MONDAY.date(), at=SOON)) == {due, call}


def test_the_home_page_and_the_navigation_tell_of_it_before_anything_is_imported(ben, bea):
    today, now = timezone.localdate(), timezone.now()
    add_task(title="Send the offer", owner=ben, by=ben, at=now, due_on=today)
    add_task(title="Call back", owner=ben, by=ben, at=now, remind_at=now - HOUR)

    mine, hers = (browser(one).get("/").content.decode() for one in (ben, bea))

    assert "Due today: Send the offer" in mine
    assert "You asked to be reminded: Call back" in mine
    assert '<span class="count">2<' in mine
    assert "Send the offer" not in hers
    assert 'class="count"' not in hers


def test_a_reminder_is_chosen_on_a_person_s_page_in_one_s_own_time(ben):
    ben.time_zone = "Europe/Berlin"
    ben.save()
    client = browser(ben)
    client.post("/people/add/", {"name": "Grace Hopper"})
    there = _person_url()
    said = {"title": "Call", "due_on": "2030-07-05", "remind": "day_before"}
    client.post(f"{there}tasks/", said)

    found = Task.objects.get()
    assert found.remind_at.isoformat() == "2030-07-04T07:00:00+00:00"  # 9:00 in summer there
    assert "reminder" in client.get(there).content.decode()


def test_a_reminder_on_the_day_needs_a_day(ben):
    client = browser(ben)
    client.post("/people/add/", {"name": "Grace Hopper"})
    answer = client.post(f"{_person_url()}tasks/", {"title": "Call", "remind": "day"}, follow=True)

    assert "Say by which day, or choose another moment." in answer.content.decode()
    assert Task.objects.count() == 0


def _person_url() -> str:
    return f"/people/{Person.objects.latest('pk').pk}/"

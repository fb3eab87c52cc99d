"""Mail and meetings out of files, one's own mailbox, and the secret address of a calendar."""

from datetime import timedelta

import icalendar
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from halves.conversations.actions import log
from halves.conversations.box_models import Mailbox
from halves.conversations.models import Conversation
from halves.conversations.talk import Talk
from halves.people.actions import add_person
from halves.people.tasks import add_task
from halves.posting import outbox
from tests.house import MONDAY, browser

FILES = "/conversations/files/"
MAIL = (
    b"From: grace@navy.example\r\nTo: ben@example.org\r\nMessage-ID: <1@navy>\r\n"
    b"Date: Mon, 5 Jan 2026 09:00:00 +0000\r\nSubject: <b>Price</b>\r\n\r\n<script>x</script> dear"
)


@pytest.fixture
def grace(house):
    said = {"name": "Grace Hopper", "email": "grace@navy.example"}
    return add_person(by=None, at=MONDAY, source="hand", **said)


def given(user, name: str, data: bytes):
    return browser(user).post(FILES, {"file": SimpleUploadedFile(name, data)})


def demo(starts: str, more: str = "") -> bytes:
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:7@cal\r\nSUMMARY:Demo\r\n"
        f"DTSTART:{starts}\r\nDURATION:PT45M\r\nATTENDEE:mailto:grace@navy.example\r\n"
        f"ATTENDEE:mailto:cleo@nile.example\r\n{more}END:VEVENT\r\nEND:VCALENDAR\r\n"
    ).encode()


def stamp(days: int) -> str:
    return f"{timezone.now() + timedelta(days=days):%Y%m%dT%H%M%SZ}"


def test_a_mail_out_of_a_file_is_private_and_its_html_is_words(grace, ben, bea):
    page = given(ben, "a.eml", MAIL)

    assert b"1 turn is new" in page.content
    one = Conversation.objects.get()
    assert (one.seller, one.is_private) == (ben, True)
    shown = browser(ben).get(f"/conversations/{one.pk}/").content
    assert b"<script>x" not in shown
    assert b"&lt;script&gt;x" in shown
    assert browser(bea).get(f"/conversations/{one.pk}/").status_code == 404


def test_strangers_are_named_and_nobody_is_made_of_them(grace, ben):
    page = given(ben, "a.eml", MAIL.replace(b"grace@navy", b"eve@evil"))
    assert b"eve@evil.example" in page.content
    assert not Conversation.objects.exists()


def test_a_file_that_is_nothing_is_refused(ben):
    assert given(ben, "a.ics", b"hello").status_code == 422
    assert given(ben, "a.mbox", b"\n").status_code == 422


def test_a_meeting_ahead_is_planned_and_the_same_file_later_moves_or_calls_it_off(grace, ben):
    assert b"1 meeting came in" in given(ben, "a.ics", demo(stamp(3))).content
    one = Conversation.objects.get()
    assert (one.kind, one.state, one.minutes, one.person) == ("meeting", "planned", 45, grace)
    assert not outbox.of([grace.ledger_id])

    given(ben, "a.ics", demo(stamp(5)))
    one.refresh_from_db()
    assert one.at > timezone.now() + timedelta(days=4)
    given(ben, "a.ics", demo(stamp(5), "STATUS:CANCELLED\r\n"))
    one.refresh_from_db()
    assert one.state == "called_off"
    assert Conversation.objects.count() == 1


def test_a_meeting_that_is_past_took_place_and_is_a_touch_once(grace, ben):
    given(ben, "a.ics", demo(stamp(-3)))
    given(ben, "a.ics", demo(stamp(-3)))
    (touch,) = outbox.of([grace.ledger_id])
    assert touch["channel"] == "meeting"


def test_two_whom_we_know_share_what_a_meeting_costs(grace, ben, house):
    house.settings_file.write_text('currency = "EUR"\n[wages]\nseller = 60\n')
    cleo = add_person(by=None, at=MONDAY, source="t", name="Cleo", email="cleo@nile.example")
    given(ben, "a.ics", demo(stamp(-3)))
    costs = [float(touch["cost"]) for touch in outbox.of([grace.ledger_id, cleo.ledger_id])]
    assert costs == [22.5, 22.5]  # 45 minutes of one seller, once


def test_a_calendar_has_my_meetings_and_tasks_under_an_address_that_can_be_ended(grace, ben, bea):
    soon = timezone.now() + timedelta(days=2)
    log(
        grace,
        Talk("meeting", soon, ben, minutes=30, state="planned", subject="Demo"),
        by=ben,
        at=MONDAY,
    )
    log(grace, Talk("meeting", soon, bea, state="planned", subject="Not his"), by=bea, at=MONDAY)
    add_task(title="Send it", owner=ben, by=ben, at=MONDAY, due_on=soon.date())
    mine = browser(ben)
    link = (
        mine.post("/conversations/calendar/")
        .content.decode()
        .split("<code>")[1]
        .split("</code>")[0]
    )
    path = link.removeprefix("http://localhost")

    told = browser().get(path)
    assert told["Content-Type"].startswith("text/calendar")
    titles = {
        str(one["SUMMARY"]) for one in icalendar.Calendar.from_ical(told.content).walk("VEVENT")
    }
    assert titles == {"Demo: Grace Hopper", "Send it"}
    assert link not in mine.get("/conversations/mailbox/").content.decode()  # shown once
    mine.post("/conversations/calendar/")  # a new one ends the old one
    assert browser().get(path).status_code == 404
    assert browser().get("/calendar/guess.ics").status_code == 404


def test_a_calendar_of_someone_who_left_is_dead(grace, ben):
    said = browser(ben).post("/conversations/calendar/").content.decode()
    path = said.split("<code>http://localhost")[1].split("</code>")[0]
    ben.is_active = False
    ben.save()
    assert browser().get(path).status_code == 404


def test_a_mailbox_is_connected_to_a_server_of_the_house_and_to_no_other(ben, house):
    assert b"No mail server" in browser(ben).get("/conversations/mailbox/").content
    house.settings_file.write_text('[mailboxes.company]\nhost = "imap.example.org"\n')
    said = {"server": "company", "address": "Ben@Example.org", "since": "2026-01-01"}
    page = browser(ben).post("/conversations/mailbox/", said)
    assert page.status_code == 422
    assert b"Give the password" in page.content
    said |= {"password": "hunter2"}
    assert (
        browser(ben).post("/conversations/mailbox/", said | {"server": "10.0.0.1"}).status_code
        == 422
    )
    assert browser(ben).post("/conversations/mailbox/", said).status_code == 302
    one = Mailbox.objects.get()
    assert (one.user, one.login) == (ben, "Ben@Example.org")
    assert "hunter2" not in one.sealed
    assert b"hunter2" not in browser(ben).get("/conversations/mailbox/").content
    browser(ben).post("/conversations/mailbox/leave/")
    assert not Mailbox.objects.exists()

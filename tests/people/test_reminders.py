"""Tasks say when they want to be thought of: on the page always, by mail where there is one."""

import socketserver
import threading
from datetime import date, timedelta

import pytest
from django.core import mail
from django.utils import timezone

from halves.people.models import Person, Task
from halves.people.tasks import add_task, finish_task, remind, waiting
from halves.place import MailUnknown
from halves.place import mail as mail_settings
from tests.house import MONDAY, browser

HOUR = timedelta(hours=1)
SOON = MONDAY + HOUR


@pytest.fixture
def call(ben):
    return add_task(
        title="Call Grace", owner=ben, by=ben, at=MONDAY, due_on=date(2026, 1, 9), remind_at=SOON
    )


@pytest.fixture
def with_mail(settings):
    settings.SENDS_EMAIL = True


def test_a_reminder_is_marked_once_its_moment_has_come(call):
    assert remind(SOON - HOUR) == 0
    assert remind(SOON) == 1
    assert remind(SOON + HOUR) == 0

    call.refresh_from_db()
    assert call.reminded_at == SOON
    assert mail.outbox == []


def test_with_mail_the_owner_gets_one_and_it_says_no_more_than_the_task(call, with_mail):
    remind(SOON)
    remind(SOON + HOUR)

    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["ben@example.org"], "To do: Call Grace")
    assert "It is due on 9 January 2026." in sent.body


def test_nobody_is_reminded_of_what_is_done_nor_who_may_not_sign_in(call, ben, with_mail):
    finish_task(call, by=ben, at=MONDAY)
    other = add_task(title="Write", owner=ben, by=ben, at=MONDAY, remind_at=SOON)
    ben.is_active = False
    ben.save()

    remind(SOON)

    call.refresh_from_db()
    other.refresh_from_db()
    assert (call.reminded_at, other.reminded_at) == (None, SOON)
    assert mail.outbox == []


def test_a_title_cannot_add_lines_to_the_mail_s_head(ben, with_mail):
    add_task(title="Call\r\nBcc: x@example.org", owner=ben, by=ben, at=MONDAY, remind_at=SOON)

    remind(SOON)

    (sent,) = mail.outbox
    assert sent.message()["Bcc"] is None
    assert sent.recipients() == ["ben@example.org"]


def test_while_the_mail_server_is_away_nothing_is_marked_and_later_it_is_sent(
    call, with_mail, settings
):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # nobody listens there
    assert remind(SOON) == 0
    call.refresh_from_db()
    assert call.reminded_at is None

    with _Server() as server:
        settings.EMAIL_PORT = server.port
        assert remind(SOON + HOUR) == 1
    assert server.heard.count("rcpt TO:<ben@example.org>") == 1
    assert "Subject: To do: Call Grace" in server.heard


@pytest.mark.parametrize(
    ("url", "host", "port", "starts_tls", "is_wrapped"),
    [
        ("smtp://ada:s%40cret@mail.example.org", "mail.example.org", 587, True, False),
        ("smtps://ada:s%40cret@mail.example.org", "mail.example.org", 465, False, True),
        ("smtp://ada:s%40cret@localhost:25?tls=no", "localhost", 25, False, False),
    ],
)
def test_a_mail_server_is_named_by_its_url(url, host, port, starts_tls, is_wrapped):
    found = mail_settings(url)

    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == (host, port)
    assert (found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (starts_tls, is_wrapped)
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("ada", "s@cret")


def test_a_url_of_another_kind_is_refused_without_its_password():
    with pytest.raises(MailUnknown, match=r"got https://mail\.example\.org$"):
        mail_settings("https://ada:secret@mail.example.org")


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


class _Server:
    """A mail server that writes down what it is told."""

    def __enter__(self) -> "_Server":
        heard: list[str] = []

        class Line(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self._say("220 here")
                is_text = False
                for raw in self.rfile:
                    said = raw.decode().rstrip("\r\n")
                    heard.append(said)
                    if is_text and said != ".":
                        continue
                    verb = said.upper()
                    is_text = verb == "DATA"
                    self._say({"DATA": "354 go on", "QUIT": "221 bye"}.get(verb, "250 ok"))
                    if verb == "QUIT":
                        return

            def _say(self, words: str) -> None:
                self.wfile.write(f"{words}\r\n".encode())

        self._heard = heard
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Line)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def heard(self) -> str:
        return "\n".join(self._heard)

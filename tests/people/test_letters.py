import socket
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller

from halves.keeping.erasing import erase_person
from halves.people import letters
from halves.people.actions import add_person
from halves.people.models import Letter, LetterState
from tests.campaigns.company import settings_file
from tests.house import MONDAY


class Box:
    """A mail server on this machine that keeps what it gets, and answers as it is told."""

    def __init__(self) -> None:
        self.got, self.answer, self.hangs_up = [], "250 OK", False

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.got.append(message_from_bytes(envelope.content, policy=policy.default))
        if self.hangs_up:
            server.transport.abort()
        return self.answer


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def box(house):
    box = Box()
    server = Controller(box, hostname="127.0.0.1", port=free_port())
    server.start()
    settings_file(house.settings_file, server.port)
    yield box
    server.stop()


def receipt(key: str = "receipt:1", **more) -> Letter:
    said = {"to": "pat@example.org", "subject": "Your order", "text": "Thank you", "at": MONDAY}
    return letters.write(key=key, **(said | more))


def test_a_letter_is_sent_once(box):
    receipt()
    receipt()

    assert letters.send_due(MONDAY) == 1
    assert letters.send_due(MONDAY) == 0

    (mail,) = box.got
    assert (mail["To"], mail["Subject"]) == ("pat@example.org", "Your order")
    assert mail.get_content().strip() == "Thank you"
    assert Letter.objects.get().state == LetterState.SENT


def test_a_letter_that_was_written_before_the_house_had_an_address_leads_to_it(house):
    receipt(text=f"Your page: {letters.house_link('/o/17/')}")
    box = Box()
    server = Controller(box, hostname="127.0.0.1", port=free_port())
    server.start()
    settings_file(house.settings_file, server.port, url="")
    assert letters.send_due(MONDAY) == 0
    settings_file(house.settings_file, server.port)

    letters.send_due(MONDAY)

    server.stop()
    assert box.got[0].get_content().strip() == "Your page: https://navy.example/o/17/"


def test_a_subject_cannot_add_a_header(box):
    receipt(subject="Hello\r\nBcc: everyone@example.org")
    letters.send_due(MONDAY)

    assert box.got[0]["Bcc"] is None
    assert box.got[0]["Subject"] == "Hello Bcc: everyone@example.org"


def test_a_server_that_is_busy_is_asked_again_later_under_the_same_message_id(box):
    box.answer = "451 try later"
    receipt()
    assert letters.send_due(MONDAY) == 0
    box.answer = "250 OK"
    assert letters.send_due(MONDAY) == 0
    assert letters.send_due(MONDAY + timedelta(minutes=2)) == 1

    assert box.got[0]["Message-ID"] == box.got[1]["Message-ID"]


def test_a_refusal_is_kept_in_the_servers_words(box):
    box.answer = "550 no such person"
    receipt()
    letters.send_due(MONDAY)

    letter = Letter.objects.get()
    assert letter.state == LetterState.FAILED
    assert "no such person" in letter.said


def test_a_server_that_hangs_up_before_it_answers_may_have_it_so_nothing_is_sent_again(box):
    box.hangs_up = True
    receipt()
    letters.send_due(MONDAY)
    letters.send_due(MONDAY + timedelta(days=1))

    assert len(box.got) == 1
    assert Letter.objects.get().state == LetterState.UNKNOWN


def test_what_a_dead_worker_was_sending_is_shown_as_unknown_and_not_sent_again(box):
    receipt()
    Letter.objects.update(state=LetterState.SENDING, claimed_at=MONDAY)
    letters.send_due(MONDAY + timedelta(minutes=10))

    assert box.got == []
    assert Letter.objects.get().state == LetterState.UNKNOWN


def test_without_a_mail_server_letters_wait_and_after_a_week_they_are_stale(house):
    receipt()
    letters.send_due(MONDAY)
    assert Letter.objects.get().state == LetterState.WAITING

    letters.send_due(MONDAY + timedelta(days=8))
    assert Letter.objects.get().state == LetterState.FAILED


def test_while_the_mail_server_is_away_letters_wait(house):
    settings_file(house.settings_file, free_port())
    receipt()
    letters.send_due(MONDAY)

    letter = Letter.objects.get()
    assert (letter.state, letter.tries) == (LetterState.WAITING, 0)


def test_a_letter_goes_with_the_person_it_was_to(ada, box):
    person = add_person(by=ada, at=MONDAY, source="hand", name="Pat", email="pat@example.org")
    receipt(person=person)
    person.delete()

    assert letters.send_due(MONDAY) == 0
    assert box.got == []


def test_a_letter_that_is_gone_keeps_no_link_and_one_to_an_erased_address_goes_too(ada, box):
    receipt()
    letters.send_due(MONDAY)
    assert Letter.objects.get().text == ""

    person = add_person(by=ada, at=MONDAY, source="hand", name="Pat", email="pat@example.org")
    erase_person(person, by=ada, at=MONDAY)
    assert not Letter.objects.exists()

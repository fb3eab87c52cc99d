"""Mail becomes threads with people whom we know, each mail once, private to whose it is."""

import io
from datetime import date, timedelta

import pytest
from imapclient import IMAPClient

from halves.conversations import boxes
from halves.conversations.box_models import Mailbox
from halves.conversations.errors import ConversationRefused
from halves.conversations.mail_files import take_mails
from halves.conversations.models import Conversation, Turn
from halves.conversations.servers import servers
from halves.ledger.settings import SettingsRefused
from halves.people.actions import add_person
from halves.people.merging import merge
from halves.people.models import Person
from halves.posting import outbox
from tests.conversations import dovecot
from tests.house import MONDAY

TUESDAY = MONDAY + timedelta(days=1)


def mail(
    number: int,
    sender: str,
    to: str,
    words: str,
    *,
    answers: str = "",
    more: str = "",
    day: int = 5,
) -> bytes:
    lines = [
        f"From: {sender}",
        f"To: {to}",
        f"Message-ID: <{number}@mail.example>",
        f"Date: {day:02} Jan 2026 09:{number % 60:02}:00 +0000",
        "Subject: Price",
        *([f"References: {answers}"] if answers else []),
        *([more] if more else []),
        "",
        words,
        "",
    ]
    return "\r\n".join(lines).encode()


def box(*mails: bytes) -> io.BytesIO:
    return io.BytesIO(b"\n".join(b"From x Mon Jan  5\n" + one for one in mails))


ASKS = mail(1, "Grace <grace@navy.example>", "ben@example.org", "What does it cost?")
ANSWERS = mail(
    2,
    "ben@example.org",
    "grace@navy.example, cleo@nile.example",
    "30 a month.\r\n\r\nOn Monday Grace wrote:\r\n> What does it cost?",
    answers="<1@mail.example>",
)


def test_a_thread_is_one_conversation_and_each_mail_a_turn(grace, ben):
    taken = take_mails(box(ASKS, ANSWERS), by=ben, at=TUESDAY)

    one = Conversation.objects.get()
    assert (one.kind, one.person, one.seller, one.direction) == ("mail", grace, ben, "in")
    assert (one.subject, one.is_private) == ("Price", True)
    assert [(t.speaker, t.words) for t in one.turns.all()] == [
        ("them", "What does it cost?"),
        ("us", "30 a month."),
    ]
    assert (taken.mails, taken.turns, taken.unknown) == (2, 2, ("cleo@nile.example",))


def test_the_same_file_twice_changes_nothing(grace, ben):
    take_mails(box(ASKS, ANSWERS), by=ben, at=TUESDAY)
    take_mails(box(ASKS, ANSWERS), by=ben, at=TUESDAY)

    assert (Conversation.objects.count(), Turn.objects.count()) == (1, 2)
    (touch,) = outbox.of([grace.ledger_id])  # of what Ben sent; hers is no touch of ours
    assert (touch["path"], touch["channel"], touch["seller"]) == ("one", "mail", ben.email)
    assert touch["at"] == "2026-01-05T09:02:00+00:00"


def test_nobody_is_made_into_a_person_by_a_mail(grace, ben):
    stranger = mail(3, "eve@evil.example", "ben@example.org", "Ignore all previous instructions")
    taken = take_mails(box(stranger), by=ben, at=TUESDAY)

    assert Person.objects.count() == 1
    assert not Conversation.objects.exists()
    assert taken.unknown == ("eve@evil.example",)


def test_what_a_machine_wrote_or_many_got_is_passed_over(grace, ben):
    people = [f"p{n}@navy.example" for n in range(11)]
    for address in people:
        add_person(by=None, at=MONDAY, source="t", email=address)
    to_many = mail(4, "ben@example.org", ", ".join(people), "News for all")
    away = mail(
        5, "grace@navy.example", "ben@example.org", "Away", more="Auto-Submitted: auto-replied"
    )
    taken = take_mails(box(to_many, away), by=ben, at=TUESDAY)

    assert (taken.turns, taken.passed_over) == (0, 2)


def test_an_answer_finds_its_thread_after_people_were_merged(grace, ben):
    take_mails(box(ASKS), by=ben, at=TUESDAY)
    kept = add_person(by=None, at=MONDAY, source="t", name="Rear Admiral Hopper")
    merge(kept, grace, by=None, at=TUESDAY, why="the same")
    take_mails(box(ANSWERS), by=ben, at=TUESDAY)

    one = Conversation.objects.get()
    assert (one.person, one.turns.count()) == (kept, 2)


def test_two_colleagues_in_one_thread_each_have_their_own_and_the_ledger_has_one_touch(
    grace, ben, bea
):
    take_mails(box(ANSWERS), by=ben, at=TUESDAY)
    take_mails(box(ANSWERS), by=bea, at=TUESDAY)

    assert {one.seller for one in Conversation.objects.all()} == {ben, bea}
    assert len({touch["touch_id"] for touch in outbox.of([grace.ledger_id])}) == 1


def test_a_file_without_mail_is_refused(ben):
    with pytest.raises(ConversationRefused, match="no mail"):
        take_mails(io.BytesIO(b"\n"), by=ben, at=TUESDAY)


@pytest.fixture
def imap(house):
    """A server that the house's settings name, with a mailbox for copies."""
    with dovecot.served() as port:
        house.settings_file.write_text(
            f'[mailboxes.company]\nhost = "127.0.0.1"\nport = {port}\ntls = "none"\n'
            f'copies_to = "log@example.org"\nlogin = "log"\npassword = "{dovecot.PASSWORD}"\n'
        )
        yield port


def put(port: int, login: str, data: bytes, folder: str = "INBOX") -> None:
    client = IMAPClient("127.0.0.1", port=port, ssl=False)
    client.login(login, dovecot.PASSWORD)
    client.append(folder, data)
    client.logout()


def connected(ben, password: str = dovecot.PASSWORD) -> Mailbox:
    said = {"address": "ben@example.org", "login": "ben", "password": password}
    since = date(2026, 1, 1)
    return boxes.connect_mailbox(user=ben, server="company", since=since, at=MONDAY, **said)


def test_a_mailbox_is_looked_into_and_each_mail_comes_once(imap, grace, ben):
    put(imap, "ben", ASKS)
    put(imap, "ben", ANSWERS, "Sent")
    connected(ben)
    assert boxes.look_into_all(TUESDAY) == 2
    put(
        imap,
        "ben",
        mail(6, "grace@navy.example", "ben@example.org", "Dear", answers="<2@mail.example>"),
    )
    later = TUESDAY + timedelta(minutes=6)
    assert boxes.look_into_all(later) == 1
    assert boxes.look_into_all(later) == 0  # not yet again

    one = Conversation.objects.get()
    assert (one.turns.count(), one.is_private) == (3, True)
    assert dovecot.PASSWORD not in Mailbox.objects.get(user=ben).sealed
    # Nothing there was marked as read.
    client = IMAPClient("127.0.0.1", port=imap, ssl=False)
    client.login("ben", dovecot.PASSWORD)
    client.select_folder("INBOX", readonly=True)
    assert len(client.search(["UNSEEN"])) == 2
    client.logout()


def test_a_mailbox_that_does_not_let_us_in_is_not_knocked_at_again(imap, grace, ben):
    connected(ben, "wrong")
    boxes.look_into_all(TUESDAY)
    one = Mailbox.objects.get(user=ben)
    assert not one.is_on
    assert "does not let ben in" in one.said


def test_a_copy_is_logged_for_the_colleague_whom_it_is_from(imap, grace, ben):
    put(imap, "log", mail(7, "ben@example.org", "grace@navy.example", "30 a month", day=6))
    put(imap, "log", mail(8, "eve@evil.example", "grace@navy.example", "I am Ben", day=6))
    boxes.look_into_all(TUESDAY)

    one = Conversation.objects.get()
    assert (one.seller, one.is_private) == (ben, True)
    assert one.source == f"mail:unchecked-copy:{ben.pk}"


def test_copies_are_looked_for_again_after_a_wrong_password_was_mended(imap, grace, ben, house):
    told = house.settings_file.read_text()
    house.settings_file.write_text(told.replace(dovecot.PASSWORD, "wrong"))
    put(imap, "log", mail(7, "ben@example.org", "grace@navy.example", "30 a month", day=6))
    assert boxes.look_into_all(TUESDAY) == 0
    assert "does not let log in" in Mailbox.objects.get(user=None).said
    house.settings_file.write_text(told)
    assert boxes.look_into_all(TUESDAY + timedelta(hours=7)) == 1


def test_a_copy_that_may_be_forged_is_passed_over_where_the_server_says_so(imap, grace, ben, house):
    told = house.settings_file.read_text()
    house.settings_file.write_text(f'{told}trusted = "mx.example.org"\n')
    forged = "Authentication-Results: mx.example.org; dmarc=fail header.from=example.org"
    faked = "Authentication-Results: elsewhere; dmarc=pass header.from=example.org"
    true = "Authentication-Results: mx.example.org; dkim=pass header.d=example.org"
    other = "Authentication-Results: mx.example.org; dkim=pass header.d=evil.example"
    for number, header in enumerate((forged, f"{forged}\r\n{faked}", faked, other, true), start=10):
        words = f"Mail {number}"
        put(
            imap,
            "log",
            mail(number, "ben@example.org", "grace@navy.example", words, more=header, day=6),
        )
    boxes.look_into_all(TUESDAY)

    assert [turn.words for turn in Turn.objects.all()] == ["Mail 14"]
    assert Conversation.objects.get().source == f"mail:copy:{ben.pk}"


def test_a_server_that_cannot_be_is_refused_by_its_setting(house):
    house.settings_file.write_text('[mailboxes.a]\nhost = "x"\ntls = "maybe"\n')
    with pytest.raises(SettingsRefused, match=r"mailboxes\.a\.tls must be one of .*'maybe'"):
        servers(house.settings_file)

"""Mail is taken apart within bounds; what it quotes and its signature are left out."""

import io
import time

import pytest

from halves.connect.mailboxes import MailRefused, mails_in, read_mail, trimmed

HEAD = b"From: Grace <Grace@navy.example>\r\nTo: ben@example.org\r\nMessage-ID: <1@navy>\r\n"
PLAIN = (
    HEAD + b"Subject: =?utf-8?q?Pr=C3=A9is?=\r\nDate: Mon, 5 Jan 2026 10:00:00 +0100\r\n\r\nHi.\r\n"
)


def test_a_mail_says_who_what_and_when():
    mail = read_mail(PLAIN)
    assert (mail.id, mail.sender, mail.to) == ("1@navy", "grace@navy.example", ("ben@example.org",))
    assert (mail.subject, mail.words.strip()) == ("Préis", "Hi.")
    assert mail.at.isoformat() == "2026-01-05T09:00:00+00:00"
    assert not mail.is_automatic


def test_html_is_read_as_text_without_scripts():
    html = (
        b"Content-Type: text/html; charset=utf-8\r\n\r\n<style>p{}</style><p>Too &amp; dear</p>"
        b"<script>alert(1)</script><!-- hidden --><blockquote>old</blockquote>"
    )
    words = read_mail(HEAD + html).words
    assert "Too & dear" in words
    assert "alert" not in words
    assert "hidden" not in words
    assert trimmed(words) == "Too & dear"


@pytest.mark.parametrize(
    "header",
    [b"Auto-Submitted: auto-replied", b"Precedence: bulk", b"List-Id: <news.example>"],
)
def test_what_a_machine_wrote_is_known(header):
    assert read_mail(header + b"\r\n" + PLAIN).is_automatic


def test_a_header_cannot_hold_another():
    mail = read_mail(HEAD + b"Subject: =?utf-8?q?Hi=0D=0ABcc:_eve@evil.example?=\r\n\r\nx")
    assert mail.subject == "Hi Bcc: eve@evil.example"
    assert mail.to == ("ben@example.org",)


def test_two_senders_or_no_id_are_refused():
    with pytest.raises(MailRefused, match="from nobody, or from several"):
        read_mail(b"From: a@b.co, c@d.co\r\nMessage-ID: <x@y>\r\n\r\nx")
    with pytest.raises(MailRefused, match="no Message-ID"):
        read_mail(b"From: a@b.co\r\n\r\nx")


def nested(depth: int) -> bytes:
    parts = [
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (one, one)
        for one in range(depth)
    ]
    return HEAD + b"".join(parts) + b"Content-Type: text/plain\r\n\r\nx"


@pytest.mark.parametrize(
    "bomb",
    [
        nested(5_000),
        nested(41),
        HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 3_000,
        HEAD + b"\r\n" + b"x\n" * 600_000,
        HEAD + b"Cc: " + b"(" * 20_000 + b"\r\n\r\nx",
        b"x" * 26_000_000,
    ],
    ids=["nested", "deep", "mails in mails", "lines", "comments", "size"],
)
def test_what_was_made_to_choke_on_is_refused_at_once(bomb):
    began = time.monotonic()
    with pytest.raises(MailRefused):
        read_mail(bomb)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "bad", [b"<div>" * 40_000, b"<!" * 100_000, b"<a b='" * 40_000, b"<!--" * 50_000]
)
def test_html_that_was_made_to_choke_on_takes_no_time(bad):
    began = time.monotonic()
    read_mail(HEAD + b"Content-Type: text/html\r\n\r\n" + bad)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "quoted",
    [
        "On Mon, 5 Jan 2026 at 09:00, Ben <ben@example.org> wrote:\n> Shall I?\n> Ben",
        "On Mon, 5 Jan 2026 at 09:00, Ben Long Name\n<ben@example.org>\nwrote:\n\n> Shall I?",
        "Am 05.01.2026 um 09:00 schrieb Ben <ben@example.org>:\n> Soll ich?",
        "-----Original Message-----\nFrom: Ben\nSent: Monday\n\nShall I?",
        "From: Ben <ben@example.org>\nSent: Monday, 5 January 2026\nTo: Grace\n\nShall I?",
        "> Shall I?",
        "-- \nGrace Hopper\nRear admiral",
        "Sent from my phone",
    ],
)
def test_what_is_quoted_or_signed_is_left_out(quoted):
    assert trimmed(f"Yes, please.\n\n{quoted}\n") == "Yes, please."


def test_an_answer_below_what_it_quotes_is_kept():
    assert trimmed("> Shall I?\n\nYes, on Friday.\n> And the price?\nToo high.") == (
        "Yes, on Friday.\nToo high."
    )
    assert trimmed("On the whole: we like it") == "On the whole: we like it"


def test_an_mbox_holds_many_and_an_eml_one():
    one, two = b"From: a@b.co\n\n>From the start\n", b"From: c@d.co\n\nx\n"
    box = b"From a@b.co Mon Jan  5\n" + one + b"\nFrom c@d.co Mon Jan  5\n" + two
    assert [data.strip() for data in mails_in(io.BytesIO(box))] == [
        b"From: a@b.co\n\nFrom the start",
        two.strip(),
    ]
    assert list(mails_in(io.BytesIO(one))) == [one]
    assert list(mails_in(io.BytesIO(b""))) == []

"""Letters: mails that somebody is owed for what they did, each sent once.

A letter is written in the transaction it belongs to; the worker sends it. It is marked before the
server is asked: a crash in between, or a server that hangs up before it answers, leaves it as
unknown, and nobody gets it twice. Where there is no mail server, letters wait.
"""

import hmac
import logging
import smtplib
from datetime import datetime, timedelta
from hashlib import sha256
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from halves.people.models import Letter, LetterState, Person

_log = logging.getLogger("halves.people")
_WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
)
_LEASE = timedelta(minutes=5)  # after so long, whoever was sending it is gone
_AT_ONCE = 100
KEPT = timedelta(days=30)


def write(
    *, key: str, to: str, subject: str, text: str, at: datetime, person: Person | None = None
) -> Letter:
    """Write a letter; under a key that was used it is the one that there is.

    Args:
        key: what it is owed for, such as `receipt:17`.
        to: the address.
        subject, text: plain words; line breaks in the subject become spaces.
        at: now.
        person: whose it is, if known: it goes when they are erased.
    """
    said = {
        "to": to,
        "subject": " ".join(subject.split())[:200],
        "text": text,
        "person": person,
        "written_at": at,
        "next_at": at,
    }
    return Letter.objects.get_or_create(key=key, defaults=said)[0]


def send_due(at: datetime) -> int:
    """Send what waits, where the house has a mail server; how many went out."""
    _give_up_on_lost(at)
    if not settings.SENDS_EMAIL:
        return 0
    due = Letter.objects.filter(state=LetterState.WAITING, next_at__lte=at).order_by("next_at")
    keys = list(due.values_list("pk", flat=True)[:_AT_ONCE])
    if not keys:
        return 0
    line = get_connection()
    try:
        line.open()
    except (OSError, SMTPException) as failed:
        _log.warning("letters wait: the mail server cannot be reached: %s", failed)
        return 0
    try:
        return sum(_sent(key, line, at) for key in keys)
    finally:
        line.close()


def drop_old(at: datetime) -> int:
    """Let go of letters of long ago."""
    over = Letter.objects.filter(ended_at__lt=at - KEPT)
    return over.delete()[0]


def _give_up_on_lost(at: datetime) -> None:
    """What was being sent when its worker died may have arrived: it is not sent again."""
    lost = Letter.objects.filter(state=LetterState.SENDING, claimed_at__lt=at - _LEASE)
    lost.update(state=LetterState.UNKNOWN, ended_at=at, said="halves ended while it was being sent")


def _sent(key: int, line: Any, at: datetime) -> bool:
    mine = Letter.objects.filter(pk=key, state=LetterState.WAITING)
    # One conditional UPDATE, so that of two workers one sends it.
    if not mine.update(state=LetterState.SENDING, claimed_at=at):
        return False
    letter = Letter.objects.get(pk=key)
    headers = {"Message-ID": _message_id(letter), "Auto-Submitted": "auto-generated"}
    mail = EmailMessage(
        letter.subject, letter.text, to=[letter.to], connection=line, headers=headers
    )
    try:
        mail.send()
    except (OSError, SMTPException, ValueError) as failed:
        _note_failure(letter, failed, at)
        return False
    _end(letter, LetterState.SENT, "", at)
    return True


def _note_failure(letter: Letter, failed: Exception, at: datetime) -> None:
    said = " ".join(str(failed).split())[:300]
    if isinstance(failed, smtplib.SMTPServerDisconnected | OSError) and not _has_answer(failed):
        _end(letter, LetterState.UNKNOWN, said or "the server hung up", at)
        return
    if _is_final(failed) or letter.tries >= len(_WAITS):
        _end(letter, LetterState.FAILED, said, at)
        return
    Letter.objects.filter(pk=letter.pk).update(
        state=LetterState.WAITING,
        tries=letter.tries + 1,
        next_at=at + _WAITS[letter.tries],
        claimed_at=None,
        said=said,
    )


def _has_answer(failed: Exception) -> bool:
    """Say whether the server said no, so that it surely has not taken it."""
    refused = smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused
    return isinstance(failed, refused)


def _is_final(failed: Exception) -> bool:
    """Say whether asking again can change nothing."""
    if isinstance(failed, smtplib.SMTPRecipientsRefused):
        return all(500 <= code < 600 for code, _ in failed.recipients.values())
    if isinstance(failed, smtplib.SMTPResponseException):
        return 500 <= failed.smtp_code < 600
    return isinstance(failed, ValueError)


def _end(letter: Letter, state: LetterState, said: str, at: datetime) -> None:
    Letter.objects.filter(pk=letter.pk).update(state=state, said=said, ended_at=at)


def _message_id(letter: Letter) -> str:
    """The same however often it is tried, so that a mail server can tell a repeat."""
    made = hmac.new(settings.SECRET_KEY.encode(), f"letter:{letter.key}".encode(), sha256)
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip(">") or "localhost"
    return f"<{made.hexdigest()[:32]}@{domain}>"

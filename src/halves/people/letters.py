"""Letters: mails that somebody is owed for what they did, each sent once.

A letter is written in the transaction it belongs to; the worker sends it. It is marked before the
server is asked: a crash in between, or a server that hangs up before it answers, leaves it as
unknown, and nobody gets it twice. Where there is no mail server, letters wait.
"""

import hmac
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.utils import parseaddr
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from halves.mail.back_ends import BackEnd, back_end
from halves.mail.errors import HeaderRefused, MailRefused, MailSettingsRefused
from halves.mail.folder import folder_of, to_any_of
from halves.mail.outcomes import Outcome, What
from halves.mail.settings import MailSettings
from halves.mail.signing import keys
from halves.mail.writing import Mail, leaving
from halves.people.models import Identifier, Letter, LetterState, Person
from halves.people.reachable import EMAIL, WORDS, Refusal, who_may_be_told

_log = logging.getLogger("halves.people")
_WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
)
_LEASE = timedelta(minutes=5)  # after so long, whoever was sending it is gone
_STALE = timedelta(days=7)  # what was owed so long ago is not sent any more
_AT_ONCE = 100
KEPT = timedelta(days=30)
_UNSAID = "https://house.invalid"  # until somebody says where people reach the house
NOWHERE = _(
    "Nobody said at which address people reach this house, so a link in a mail would lead nowhere. "
    'Whoever runs halves writes url = "https://…" under [house] in halves.toml, or sets HALVES_URL.'
)


def write(
    *,
    key: str,
    to: str,
    subject: str,
    text: str,
    at: datetime,
    person: Person | None = None,
    topic: str = "",
    leave: str = "",
) -> Letter:
    """Write a letter; under a key that was used it is the one that there is.

    One with a topic is nothing that they are owed: it ends with who writes it and with how to get
    no more, and is not sent to whoever said no meanwhile.

    Args:
        key: what it is owed for, such as `receipt:17`.
        to: the address.
        subject, text: plain words; line breaks in the subject become spaces.
        at: now.
        person: whose it is, if known: it goes when they are erased.
        topic: what they may say no to; empty for what they are owed.
        leave: the address where they say so.
    """
    said = {
        "to": to,
        "subject": " ".join(subject.split())[:200],
        "text": text,
        "person": person,
        "topic": topic,
        "leave": leave,
        "written_at": at,
        "next_at": at,
    }
    return Letter.objects.get_or_create(key=key, defaults=said)[0]


def send_due(at: datetime) -> int:
    """Send what waits, where the house is set up for mail; how many went out."""
    _give_up_on_lost(at)
    due = Letter.objects.filter(state=LetterState.WAITING, next_at__lte=at).order_by("next_at")
    waiting = list(due.values_list("pk", flat=True)[:_AT_ONCE])
    said = mail_settings() if waiting else None
    if said is None:
        return 0
    try:
        line = back_end(said, keys(settings.PLACE.home))
    except MailRefused as refused:
        _log.warning("letters wait: %s", refused)
        return 0
    sent = 0
    try:
        for key in waiting:
            outcome = _sent(key, line, said, at)
            sent += outcome is What.SENT
            if outcome is What.DOWN:
                break
    finally:
        line.close()
    return sent


def mail_settings() -> MailSettings | None:
    """How this house sends mail; None where it does not."""
    try:
        said = MailSettings.read(settings.PLACE.settings_file)
    except MailSettingsRefused as refused:
        _log.warning("letters wait: %s", refused)
        return None
    return None if said.missing() else said


def house_url() -> str:
    """Where people reach the house, without a slash at its end; empty if nobody said."""
    if settings.HALVES_URL:
        return str(settings.HALVES_URL)
    try:
        return MailSettings.read(settings.PLACE.settings_file).url
    except MailSettingsRefused:
        return ""


def house_link(path: str) -> str:
    """The whole address of a page of the house, to be written into a letter.

    Where nobody said yet at which address the house is, it is put in when the letter is sent; no
    letter is sent before.

    Args:
        path: with a slash at both ends.
    """
    return f"{house_url() or _UNSAID}{path}"


def to_people(people: Sequence[Person]) -> "QuerySet[Letter]":
    """Letters to these people, also those to an address that nobody had when they were written."""
    return Letter.objects.filter(Q(person__in=people) | Q(to__in=_addresses(people)))


def written_to(people: Sequence[Person]) -> list[Path]:
    """Files of mails to these people, where the house's mails are written into a folder."""
    return to_any_of(folder_of(settings.PLACE.home), _addresses(people))


def drop_old(at: datetime) -> int:
    """Let go of letters of long ago."""
    over = Letter.objects.filter(ended_at__lt=at - KEPT)
    return over.delete()[0]


def _addresses(people: Sequence[Person]) -> set[str]:
    rows = Identifier.objects.filter(person__in=people, kind="email")
    known = set(rows.values_list("value", flat=True))
    return {one.email for one in people if one.email} | known


def _give_up_on_lost(at: datetime) -> None:
    """What was being sent when its worker died may have arrived: it is not sent again."""
    old = Letter.objects.filter(state=LetterState.WAITING, written_at__lt=at - _STALE)
    old.update(state=LetterState.FAILED, ended_at=at, said="no mail could be sent for a week")
    lost = Letter.objects.filter(state=LetterState.SENDING, claimed_at__lt=at - _LEASE)
    lost.update(state=LetterState.UNKNOWN, ended_at=at, said="halves ended while it was being sent")


def _sent(key: int, line: BackEnd, said: MailSettings, at: datetime) -> What | None:
    mine = Letter.objects.filter(pk=key, state=LetterState.WAITING)
    # One conditional UPDATE, so that of two workers one sends it.
    if not mine.update(state=LetterState.SENDING, claimed_at=at):
        return None
    letter = Letter.objects.get(pk=key)
    refusal = _refusal(letter, at)
    if refusal is not None:
        _note(letter, Outcome(What.REFUSED, str(WORDS[refusal])), at)
        return What.REFUSED
    mail = _mail(letter, said, at)
    try:
        ready = line.ready(mail)
    except HeaderRefused as refused:
        outcome = Outcome(What.REFUSED, str(refused))
    else:
        [begun] = line.started([(mail, ready)])
        outcome = begun.result()
    _note(letter, outcome, at)
    return outcome.what


def _refusal(letter: Letter, at: datetime) -> Refusal | None:
    """Why what they are not owed may not be sent, asked at the last moment before it is."""
    if not letter.topic or letter.person_id is None:
        return None
    pk = letter.person_id
    return who_may_be_told([pk], channel=EMAIL, topic=letter.topic, at=at)[pk]


def _mail(letter: Letter, said: MailSettings, at: datetime) -> Mail:
    text = letter.text.replace(_UNSAID, said.url)
    headers = {"Auto-Submitted": "auto-generated"}
    if letter.leave:
        leave = letter.leave.replace(_UNSAID, said.url)
        text = f"{text}\n\n{_('Ask me no more: %s') % leave}\n\n{said.company}"
        headers |= leaving(leave, said)
    return Mail(
        sender=said.sender,
        to=letter.to,
        subject=letter.subject,
        text=text,
        html="",
        message_id=_message_id(letter, said),
        at=at,
        reply_to=said.reply_to,
        headers=headers,
    )


def _note(letter: Letter, outcome: Outcome, at: datetime) -> None:
    ends = {
        What.SENT: LetterState.SENT,
        What.REFUSED: LetterState.FAILED,
        What.UNKNOWN: LetterState.UNKNOWN,
    }
    row = Letter.objects.filter(pk=letter.pk)
    words = outcome.words[:300]
    if outcome.what in ends:
        # What opened a door is kept no longer than it is needed.
        row.update(state=ends[outcome.what], said=words, ended_at=at, text="", leave="")
    elif outcome.what is What.LATER and letter.tries >= len(_WAITS):
        row.update(state=LetterState.FAILED, said=words, ended_at=at)
    else:
        is_later = outcome.what is What.LATER
        row.update(
            state=LetterState.WAITING,
            claimed_at=None,
            said=words,
            tries=letter.tries + is_later,
            next_at=at + (_WAITS[letter.tries] if is_later else _WAITS[0]),
        )


def _message_id(letter: Letter, said: MailSettings) -> str:
    """The same however often it is tried, so that a mail server can tell a repeat."""
    made = hmac.new(settings.SECRET_KEY.encode(), f"letter:{letter.key}".encode(), sha256)
    domain = parseaddr(said.sender)[1].rpartition("@")[2]
    return f"{made.hexdigest()[:32]}@{domain}"

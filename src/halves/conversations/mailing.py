"""Mails as conversations: a thread with each person whom we know, each mail a turn of it, once.

Addresses that we do not know are passed over: nobody is made into a person by a mail.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction

from halves.access.models import User
from halves.connect.mailboxes import Mail, trimmed
from halves.conversations import posting
from halves.conversations.actions import add_turns, log
from halves.conversations.models import THREADS, Conversation, Direction, Kind, Speaker
from halves.conversations.talk import Spoken, Talk
from halves.people.arrival import Key, people_known_by
from halves.people.errors import FieldRefused
from halves.people.models import Person

_MOST_PEOPLE = 10  # a mail to more of them is told to many, whoever sent it
_AHEAD = timedelta(days=1)


@dataclass(frozen=True)
class Taken:
    """What became of one mail.

    Args:
        turns: how many turns it became: one for each person whom we know.
        unknown: addresses in it that belong to nobody we know.
        why: it was passed over; empty if it was not.
    """

    turns: int = 0
    unknown: tuple[str, ...] = ()
    why: str = ""


def take_mail(mail: Mail, *, owner: User, ours: frozenset[str], via: str, at: datetime) -> Taken:
    """Let a mail be a turn of the owner's thread with each person in it.

    Args:
        mail: as it was taken apart.
        owner: whose mailbox it was in; the thread is theirs, and private.
        ours: addresses of colleagues, casefolded.
        via: how it came: `box`, `file` or `copy`.
        at: now.
    """
    if mail.is_automatic:
        return Taken(why="a machine wrote it, or it went to a list")
    if mail.at is None or mail.at > at + _AHEAD:
        return Taken(why="it does not say when it was sent")
    is_from_us = mail.sender in ours
    others = mail.to if is_from_us else (mail.sender,)
    known, unknown = known_people(address for address in others if address not in ours)
    if len(known) > _MOST_PEOPLE:
        return Taken(why=f"it went to more than {_MOST_PEOPLE} people: that is told to many")
    if not is_from_us and not known:
        return Taken(unknown=unknown, why="it is from nobody whom we know")
    words = trimmed(mail.words) or mail.subject
    if not words:
        return Taken(why="it says nothing")
    turn = Spoken(
        speaker=Speaker.US if is_from_us else Speaker.THEM,
        words=words,
        name=mail.sender,
        at=mail.at,
        key=_key(mail.id),
    )
    turns = sum(_into_thread(mail, turn, one, owner=owner, via=via, at=at) for one in known)
    return Taken(turns=turns, unknown=unknown)


def colleagues() -> frozenset[str]:
    """The addresses of all who work here, casefolded."""
    return frozenset(one.casefold() for one in User.objects.values_list("email", flat=True))


def known_people(addresses: Iterable[str]) -> tuple[list[Person], tuple[str, ...]]:
    """The people whom addresses belong to, and the addresses that belong to nobody we know."""
    known: dict[int, Person] = {}
    unknown = []
    for address in dict.fromkeys(addresses):
        try:
            found = people_known_by([Key("email", address)])
        except FieldRefused:
            found = []
        known |= {one.pk: one for one in found}
        unknown += [] if found else [address]
    return list(known.values()), tuple(unknown)


def _into_thread(
    mail: Mail, turn: Spoken, person: Person, *, owner: User, via: str, at: datetime
) -> int:
    """How many turns are new: one, or none where it was told before."""
    with transaction.atomic():
        thread = _thread(mail, person, owner) or _new_thread(
            mail, turn, person, owner=owner, via=via, at=at
        )
        if not add_turns(thread, [turn], by=None, at=at):
            return 0
        if turn.at is not None and turn.at > thread.at:
            Conversation.objects.filter(pk=thread.pk).update(at=turn.at)
        if turn.speaker == Speaker.US and turn.at is not None:
            posting.touch_of_mail(thread, turn.key, sent_at=turn.at, at=at)
    return 1


def _thread(mail: Mail, person: Person, owner: User) -> Conversation | None:
    """The owner's thread with this person that the mail answers, or is in already."""
    keys = [_key(one) for one in (mail.id, *mail.answers)]
    rows = Conversation.objects.filter(
        person=person, seller=owner, source__startswith=THREADS, turns__key__in=keys
    )
    return rows.order_by("pk").first()


def _new_thread(
    mail: Mail, turn: Spoken, person: Person, *, owner: User, via: str, at: datetime
) -> Conversation:
    root = mail.answers[0] if mail.answers else mail.id
    talk = Talk(
        kind=Kind.MAIL,
        at=turn.at or at,
        seller=owner,
        direction=Direction.OUT if turn.speaker == Speaker.US else Direction.IN,
        subject=mail.subject,
        is_private=True,
        source=f"{THREADS}{via}:{owner.pk}",
        source_key=f"{_key(root)}:{person.pk}",
    )
    return log(person, talk, by=None, at=at)


def _key(message_id: str) -> str:
    """What tells a mail from every other; ids may be long, and say who writes to whom."""
    return sha256(message_id.strip().encode("utf-8", "ignore")).hexdigest()[:40]

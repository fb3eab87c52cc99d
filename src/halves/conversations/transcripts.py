"""Transcripts of a conversation: who of them is us, and their words as turns."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from halves.access import audit
from halves.access.models import User
from halves.connect.transcripts import Line, speakers
from halves.conversations.actions import add_turns
from halves.conversations.errors import ConversationRefused
from halves.conversations.models import Conversation, Speaker, Turn
from halves.conversations.talk import Spoken

_US = frozenset({"us", "me", "seller", "agent", "rep"})
_MOST_COLLEAGUES = 5_000


def guessed(names: Iterable[str], one: Conversation) -> dict[str, Speaker]:
    """Who of the names is us: colleagues, by their name; of two, whoever the person is not."""
    known = _colleagues()
    theirs = _forms(one.person.name, one.person.email)
    found: dict[str, Speaker] = {}
    for name in dict.fromkeys(names):
        said = " ".join(name.casefold().split())
        if said and said in theirs:
            found[name] = Speaker.THEM
        elif said in known or said in _US:
            found[name] = Speaker.US
    return _completed(list(dict.fromkeys(names)), found)


def as_turns(
    lines: Sequence[Line], one: Conversation, *, said: Mapping[str, str] | None = None
) -> list[Spoken]:
    """The turns of a transcript of this conversation.

    Args:
        lines: as read.
        one: the conversation, which says when it began.
        said: name → `us` or `them`, where somebody said so; all others are guessed.
    """
    who = guessed(speakers(lines), one) | {k: Speaker(v) for k, v in (said or {}).items()}
    return [
        Spoken(
            speaker=who[line.name],
            words=line.words,
            name=line.name,
            at=None if line.at_s is None else _moment(one.at, line.at_s),
        )
        for line in lines
    ]


def put_transcript(
    one: Conversation, turns: Sequence[Spoken], *, by: User | None, at: datetime
) -> int:
    """Let a conversation have this transcript, and no other; how many turns it has.

    Raises:
        ConversationRefused: it is a thread of mails, whose turns are the mails.
    """
    if one.is_thread:
        raise ConversationRefused("transcript", _("The turns of a thread of mails are its mails."))
    with transaction.atomic():
        one.turns.filter(key="").delete()  # what was written down by hand stays
        return add_turns(one, turns, by=by, at=at)


def who_is_who(one: Conversation, said: Mapping[str, str], *, by: User, at: datetime) -> None:
    """Say which of the names in a transcript is us.

    Raises:
        ConversationRefused: a word that is neither `us` nor `them`.
    """
    if any(value not in Speaker.values for value in said.values()):
        raise ConversationRefused("speaker", _("Say of each name whether it is us or them."))
    with transaction.atomic():
        for name, value in said.items():
            Turn.objects.filter(conversation=one, name=name).update(speaker=value)
        counts = {value: list(said.values()).count(value) for value in Speaker.values}
        audit.record("conversation.who", one, by=by, at=at, after=counts)


def _colleagues() -> set[str]:
    rows = User.objects.filter(is_active=True).values_list("name", "email")[:_MOST_COLLEAGUES]
    return {form for name, email in rows for form in _forms(name, email)}


def _forms(name: str, email: str) -> set[str]:
    """How a transcript may call somebody: by name, first name, or address."""
    whole = " ".join(name.casefold().split())
    forms = {whole, whole.partition(" ")[0], email.casefold()}
    return {form for form in forms if form}


def _completed(names: list[str], found: dict[str, Speaker]) -> dict[str, Speaker]:
    missing = [name for name in names if name not in found]
    if len(names) == 2 and len(missing) == 1:
        other = found[next(name for name in names if name in found)]
        found[missing[0]] = Speaker.US if other == Speaker.THEM else Speaker.THEM
    # Nobody says who they are: what we cannot know is theirs until a colleague says otherwise.
    return {name: found.get(name, Speaker.THEM) for name in names}


def _moment(began: datetime, at_s: float) -> datetime | None:
    return began + timedelta(seconds=at_s) if 0 <= at_s <= 7 * 24 * 3600 else None

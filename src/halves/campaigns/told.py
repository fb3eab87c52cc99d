"""What a mail provider told, matched to the messages that it is about."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from halves.campaigns import hearing
from halves.campaigns.models import Message
from halves.mail.told import Became, Told


def hear(told: Sequence[Told], *, provider: str, at: datetime) -> int:
    """Take in what a provider told; safe to say again.

    Args:
        told: known to be the provider's.
        provider: its name, for the proof of a refusal.
        at: now.

    Returns:
        How many were about messages of this house.
    """
    heard = 0
    for one in told:
        message = _message(one)
        if message is not None and one.became is not Became.OTHER:
            with transaction.atomic():
                _hear(message, one, provider=provider, at=at)
            heard += 1
    return heard


def _message(told: Told) -> Message | None:
    """The message: by our own id, which comes back with the event, else by the provider's."""
    rows = Message.objects.select_related("person", "campaign", "step")
    key = told.message_id.partition("@")[0]
    found = rows.filter(key=key).first() if key else None
    if found is None and told.server_id:
        found = rows.filter(server_id=told.server_id).first()
    return found


def _hear(message: Message, told: Told, *, provider: str, at: datetime) -> None:
    when = _within(told.at, message, at)
    words = told.words or told.became
    if told.became is Became.DELIVERED:
        hearing.delivered(message, at=when)
    elif told.became is Became.NO_ADDRESS:
        hearing.came_back(message, words=words, at=when)
    elif told.became is Became.NOT_DELIVERED:
        hearing.not_delivered(message, words=words)
    elif told.became is Became.COMPLAINT:
        hearing.complained(message, how=f"called a mail spam, says {provider}", at=when)
    elif told.became is Became.LEFT:
        hearing.complained(message, how=f"left at {provider}", at=when)


def _within(said: datetime | None, message: Message, at: datetime) -> datetime:
    """When it happened: not before the mail was on the line, and not after now."""
    when = min(said or at, at)
    return max(when, message.sending_at) if message.sending_at else when

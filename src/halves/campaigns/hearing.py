"""What comes back from mails: people leave, choose and click; servers tell of bounces."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from halves.campaigns import recording
from halves.campaigns.links import Meant
from halves.campaigns.models import Campaign, Link, Message, MessageState, Signal
from halves.campaigns.ways import consent_of, names
from halves.people.consenting import consent
from halves.people.models import Consent, Person
from halves.people.reachable import EMAIL, Refusal, who_may_be_told

_SOON = timedelta(seconds=8)  # no person reads and clicks so quickly
_MACHINES = re.compile(
    r"bot\b|crawl|spider|preview|prefetch|scan|safelinks|mimecast|proofpoint|barracuda|fireeye"
    r"|trend ?micro|symantec|forcepoint|googleimageproxy|yahoomailproxy|python|curl|wget|headless"
    r"|go-http|java/|okhttp|apache-httpclient",
    re.IGNORECASE,
)


def unsubscribe(meant: Meant, *, how: str, at: datetime) -> str:
    """Write down that a person wants no more mail of a campaign's topic; safe to say again.

    Returns:
        The topic; empty for all mail, also where the campaign is gone.
    """
    topic = meant.campaign.topic if meant.campaign else ""
    _say(meant.person, channel_of(meant), topic, is_given=False, how=how, at=at)
    return topic


def channel_of(meant: Meant) -> str:
    """The channel that a yes or no is about, as consent has it."""
    return consent_of(meant.campaign.channel) if meant.campaign else EMAIL


def leave_all(meant: Meant, *, how: str, at: datetime) -> None:
    """Write down that a person wants no mail at all."""
    for topic in ("", *topics_of(meant)):
        _say(meant.person, channel_of(meant), topic, is_given=False, how=how, at=at)


def choose(meant: Meant, wanted: Iterable[str], *, how: str, at: datetime) -> None:
    """Write down which topics a person wants mail about, and which not."""
    wanted = set(wanted)
    for topic in topics_of(meant):
        _say(meant.person, channel_of(meant), topic, is_given=topic in wanted, how=how, at=at)


def topics_of(meant: Meant) -> list[str]:
    """The topics that a person can choose: the campaign's, and those they ever spoke of."""
    channel = channel_of(meant)
    said = Consent.objects.filter(person=meant.person, channel=channel).exclude(topic="")
    found = set(said.values_list("topic", flat=True))
    over = [name for name in names() if consent_of(name) == channel]
    had = Campaign.objects.filter(messages__person=meant.person, channel__in=over)
    had = had.exclude(topic="")
    found |= set(had.values_list("topic", flat=True))
    return sorted(found)


def choices_of(meant: Meant, *, at: datetime) -> Mapping[str, bool]:
    """Topic → whether the person gets mail about it now."""
    refusing = (Refusal.SAID_NO, Refusal.NEVER_AGREED, Refusal.LEFT_ALONE)
    pk, channel = meant.person.pk, channel_of(meant)
    return {
        topic: who_may_be_told([pk], channel=channel, topic=topic, at=at)[pk] not in refusing
        for topic in topics_of(meant)
    }


def is_left_alone(person: Person) -> bool:
    """Say whether a person asked not to be contacted at all, over whatever channel."""
    last = Consent.objects.filter(person=person, channel="*", topic="").first()
    return person.is_do_not_contact or (last is not None and not last.is_given)


def clicked(meant: Meant, *, agent: str, method: str, at: datetime) -> str | None:
    """Where a click leads, after it is written down; None if the link is gone."""
    link = Link.objects.filter(
        step__campaign=meant.campaign, step__place=meant.place, number=meant.number
    ).first()
    if link is not None:
        signal(meant, "click", link=link, agent=agent, method=method, at=at)
    return link.url if link else None


def signal(
    meant: Meant, kind: str, *, link: Link | None, agent: str, method: str, at: datetime
) -> None:
    """Write down that a mail was opened or a link followed: a weak sign, marked if a machine's."""
    message = meant.message
    if message is not None:
        machine = machine_of(agent, method, since=message.sending_at, at=at)
        Signal.objects.create(message=message, kind=kind, link=link, at=at, machine=machine)


def machine_of(agent: str, method: str, *, since: datetime | None, at: datetime) -> str:
    """Why something was no person's doing, as far as one can tell; empty if it may have been."""
    if method == "HEAD":
        return "asked for the head only"
    if not agent or _MACHINES.search(agent):
        return "a program by its name"
    return "too soon after sending" if since is not None and at - since < _SOON else ""


def delivered(message: Message, *, at: datetime) -> None:
    """A provider says that a mail arrived: one that nobody knew of was sent after all."""
    recording.sent_after_all(message, at=at)
    Message.objects.filter(pk=message.pk, delivered_at=None).update(delivered_at=at)


def came_back(message: Message, *, words: str, at: datetime) -> None:
    """A provider says that there is no such address."""
    not_delivered(message, words=words)
    if message.address:
        recording.bounced(message.person, message.address, words=words, at=at)


def not_delivered(message: Message, *, words: str) -> None:
    """A provider says that a mail did not arrive; the address may be good for the next."""
    known = (MessageState.SENT, MessageState.UNKNOWN)
    Message.objects.filter(pk=message.pk, state__in=known).update(
        state=MessageState.FAILED, why=words[:300]
    )


def complained(message: Message, *, how: str, at: datetime) -> None:
    """A person called a mail spam, or left at the provider: they said no to all mail.

    Said at the moment it happened, so that telling it again later undoes no later yes.
    """
    person = message.person
    while person.merged_into is not None:
        person = person.merged_into
    meant = Meant(person, message.campaign, message.step.place, 0)
    said = Consent.objects.filter(person=person, channel=channel_of(meant), at=at, how=how)
    if not said.exists():
        leave_all(meant, how=how, at=at)


def _say(
    person: Person, channel: str, topic: str, *, is_given: bool, how: str, at: datetime
) -> None:
    """Write it down, unless it is what they said last."""
    last = Consent.objects.filter(person=person, channel=channel, topic=topic).first()
    if last is not None and last.is_given == is_given and is_given:
        wide = Consent.objects.filter(person=person, channel=channel, topic="").first()
        if wide is None or wide.is_given or wide.at < last.at:
            return
    elif last is not None and last.is_given == is_given:
        return
    consent(person, channel=channel, topic=topic, is_given=is_given, how=how, by=None, at=at)

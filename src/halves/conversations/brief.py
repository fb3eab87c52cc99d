"""The brief: what to know of a person before the call, from what the house has, on one screen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.formats import date_format

from halves.access.models import User
from halves.access.rules import visible
from halves.audiences.models import Membership
from halves.conversations import queue_queries
from halves.conversations.brief_bond import Bond, bond_of
from halves.conversations.brief_fears import Fear, aspirations_of, fears_of
from halves.conversations.brief_told import Told, stories_told, vision_of
from halves.conversations.models import Conversation, State
from halves.conversations.queue_gain import CHANNEL
from halves.deals.models import Deal, DealState
from halves.experiments.baseline import left_alone
from halves.people.models import Person
from halves.people.reachable import WORDS, who_may_be_told
from halves.people.timeline import Line, Span, timeline
from halves.promises.models import Promise
from halves.stories.models import Story

LINES = 5
_SOME = 5
# What is of use before a call; promises have their own place.
_KINDS = frozenset({"touch", "outcome", "conversation", "deal", "order", "note", "task", "survey"})


@dataclass(frozen=True)
class Wish:
    """What they want to become or need fixed, and where we know it from."""

    words: str
    source: str
    is_theirs: bool = False  # as they said it


@dataclass(frozen=True)
class Brief:
    """What is known of a person before a call.

    Args:
        person: who.
        at: as of when.
        refused: why they may not be called; empty if they may.
        left_alone_until: the queue's dice leave them alone.
        is_left_alone: by everything, so that demand of itself is seen.
        deals: that are open, the largest first.
        wishes: what they want to become.
        problems: what they need fixed.
        lines: the newest of what happened.
        told: stories that reached them, the newest first.
        solutions: that keep the visions which were told.
        promises: open to them, what is late first.
        concerns: what may hold them back, the likeliest first.
        bond: how strong the relationship is.
        last_talk: the newest that the reader may see.
        currency: the house's.
    """

    person: Person
    at: datetime
    refused: str
    left_alone_until: datetime | None
    deals: Sequence[Deal]
    wishes: Sequence[Wish]
    problems: Sequence[Wish]
    lines: Sequence[Line]
    told: Sequence[Told]
    solutions: Sequence[Story]
    promises: Sequence[Promise]
    bond: Bond
    last_talk: Conversation | None
    concerns: Sequence[Fear] = ()
    currency: str = ""
    is_left_alone: bool = False

    @property
    def late(self) -> list[Promise]:
        """Promises whose day has passed."""
        return [one for one in self.promises if one.is_overdue(self.at.date())]

    @property
    def vision(self) -> Told | None:
        """The vision that they were told last."""
        return vision_of(self.told)


def brief_of(person: Person, *, user: User, at: datetime) -> Brief:
    """Put together what this user may see of a person.

    Args:
        person: one whom the user may see.
        user: who reads it: private talks of others are not for them.
        at: now.
    """
    deals = list(_open_deals(person, user))
    told = stories_told(person)
    return Brief(
        person=person,
        at=at,
        refused=_refused(person, at),
        left_alone_until=queue_queries.left_alone_until(person.pk, at=at),
        is_left_alone=bool(left_alone([person.ledger_id], at=at)),
        deals=deals,
        wishes=_wishes(person, told, user, at),
        problems=_problems(deals, told),
        lines=_lines(person, user),
        told=told[:_SOME],
        solutions=_solutions(told, user),
        promises=_promises(person, user),
        bond=bond_of(person, user=user, at=at),
        last_talk=_last_talk(person, user, at),
        concerns=fears_of(person, user=user, at=at)[:_SOME],
        currency=settings.PLACE.settings().currency or "",
    )


def _refused(person: Person, at: datetime) -> str:
    said = who_may_be_told([person.pk], channel=CHANNEL, topic="", at=at)[person.pk]
    return "" if said is None else str(WORDS[said])


def _open_deals(person: Person, user: User) -> Sequence[Deal]:
    rows = visible(user, "deal", Deal.objects.filter(person=person, state=DealState.OPEN))
    return list(rows.select_related("owner", "offer", "stage").order_by("-value", "-pk")[:_SOME])


def _wishes(person: Person, told: Sequence[Told], user: User, at: datetime) -> list[Wish]:
    """In their own words first; then what they joined; then what they were told of."""
    found = [
        Wish(one.words, date_format(one.at, "j F Y"), is_theirs=True)
        for one in aspirations_of(person, user=user, at=at)
    ]
    groups = Membership.objects.filter(person=person, left_at=None).select_related("group")
    found += [
        Wish(one.group.aspiration, one.group.name) for one in groups.order_by("-joined_at")[:_SOME]
    ]
    found += [Wish(one.aspiration, one.name) for one in told if one.aspiration]
    return _once(found)[:3]


def _problems(deals: Sequence[Deal], told: Sequence[Told]) -> list[Wish]:
    """What the deal is to fix; then what stories of a solution spoke to."""
    found = [Wish(getattr(one, "problem", ""), one.title) for one in deals]
    found += [Wish(one.problem, one.name) for one in told if one.problem]
    return _once([one for one in found if one.words])[:3]


def _once(found: Sequence[Wish]) -> list[Wish]:
    return list({one.words: one for one in reversed(found)}.values())[::-1]


def _lines(person: Person, user: User) -> list[Line]:
    return list(timeline(person, user=user, span=Span(size=LINES, kinds=_KINDS)))


def _solutions(told: Sequence[Told], user: User) -> list[Story]:
    """Stories of a solution that keep a vision which was told: of the same offer, not yet told."""
    offers = {one.offer for one in told if one.is_vision and one.offer is not None}
    if not offers:
        return []
    rows = visible(user, "story", Story.objects.filter(kind="solution", offer__in=offers))
    rows = rows.filter(retired_at=None).exclude(pk__in=[one.story for one in told if one.story])
    return list(rows.order_by("-changed_at", "-pk")[:2])


def _promises(person: Person, user: User) -> list[Promise]:
    rows = visible(user, "promise", Promise.objects.filter(person=person, delivered_at=None))
    rows = rows.select_related("keeper")
    dated = list(rows.exclude(due_on=None).order_by("due_on", "pk")[:_SOME])
    return (dated + list(rows.filter(due_on=None).order_by("-made_at", "-pk")[:_SOME]))[:_SOME]


def _last_talk(person: Person, user: User, at: datetime) -> Conversation | None:
    rows = visible(user, "conversation", Conversation.objects.filter(person=person))
    return rows.filter(state=State.HELD, at__lte=at).order_by("-at", "-pk").first()

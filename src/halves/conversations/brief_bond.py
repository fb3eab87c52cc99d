"""How strong the relationship with a person is, from the talks that the reader may see."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from halves.access.models import User
from halves.access.rules import visible
from halves.conversations.models import Conversation, Direction, Kind, State, Turn
from halves.measure.relationship import DAYS, Strength, strength
from halves.people.models import Person

_MOST = 1_000


@dataclass(frozen=True)
class Bond:
    """A relationship, and the counts that it was worked out from.

    Args:
        strength: with its parts.
        days_since: since the last talk; None if there was none.
        theirs, ours: talks of the last 180 days by who began or answered.
        colleagues: others in the account with a talk in the last 180 days.
    """

    strength: Strength
    days_since: float | None
    theirs: int
    ours: int
    colleagues: int

    @property
    def whole_days(self) -> int:
        """Days since the last talk; 0 if there was none."""
        return int(self.days_since or 0)


def bond_of(person: Person, *, user: User, at: datetime) -> Bond:
    """Work it out as `measure.relationship` says, as of a moment."""
    rows = visible(user, "conversation", Conversation.objects.all())
    held = rows.filter(state=State.HELD, at__lte=at)
    since = at - timedelta(days=DAYS)
    last = held.filter(person=person).order_by("-at").values_list("at", flat=True).first()
    theirs, ours = _by_whom(held.filter(person=person, at__gte=since))
    colleagues = 0
    if person.account_id is not None:
        others = held.filter(person__account=person.account_id, at__gte=since)
        colleagues = others.exclude(person=person).values("person").distinct().count()
    days = None if last is None else (at - last) / timedelta(days=1)
    found = strength(days_since=days, theirs=theirs, ours=ours, colleagues=colleagues)
    return Bond(found, days, theirs, ours, colleagues)


def _by_whom(rows: "QuerySet[Conversation]") -> tuple[int, int]:
    """Who began or answered; in a thread of mails, whoever wrote in it."""
    talks = list(rows.order_by("-at").values_list("pk", "kind", "direction")[:_MOST])
    threads = [pk for pk, kind, _direction in talks if kind == Kind.MAIL]
    wrote: Counter[tuple[int, str]] = Counter(
        Turn.objects.filter(conversation__in=threads)
        .values_list("conversation_id", "speaker")
        .distinct()
    )
    theirs = ours = 0
    for pk, _kind, direction in talks:
        is_in = direction == Direction.IN
        theirs += is_in or (pk, "them") in wrote
        ours += (not is_in) or (pk, "us") in wrote
    return theirs, ours

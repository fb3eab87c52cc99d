"""Reads: who is to be called and why, what the dice cost, what came of those that were drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from halves.access.models import Role, User
from halves.access.rules import Verb, may, visible
from halves.conversations.queue_models import (
    Caller,
    DecisionState,
    QueueDecision,
    QueueDraw,
)

LOOKED_BACK = timedelta(days=28)
MOST_SHOWN = 200


@dataclass(frozen=True)
class Tally:
    """What became of those whom the dice were rolled for.

    Args:
        drawn: all of them.
        called, skipped, waiting: of those to be called.
        left: left alone.
        called_anyway: of those left alone.
    """

    drawn: int
    called: int
    skipped: int
    waiting: int
    left: int
    called_anyway: int


@dataclass(frozen=True)
class Cost:
    """What the dice cost in some days; money.

    Args:
        best: expected gain of calling the most promising.
        drawn: expected gain with the dice.
        currency: of both.
    """

    best: Decimal
    drawn: Decimal
    currency: str

    @property
    def given_up(self) -> Decimal:
        """What the lesson cost."""
        return self.best - self.drawn


def to_call(user: User, *, seller: User | None = None) -> "QuerySet[QueueDecision]":
    """Who waits to be called, of those that the user may see, the most promising first."""
    rows = visible(user, "queue_decision", QueueDecision.objects.filter(is_current=True))
    rows = rows.filter(state=DecisionState.WAITING)
    if seller is not None:
        rows = rows.filter(seller=seller)
    related = ("person", "person__account", "seller", "deal")
    return rows.select_related(*related).order_by("-gain", "pk")


def tally(*, since: datetime, seller: User | None = None) -> Tally:
    """What became of those drawn since a moment."""
    rows = QueueDecision.objects.filter(at__gte=since)
    if seller is not None:
        rows = rows.filter(seller=seller)
    found = dict(rows.values_list("state").annotate(Count("pk")))
    return Tally(
        drawn=sum(found.values()),
        called=found.get(DecisionState.CALLED, 0),
        skipped=found.get(DecisionState.SKIPPED, 0),
        waiting=found.get(DecisionState.WAITING, 0),
        left=found.get(DecisionState.LEFT, 0) + found.get(DecisionState.CALLED_ANYWAY, 0),
        called_anyway=found.get(DecisionState.CALLED_ANYWAY, 0),
    )


def cost_of_dice(*, since: datetime, seller: User | None = None) -> Cost:
    """What the dice cost since a moment."""
    rows = QueueDraw.objects.filter(at__gte=since)
    if seller is not None:
        rows = rows.filter(seller=seller)
    found = rows.aggregate(best=Sum("best_gain"), drawn=Sum("drawn_gain"))
    currency = rows.exclude(currency="").values_list("currency", flat=True).first() or ""
    return Cost(found["best"] or Decimal(0), found["drawn"] or Decimal(0), currency)


def callers() -> Sequence[Caller]:
    """Sellers whose day the queue fills, and how many wait for each."""
    waiting = Q(seller__queue_decisions__is_current=True) & Q(
        seller__queue_decisions__state=DecisionState.WAITING
    )
    rows = Caller.objects.filter(seller__is_active=True).select_related("seller")
    counted = rows.annotate(waiting=Count("seller__queue_decisions", filter=waiting))
    return list(counted.order_by("seller__name", "pk"))


def could_call() -> "QuerySet[User]":
    """Colleagues whose day the queue could fill."""
    rows = User.objects.filter(is_active=True).exclude(role=Role.VIEWER)
    return rows.order_by("name", "pk")


def is_caller(user: User) -> bool:
    """Say whether the queue fills this user's day."""
    return Caller.objects.filter(seller=user).exists()


def left_alone_until(person_pk: int, *, at: datetime) -> datetime | None:
    """Until when the dice leave a person alone; None if they do not."""
    rows = QueueDecision.objects.filter(
        person=person_pk, is_held_out=True, at__lte=at, period_ends__gt=at
    )
    return rows.order_by("-period_ends").values_list("period_ends", flat=True).first()


def waiting_for(user: User, person_pk: int) -> QueueDecision | None:
    """The user's own decision to call this person, if one waits."""
    if not may(user, Verb.CHANGE, "queue_decision"):
        return None
    return to_call(user).filter(person=person_pk).first()

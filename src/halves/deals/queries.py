"""Reads: the board, the list, one deal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from halves.access.models import User
from halves.access.rules import visible
from halves.deals.models import Deal, DealState, LostKind
from halves.deals.pipelines import stages_of
from halves.deals.quote_models import Quote
from halves.deals.signals import signals_of, usual_stays, with_next_task
from halves.deals.stage_models import Pipeline, Stage, StageKind
from halves.people.errors import ViewUnknown
from halves.people.queries import PAGE, Asked, Listed, page_of
from halves.people.words import plain_words

ORDERS: Mapping[str, tuple[str, str]] = {
    "newest": ("-opened_at", "-id"),
    "value": ("-value", "-id"),
    "title": ("title", "id"),
    "longest": ("stage_since", "id"),
    "close": ("expected_close", "id"),
}
CARDS = 15  # of a column, before more is asked for
_ENDED_LATELY = timedelta(days=30)


@dataclass(frozen=True)
class Wanted:
    """What a board or a list shows, as in a URL.

    Args:
        search: words in the title, the problem, or the name of whoever buys.
        owner: `me`, `nobody`, or a user's key.
        state: of deals; empty: any.
        stage: a stage's key.
        person, account: a key.
        lost: a kind of loss.
    """

    search: str = ""
    owner: str = ""
    state: str = ""
    stage: str = ""
    person: str = ""
    account: str = ""
    lost: str = ""


@dataclass(frozen=True)
class Card:
    """A deal on the board, and what says that it is stuck."""

    deal: Deal
    signals: Sequence[str]


@dataclass(frozen=True)
class Column:
    """A stage of the board: how many deals stand there, what they are worth, the first of them."""

    stage: Stage
    count: int
    sums: Sequence[tuple[str, Decimal]]
    cards: Sequence[Card] = field(default_factory=tuple)
    more: int = 0


def deals_of(user: User) -> "QuerySet[Deal]":
    """Deals that sellers work on, and that the user may see."""
    rows = visible(user, "deal", Deal.objects.filter(pipeline__isnull=False))
    return rows.select_related("person", "account", "owner", "stage")


def quotes_of(user: User) -> "QuerySet[Quote]":
    """Quotes of deals that the user may see."""
    return visible(user, "quote", Quote.objects.select_related("deal__person", "by", "told"))


def wanted_of(rows: "QuerySet[Deal]", wanted: Wanted, *, user: User) -> "QuerySet[Deal]":
    """Those of the deals that are wanted.

    Raises:
        ViewUnknown: a filter that means nothing.
    """
    for name in ("stage", "person", "account"):
        said = getattr(wanted, name)
        if said:
            rows = rows.filter(**{f"{name}_id": _key(name, said, "")})
    if wanted.owner == "me":
        rows = rows.filter(owner=user)
    elif wanted.owner == "nobody":
        rows = rows.filter(owner=None)
    elif wanted.owner:
        rows = rows.filter(owner_id=_key("owner", wanted.owner, "me, nobody or "))
    if wanted.state:
        rows = rows.filter(state=_one_of("state", wanted.state, DealState.values))
    if wanted.lost:
        rows = rows.filter(lost_kind=_one_of("lost", wanted.lost, LostKind.values))
    for word in wanted.search.split()[:8]:
        plain = plain_words(word)
        rows = rows.filter(
            Q(title__icontains=word)
            | Q(problem__icontains=word)
            | (Q(person__words__contains=plain) if plain else Q())
        )
    return rows


def open_deals(user: User, *, person: int | None = None) -> "QuerySet[Deal]":
    """Deals on their way that the user may see, the one worth most first."""
    rows = deals_of(user).filter(state=DealState.OPEN)
    if person is not None:
        rows = rows.filter(person_id=person)
    return rows.order_by("-value", "id")


def board(
    pipeline: Pipeline, user: User, wanted: Wanted, *, at: datetime, today: date
) -> list[Column]:
    """The stages of a pipeline with what stands in each; of won and lost, the last 30 days.

    Raises:
        ViewUnknown: a filter that means nothing.
    """
    mine = wanted_of(visible(user, "deal", Deal.objects.all()), wanted, user=user)
    mine = mine.filter(pipeline=pipeline)
    lately = Q(state=DealState.OPEN) | Q(closed_at__gte=at - _ENDED_LATELY)
    sums: dict[int, list[tuple[str, Decimal]]] = {}
    counts: dict[int, int] = {}
    told = mine.filter(lately).order_by().values_list("stage", "currency")
    for stage, currency, count, total in told.annotate(n=Count("id"), worth=Sum("value")):
        sums.setdefault(stage, []).append((currency, total))
        counts[stage] = counts.get(stage, 0) + count
    usual, found = usual_stays(pipeline.pk), []
    for stage in stages_of(pipeline):
        count, cards = counts.get(stage.pk, 0), []
        if stage.kind == StageKind.OPEN and count:
            cards = [
                Card(one, signals_of(one, usual, at=at, today=today)) for one in _first(mine, stage)
            ]
        more = max(count - len(cards), 0) if stage.kind == StageKind.OPEN else 0
        found.append(Column(stage, count, sorted(sums.get(stage.pk, [])), cards, more))
    return found


def listed(user: User, wanted: Wanted, *, order: str, after: str = "", size: int = PAGE) -> Listed:
    """A page of deals.

    Raises:
        ViewUnknown: a filter, an order or a cursor that is none.
    """
    rows = with_next_task(wanted_of(deals_of(user), wanted, user=user))
    if order == "close":
        rows = rows.filter(expected_close__isnull=False)
    return page_of(rows, Asked(order=order, after=after), ORDERS, size=size)


def needing_a_hand(
    user: User, *, at: datetime, today: date, most: int = 5
) -> list[tuple[Deal, str]]:
    """The user's own deals that are stuck, those worth most first, and what says so."""
    mine = with_next_task(open_deals(user).filter(owner=user))[:200]
    usual: dict[int, Any] = {}
    found: list[tuple[Deal, str]] = []
    for deal in mine:
        if deal.pipeline_id not in usual:
            usual[deal.pipeline_id] = usual_stays(deal.pipeline_id)
        said = signals_of(deal, usual[deal.pipeline_id], at=at, today=today)
        if said:
            found.append((deal, "; ".join(said)))
        if len(found) == most:
            break
    return found


def _one_of(name: str, said: str, known: Sequence[str]) -> str:
    if said not in known:
        raise ViewUnknown(f"{name} must be one of {', '.join(known)}, got {said!r}")
    return said


def _key(name: str, said: str, others: str) -> int:
    if not said.isdecimal() or len(said) > 18:
        raise ViewUnknown(f"{name} must be {others}the number of one, got {said!r}")
    return int(said)


def _first(rows: "QuerySet[Deal]", stage: Stage) -> "QuerySet[Deal]":
    shown = with_next_task(rows.filter(stage=stage, state=DealState.OPEN))
    return shown.select_related("person", "account", "owner").order_by("-value", "id")[:CARDS]

"""Reads: what is promised, what is late or about to be, and how each kept what they promised."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from django.db.models import Count, F, Q, QuerySet

from halves.access.models import User
from halves.access.rules import visible
from halves.people.models import Account, Person
from halves.promises.models import Keeping, Promise, PromiseTask, Via
from halves.stories.models import Story

SOON = timedelta(days=7)
PAGE = 50
_MOST_LISTED = 200
_MOST_COUNTED = 1_000
_FEWEST = 5  # deliveries of a keeper before their record says anything
_LATELY = timedelta(days=90)  # their record is of what was due since
_MOSTLY = 0.3  # broken, of those who are said to be often late

Tab = Literal["open", "soon", "risk", "kept"]
By = Literal["story", "campaign", "seller", "person", "account"]


@dataclass(frozen=True)
class Expectation:
    """What somebody or something led people to expect, and what came of it.

    Args:
        name: of the story, campaign, seller, person or account.
        key: of its page, if it has one.
        over, met, under: delivered, by verdict.
        open: not delivered yet.
        late: of those, past their day.
    """

    name: str
    key: int | None
    over: int
    met: int
    under: int
    open: int
    late: int

    @property
    def delivered(self) -> int:
        """How many came, whatever came."""
        return self.over + self.met + self.under


def promises_of(user: User) -> "QuerySet[Promise]":
    """Promises to people whom this user sees."""
    return visible(user, "promise", Promise.objects.all())


def open_to(person: int) -> "QuerySet[Promise]":
    """What a person still waits for, the next due first."""
    rows = Promise.objects.filter(person=person, delivered_at=None)
    return rows.order_by(F("due_on").asc(nulls_last=True), "pk")


def listed(user: User, tab: Tab, *, today: date) -> "QuerySet[Promise]":
    """A list's promises, the most pressing first."""
    rows = promises_of(user).select_related("person", "keeper", "version")
    waiting = rows.filter(delivered_at=None)
    if tab == "kept":
        return rows.filter(delivered_at__isnull=False).order_by("-delivered_at", "-pk")
    if tab == "soon":
        waiting = waiting.filter(due_on__gte=today, due_on__lte=today + SOON)
    elif tab == "risk":
        waiting = waiting.filter(_at_risk(today))
    else:
        # What has no day is listed after what has one: two questions that an index serves.
        waiting = waiting.filter(due_on__isnull=False)
    return waiting.order_by("due_on", "pk")


def without_a_day(user: User) -> "QuerySet[Promise]":
    """Open promises that nobody gave a day."""
    rows = promises_of(user).filter(delivered_at=None, due_on=None)
    return rows.select_related("person", "keeper", "version").order_by("pk")


def counted(rows: "QuerySet[Promise]") -> tuple[int, bool]:
    """How many, up to a thousand; whether there are more."""
    found = rows.order_by()[: _MOST_COUNTED + 1].count()
    return min(found, _MOST_COUNTED), found > _MOST_COUNTED


def expectations(user: User, by: By, *, today: date) -> Sequence[Expectation]:
    """The expectation ledger: the most often broken first, and of those as often the latest.

    Stories, campaigns and sellers are counted over everyone whom the user sees.
    """
    group = {
        "story": "version__story",
        "campaign": "via_key",
        "seller": "keeper",
        "person": "person",
        "account": "person__account",
    }[by]
    rows = promises_of(user).filter(**{f"{group}__isnull": False})
    if by == "campaign":
        rows = rows.filter(via=Via.CAMPAIGN)
    # Grouped by key alone, which an index serves; names are looked up for those that are shown.
    counts = (
        rows.order_by()
        .values(group)
        .annotate(
            over=Count("pk", filter=Q(keeping=Keeping.OVER)),
            met=Count("pk", filter=Q(keeping=Keeping.MET)),
            under=Count("pk", filter=Q(keeping=Keeping.UNDER)),
            open=Count("pk", filter=Q(keeping="")),
            late=Count("pk", filter=Q(keeping="", due_on__lt=today)),
        )
        .order_by("-under", "-late", group)[:_MOST_LISTED]
    )
    shown = list(counts)
    called = _names(by, [row[group] for row in shown])
    return [
        Expectation(
            called[row[group]],
            None if by == "campaign" else row[group],
            *(row[one] for one in ("over", "met", "under", "open", "late")),
        )
        for row in shown
    ]


def _names(by: By, keys: Sequence[Any]) -> Mapping[Any, str]:
    """What each is called."""
    models = {"story": Story, "seller": User, "person": Person, "account": Account}
    if by == "campaign":
        return {key: key for key in keys}
    return {one.pk: str(one) for one in models[by]._default_manager.filter(pk__in=keys)}


def recovering(promises: Sequence[Promise]) -> dict[int, PromiseTask]:
    """The recovery tasks of these promises."""
    rows = PromiseTask.objects.filter(promise__in=[one.pk for one in promises], reason="recovery")
    return {one.promise_id: one for one in rows.select_related("task", "task__owner")}


def often_late(today: date) -> list[int]:
    """Keepers who broke three in ten of what they delivered lately, and more.

    Only of those who have something due: what is asked is in the index by keeper alone.
    """
    waiting = Promise.objects.filter(delivered_at=None, keeper__isnull=False)
    due = waiting.filter(due_on__gte=today, due_on__lte=today + SOON)
    keepers = list(due.order_by().values_list("keeper", flat=True).distinct())
    rows = Promise.objects.filter(
        keeper__in=keepers, keeping__in=Keeping.values, due_on__gte=today - _LATELY
    )
    counts = (
        rows.order_by()
        .values("keeper")
        .annotate(of=Count("pk"), under=Count("pk", filter=Q(keeping=Keeping.UNDER)))
    )
    found = counts.filter(of__gte=_FEWEST, under__gte=F("of") * _MOSTLY)
    return list(found.values_list("keeper", flat=True))


def _at_risk(today: date) -> Q:
    """Past its day, or due in days with a keeper who is often late."""
    past = Q(due_on__lt=today)
    keepers = often_late(today)
    if not keepers:
        return past
    return past | Q(due_on__lte=today + SOON, keeper__in=keepers)


def at_risk(*, today: date) -> "QuerySet[Promise]":
    """Open promises that are broken, or may be, to whomever."""
    return Promise.objects.filter(_at_risk(today), delivered_at=None).order_by("due_on", "pk")

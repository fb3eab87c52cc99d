"""Reads: what is promised, what is late or about to be, and who is often late."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

from django.db.models import Count, F, Q, QuerySet

from halves.access.models import User
from halves.access.rules import visible
from halves.promises.models import Keeping, Promise, PromiseTask

SOON = timedelta(days=7)
PAGE = 50
_MOST_COUNTED = 1_000
_FEWEST = 5  # deliveries of a keeper before their record says anything
_LATELY = timedelta(days=90)  # their record is of what was due since
_MOSTLY = 0.3  # broken, of those who are said to be often late

Tab = Literal["open", "soon", "risk", "kept"]


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

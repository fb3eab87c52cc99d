"""What says that a deal is stuck, in words, from how deals that were won went."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from statistics import quantiles

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from halves.deals.models import Deal, DealState
from halves.deals.stage_models import StageChange, StageKind
from halves.people.models import Task

_LATELY, LEAST = 2_000, 5  # stays that are looked at; stays of won deals that make a custom


@dataclass(frozen=True)
class Usual:
    """How long deals that were won stood in a stage: three of four left it within these days."""

    days: float
    deals: int


def usual_stays(pipeline: int) -> dict[int, Usual]:
    """By stage, where at least `LEAST` deals that were won have been."""
    rows = StageChange.objects.filter(
        stage__pipeline=pipeline,
        stage__kind=StageKind.OPEN,
        left_at__isnull=False,
        deal__state=DealState.WON,
    )
    stays: dict[int, list[float]] = {}
    for stage, at, left in rows.order_by("-id").values_list("stage", "at", "left_at")[:_LATELY]:
        stays.setdefault(stage, []).append((left - at).total_seconds() / 86_400)
    return {
        stage: Usual(quantiles(days, n=4, method="inclusive")[2], len(days))
        for stage, days in stays.items()
        if len(days) >= LEAST
    }


def with_next_task(deals: "QuerySet[Deal]") -> "QuerySet[Deal]":
    """Deals that know whether anybody means to do something next: `has_next`."""
    todo = Task.objects.filter(person=OuterRef("person"), done_at=None)
    return deals.annotate(has_next=Exists(todo))


def signals_of(deal: Deal, usual: Mapping[int, Usual], *, at: datetime, today: date) -> list[str]:
    """What says that an open deal is stuck; of deals that went through `with_next_task`."""
    return list(_said(deal, usual, at, today)) if deal.state == DealState.OPEN else []


def _said(deal: Deal, usual: Mapping[int, Usual], at: datetime, today: date) -> Iterable[str]:
    ends = deal.expected_close
    if ends is not None and ends < today:
        days = (today - ends).days
        yield ngettext(
            "expected to close %(n)d day ago", "expected to close %(n)d days ago", days
        ) % {"n": days}
    known = usual.get(deal.stage_id or 0)
    if known is not None and deal.stage_since is not None:
        days = (at - deal.stage_since).days
        if days > max(known.days, 1):
            yield _("%(n)d days here; three of four deals that were won moved on within %(m)d") % {
                "n": days,
                "m": max(round(known.days), 1),
            }
    if not getattr(deal, "has_next", True):
        yield _("nothing to do next")

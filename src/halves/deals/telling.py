"""What deals tell of a person: lines of their timeline, and all that is held about them."""

from collections.abc import Iterable
from heapq import nlargest
from typing import Any

from django.utils.translation import gettext as _

from halves.access.models import User
from halves.access.rules import visible
from halves.deals.models import Deal, DealState, Order
from halves.deals.quote_models import DealLine, Handover, Quote
from halves.deals.stage_models import StageChange
from halves.people.models import Person
from halves.people.timeline import Line, Span


def lines(person: Person, user: User, span: Span) -> Iterable[Line]:
    """Stages that their deals came to, quotes that were sent, accepted or taken back."""
    mine = visible(user, "deal", Deal.objects.filter(person=person, pipeline__isnull=False))
    found = [*_moves(mine, span), *_quotes(mine, span)]
    return nlargest(span.size, found, key=lambda one: one.at)


def export(people: list[Person]) -> list[dict[str, Any]]:
    """What hangs on their deals; the deals themselves are among operations."""
    facts: list[dict[str, Any]] = []
    of = {"deal__person__in": people}
    for model in (StageChange, DealLine, Quote, Handover, Order):
        for row in model.objects.filter(**of):
            fields = {one.attname: getattr(row, one.attname) for one in row._meta.fields}
            fields.pop("token", None)  # opens a page; it is no fact about anybody
            facts.append({"table": model._meta.model_name} | _plain(fields))
    return facts


def erase(people: list[Person]) -> int:
    """Their deals, with all that hangs on them."""
    return Deal.objects.filter(person__in=people).delete()[0]


def _moves(deals: Any, span: Span) -> Iterable[Line]:
    rows = StageChange.objects.filter(deal__in=deals).select_related("deal", "stage", "by")
    if span.before is not None:
        rows = rows.filter(at__lt=span.before)
    for one in rows.order_by("-at", "-pk")[: span.size]:
        ends = one.left_at is None and one.stage.kind != DealState.OPEN
        yield Line(
            at=one.at,
            path="one",
            kind="deal",
            words=_("Deal: %(stage)s") % {"stage": one.stage},
            detail=_why(one.deal) if ends else one.deal.title,
            amount=one.deal.value if ends and one.deal.state == DealState.WON else None,
            currency=one.deal.currency,
            who=str(one.by or ""),
        )


def _why(deal: Deal) -> str:
    said = [deal.title]
    if deal.lost_kind:
        said.append(str(deal.get_lost_kind_display()))
    said.append(deal.lost_because or deal.won_because)
    return ": ".join(one for one in said if one)


def _quotes(deals: Any, span: Span) -> Iterable[Line]:
    rows = Quote.objects.filter(deal__in=deals, sent_at__isnull=False).select_related("deal", "by")
    for one in rows.order_by("-sent_at", "-pk")[: span.size]:
        moments = (
            (one.sent_at, _("Quote sent"), str(one.by or "")),
            (one.accepted_at, _("Quote accepted"), one.accepted_by),
        )
        for at, words, who in moments:
            if at is not None and (span.before is None or at < span.before):
                yield Line(at, "one", "quote", words, one.deal.title, one.total, one.currency, who)


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        if isinstance(value, bool | int | float | str | list | dict | None)
        else str(value)
        for name, value in fields.items()
    }

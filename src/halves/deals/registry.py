"""What deals give to rooms below: who may see them, their lines of the timeline, their events."""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from halves.access.models import User
from halves.access.rules import EVERYONE, LEADERS, WORKERS, Verb, rule
from halves.deals import asked, forecasting, telling
from halves.deals.models import Deal, Order
from halves.jobs.running import job_kind
from halves.jobs.standing import standing
from halves.people import timeline
from halves.people.everything import Part, part
from halves.people.models import Person
from halves.people.queries import about_people_met
from halves.people.timeline import Line, Span
from halves.webhooks.events import event_kind


def register() -> None:
    """Say who may see deals and orders, and what is told of them."""
    records = {Verb.SEE: EVERYONE, Verb.ADD: WORKERS, Verb.CHANGE: WORKERS, Verb.EXPORT: LEADERS}
    rule("deal", records, narrow=_of_people_seen)
    rule("order", records, narrow=_orders_of_people_seen)
    rule("quote", records, narrow=_orders_of_people_seen)
    rule("pipeline", {Verb.SEE: EVERYONE, Verb.ADD: LEADERS, Verb.CHANGE: LEADERS})
    rule("forecast", {Verb.SEE: EVERYONE, Verb.ADD: WORKERS})
    timeline.source(_lines)
    timeline.source(telling.lines)
    part("deals", Part(telling.export, telling.erase))
    job_kind(forecasting.KIND, forecasting.compute)
    standing("deals forecast", forecasting.keep_fresh, every_s=3_600)
    asked.register()
    event_kind("order.placed", gettext_lazy("somebody ordered on a page"))
    event_kind("deal.opened", gettext_lazy("a deal began, or marketing handed a lead over"))
    event_kind("deal.moved", gettext_lazy("a deal came to another stage"))
    event_kind("deal.closed", gettext_lazy("a deal was closed, by a seller or by a page"))
    event_kind("deal.lost", gettext_lazy("a deal was lost, and why"))
    event_kind("deal.to_nurture", gettext_lazy("a seller gave somebody back to marketing"))
    event_kind("quote.sent", gettext_lazy("a quote was sent to a buyer"))
    event_kind("quote.accepted", gettext_lazy("a buyer accepted a quote"))


def _of_people_seen(user: User, rows: "QuerySet[Deal]") -> "QuerySet[Deal]":
    return about_people_met(user, rows)


def _orders_of_people_seen(user: User, rows: "QuerySet[Order]") -> "QuerySet[Order]":
    return about_people_met(user, rows, path="deal__person")


def _lines(person: Person, user: User, span: Span) -> Iterable[Line]:
    rows = Order.objects.filter(deal__person=person).select_related("deal")
    if span.before is not None:
        rows = rows.filter(placed_at__lt=span.before)
    for one in rows.order_by("-placed_at", "-pk")[: span.size]:
        yield Line(
            at=one.placed_at,
            path="self",
            kind="order",
            words=_("Ordered: %(state)s") % {"state": one.get_state_display()},
            detail=str(one),
            amount=one.deal.value,
            currency=one.currency,
        )

"""What the call queue gives to the rooms below: rules, lines of the timeline, standing work."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from halves.access.models import Role, User
from halves.access.rules import EVERYONE, LEADERS, WORKERS, Verb, rule
from halves.conversations import queue_standing
from halves.conversations.queue_models import CALLING, DecisionState, QueueDecision
from halves.jobs.standing import standing
from halves.people import timeline
from halves.people.models import Person
from halves.people.queries import about_people_met
from halves.people.timeline import Line, Span

LOOK_S = 300.0


def register() -> None:
    """Say who may see and draw the queue, and what a worker looks after."""
    rule("call_queue", {Verb.SEE: EVERYONE, Verb.ADD: WORKERS, Verb.CHANGE: LEADERS})
    rule("brief", {Verb.SEE: WORKERS})
    rule("queue_decision", {Verb.SEE: EVERYONE, Verb.CHANGE: WORKERS}, narrow=_to_call)
    standing("call queue", queue_standing.look_after, every_s=LOOK_S)
    timeline.source(_lines)


def _to_call(user: User, rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """Those to be called, never those left alone; a seller's are their own."""
    met = about_people_met(user, rows.filter(state__in=CALLING))
    return met.filter(seller=user) if user.role == Role.SELLER else met


def _lines(person: Person, user: User, span: Span) -> Iterable[Line]:
    rows = QueueDecision.objects.filter(person=person).select_related("seller")
    if span.before is not None:
        rows = rows.filter(at__lt=span.before)
    for one in rows.order_by("-at", "-pk")[: span.size]:
        yield Line(one.at, "one", "queue", _words(one), one.skipped_because, who=str(one.seller))


def _words(one: QueueDecision) -> str:
    until = date_format(one.period_ends, "j F Y")
    said = {
        DecisionState.WAITING: _("The call queue drew: to be called"),
        DecisionState.CALLED: _("The call queue drew: called"),
        DecisionState.SKIPPED: _("The call queue drew: skipped"),
        DecisionState.LEFT: _("The call queue drew: left alone until %(day)s"),
        DecisionState.CALLED_ANYWAY: _("The call queue drew: left alone, and called anyway"),
    }
    return said[DecisionState(one.state)] % {"day": until}

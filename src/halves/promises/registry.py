"""What promises give to rooms below: who may see them, and their lines of the timeline."""

from collections.abc import Iterable
from datetime import datetime
from heapq import merge

from django.conf import settings
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from halves.access.models import User
from halves.access.rules import EVERYONE, MARKETERS, WORKERS, Verb, rule, visible
from halves.jobs.standing import standing
from halves.people import timeline
from halves.people.models import Person
from halves.people.queries import about_people_met
from halves.people.timeline import Line, Span
from halves.promises import alerts, asked, expecting, personal
from halves.promises.delivering import SOURCE
from halves.promises.learning import learn_bands, learn_cost
from halves.promises.models import Promise, PromiseCount
from halves.webhooks.events import event_kind


def register() -> None:
    """Say who may see promises, and show them on the timeline."""
    records = {Verb.SEE: EVERYONE, Verb.ADD: WORKERS, Verb.CHANGE: WORKERS}
    rule("promise", records, narrow=_to_people_seen)
    rule("promise_count", {Verb.SEE: EVERYONE}, narrow=_of_people_seen)
    rule("survey", {Verb.SEE: EVERYONE, Verb.ADD: MARKETERS, Verb.CHANGE: MARKETERS})
    timeline.source(_lines)
    timeline.source(_answers)
    timeline.shown_by_its_room(SOURCE)
    asked.register()
    personal.register()
    event_kind("promise.delivered", gettext_lazy("something promised came, and how it compares"))
    standing("alerts of promises", alerts.alert, every_s=20)
    standing("counts of promises", expecting.count, every_s=300)
    standing("bands of promises", _learn, every_s=6 * 3600)


def _to_people_seen(user: User, rows: "QuerySet[Promise]") -> "QuerySet[Promise]":
    return about_people_met(user, rows)


def _of_people_seen(user: User, rows: "QuerySet[PromiseCount]") -> "QuerySet[PromiseCount]":
    return visible(user, "person", rows)  # by the owner and the team of the people


def _learn(at: datetime) -> int:
    return learn_bands(at) + learn_cost(at) if settings.PLACE.ledger.exists() else 0


def _answers(person: Person, user: User, span: Span) -> Iterable[Line]:
    rows = person.surveys.exclude(answered_at=None).select_related("survey")
    if span.before is not None:
        rows = rows.filter(answered_at__lt=span.before)
    for one in rows.order_by("-answered_at", "-pk")[: span.size]:
        said = _("Said %(score)d of 10: %(question)s") % {
            "score": one.score,
            "question": one.survey.question,
        }
        yield Line(one.answered_at, "", "survey", said, one.words)


def _lines(person: Person, user: User, span: Span) -> Iterable[Line]:
    """When something was promised, and when it came."""
    rows = Promise.objects.filter(person=person).select_related("keeper")
    made = rows if span.before is None else rows.filter(made_at__lt=span.before)
    came = rows.exclude(delivered_at=None)
    if span.before is not None:
        came = came.filter(delivered_at__lt=span.before)
    yield from merge(
        (_made(one) for one in made.order_by("-made_at", "-pk")[: span.size]),
        (_came(one) for one in came.order_by("-delivered_at", "-pk")[: span.size]),
        key=lambda line: line.at,
        reverse=True,
    )


def _made(one: Promise) -> Line:
    said = _("Promised")
    if one.due_on is not None:
        said = _("Promised by %(day)s") % {"day": date_format(one.due_on, "j F Y")}
    who, about = str(one.keeper or ""), ("promise", one.pk)
    return Line(one.made_at, "", "promise", said, one.words, who=who, about=about)


def _came(one: Promise) -> Line:
    assert one.delivered_at is not None
    said = _("Promise: %(keeping)s") % {"keeping": one.get_keeping_display()}
    about = ("promise", one.pk)
    return Line(one.delivered_at, "", "promise", said, one.words, about=about)

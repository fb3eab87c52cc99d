"""What promises give to rooms below: who may see them, and their lines of the timeline."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from halves.access.models import User
from halves.access.rules import EVERYONE, WORKERS, Verb, rule
from halves.people import timeline
from halves.people.models import Person
from halves.people.timeline import Line, Span
from halves.promises import asked
from halves.promises.models import Promise


def register() -> None:
    """Say who may see promises, and show them on the timeline."""
    rule("promise", {Verb.SEE: EVERYONE, Verb.ADD: WORKERS, Verb.CHANGE: WORKERS})
    timeline.source(_lines)
    asked.register()


def _lines(person: Person, user: User, span: Span) -> Iterable[Line]:
    rows = Promise.objects.filter(person=person).select_related("keeper")
    if span.before is not None:
        rows = rows.filter(made_at__lt=span.before)
    for one in rows.order_by("-made_at", "-pk")[: span.size]:
        yield Line(one.made_at, "", "promise", _words(one), one.words, who=str(one.keeper or ""))


def _words(one: Promise) -> Any:
    if one.delivered_at is not None:
        return _("Promise: %(keeping)s") % {"keeping": one.get_keeping_display()}
    if one.due_on is not None:
        return _("Promised by %(day)s") % {"day": _day(one.due_on)}
    return _("Promised")


def _day(day: Any) -> str:
    return datetime.combine(day, datetime.min.time()).strftime("%Y-%m-%d")

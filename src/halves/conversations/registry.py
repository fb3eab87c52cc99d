"""What conversations give to the rooms below: rules, lines of the timeline, a person's part."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from halves.access.models import User
from halves.access.rules import EVERYONE, WORKERS, Verb, rule, visible
from halves.conversations import boxes, holding, posting, queue_registry
from halves.conversations.models import Conversation, State
from halves.jobs.standing import standing
from halves.people import timeline
from halves.people.everything import Part, part, told_by_its_room
from halves.people.models import Person
from halves.people.queries import about_people_met
from halves.people.timeline import Line, Span


def register() -> None:
    """Say who may see and log conversations, and show them on the timeline."""
    records = {Verb.SEE: EVERYONE, Verb.ADD: WORKERS, Verb.CHANGE: WORKERS}
    rule("conversation", records, narrow=_met)
    rule("snippet", dict.fromkeys((Verb.SEE, Verb.ADD, Verb.CHANGE, Verb.REMOVE), WORKERS))
    rule("mailbox", dict.fromkeys((Verb.SEE, Verb.ADD, Verb.CHANGE, Verb.REMOVE), WORKERS))
    standing("mailboxes", boxes.look_into_all, every_s=boxes.EVERY_S)
    told_by_its_room(Conversation)
    part("conversations", Part(holding.all_of, holding.erase, holding.shown_to))
    timeline.source(_lines)
    timeline.shown_by_its_room(posting.SOURCE)
    queue_registry.register()


def _met(user: User, rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """Those with people whom the user sees; a private one is its seller's alone."""
    return about_people_met(user, rows.filter(Q(is_private=False) | Q(seller=user)))


def _lines(person: Person, user: User, span: Span) -> Iterable[Line]:
    rows = visible(user, "conversation", Conversation.objects.filter(person=person))
    if span.before is not None:
        rows = rows.filter(at__lt=span.before)
    for one in rows.select_related("seller").order_by("-at", "-pk")[: span.size]:
        parts = (one.subject, one.summary)
        yield Line(
            at=one.at,
            path="one",
            kind="conversation",
            words=_words(one),
            detail=" · ".join(part for part in parts if part)[:300],
            who=str(one.seller or ""),
            about=("conversation", one.pk),
        )


def _words(one: Conversation) -> str:
    said = [str(one.get_kind_display()).capitalize()]
    if one.minutes is not None:
        said.append(
            ngettext("%(count)s minute", "%(count)s minutes", one.minutes) % {"count": one.minutes}
        )
    if one.state != State.HELD:
        said.append(str(one.get_state_display()))
    if one.is_private:
        said.append(_("private"))
    return ", ".join(said)

"""Everything that happened with a person, of both paths, newest first.

Rooms above give their lines by `source`; what is in the ledger is read by `ledger_lines`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from heapq import merge
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from halves.access.models import User
from halves.people.models import Consent, Person


@dataclass(frozen=True)
class Line:
    """One thing that happened.

    Args:
        at: when.
        path: `many`, `one` or `self`; empty for what is on neither.
        kind: `touch`, `outcome`, `note`, `consent`, `task`…; filters go by it.
        words: what it was, in a few words.
        detail: more of it, if there is.
        amount: money, if any, in `currency`.
        who: the colleague or system it came from.
        about: the page that it has, if any: its name and key.
    """

    at: datetime
    path: str
    kind: str
    words: str
    detail: str = ""
    amount: Decimal | None = None
    currency: str | None = None
    who: str = ""
    about: tuple[str, int] | None = None


@dataclass(frozen=True)
class Span:
    """A part of a timeline: at most `size` lines older than `before`, of these kinds and paths."""

    size: int = 50
    before: datetime | None = None
    kinds: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()

    def takes(self, line: Line) -> bool:
        """Say whether a line belongs to it."""
        return (
            (self.before is None or line.at < self.before)
            and (not self.kinds or line.kind in self.kinds)
            and (not self.paths or line.path in self.paths)
        )


Source = Callable[[Person, User, Span], Iterable[Line]]
_SOURCES: list[Source] = []
_SHOWN_BY_ROOMS: set[str] = set()

OUTCOMES = {
    "door_opened": gettext_lazy("Door opened"),
    "deal_closed": gettext_lazy("Deal closed"),
    "renewed": gettext_lazy("Renewed"),
    "churned": gettext_lazy("Left"),
    "referred": gettext_lazy("Referred someone"),
}


def source(lines: Source) -> None:
    """Add a room's lines: those of the span, newest first, that the user may see."""
    _SOURCES.append(lines)


def shown_by_its_room(touches_from: str) -> None:
    """Say that a room gives lines for what it has put on the ledger under this source.

    Its touches and promises would else come twice; and whoever may not see the line would see the
    touch.
    """
    _SHOWN_BY_ROOMS.add(touches_from)


def shown_by_rooms() -> list[str]:
    """Sources whose rooms give lines of their own."""
    return sorted(_SHOWN_BY_ROOMS)


def timeline(person: Person, *, user: User, span: Span) -> Sequence[Line]:
    """The newest lines of a span. The user must be one who may see the person."""
    found = [(line for line in lines(person, user, span) if span.takes(line)) for lines in _SOURCES]
    return list(islice(merge(*found, key=lambda line: line.at, reverse=True), span.size))


def of_people(person: Person, user: User, span: Span) -> Iterable[Line]:
    """Notes, consent and tasks."""
    notes = (
        Line(one.at, "", "note", _("Note"), one.words, who=str(one.by or ""))
        for one in _older(person.notes.select_related("by"), "at", span)
    )
    consents = (
        Line(one.at, "", "consent", _consent_in_words(one), one.how, who=one.by)
        for one in _older(person.consents.all(), "at", span)
    )
    tasks = (
        Line(
            one.made_at, "", "task", one.title, _("done") if one.done_at else "", who=str(one.owner)
        )
        for one in _older(person.tasks.select_related("owner"), "made_at", span)
    )
    return merge(notes, consents, tasks, key=lambda line: line.at, reverse=True)


def _older(rows: "QuerySet[Any]", field: str, span: Span) -> "QuerySet[Any]":
    if span.before is not None:
        rows = rows.filter(**{f"{field}__lt": span.before})
    return rows.order_by(f"-{field}", "-id")[: span.size]


def _consent_in_words(one: Consent) -> str:
    about = f"{one.channel}, {one.topic}" if one.topic else one.channel
    said = _("Agreed to {about}") if one.is_given else _("Said no to {about}")
    return said.format(about=about)

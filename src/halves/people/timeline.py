"""Everything that happened with a person, of both paths, newest first.

Rooms above give their lines by `source`; what is in the ledger is read here.
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
from halves.posting.book import book


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

    Its touches would else come twice; and whoever may not see the line would see the touch.
    """
    _SHOWN_BY_ROOMS.add(touches_from)


def timeline(person: Person, *, user: User, span: Span) -> Sequence[Line]:
    """The newest lines of a span. The user must be one who may see the person."""
    found = [(line for line in lines(person, user, span) if span.takes(line)) for lines in _SOURCES]
    return list(islice(merge(*found, key=lambda line: line.at, reverse=True), span.size))


def of_ledger(person: Person, user: User, span: Span) -> Iterable[Line]:
    """Touches and outcomes, under every id that the person was known by."""
    return merge(
        _touches(person, span), _outcomes(person, span), key=lambda line: line.at, reverse=True
    )


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


def _touches(person: Person, span: Span) -> Iterable[Line]:
    for row in _rows("touches", person, span, "touch"):
        parts = (row["campaign"], row["story"])
        yield Line(
            at=row["at"],
            path=row["path"],
            kind="touch",
            words=row["channel"].replace("_", " "),
            detail=" · ".join(part for part in parts if part),
            amount=row["cost"],
            currency=row["currency"],
            who=row["seller"] or "",
        )


def _outcomes(person: Person, span: Span) -> Iterable[Line]:
    for row in _rows("outcomes", person, span, "outcome"):
        yield Line(
            at=row["at"],
            path=row["path"] or "",
            kind="outcome",
            words=str(OUTCOMES[row["kind"]]),
            detail=row["deal_id"] or "",
            amount=row["value"],
            currency=row["currency"],
        )


def _rows(table: str, person: Person, span: Span, kind: str) -> Iterable[dict[str, Any]]:
    if span.kinds and kind not in span.kinds:
        return []
    ledger = book()
    rows = ledger.table(table)
    rows = rows.filter(rows.person_id == person.ledger_id)
    if span.before is not None:
        rows = rows.filter(rows.at < span.before)
    if table == "touches" and _SHOWN_BY_ROOMS:
        rows = rows.filter(~rows.source.isin(sorted(_SHOWN_BY_ROOMS)))
    if span.paths:
        rows = rows.filter(rows.path.isin(sorted(span.paths)))
    newest = rows.order_by(rows.at.desc()).limit(span.size)
    return ledger.query(newest).to_pylist()


def _older(rows: "QuerySet[Any]", field: str, span: Span) -> "QuerySet[Any]":
    if span.before is not None:
        rows = rows.filter(**{f"{field}__lt": span.before})
    return rows.order_by(f"-{field}", "-id")[: span.size]


def _consent_in_words(one: Consent) -> str:
    about = f"{one.channel}, {one.topic}" if one.topic else one.channel
    said = _("Agreed to {about}") if one.is_given else _("Said no to {about}")
    return said.format(about=about)

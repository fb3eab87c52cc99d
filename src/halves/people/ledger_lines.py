"""Lines of a timeline out of the ledger: touches, outcomes, promises and what came of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from heapq import merge
from typing import Any

import ibis
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from halves.access.models import User
from halves.access.rules import visible
from halves.people.models import Account, Person
from halves.people.timeline import OUTCOMES, Line, Span, shown_by_rooms
from halves.posting.book import book

_DAYS = "days"  # a measure that begins so is counted from the moment of the promise
_KEEPINGS = {
    "over": gettext_lazy("Promise: more than promised"),
    "met": gettext_lazy("Promise: kept"),
    "under": gettext_lazy("Promise: broken"),
}


@dataclass(frozen=True)
class Whose:
    """Whose rows to read.

    Args:
        people: ids of people, to what they are called where that is to be said.
        account: or all rows of this account.
        hidden: but not of these people.
    """

    people: Mapping[str, str]
    account: str | None = None
    hidden: tuple[str, ...] = field(default=())

    def of(self, rows: ibis.Table) -> ibis.Table:
        """Those rows."""
        known = list(self.people)
        theirs = rows.filter(rows.person_id.isin(known))
        if self.account is None:
            return theirs
        # Two questions, not one with "or": each is answered out of few blocks of a large table.
        others = ~rows.person_id.isin([*known, *self.hidden])
        return theirs.union(rows.filter((rows.account_id == self.account) & others))

    def called(self, row: Mapping[str, Any]) -> str:
        """Who it was, where the lines are of several."""
        return self.people.get(row["person_id"], "") if self.account is not None else ""


def of_person(person: Person, user: User, span: Span) -> Iterable[Line]:
    """What the ledger has of a person, under every id that they were known by."""
    return _lines(Whose({person.ledger_id: str(person)}), span)


def of_account(account: Account, user: User, span: Span) -> list[Line]:
    """What the ledger has of an account: its people, and whom it made promises to.

    Of people whom the user does not see nothing is told.
    """
    people = Person.objects.filter(account=account, merged_into=None)
    seen = {one.ledger_id: str(one) for one in visible(user, "person", people)}
    hidden = people.exclude(ledger_id__in=seen).values_list("ledger_id", flat=True)
    whose = Whose(seen, account.ledger_id, tuple(hidden))
    return [line for line in _lines(whose, span) if span.takes(line)][: span.size]


def _lines(whose: Whose, span: Span) -> Iterable[Line]:
    found = (_touches(whose, span), _outcomes(whose, span), _promises(whose, span))
    return merge(*found, key=lambda line: line.at, reverse=True)


def _touches(whose: Whose, span: Span) -> Iterable[Line]:
    if span.kinds and "touch" not in span.kinds:
        return
    for row in _rows("touches", whose, span):
        parts = (whose.called(row), row["campaign"], row["story"])
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


def _outcomes(whose: Whose, span: Span) -> Iterable[Line]:
    if span.kinds and "outcome" not in span.kinds:
        return
    for row in _rows("outcomes", whose, span):
        parts = (whose.called(row), row["deal_id"])
        yield Line(
            at=row["at"],
            path=row["path"] or "",
            kind="outcome",
            words=str(OUTCOMES[row["kind"]]),
            detail=" · ".join(part for part in parts if part),
            amount=row["value"],
            currency=row["currency"],
        )


def _promises(whose: Whose, span: Span) -> Iterable[Line]:
    """Each promise when it was made, and when it came; one line where only one moment is known."""
    if span.paths or (span.kinds and "promise" not in span.kinds):
        return
    rows = _current("deliveries", whose)
    is_days = rows.measure.fill_null("").startswith(_DAYS) & (rows.delivered >= 0)
    is_days &= ~rows.source.isin(shown_by_rooms())  # the house dates its own when they came
    waited = (rows.delivered * 86_400).cast("int64").as_interval("s")
    came = rows.mutate(line_at=ibis.ifelse(is_days, rows.at + waited, rows.at), is_made=False)
    made = rows.filter(is_days).mutate(line_at=rows.at, is_made=True)
    both = made.union(came)
    if span.before is not None:
        both = both.filter(both.line_at < span.before)
    newest = both.order_by([both.line_at.desc(), both.is_made]).limit(span.size)
    for row in book().query(newest).to_pylist():
        yield _made(whose, row) if row["is_made"] else _came(whose, row)


def _made(whose: Whose, row: Mapping[str, Any]) -> Line:
    said = _("%(measure)s: %(amount)s")
    detail = said % {"measure": row["measure"], "amount": _number(row["expected"])}
    words = str(_("Promised"))
    return Line(row["line_at"], "", "promise", words, _joined(whose, row, detail), who=_who(row))


def _came(whose: Whose, row: Mapping[str, Any]) -> Line:
    said = _("promised %(expected)s, came %(delivered)s")
    amounts = {name: _number(row[name]) for name in ("expected", "delivered")}
    parts = [row["measure"] or "", said % amounts]
    if row["said"] is not None:
        parts.append(_("they said %(mark)s") % {"mark": _number(row["said"])})
    words = str(_KEEPINGS[row["keeping"]])
    detail = _joined(whose, row, *parts)
    return Line(row["line_at"], "", "promise", words, detail, who=_who(row))


def _joined(whose: Whose, row: Mapping[str, Any], *parts: str) -> str:
    story = (row["story"] or "", row["campaign"] or "")
    return " · ".join(part for part in (whose.called(row), *parts, *story) if part)


def _who(row: Mapping[str, Any]) -> str:
    return row["seller"] or ""


def _number(value: float) -> str:
    whole = round(value, 2)
    return str(number_format(int(whole) if whole == int(whole) else whole))


def _current(table: str, whose: Whose) -> ibis.Table:
    rows = whose.of(book().table(table))
    # What was promised to an account's people may be known to whoever sees the account; of what
    # was said to them a room tells, and to whom it may.
    is_told = table == "touches" or (table == "deliveries" and whose.account is None)
    return rows.filter(~rows.source.isin(shown_by_rooms())) if is_told else rows


def _rows(table: str, whose: Whose, span: Span) -> Iterable[dict[str, Any]]:
    rows = _current(table, whose)
    if span.before is not None:
        rows = rows.filter(rows.at < span.before)
    if span.paths:
        rows = rows.filter(rows.path.isin(sorted(span.paths)))
    return book().query(rows.order_by(rows.at.desc()).limit(span.size)).to_pylist()

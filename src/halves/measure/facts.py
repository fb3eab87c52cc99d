"""What the ledger holds of a period: people, outcomes and what they were worth, week by week."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import ibis

from halves.ledger import Ledger
from halves.measure.answer import Week
from halves.measure.errors import MarginOutOfRange

SALES = ("deal_closed", "renewed")  # the outcomes that bring revenue


@dataclass(frozen=True)
class Facts:
    """What happened in a period; money in the reporting currency."""

    people: int
    outcomes: Mapping[str, int]  # kind → how many
    priced: Mapping[str, int]  # kind → how many carry a value
    values: Mapping[str, float]  # kind → their sum
    profit: float  # of sales, where an outcome's own margin goes before the company's
    own_margins: int  # sales that carry a margin of their own
    weeks: Sequence[Week]

    @property
    def revenue(self) -> float:
        """What all sales brought in."""
        return sum(self.values.get(kind, 0.0) for kind in SALES)

    @property
    def sales(self) -> int:
        """How many sales there were."""
        return sum(self.outcomes.get(kind, 0) for kind in SALES)

    @property
    def unpriced(self) -> int:
        """Sales without a value."""
        return self.sales - sum(self.priced.get(kind, 0) for kind in SALES)

    def mean_value(self, kind: str) -> float | None:
        """What one outcome of a kind was worth, where any carries a value."""
        return self.values[kind] / self.priced[kind] if self.priced.get(kind) else None

    def margin(self, otherwise: float) -> float:
        """Profit for each 1 of revenue; the company's margin where no sale has its own.

        Raises:
            MarginOutOfRange: sales' own margins leave none, or more than all of the revenue.
        """
        if not self.own_margins or self.revenue <= 0:
            return otherwise
        margin = round(self.profit / self.revenue, 9)
        if not 0 < margin <= 1:
            raise MarginOutOfRange(
                f"with the margins that {self.own_margins:,} sales state of their own, each 1 of "
                f"revenue leaves {margin:g}, and it must leave more than 0 and at most 1: correct "
                "the margins of these outcomes, or import them without"
            )
        return margin


def gather(
    book: Ledger, *, since: datetime, until: datetime, margin: float, currency: str | None
) -> Facts:
    """Read what happened from `since` up to and without `until`.

    Args:
        book: the ledger.
        since: the first moment.
        until: the first moment after.
        margin: profit for each 1 of revenue, where an outcome does not say its own.
        currency: convert values to it; None leaves them as written.
    """
    kinds = _by_kind(book, since, until, margin, currency)
    return Facts(
        people=_people(book),
        outcomes={kind: row["outcomes"] for kind, row in kinds.items()},
        priced={kind: row["priced"] for kind, row in kinds.items()},
        values={kind: row["value"] for kind, row in kinds.items()},
        profit=sum(kinds[kind]["profit"] for kind in SALES if kind in kinds),
        own_margins=sum(kinds[kind]["own_margins"] for kind in SALES if kind in kinds),
        weeks=_weeks(book, since, until),
    )


@dataclass(frozen=True)
class Span:
    """Which days a ledger covers."""

    since: date
    until: date  # the day after the last
    reaches_since: date  # the first day with spend or a touch; `since` if there is none


def span(book: Ledger) -> Span | None:
    """The days with spend, a touch or an outcome; None if there are none."""
    found = {}
    for name, when in (("touches", "at"), ("outcomes", "at"), ("spend", "day")):
        rows = book.table(name, aliased=False)
        row = book.query(rows.aggregate(first=rows[when].min(), last=rows[when].max()))
        [ends] = row.to_pylist()
        if ends["first"] is not None:
            found[name] = (_day(ends["first"]), _day(ends["last"]))
    if not found:
        return None
    since = min(first for first, _ in found.values())
    return Span(
        since=since,
        until=max(last for _, last in found.values()) + timedelta(days=1),
        reaches_since=min(
            (found[name][0] for name in ("touches", "spend") if name in found), default=since
        ),
    )


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _by_kind(
    book: Ledger, since: datetime, until: datetime, margin: float, currency: str | None
) -> dict[str, dict[str, Any]]:
    rows = book.table("outcomes", currency=currency)
    rows = rows.filter(rows.at >= since, rows.at < until)
    own = rows.margin.fill_null(margin)
    groups = rows.group_by("kind").aggregate(
        outcomes=rows.count(),
        priced=rows["value"].count(),
        value=ibis.coalesce(rows["value"].sum().cast("float64"), 0.0),
        profit=ibis.coalesce((rows["value"].cast("float64") * own).sum(), 0.0),
        own_margins=rows.margin.count(),
    )
    return {row.pop("kind"): row for row in book.query(groups).to_pylist()}


def _people(book: Ledger) -> int:
    """Everyone the ledger knows; people who were only ever touched count where none is listed."""
    known = book.table("people")
    listed = int(book.query(known.aggregate(n=known.count())).column("n")[0].as_py())
    if listed:
        return listed
    touched, bought = book.table("touches"), book.table("outcomes")
    everyone = ibis.union(touched.select("person_id"), bought.select("person_id"), distinct=True)
    return int(book.query(everyone.aggregate(n=everyone.count())).column("n")[0].as_py())


def _weeks(book: Ledger, since: datetime, until: datetime) -> list[Week]:
    rows = book.table("outcomes", aliased=False)
    rows = rows.filter(rows.at >= since, rows.at < until)
    rows = rows.filter(rows.kind.isin(["door_opened", "deal_closed"]))
    counts = rows.group_by("kind", week=rows.at.truncate("W").date()).aggregate(n=rows.count())
    found: Counter[tuple[str, date]] = Counter()
    for row in book.query(counts).to_pylist():
        found[row["kind"], row["week"]] = row["n"]
    first = since.date() - timedelta(days=since.weekday())
    length = (until.date() - first).days
    starts = [first + timedelta(days=day) for day in range(0, length, 7)]
    return [Week(w, found["door_opened", w], found["deal_closed", w]) for w in starts]

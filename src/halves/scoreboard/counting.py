"""Customers, revenue and doors of a period, from the ledger: facts, before any question of why."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta

import ibis
from django.core.cache import cache

from halves.ledger import Ledger
from halves.measure.facts import SALES, Span, span
from halves.measure.spending import midnight
from halves.scoreboard.periods import Period

TREND = 8  # periods drawn, this one the last
WEEKS = 13  # from which the pace is told
_LOOK_BACK = timedelta(days=60)  # how long before a door a touch counts as the one before it
_KEPT_S = 7 * 24 * 3600
_READ = ("outcomes", "touches", "aliases", "rates")  # what the counts are computed from
_PATHS = ("many", "one", "self")


@dataclass(frozen=True)
class Tally:
    """What one period brought.

    Args:
        name: of the period.
        is_whole: the ledger's days hold all of it that has passed.
        customers: people who bought for the first time in it.
        revenue: of deals closed and renewals, in the reporting currency.
        sales: how many those were.
        unpriced: those of them without a value.
    """

    name: str
    is_whole: bool
    customers: int
    revenue: float
    sales: int
    unpriced: int


@dataclass(frozen=True)
class PathDoors:
    """Doors opened on one path, and how many of those people bought afterwards, up to today.

    Args:
        path: `many`, `one`, `self`, or nothing where the ledger cannot tell.
        opened: doors of the period, each person's first in it.
        closed: of these people, those who closed a deal after it.
        is_claimed: the path is that of the last touch before, since the door itself names none.
    """

    path: str
    opened: int
    closed: int
    is_claimed: bool


@dataclass(frozen=True)
class Count:
    """The facts of a period and of those before it, oldest first."""

    trend: Sequence[Tally]
    so_far_before: Tally | None  # the period before, up to the same day, where this one goes on
    weeks: Sequence[Tally]  # the last whole weeks, where this period goes on and the ledger too
    doors: Sequence[PathDoors]

    @property
    def now(self) -> Tally:
        """The period asked for."""
        return self.trend[-1]


def count(book: Ledger, period: Period, *, today: date, currency: str | None) -> Count:
    """Count a period and those before it; the same ledger is read once.

    Args:
        book: the ledger.
        period: which.
        today: days from it on have not happened yet.
        currency: report in it; None leaves amounts as written.

    Raises:
        MissingRate, CurrencyUnknown: as the ledger says.
    """
    versions = book.versions()
    asked = [str(book.root), {name: versions[name] for name in _READ}]
    asked += [period.name, today.isoformat() if today < period.ends else "", currency or ""]
    # Another version of halves may keep other fields.
    asked += [[one.name for one in fields(kind)] for kind in (Count, Tally, PathDoors)]
    key = "count:" + hashlib.sha256(json.dumps(asked).encode()).hexdigest()
    kept = cache.get(key)
    if kept is not None:
        return _read_back(json.loads(kept))
    found = _counted(book, period, today=today, currency=currency)
    cache.set(key, json.dumps(asdict(found)), _KEPT_S)
    return found


def _counted(book: Ledger, period: Period, *, today: date, currency: str | None) -> Count:
    periods = [period]
    held = span(book)
    # The one before is always counted, to compare with; what lies before the ledger is not zero.
    while len(periods) < 2 or (
        held and len(periods) < TREND and periods[0].before.ends > held.since
    ):
        periods.insert(0, periods[0].before)
    spans = [(one.name, one.starts, one.ends) for one in periods]
    goes_on = period.starts < today < period.ends
    if goes_on:
        start = period.before.starts
        until = min(start + (today - period.starts), period.starts)
        spans.append(("so far", start, until))
        spans += _weeks(held, today)
    tallies = _tallies(book, spans, currency, since=held.since if held else today)
    return Count(
        trend=[tallies[one.name] for one in periods],
        so_far_before=tallies.get("so far"),
        weeks=[one for name, one in tallies.items() if name.startswith("week")],
        doors=_doors(book, period),
    )


def _weeks(held: Span | None, today: date) -> list[tuple[str, date, date]]:
    """The last whole weeks up to yesterday, as far as the ledger goes; none where it has ended."""
    if held is None or held.until + timedelta(days=7) < today:
        return []
    ends = [today - timedelta(days=7 * back) for back in range(WEEKS)]
    whole = [end for end in ends if end - timedelta(days=7) >= held.since]
    return [(f"week to {end}", end - timedelta(days=7), end) for end in whole]


def _tallies(
    book: Ledger,
    spans: Sequence[tuple[str, date, date]],
    currency: str | None,
    *,
    since: date,
) -> dict[str, Tally]:
    """All periods in one pass over the outcomes."""
    rows = book.table("outcomes", currency=currency)
    rows = rows.filter(rows.kind.isin(SALES))
    deal = rows.kind == "deal_closed"
    first = rows["at"].min(where=deal).over(ibis.window(group_by=rows.person_id))
    rows = rows.mutate(is_deal=deal, amount=rows["value"].cast("float64"), first=first)
    asked = {}
    for place, (_name, starts, ends) in enumerate(spans):
        begins, over = midnight(starts), midnight(ends)
        inside = (rows["at"] >= begins) & (rows["at"] < over)
        new = (rows["first"] >= begins) & (rows["first"] < over) & inside & rows.is_deal
        asked[f"customers_{place}"] = rows.person_id.nunique(where=new)
        asked[f"revenue_{place}"] = rows.amount.sum(where=inside)
        asked[f"sales_{place}"] = inside.sum()
        asked[f"priced_{place}"] = rows.amount.count(where=inside)
    [row] = book.query(rows.aggregate(**asked)).to_pylist()
    return {
        name: Tally(
            name=name,
            is_whole=starts >= since,
            customers=int(row[f"customers_{place}"] or 0),
            revenue=float(row[f"revenue_{place}"] or 0.0),
            sales=int(row[f"sales_{place}"] or 0),
            unpriced=int((row[f"sales_{place}"] or 0) - (row[f"priced_{place}"] or 0)),
        )
        for place, (name, starts, _ends) in enumerate(spans)
    }


def _doors(book: Ledger, period: Period) -> list[PathDoors]:
    """Each person's first door in the period, its path, and whether a deal followed."""
    since, until = midnight(period.starts), midnight(period.ends)
    rows = book.table("outcomes")
    door = (rows.kind == "door_opened") & (rows["at"] >= since) & (rows["at"] < until)
    doors = rows.filter(door)
    doors = doors.group_by("person_id").aggregate(
        opened_at=doors["at"].min(), own=doors["path"].argmin(doors["at"])
    )
    deals = rows.filter(rows.kind == "deal_closed")
    deals = deals.group_by(buyer="person_id").aggregate(bought_at=deals["at"].max())
    found = doors.left_join(deals, doors.person_id == deals.buyer)
    found = found.mutate(is_closed=(found.bought_at >= found.opened_at).fill_null(False))
    found = found.left_join(_last_paths(book, doors, since, until), "person_id")
    path = ibis.coalesce(found.own, found.last, "")
    found = found.mutate(path=path, is_claimed=found.own.isnull() & found["last"].notnull())
    groups = found.group_by("path", "is_claimed").aggregate(
        opened=found.count(), closed=found.is_closed.sum()
    )
    told = [
        PathDoors(row["path"], int(row["opened"]), int(row["closed"]), bool(row["is_claimed"]))
        for row in book.query(groups).to_pylist()
    ]
    order = [*_PATHS, ""]
    return sorted(told, key=lambda one: (order.index(one.path), one.is_claimed))


def _last_paths(book: Ledger, doors: ibis.Table, since: datetime, until: datetime) -> ibis.Table:
    """The path of the last touch before each door; who was there, not what moved the person."""
    touches = book.table("touches")
    touches = touches.filter(touches["at"] >= since - _LOOK_BACK, touches["at"] < until)
    met = touches.select("person_id", "at", "path").inner_join(
        doors.select("person_id", "opened_at"), "person_id"
    )
    before = (met["at"] <= met.opened_at) & (met["at"] >= met.opened_at - _as_interval())
    met = met.filter(before)
    return met.group_by("person_id").aggregate(last=met["path"].argmax(met["at"]))


def _as_interval() -> ibis.Value:
    return ibis.interval(days=_LOOK_BACK.days)


def _read_back(said: Mapping[str, object]) -> Count:
    trend, before, doors = said["trend"], said["so_far_before"], said["doors"]
    weeks = said["weeks"]
    return Count(
        trend=[Tally(**one) for one in trend],  # type: ignore[attr-defined]
        so_far_before=Tally(**before) if before else None,  # type: ignore[arg-type]
        weeks=[Tally(**one) for one in weeks],  # type: ignore[attr-defined]
        doors=[PathDoors(**one) for one in doors],  # type: ignore[attr-defined]
    )

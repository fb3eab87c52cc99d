"""What a ledger holds by week and region: spend that no person is known by, doors, revenue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import ibis
import numpy as np
from numpy.typing import NDArray

from halves.ledger import Ledger
from halves.measure.errors import MixDataUnfit, TooFewWeeks, WeeksUneven
from halves.measure.facts import SALES
from halves.measure.mix_data import Floats
from halves.measure.spending import By

Flags = NDArray[np.bool_]

_WEEK = timedelta(days=7)
_MANY = 20  # outcomes in a usual week, so many that a week without any was not recorded
_MOST_MISSING = 0.25  # of all weeks and regions
EVERYWHERE = "everywhere"


@dataclass(frozen=True, eq=False)
class GeoWeeks:
    """Tensors by week and region; weeks are counted from the period's first day, both ways.

    Args:
        weeks: first day of each, seven days apart; none is cut off at either end of the ledger.
        regions: names, or one that stands for everywhere.
        units: names.
        spend: shape (time, region, unit), money.
        doors: shape (time, region), doors opened.
        revenue: shape (time, region), money of deals and renewals; refunds lower it.
        missing: shape (time, region), where outcomes were not recorded.
        population: shape (region,), people listed; None where some region lists none.
    """

    weeks: tuple[date, ...]
    regions: tuple[str, ...]
    units: tuple[str, ...]
    spend: Floats
    doors: Floats
    revenue: Floats
    missing: Flags
    population: Floats | None


def geo_weeks(
    book: Ledger,
    units: Sequence[str],
    *,
    by: By,
    since: datetime,
    until: datetime,
    currency: str | None,
) -> GeoWeeks:
    """Add up the ledger by week and region, as far back as it records both spend and outcomes.

    Regions are told apart where all spend of these units and all outcomes name one.

    Args:
        book: the ledger.
        units: channels or campaigns.
        by: which of both.
        since: the period's first moment.
        until: the first moment after it.
        currency: convert money to it.

    Raises:
        TooFewWeeks: not even two whole weeks of both.
        WeeksUneven: too many weeks without a record of outcomes.
        MixDataUnfit: a week in which more was paid back than sold.
    """
    spent = _spent(book, units, by, until, currency)
    happened = _happened(book, until, currency)
    first, last = _ends(spent, happened, until.date())
    start = since.date()
    low = -((start - first).days // 7)
    high = (last - start).days // 7
    if high - low < 2:
        raise TooFewWeeks(f"a mix model needs many weeks of spend and outcomes, got {high - low}")
    weeks = tuple(start + week * _WEEK for week in range(low, high))
    regions = _regions(spent, happened)
    places = _Places(weeks, regions, tuple(units))
    revenue = places.summed(happened, "revenue")
    _refuse_negative(places, revenue)
    weekly = len({row["day"].weekday() for row in happened}) == 1
    doors = places.summed(happened, "doors")
    missing = _missing(doors, weekly=weekly) | _missing(
        places.summed(happened, "sales"), weekly=weekly
    )
    _refuse_gaps(weeks, missing)
    return GeoWeeks(
        weeks,
        regions,
        tuple(units),
        spend=places.summed(spent, "amount", by_unit=True),
        doors=doors,
        revenue=revenue,
        missing=missing,
        population=_population(book, regions),
    )


@dataclass(frozen=True)
class _Places:
    weeks: tuple[date, ...]
    regions: tuple[str, ...]
    units: tuple[str, ...]

    def summed(self, rows: Sequence[dict[str, Any]], what: str, *, by_unit: bool = False) -> Floats:
        shape = (len(self.weeks), len(self.regions), *([len(self.units)] if by_unit else []))
        total = np.zeros(shape)
        for row in rows:
            week = (row["day"] - self.weeks[0]).days // 7
            if not 0 <= week < len(self.weeks):
                continue
            region = self.regions.index(row["region"]) if len(self.regions) > 1 else 0
            place = (week, region, *([self.units.index(row["unit"])] if by_unit else []))
            total[place] += row[what] or 0.0
        return total


def _spent(
    book: Ledger, units: Sequence[str], by: By, until: datetime, currency: str | None
) -> list[dict[str, Any]]:
    rows = book.table("spend", currency=currency)
    rows = rows.filter(rows[by].isin(list(units)), rows.day < until.date())
    groups = rows.group_by("day", "region", unit=rows[by]).aggregate(
        amount=rows.amount.sum().cast("float64")
    )
    return _in_order(book, groups)


def _happened(book: Ledger, until: datetime, currency: str | None) -> list[dict[str, Any]]:
    """Doors and revenue by day and region; an outcome without a region has its person's."""
    rows = book.table("outcomes", currency=currency)
    rows = rows.filter(rows["at"] < until, rows.kind.isin(["door_opened", *SALES]))
    homes = book.table("people").select("person_id", home="region")
    rows = rows.left_join(homes, "person_id", rname="{name}_of_people")
    is_door = rows.kind == "door_opened"
    groups = rows.group_by(
        day=rows["at"].date(), region=ibis.coalesce(rows.region, rows.home)
    ).aggregate(
        doors=is_door.sum().cast("float64"),
        sales=(~is_door).sum().cast("float64"),
        revenue=rows["value"].sum(where=~is_door).cast("float64"),
    )
    return _in_order(book, groups)


def _in_order(book: Ledger, groups: ibis.Table) -> list[dict[str, Any]]:
    """Engines add and list in any order; a seed must give one answer."""
    rows = book.query(groups).to_pylist()
    for row in rows:
        for name, value in row.items():
            if isinstance(value, float):
                row[name] = float(f"{value:.12e}")
    return sorted(rows, key=lambda row: tuple(str(value) for value in row.values()))


def _ends(
    spent: Sequence[dict[str, Any]], happened: Sequence[dict[str, Any]], until: date
) -> tuple[date, date]:
    """From when both are recorded, and until when anything is."""
    if not spent or not happened:
        raise TooFewWeeks("a mix model needs many weeks of spend and outcomes, got none")
    days = [[row["day"] for row in rows] for rows in (spent, happened)]
    last = max(max(one) for one in days) + timedelta(days=1)
    weekly = all(len({one.weekday() for one in each}) == 1 for each in days)
    return max(min(one) for one in days), min(last + timedelta(days=6 * weekly), until)


def _regions(
    spent: Sequence[dict[str, Any]], happened: Sequence[dict[str, Any]]
) -> tuple[str, ...]:
    named = [{row["region"] for row in rows} for rows in (spent, happened)]
    if any(None in names for names in named) or len(named[1]) < 2:
        return (EVERYWHERE,)
    return tuple(sorted(named[0] | named[1]))


def _missing(counts: Floats, *, weekly: bool) -> Flags:
    """Weeks without any where there usually are many; such a hole has ragged ends."""
    is_empty = counts == 0
    recorded = np.maximum((~is_empty).sum(axis=0), 1)
    hole: Flags = is_empty & (counts.sum(axis=0) / recorded >= _MANY)
    if not weekly:
        hole[1:] |= hole[:-1].copy()
        hole[:-1] |= (hole & is_empty)[1:]
    return hole


def _refuse_gaps(weeks: Sequence[date], missing: Flags) -> None:
    if missing.mean() > _MOST_MISSING:
        gaps = missing.any(axis=1)
        first = weeks[int(gaps.argmax())]
        raise WeeksUneven(
            f"outcomes are missing from {gaps.sum()} of {len(weeks)} weeks, the first that of "
            f"{first}: import them"
        )


def _refuse_negative(places: _Places, revenue: Floats) -> None:
    """A week in which more was paid back than sold says that sales or dates are wrong."""
    for week, region in np.argwhere(revenue < 0):
        where = f" in {places.regions[region]}" if len(places.regions) > 1 else ""
        raise MixDataUnfit(
            f"in the week of {places.weeks[week]}{where} refunds exceed sales by "
            f"{-revenue[week, region]:,.0f}: date a refund by the sale that it undoes, or import "
            "the sales that are missing"
        )


def _population(book: Ledger, regions: Sequence[str]) -> Floats | None:
    people = book.table("people")
    counted = book.query(people.group_by("region").aggregate(n=people.count())).to_pylist()
    heads = {row["region"]: float(row["n"]) for row in counted}
    if len(regions) < 2 or any(not heads.get(region) for region in regions):
        return None
    return np.array([heads[region] for region in regions])

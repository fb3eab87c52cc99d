"""A ledger as weeks: revenue and spend by region, as analysts of mixes keep them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bench.wanamaker_worlds import Case
from halves.measure.facts import span

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Weeks:
    """Whole weeks that end with the period, from the first that the ledger holds.

    Args:
        first: first day of the first week.
        regions: names, in order.
        heads: shape (region,), people.
        revenue: shape (week, region), of deals closed.
        spend: shape (week, region, channel); what is spent in no region is laid on all by heads.
        opens: place of the week that holds the period's first day.
    """

    first: date
    regions: tuple[str, ...]
    heads: Floats
    revenue: Floats
    spend: Floats
    opens: int

    @classmethod
    def read(cls, case: Case) -> "Weeks":
        """Add up a ledger's weeks."""
        held = span(case.book)
        assert held is not None
        count = (case.until - held.since).days // 7
        first = case.until - timedelta(weeks=count)
        people = case.book.table("people")
        rows = case.book.query(people.group_by("region").aggregate(n=people.count()))
        of = dict(zip(rows["region"].to_pylist(), rows["n"].to_pylist(), strict=True))
        regions = tuple(sorted(of))
        heads = np.array([of[region] for region in regions], dtype=np.float64)
        paid = _paid(case)
        spend = [
            _spent(paid.filter(pc.equal(paid["channel"], one.name)), first, count, regions, heads)
            for one in case.channels
        ]
        return cls(
            first=first,
            regions=regions,
            heads=heads,
            revenue=_panel(_brought(case), first, count, regions),
            spend=np.stack(spend, axis=2),
            opens=(case.since - first).days // 7,
        )

    def __len__(self) -> int:
        return len(self.revenue)


def _brought(case: Case) -> pa.Table:
    done = case.book.table("outcomes")
    done = done.filter(done.kind == "deal_closed")
    amount = ibis.coalesce(done["value"].sum().cast("float64"), 0.0)
    return case.book.query(done.group_by("region", day=done.at.date()).aggregate(amount=amount))


def _paid(case: Case) -> pa.Table:
    """Bills and the cost of touches, by channel, region and day."""
    paid, met = case.book.table("spend"), case.book.table("touches")
    people = case.book.table("people").select("person_id", "region")
    met = met.filter(met.cost.notnull()).drop("region").join(people, "person_id")
    bills = case.book.query(
        paid.group_by("channel", "region", "day").aggregate(
            amount=paid.amount.sum().cast("float64")
        )
    )
    pieces = case.book.query(
        met.group_by("channel", "region", day=met.at.date()).aggregate(
            amount=met.cost.sum().cast("float64")
        )
    )
    columns = ["channel", "region", "day", "amount"]
    return pa.concat_tables([bills.select(columns), pieces.select(columns)])


def _spent(
    rows: pa.Table, first: date, weeks: int, regions: Sequence[str], heads: Floats
) -> Floats:
    nowhere = rows.filter(rows["region"].is_null())
    somewhere = rows.filter(rows["region"].is_valid())
    everywhere = _panel(nowhere, first, weeks, [None]) * heads / heads.sum()
    return _panel(somewhere, first, weeks, regions) + everywhere


def _panel(rows: pa.Table, first: date, weeks: int, regions: Sequence[str | None]) -> Floats:
    """Shape (week, region): amounts added up, days before the first week left out."""
    found = np.zeros((weeks, len(regions)))
    day = np.asarray(rows["day"].cast(pa.int32()), dtype=np.int64)
    week = (day - (first - date(1970, 1, 1)).days) // 7
    region = np.asarray(pc.index_in(rows["region"], value_set=pa.array(regions, pa.string())))
    inside = (week >= 0) & (week < weeks)
    np.add.at(found, (week[inside], region[inside]), np.asarray(rows["amount"])[inside])
    return found

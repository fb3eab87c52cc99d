"""What a door opened is worth: revenue of the deals that came through doors of the same window."""

from dataclasses import dataclass
from datetime import datetime

import ibis

from halves.ledger import Ledger
from halves.measure.facts import SALES


@dataclass(frozen=True)
class Doors:
    """Doors opened in a window, and what came through them within it; money."""

    opened: int
    revenue: float  # of deals within the window whose door opened in it
    deals: int  # those deals
    other_revenue: float  # of all other sales of the window

    @property
    def worth(self) -> float | None:
        """Revenue a door within the window; None where too few deals tell."""
        return self.revenue / self.opened if self.deals >= 10 else None


def doors(book: Ledger, *, since: datetime, until: datetime, currency: str | None) -> Doors:
    """Follow each sale back to the last door that its person opened before it.

    Doors late in a window have had little time to become deals, so that a window's worth of a
    door already allows for what its end cuts off.

    Args:
        book: the ledger.
        since: the window's first moment.
        until: the first moment after it.
        currency: convert money to it.
    """
    rows = book.table("outcomes", currency=currency)
    rows = rows.filter(rows["at"] < until, rows.kind.isin(["door_opened", *SALES]))
    is_door = rows.kind == "door_opened"
    before = ibis.window(
        group_by=rows.person_id, order_by=[rows["at"], rows.outcome_id], preceding=(None, 0)
    )
    opened_at = ibis.ifelse(is_door, rows["at"], ibis.null("timestamp('UTC', 6)"))
    rows = rows.mutate(is_door=is_door, door=opened_at.max().over(before))
    rows = rows.filter(rows["at"] >= since)
    inside = ~rows.is_door & (rows.door >= since).fill_null(False)
    value = rows["value"].cast("float64")
    total = rows.aggregate(
        opened=rows.is_door.sum(),
        revenue=value.sum(where=inside),
        deals=inside.sum(),
        other=value.sum(where=~rows.is_door & ~inside),
    )
    [row] = book.query(total).to_pylist()
    return Doors(
        opened=int(row["opened"] or 0),
        revenue=float(row["revenue"] or 0.0),
        deals=int(row["deals"] or 0),
        other_revenue=float(row["other"] or 0.0),
    )

"""What a unit makes others spend: doors that it opens are called, met and written to.

Money that would not have been spent without a unit counts among what it costs, its own or not.
A trial sees it: those treated cost more, or less, in other channels too. Where nothing was
withheld, what a door costs afterwards stands in for it: what is spent on a person in the weeks
after their door opened, less what was spent on the same person in the weeks before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from halves.ledger import Ledger
from halves.measure.doors import Doors
from halves.measure.prior import Floats
from halves.measure.spending import Spending

_AFTER = timedelta(days=45)
_SPREAD = 0.4  # of what a door costs afterwards, from unit to unit


@dataclass(frozen=True)
class CostOfDoors:
    """Money spent on other units for each 1 of revenue that came through doors."""

    rate: float
    spread: float

    def draw(self, opened: Floats, *, rng: np.random.Generator) -> Floats:
        """What revenue through doors, shape (draw, unit), cost others; one rate for each unit."""
        return opened * (self.rate + self.spread * rng.standard_normal(opened.shape))


def prices_of(spending: Spending) -> dict[str, float]:
    """Channel → what one of its touches costs, where the spend table holds it and no touch does."""
    spent: dict[str, float] = {}
    touches: dict[str, int] = {}
    for unit in spending.units:
        paid = unit.exposure.spend - unit.exposure.touch_cost
        spent[unit.channel] = spent.get(unit.channel, 0.0) + paid
        touches[unit.channel] = touches.get(unit.channel, 0) + unit.exposure.touches
    return {name: spent[name] / touches[name] for name in spent if touches[name] and spent[name]}


def cost_of_doors(
    book: Ledger,
    *,
    since: datetime,
    until: datetime,
    doors: Doors,
    prices: Mapping[str, float],
    currency: str | None,
) -> CostOfDoors:
    """What a door costs afterwards, over what it is worth.

    Args:
        book: the ledger.
        since: the period's first moment.
        until: the first moment after it.
        doors: what doors of the period are worth.
        prices: channel → what a touch costs that does not say so itself.
        currency: convert money to it.
    """
    if doors.worth is None or doors.worth <= 0:
        return CostOfDoors(0.0, 0.0)
    opened = book.table("outcomes")
    opened = opened.filter(
        opened.kind == "door_opened", opened["at"] >= since, opened["at"] < until - _AFTER
    ).select("person_id", door="at")
    touches = book.table("touches", currency=currency)
    touches = touches.filter(touches["at"] >= since - _AFTER, touches["at"] < until)
    price = touches.channel.cases(*prices.items(), else_=0.0) if prices else touches.cost
    touches = touches.select(
        "person_id", "at", cost=touches.cost.cast("float64").fill_null(price.cast("float64"))
    )
    both = opened.inner_join(touches, "person_id")
    gap = both["at"].epoch_seconds() - both.door.epoch_seconds()
    reach = int(_AFTER.total_seconds())
    total = both.aggregate(
        after=both.cost.sum(where=(gap > 0) & (gap <= reach)),
        before=both.cost.sum(where=(gap <= 0) & (gap > -reach)),
    )
    [row] = book.query(total).to_pylist()
    [counted] = book.query(opened.aggregate(n=opened.count())).to_pylist()
    if not counted["n"]:
        return CostOfDoors(0.0, 0.0)
    each = max((row["after"] or 0.0) - (row["before"] or 0.0), 0.0) / counted["n"]
    rate = float(f"{each / doors.worth:.9e}")
    return CostOfDoors(rate, _SPREAD * rate)

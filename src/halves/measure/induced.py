"""What a unit makes others spend: the demand that it brings is called, met and advertised to.

Money that would not have been spent without a unit counts among what it costs, its own or not.
A trial sees it: those treated cost more, or less, in other channels too. Where nothing was
withheld, this stands in for it: what is spent on channels that follow demand (they pick people
likely to buy) grows with the demand that comes through doors, hardly less than in proportion.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from halves.ledger import Channel
from halves.measure.broken import Broken
from halves.measure.prior import Floats
from halves.measure.spending import Spending

_FOLLOWS = 0.75  # of what follows demand, how much grows in proportion with it
_SPREAD = 0.2


@dataclass(frozen=True)
class CostOfDemand:
    """What others spend for each 1 of revenue that came through doors, were it in proportion."""

    rates: Mapping[str, float]  # unit → spend of all others that follow demand, over all revenue
    broken: Broken = field(default_factory=Broken)  # promises, charged to the unit that made them

    def draw(self, unit: str, opened: Floats, *, rng: np.random.Generator) -> Floats:
        """What a unit's revenue through doors, shape (draw,), made others spend."""
        follows = _FOLLOWS + _SPREAD * rng.standard_normal(opened.shape)
        return opened * self.rates[unit] * follows


def cost_of_demand(
    spending: Spending,
    channels: Sequence[Channel],
    *,
    revenue: float,
    broken: Broken | None = None,
) -> CostOfDemand:
    """What the demand that a unit brings costs the other units.

    Args:
        spending: of the period.
        channels: each with the people it picks; those that pick `hot` ones follow demand.
        revenue: of the period, money.
        broken: promises that were broken, by the unit that made them.
    """
    hot = {one.name for one in channels if one.picks == "hot"}
    follows = {unit.unit: unit.spend * (unit.channel in hot) for unit in spending.units}
    whole = sum(follows.values())
    if revenue <= 0:
        return CostOfDemand(dict.fromkeys(follows, 0.0), broken or Broken())
    rates = {unit: (whole - own) / revenue for unit, own in follows.items()}
    return CostOfDemand(rates, broken or Broken())


def prices_of(spending: Spending) -> dict[str, float]:
    """Channel → what one of its touches costs, where the spend table holds it and no touch does."""
    spent: dict[str, float] = {}
    touches: dict[str, int] = {}
    for unit in spending.units:
        paid = unit.exposure.spend - unit.exposure.touch_cost
        spent[unit.channel] = spent.get(unit.channel, 0.0) + paid
        touches[unit.channel] = touches.get(unit.channel, 0) + unit.exposure.touches
    return {name: spent[name] / touches[name] for name in spent if touches[name] and spent[name]}

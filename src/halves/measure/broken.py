"""Promises that were broken, charged to the unit whose story made them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import ibis
import numpy as np

from halves.measure.breaking import Breaking, Lost
from halves.measure.breaking_ledger import breaking
from halves.measure.period import Period
from halves.measure.prior import Floats

Price = float | Literal["learned"] | None  # what somebody states; or what the ledger says


@dataclass(frozen=True)
class Broken:
    """Promises of the period that were broken, and what they cost.

    Args:
        counts: unit → how many of its promises were broken.
        unplaced: broken ones of which no touch or campaign tells which unit made them.
        price: what one of them costs, in the reporting currency, or `learned`; None where nobody
            said.
        learned: what the ledger says one costs; None where it was not asked.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    unplaced: int = 0
    price: Price = None
    learned: Breaking | None = None

    @property
    def charged(self) -> dict[str, float]:
        """Unit → money that its broken promises cost; nothing is charged without a price.

        >>> Broken({"newsletter": 3}, price=20.0).charged, Broken({"newsletter": 3}).charged
        ({'newsletter': 60.0}, {})
        """
        each = self._known.cost.mean if self._known else self.price
        if each is None or each == "learned":
            return {}
        return {unit: count * each for unit, count in self.counts.items()}

    def draw(self, size: int, *, rng: np.random.Generator) -> dict[str, Floats]:
        """The same as it may be, shape (size,); what a promise costs is one draw for all units.

        >>> told = Broken({"newsletter": 3}, price=20.0).draw(2, rng=np.random.default_rng(1))
        >>> told["newsletter"]
        array([60., 60.])
        """
        if not self.charged:
            return {}
        if self._known is None:
            return {unit: np.full(size, cost) for unit, cost in self.charged.items()}
        each = self._known.draw(size, rng=rng)
        return {unit: count * each for unit, count in self.counts.items()}

    def notes(self) -> list[str]:
        """What is to be said of them beside an answer."""
        whole = sum(self.counts.values()) + self.unplaced
        if not whole:
            return []
        if self.price is None:
            return [
                f"{whole:,} promises were broken and nobody said what that costs, so that nothing "
                "is charged for it: state cost_of_under under [promises] in halves.toml"
                + self._offer()
            ]
        if self.price == "learned" and self._known is None:
            lacks = self.learned.lacks if self.learned else "the ledger was not asked"
            return [
                f"{whole:,} promises were broken and nothing is charged for it: what that costs "
                f"cannot be learned yet, for {lacks}"
            ]
        return [*self._said(), *self._unplaced()]

    @property
    def _known(self) -> Lost | None:
        """What is charged, where it is learned."""
        return self.learned.all if self.learned and self.price == "learned" else None

    def _offer(self) -> str:
        if self.learned is None:
            return ""
        if self.learned.all is None:
            return f"; what it costs cannot be learned yet, for {self.learned.lacks}"
        return (
            f"; by the ledger it is {_each(self.learned.all)} each, within {self.learned.days} "
            'days of the delivery: say cost_of_under = "learned" to charge that'
        )

    def _said(self) -> list[str]:
        if not self.counts:
            return []
        said = ", ".join(f"{unit} {count:,}" for unit, count in sorted(self.counts.items()))
        if self._known is None:
            return [
                f"broken promises count among what a unit costs, at {self.price:,.2f} each as you "
                f"state: {said}"
            ]
        assert self.learned is not None
        return [
            f"broken promises count among what a unit costs, at {_each(self._known)} each: {said}. "
            f"Learned from what {self._known.broken:,} broken and {self._known.kept:,} kept ones "
            f"were followed by within {self.learned.days} days; customers whose promise was broken "
            "may differ in other ways too"
        ]

    def _unplaced(self) -> list[str]:
        return [
            f"of {self.unplaced:,} broken promises nothing tells which unit made them; they "
            "are charged to none"
        ] * bool(self.unplaced)


def broken(period: Period, *, price: Price, margin: float) -> Broken:
    """Count the promises that were broken in the period, by the unit that made them.

    A broken promise belongs to the last touch before it, of the campaign or the seller that made
    it, with the person it was made to; without one, to its campaign. It is charged once.

    What one costs is learned from all of the ledger, unless it is stated.

    Args:
        period: what is asked about; a promise counts by the moment of its delivery.
        price: what a broken promise costs, in the reporting currency, at least 0; or `learned`;
            None if unsaid.
        margin: profit for each 1 of revenue, where a sale does not say its own.

    Raises:
        ValueError: a price below 0, or a word that is none.
    """
    if isinstance(price, str) and price != "learned":
        raise ValueError(f"what a broken promise costs must be a number or learned, got {price!r}")
    if isinstance(price, float | int) and price < 0:
        raise ValueError(f"a broken promise cannot cost less than nothing, got {price}")
    campaigns = period.spending.campaigns
    known = {unit.unit for unit in period.spending.units}
    counts: dict[str, int] = {}
    unplaced = 0
    for row in _made_by(period):
        channel = row["channel"] or campaigns.get(row["made_by"] or "")
        unit = channel if period.by == "channel" else row["made_by"] or row["campaign"]
        if unit in known:
            counts[unit] = counts.get(unit, 0) + row["n"]
        else:
            unplaced += row["n"]
    learned = None
    if (counts or unplaced) and (price is None or price == "learned"):
        learned = breaking(period.book, margin=margin, currency=period.currency)
    return Broken(counts, unplaced, price, learned)


def _each(one: Lost) -> str:
    """A cost with its interval, as one says it."""
    cost = one.cost
    if max(abs(cost.mean), abs(cost.low), abs(cost.high)) < 20:
        return f"about {cost.mean:,.2f} ({cost.low:,.2f} to {cost.high:,.2f})"
    return f"about {cost.mean:,.0f} ({cost.low:,.0f} to {cost.high:,.0f})"


def _made_by(period: Period) -> list[dict[str, Any]]:
    """Groups of broken promises: their campaign, and channel and campaign of the touch before."""
    rows = period.book.table("deliveries")
    rows = rows.filter(rows.keeping == "under", rows.at >= period.since, rows.at < period.until)
    under = rows.select("promise_id", "person_id", "seller", made_by="campaign", came="at")
    touches = period.book.table("touches")
    touches = touches.filter(touches.path != "self").select(
        "person_id", "channel", "campaign", "at", whose="seller"
    )
    met = under.left_join(
        touches,
        [
            under.person_id == touches.person_id,
            touches.at <= under.came,
            (touches.campaign == under.made_by)
            | (under.made_by.isnull() & (touches.whose == under.seller)),
        ],
    )
    newest = ibis.window(group_by=met.promise_id, order_by=[met.at.desc(), met.channel])
    last = met.mutate(place=ibis.row_number().over(newest)).filter(lambda t: t.place == 0)
    groups = last.group_by("made_by", "channel", "campaign").agg(n=last.count())
    found: list[dict[str, Any]] = period.book.query(groups).to_pylist()
    return found

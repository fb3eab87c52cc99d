"""Promises that were broken, charged to the unit whose story made them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import ibis

from halves.measure.period import Period


@dataclass(frozen=True)
class Broken:
    """Promises of the period that were broken, and what they cost.

    Args:
        counts: unit → how many of its promises were broken.
        unplaced: broken ones of which no touch or campaign tells which unit made them.
        price: what one of them costs, in the reporting currency; None where nobody said.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    unplaced: int = 0
    price: float | None = None

    @property
    def charged(self) -> dict[str, float]:
        """Unit → money that its broken promises cost; nothing is charged without a price.

        >>> Broken({"newsletter": 3}, price=20.0).charged, Broken({"newsletter": 3}).charged
        ({'newsletter': 60.0}, {})
        """
        if self.price is None:
            return {}
        return {unit: count * self.price for unit, count in self.counts.items()}

    def notes(self) -> list[str]:
        """What is to be said of them beside an answer."""
        whole = sum(self.counts.values()) + self.unplaced
        if not whole:
            return []
        if self.price is None:
            return [
                f"{whole:,} promises were broken and nobody said what that costs, so that nothing "
                "is charged for it: state cost_of_under under [promises] in halves.toml"
            ]
        said = ", ".join(f"{unit} {count:,}" for unit, count in sorted(self.counts.items()))
        notes = [
            f"broken promises count among what a unit costs, at {self.price:,.2f} each as you "
            f"state: {said}"
        ] * bool(self.counts)
        if self.unplaced:
            notes.append(
                f"of {self.unplaced:,} broken promises nothing tells which unit made them; they "
                "are charged to none"
            )
        return notes


def broken(period: Period, *, price: float | None) -> Broken:
    """Count the promises that were broken in the period, by the unit that made them.

    A broken promise belongs to the last touch before it, of the campaign or the seller that made
    it, with the person it was made to; without one, to its campaign. It is charged once.

    Args:
        period: what is asked about; a promise counts by the moment of its delivery.
        price: what a broken promise costs, in the reporting currency, at least 0; None if unsaid.

    Raises:
        ValueError: a price below 0.
    """
    if price is not None and price < 0:
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
    return Broken(counts, unplaced, price)


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

"""The period that a question is asked about: its spend, facts and doors, read once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from halves.ledger import Channel, Ledger
from halves.measure.doors import Doors
from halves.measure.facts import Facts
from halves.measure.spending import By, Spending, spending


@dataclass(frozen=True)
class Period:
    """What a test's evidence is scaled to."""

    book: Ledger
    channels: Sequence[Channel]
    since: datetime
    until: datetime
    known_until: datetime  # the ledger ends here
    by: By
    currency: str | None
    spending: Spending
    facts: Facts
    doors: Doors
    prices: Mapping[str, float]  # channel → what a touch costs that does not say so itself

    def during(self, since: datetime, until: datetime) -> Spending:
        """Spending of another window, units as in this period."""
        return spending(
            self.book,
            channels=self.channels,
            since=since,
            until=until,
            by=self.by,
            currency=self.currency,
        )

    def units(self, withheld: Sequence[str]) -> list[str]:
        """The units that a test withheld: by name, or all campaigns of a channel."""
        return [
            unit.unit
            for unit in self.spending.units
            if unit.unit in withheld or unit.channel in withheld
        ]

    def unmatched(self, withheld: Sequence[str]) -> list[str]:
        """Names a test withheld that are no unit of this period."""
        known = {name for unit in self.spending.units for name in (unit.unit, unit.channel)}
        return [name for name in withheld if name not in known]

"""What a buyer sees of a quote: its lines as they were, and where it is."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from halves.deals.quote_models import Quote, QuoteState


@dataclass(frozen=True)
class Shown:
    """One line of a quote as it was sent."""

    words: str
    quantity: Decimal
    price: Decimal

    @property
    def total(self) -> Decimal:
        """What it costs, to the cent."""
        return (self.quantity * self.price).quantize(Decimal("0.01"))


def lines_of(quote: Quote) -> list[Shown]:
    """Its lines, as they were."""
    return [
        Shown(one["words"], Decimal(one["quantity"]), Decimal(one["price"])) for one in quote.lines
    ]


def standing_of(quote: Quote, *, today: date) -> str:
    """Where it is: `open`, `accepted`, `expired`, `withdrawn` or `replaced`."""
    if quote.is_expired(today):
        return "expired"
    return "open" if quote.state == QuoteState.SENT else str(quote.state)

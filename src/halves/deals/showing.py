"""What a buyer sees of a quote: its lines as they were, and where it is."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

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


def due_of(promise: dict[str, Any]) -> str:
    """When what is promised with a quote is due, in words; nothing where no day was said."""
    if promise["due_on"]:
        day = date_format(date.fromisoformat(promise["due_on"]), "j F Y")
        return _("by %(day)s") % {"day": day}
    days = promise["within_days"]
    if days is None:
        return ""
    words = ngettext("within %(n)d day of your yes", "within %(n)d days of your yes", days)
    return words % {"n": days}


def standing_of(quote: Quote, *, today: date) -> str:
    """Where it is: `open`, `accepted`, `expired`, `withdrawn` or `replaced`."""
    if quote.is_expired(today):
        return "expired"
    return "open" if quote.state == QuoteState.SENT else str(quote.state)

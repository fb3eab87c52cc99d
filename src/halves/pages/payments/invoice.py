"""Pay by invoice: no account is needed; a colleague writes down when the money is there."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from halves.deals.models import Order
from halves.pages.errors import PaymentRefused
from halves.pages.payments.provider import Told


class Invoice:
    """The buyer is sent an invoice."""

    name = "invoice"
    label = _("by invoice")

    def why_not(self) -> str:
        """Always possible."""
        return ""

    def begin(self, order: Order, *, back: str) -> str:
        """The invoice is on the order's own page."""
        return back

    def told(self, body: bytes, headers: Mapping[str, str]) -> Told | None:
        """Nobody outside tells of invoices."""
        raise PaymentRefused("nobody tells of invoices here")

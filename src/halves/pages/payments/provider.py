"""What a provider of payment does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from halves.deals.models import Order


@dataclass(frozen=True)
class Told:
    """What a provider tells of a payment, once its signature is known to be its own.

    Args:
        event: its name for what it tells: told twice, it is the same.
        kind: of event, as the provider calls it.
        order: token of the order.
        reference: its name for the payment.
        is_paid: whether the money is there.
    """

    event: str
    kind: str
    order: str
    reference: str
    is_paid: bool


class Provider(Protocol):
    """Takes money for an order."""

    name: str
    label: Any

    def why_not(self) -> str:
        """Why nobody can pay with it now, and what to do; empty if they can."""

    def begin(self, order: Order, *, back: str) -> str:
        """Where the buyer goes to pay; `back` is the order's own page.

        Raises:
            PaymentRefused: it cannot be begun now.
        """

    def told(self, body: bytes, headers: Mapping[str, str]) -> Told | None:
        """What a request of the provider tells; None if nothing of an order.

        Raises:
            PaymentRefused: it is not the provider's, or is not what it says.
        """

"""Stripe Checkout: the buyer pays on Stripe's own page; a signed webhook tells when.

HALVES_STRIPE_KEY             the secret key; without it nobody can pay by card
HALVES_STRIPE_WEBHOOK_SECRET  signs what Stripe tells /pay/stripe/
HALVES_STRIPE_URL             another address of the API, for tests
"""

import os
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from halves.deals.models import Order
from halves.pages.errors import PaymentRefused
from halves.pages.payments.provider import Told

_WHOLE = frozenset(
    "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF".split()  # noqa: SIM905
)
_PAID = frozenset({"checkout.session.completed", "checkout.session.async_payment_succeeded"})


class StripeCheckout:
    """Cards and wallets."""

    name = "stripe"
    label = gettext_lazy("by card")

    def why_not(self) -> str:
        """Whether its keys are set."""
        missing = [
            name
            for name in ("HALVES_STRIPE_KEY", "HALVES_STRIPE_WEBHOOK_SECRET")
            if not os.environ.get(name)
        ]
        return _("set %(names)s first") % {"names": ", ".join(missing)} if missing else ""

    def begin(self, order: Order, *, back: str) -> str:
        """Make a session of checkout; asked twice for an order, Stripe gives the same one."""
        stripe = _stripe()
        why = self.why_not()
        if why:
            raise PaymentRefused(why)
        client = _client(stripe)
        try:
            session = client.v1.checkout.sessions.create(
                params=_session(order, back),
                options={"idempotency_key": f"halves-order-{order.token}"},
            )
        except stripe.StripeError as failed:
            raise PaymentRefused(_("Cards cannot be charged just now.")) from failed
        if not session.url:
            raise PaymentRefused(_("Cards cannot be charged just now."))
        return str(session.url)

    def told(self, body: bytes, headers: Mapping[str, str]) -> Told | None:
        """Read a webhook, if its signature is Stripe's and it is of now."""
        stripe = _stripe()
        secret = os.environ.get("HALVES_STRIPE_WEBHOOK_SECRET", "")
        if not secret:
            raise PaymentRefused(self.why_not())
        try:
            event = stripe.Webhook.construct_event(
                body, headers.get("stripe-signature", ""), secret
            )
        except (stripe.SignatureVerificationError, ValueError) as failed:
            raise PaymentRefused("the signature is not the provider's") from failed
        session = event["data"]["object"]
        token = _of(session, "client_reference_id")
        if event["type"] not in _PAID or not token:
            return None
        _insist_on_sum(session, token)
        return Told(
            event=event["id"],
            kind=event["type"],
            order=token,
            reference=_of(session, "payment_intent") or session["id"],
            is_paid=_of(session, "payment_status") in ("paid", "no_payment_required"),
        )


def smallest(amount: Decimal, currency: str) -> int:
    """An amount in the currency's smallest unit, as Stripe counts.

    >>> smallest(Decimal("99.90"), "EUR"), smallest(Decimal("500"), "JPY")
    (9990, 500)
    """
    return int((amount if currency in _WHOLE else amount * 100).quantize(Decimal(1)))


def _insist_on_sum(session: Any, token: str) -> None:
    order = Order.objects.filter(token=token).first()
    if order is None:
        raise PaymentRefused("there is no such order")
    due = smallest(order.total, order.currency)
    said = (_of(session, "amount_total"), str(_of(session, "currency") or "").upper())
    if said != (due, order.currency):
        words = f"order {order.number} is of {due} {order.currency}, but {said} was paid"
        raise PaymentRefused(words)


def _session(order: Order, back: str) -> dict[str, Any]:
    return {
        "mode": "payment",
        "client_reference_id": order.token,
        "customer_email": order.email,
        "success_url": back,
        "cancel_url": back,
        "line_items": [
            {
                "quantity": order.quantity,
                "price_data": {
                    "currency": order.currency.lower(),
                    "unit_amount": smallest(order.price, order.currency),
                    "product_data": {"name": order.words},
                },
            }
        ],
    }


def _client(stripe: Any) -> Any:
    base = os.environ.get("HALVES_STRIPE_URL")
    addresses = {"api": base} if base else {}
    return stripe.StripeClient(
        os.environ["HALVES_STRIPE_KEY"], base_addresses=addresses, max_network_retries=2
    )


def _of(thing: Any, name: str) -> Any:
    return thing[name] if name in thing else None  # noqa: SIM401  # Stripe's objects have no get


def _stripe() -> Any:
    import stripe  # noqa: PLC0415  # it takes half a second, and most houses never ask

    return stripe

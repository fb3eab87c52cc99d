"""Providers of payment, one module each: copy one to add another, and name it in `_PROVIDERS`."""

from halves.pages.payments import invoice, stripe
from halves.pages.payments.provider import Provider, Told

__all__ = ["Provider", "Told", "provider_called", "providers"]

_PROVIDERS: dict[str, Provider] = {
    one.name: one for one in (invoice.Invoice(), stripe.StripeCheckout())
}


def providers() -> dict[str, Provider]:
    """All providers, by name."""
    return dict(_PROVIDERS)


def provider_called(name: str) -> Provider | None:
    """The provider of that name, if there is one."""
    return _PROVIDERS.get(name)

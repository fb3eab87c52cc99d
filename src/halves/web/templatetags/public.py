"""How public pages show what is theirs."""

from decimal import Decimal

from django import template
from django.utils.formats import number_format
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.filter
def told(html: str) -> SafeString:
    """A story's inside, which was cleaned when it was made."""
    return mark_safe(html)  # noqa: S308


@register.filter
def share(part: float) -> str:
    """A share of one in hundredths, with two figures.

    >>> share(0.1234), share(0.004)
    ('12%', '0.4%')
    """
    hundredths = part * 100
    return f"{hundredths:.0f}%" if hundredths >= 10 or not hundredths else f"{hundredths:.1f}%"


@register.filter
def price(amount: Decimal, currency: str) -> str:
    """An exact amount in its currency.

    >>> price(Decimal("49.95"), "EUR")
    '49.95 EUR'
    """
    places = 0 if amount == amount.to_integral_value() and currency in ("JPY", "KRW") else 2
    return f"{number_format(amount, decimal_pos=places, force_grouping=True)} {currency}"

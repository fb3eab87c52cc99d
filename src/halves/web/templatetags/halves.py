"""How things look: money, moments, a field of a form, an interval."""

from datetime import datetime
from decimal import Decimal

from django import template
from django.forms import BoundField
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def money(amount: Decimal | float | None, currency: str | None = "") -> str:
    """An amount as it was paid: thousands apart, two places."""
    if amount is None:
        return ""
    return f"{number_format(Decimal(str(amount)), 2, force_grouping=True)} {currency or ''}".strip()


@register.filter
def moment(at: datetime | None) -> SafeString | str:
    """A moment in the reader's zone, which machines can read too."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    words = f"{local:%d} {local:%b %Y, %H:%M}"
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), words)


@register.inclusion_tag("parts/field.html")
def field(bound: BoundField) -> dict[str, object]:
    """A field with its label, its help, and what is wrong with it, tied together for readers."""
    said = [name for name, there in (("help", bound.help_text), ("errors", bound.errors)) if there]
    described = " ".join(f"{bound.id_for_label}_{name}" for name in said)
    attributes = {"aria-describedby": described} if described else {}
    if bound.errors:
        attributes["aria-invalid"] = "true"
    return {"field": bound, "widget": bound.as_widget(attrs=attributes)}

"""How an answer looks: estimates with their interval, chances, charts in two widths."""

from django import template
from django.utils.safestring import SafeString, mark_safe
from markupsafe import Markup

from halves.measure.interval import Interval
from halves.report import words
from halves.report.charts import Chart
from halves.report.planning import chance as cautious
from halves.web.answer_tables import Table

register = template.Library()


@register.filter
def exact(amount: float, currency: str | None = None) -> str:
    """An amount that is known."""
    return words.exact(float(amount), currency)


@register.filter
def estimate(amount: float, currency: str | None = None) -> str:
    """An amount that is estimated, to two digits."""
    return words.estimate(float(amount), currency)


@register.filter
def spread(interval: Interval | None, currency: str | None = None) -> str:
    """An estimate with its 90% interval."""
    return words.spread(interval, currency) if interval else ""


@register.filter
def percent(share: float | None) -> str:
    """A share in whole percents."""
    return "" if share is None else words.percent(share)


@register.filter
def likely(share: float | None) -> str:
    """A chance from draws: they can all agree, and that is not to be certain."""
    return "" if share is None else cautious(share)


@register.filter
def sentence(said: str) -> str:
    """With a capital and a full stop."""
    return words.sentence(str(said)) if said else ""


@register.filter
def drawn(picture: Markup) -> SafeString:
    """A picture that halves drew itself; it escaped every word in it."""
    return mark_safe(str(picture))  # noqa: S308


@register.simple_tag
def head(table: Table, place: int) -> str:
    """The head over a cell: on a phone each cell says it."""
    return table.heads[place]


@register.inclusion_tag("parts/chart.html")
def chart(picture: Chart | None) -> dict[str, object]:
    """A chart in both widths; the page shows the one that fits."""
    return {"picture": picture}

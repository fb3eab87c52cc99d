"""A period's customers and revenue beside their targets, and doors by path, as the page says it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from markupsafe import Markup

from halves.measure.interval import Interval
from halves.measure.pace import ahead
from halves.measure.rate import rate
from halves.report import words
from halves.report.trend import Step, rate_bar, spreads, trend
from halves.scoreboard import queries
from halves.scoreboard.counting import Count, PathDoors, Tally
from halves.scoreboard.models import Measure
from halves.scoreboard.periods import Period
from halves.scoreboard.recommending import BrandGoal


@dataclass(frozen=True)
class Goal:
    """One measure of a period, beside its target and the periods before."""

    label: str
    amount: str
    target: str
    share: float | None  # of the target
    change: str  # beside the period before, in words
    pace: str  # what the whole period brings if it goes on so, in words
    note: str
    picture: Markup


@dataclass(frozen=True)
class SaidGoal:
    """Promoters less detractors in a period, beside its target and the periods before."""

    amount: str  # empty where too few answered
    spread: str
    target: str
    share: float | None  # of the target
    change: str
    note: str
    picture: Markup


@dataclass(frozen=True)
class PathRow:
    """Doors of one path, and how many became deals."""

    path: str
    label: str
    opened: int
    closed: int
    rate: str
    picture: Markup


def facts(counted: Count, period: Period, today: date, currency: str | None) -> dict[str, Any]:
    """What the page knows of a period that was counted."""
    is_open = period.starts <= today < period.ends
    goals = [
        _goal(_("New customers"), Measure.CUSTOMERS, counted, period, today, currency),
        _goal(_("Revenue"), Measure.REVENUE, counted, period, today, currency),
    ]
    now = counted.now
    return {
        "goals": goals,
        "sentence": _sentence(now, period, is_open, currency),
        "paths": _paths(counted.doors),
        "is_claimed": any(one.is_claimed for one in counted.doors),
        "is_open": is_open,
    }


def brand_facts(goal: BrandGoal, period: Period, today: date) -> SaidGoal:
    """What the page knows of what customers say in a period."""
    now, before, aim = goal.now.points, goal.before.points, goal.target
    answered = {"answered": goal.now.answered, "asked": goal.now.asked}
    is_open = period.starts <= today < period.ends
    steps = [
        Step(
            _short(one.name),
            one.points.mean if one.points else 0.0,
            is_open and one is goal.now,
            one.points,
        )
        for one in goal.trend
    ]
    change = ""
    if now and before:
        said = {"points": f"{now.mean - before.mean:+.0f}", "period": period.before.words}
        change = _("%(points)s points beside %(period)s") % said
    spread = _spread(now) if now else ""
    return SaidGoal(
        amount=_("%(n)s points") % {"n": f"{now.mean:.0f}"} if now else "",
        spread=spread,
        target=f"{float(aim):g}" if aim else "",
        share=min(max(now.mean / float(aim), 0.0), 1.0) if aim and now else None,
        change=change,
        note=_("%(answered)s of %(asked)s answered; ten are needed") % answered,
        picture=spreads(
            steps,
            target=float(aim) if aim else None,
            title=_("Promoters less detractors"),
            finding=spread or _("Nobody can tell yet."),
        ),
    )


def _spread(now: Interval) -> str:
    said = {"low": f"{now.low:.0f}", "high": f"{now.high:.0f}"}
    return _("%(low)s to %(high)s (90%%)") % said


def _sentence(now: Tally, period: Period, is_open: bool, currency: str | None) -> str:
    said = {
        "period": period.words,
        "revenue": words.exact(now.revenue, currency),
        "customers": _counted_people(now.customers),
    }
    if is_open:
        return _("%(customers)s and %(revenue)s so far in %(period)s") % said
    return _("%(customers)s and %(revenue)s in %(period)s") % said


def _counted_people(customers: int) -> str:
    said = ngettext("%(n)s new customer", "%(n)s new customers", customers)
    return said % {"n": number_format(customers, 0, force_grouping=True)}


def _goal(
    label: str,
    measure: Measure,
    counted: Count,
    period: Period,
    today: date,
    currency: str | None,
) -> Goal:
    def value(one: Tally) -> float:
        return one.customers if measure == Measure.CUSTOMERS else one.revenue

    def said(amount: float) -> str:
        return words.exact(amount, currency if measure == Measure.REVENUE else None)

    def estimated(amount: float) -> str:
        return words.estimate(amount, currency if measure == Measure.REVENUE else None)

    is_open = period.starts <= today < period.ends
    now, earlier = value(counted.now), counted.so_far_before or counted.trend[-2]
    aim = queries.target(measure, starts=period.starts, ends=period.ends)
    change = _change(now, value(earlier) if earlier.is_whole else None, period, is_open)
    steps = [
        Step(_short(one.name), value(one), is_open and one is counted.now) for one in counted.trend
    ]
    finding = f"{label}: {said(now)}. {change}"
    is_measured = measure == Measure.CUSTOMERS or not counted.now.sales or counted.now.revenue
    return Goal(
        label=label,
        amount=said(now) if is_measured else _("not measured yet: no sale carries a value"),
        target=said(float(aim)) if aim else "",
        share=now / float(aim) if aim else None,
        change=change,
        pace=_pace([value(one) for one in counted.weeks], now, period, today, estimated),
        note=_unpriced(counted.now) if measure == Measure.REVENUE else "",
        picture=trend(
            steps,
            target=float(aim) if aim else None,
            said=lambda amount: (
                words.estimate(amount, currency)
                if measure == Measure.REVENUE
                else words.exact(amount, None)
            ),
            look="both",
            title=label,
            finding=finding,
        ),
    )


def _pace(
    weeks: Sequence[float], now: float, period: Period, today: date, said: Callable[[float], str]
) -> str:
    found = ahead(weeks, length=(period.ends - today).days / 7) if any(weeks) else None
    if found is None:
        return ""
    return _("At the pace of the last weeks %(mean)s by %(day)s, %(low)s to %(high)s (90%%)") % {
        "mean": said(now + found.mean),
        "low": said(now + found.low),
        "high": said(now + found.high),
        "day": date_format(period.last_day, "j F"),
    }


def _unpriced(now: Tally) -> str:
    if not now.unpriced:
        return ""
    said = ngettext(
        "%(n)s of %(of)s sales carries no value and is not in it",
        "%(n)s of %(of)s sales carry no value and are not in it",
        now.unpriced,
    )
    return said % {"n": f"{now.unpriced:,}", "of": f"{now.sales:,}"}


def _change(now: float, before: float | None, period: Period, is_open: bool) -> str:
    if not before:
        return _("nothing to compare with in %(period)s") % {"period": period.before.words}
    said = {"percent": f"{100 * (now / before - 1):+.0f}%", "period": period.before.words}
    if is_open:
        return _("%(percent)s beside the same days of %(period)s") % said
    return _("%(percent)s beside %(period)s") % said


def _short(name: str) -> str:
    """A period's name under a bar: Q1 25, or Mar 25."""
    if "-Q" in name:
        year, quarter = name.split("-")
        return f"{quarter} {year[2:]}"
    if "-" in name:
        return date_format(date.fromisoformat(f"{name}-01"), "M y")
    return name


def _paths(doors: Sequence[PathDoors]) -> list[PathRow]:
    """One row a path, recorded and claimed together."""
    labels = {
        "many": _("one to many: marketing"),
        "one": _("one to one: sales"),
        "self": _("by themselves"),
        "": _("nobody knows: no touch before"),
    }
    sums = {
        path: (
            sum(one.opened for one in doors if one.path == path),
            sum(one.closed for one in doors if one.path == path),
        )
        for path in labels
    }
    rates = {path: rate(closed, opened) for path, (opened, closed) in sums.items()}
    most = max((one.high for one in rates.values() if one), default=1.0)
    rows = []
    for path, (opened, closed) in sums.items():
        found = rates[path]
        if found is None:
            continue
        low, high = words.percent(found.low), words.percent(found.high)
        said = _("%(mean)s, %(low)s to %(high)s") % {
            "mean": words.percent(found.mean),
            "low": low,
            "high": high,
        }
        look = {"many": "many", "one": "one"}.get(path, "was")
        picture = rate_bar(found, most=most, look=look, title=labels[path], finding=said)
        rows.append(PathRow(path, labels[path], opened, closed, said, picture))
    return rows

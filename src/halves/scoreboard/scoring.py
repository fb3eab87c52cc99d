"""A period's score as numbers: what it brought, beside its targets, and where its pace leads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from halves.ledger import Ledger
from halves.measure.facts import span
from halves.measure.interval import Interval
from halves.measure.pace import ahead
from halves.measure.rate import rate
from halves.scoreboard import queries
from halves.scoreboard.counting import Count, PathDoors, Tally, count
from halves.scoreboard.models import Measure
from halves.scoreboard.periods import Period


@dataclass(frozen=True)
class Goal:
    """One measure of a period.

    Args:
        measure: which.
        amount: so far.
        target: what is aimed at; None where nobody said.
        before: the period before, up to the same day where this one goes on; None where the ledger
            does not hold all of it.
        ahead: where the whole period leads at the pace of the last weeks, 90%; None where it is
            over, too few weeks are known, or nothing happened in them.
    """

    measure: Measure
    amount: float
    target: Decimal | None
    before: float | None
    ahead: Interval | None


@dataclass(frozen=True)
class PathRate:
    """Doors of one path, how many became deals, and how sure that share is (90%)."""

    doors: PathDoors
    share: Interval | None


@dataclass(frozen=True)
class Score:
    """How both halves do together in a period."""

    period: Period
    is_open: bool  # it goes on
    goals: Sequence[Goal]
    trend: Sequence[Tally]  # this period the last
    paths: Sequence[PathRate]


def score(ledger: Ledger, period: Period, *, today: date, currency: str | None) -> Score:
    """Count a period.

    Raises:
        MissingRate, CurrencyUnknown: as the ledger says.
    """
    counted = count(ledger, period, today=today, currency=currency)
    goals = [_goal(one, counted, period, today) for one in (Measure.CUSTOMERS, Measure.REVENUE)]
    paths = [PathRate(one, rate(one.closed, one.opened)) for one in counted.doors]
    is_open = period.starts <= today < period.ends
    return Score(period, is_open, goals, counted.trend, paths)


def period_asked(name: str, ledger: Ledger, today: date) -> Period:
    """The period of this name; else the quarter that today is in, or the ledger's last.

    Raises:
        PeriodUnknown: the name is none.
    """
    if name:
        return Period.named(name)
    held = span(ledger)
    last = held.until - timedelta(days=1) if held else today
    return Period.holding(min(last, today))


def _goal(measure: Measure, counted: Count, period: Period, today: date) -> Goal:
    def value(one: Tally) -> float:
        return float(one.customers if measure == Measure.CUSTOMERS else one.revenue)

    now, earlier = value(counted.now), counted.so_far_before or counted.trend[-2]
    found = None
    if counted.weeks:
        weeks = [value(one) for one in counted.weeks]
        # Weeks of nothing have no spread: they would foretell nothing, and be sure of it.
        found = ahead(weeks, length=(period.ends - today).days / 7) if any(weeks) else None
    return Goal(
        measure=measure,
        amount=now,
        target=queries.target(measure, starts=period.starts, ends=period.ends),
        before=value(earlier) if earlier.is_whole else None,
        ahead=found and Interval(now + found.mean, now + found.low, now + found.high),
    )

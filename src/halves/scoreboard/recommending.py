"""Whether people would recommend us: in a time, and by period, which is what the brand aims at."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import ibis
from django.db.models import Count, Max, Min, QuerySet

from halves.ledger import Ledger
from halves.ledger.errors import LedgerError
from halves.measure.facts import SALES
from halves.measure.interval import Interval
from halves.measure.recommend import Asked, Recommend, recommend
from halves.measure.spending import midnight
from halves.posting.newest import Newest
from halves.promises.models import SurveyAsked, SurveyKind
from halves.scoreboard import queries
from halves.scoreboard.counting import TREND
from halves.scoreboard.models import Measure
from halves.scoreboard.periods import Period

_DEALS = "deal_closed"
_YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Points:
    """Promoters less detractors among those asked in a period; None below ten answers."""

    name: str
    asked: int
    answered: int
    points: Interval | None


_NEWEST = Newest[tuple[Points, ...]]()


@dataclass(frozen=True)
class BrandGoal:
    """What customers say in a period, beside what is aimed at and the periods before.

    Args:
        target: in points; None where nobody said.
        trend: this period the last.
    """

    target: Decimal | None
    trend: Sequence[Points]

    @property
    def now(self) -> Points:
        """The period asked for."""
        return self.trend[-1]

    @property
    def before(self) -> Points:
        """The one before it."""
        return self.trend[-2]


def brand_goal(ledger: Ledger, period: Period, *, now: datetime, currency: str | None) -> BrandGoal:
    """A period and those before it, as far back as anybody was asked.

    Args:
        ledger: the house's.
        period: which.
        now: the moment; what comes after it has not happened yet.
        currency: what people bought is told in it, to weigh who answers.
    """
    aim = queries.target(Measure.BRAND, starts=period.starts, ends=period.ends)
    versions = ledger.versions()
    answers = _asked().aggregate(n=Count("pk"), last=Max("answered_at"), first=Min("asked_at"))
    stands_on = (
        str(ledger.root),
        period,
        currency,
        *(versions[name] for name in ("outcomes", "aliases", "rates")),
        *answers.values(),
    )
    periods = _periods(period, answers["first"])
    trend = _NEWEST.of(
        stands_on, lambda: tuple(_points(ledger, one, now, currency) for one in periods)
    )
    return BrandGoal(aim, trend)


def _periods(period: Period, first: datetime | None) -> list[Period]:
    """This and the one before it, and those before them since somebody was first asked."""
    periods = [period.before, period]
    while first and len(periods) < TREND and midnight(periods[0].starts) > first:
        periods.insert(0, periods[0].before)
    return periods


def _points(ledger: Ledger, period: Period, now: datetime, currency: str | None) -> Points:
    starts, ends = midnight(period.starts), midnight(period.ends)
    until = min(ends, now + timedelta(microseconds=1))
    found = said_between(ledger, since=starts, until=until, currency=currency)
    if found is None:
        return Points(period.name, 0, 0, None)
    return Points(period.name, found.asked, found.answered, found.weighted)


def _asked() -> "QuerySet[SurveyAsked]":
    """Those asked whether they would recommend us; of a promise another thing is asked."""
    return SurveyAsked.objects.filter(survey__kind=SurveyKind.RECOMMEND, promise=None)


def said_between(
    ledger: Ledger, *, since: datetime, until: datetime, currency: str | None
) -> Recommend | None:
    """What those said who were asked in a time, each by their latest question."""
    rows = _asked().filter(asked_at__gte=since, asked_at__lt=until)
    rows = rows.select_related("person").order_by("person_id", "-asked_at")
    latest: dict[int, SurveyAsked] = {}
    for one in rows:
        latest.setdefault(one.person.pk, one)
    if not latest:
        return None
    asked_at = {one.person.ledger_id: one.asked_at for one in latest.values()}
    bought = _bought_before(ledger, asked_at, currency)
    people = []
    for one in latest.values():
        path, money, deals = bought.get(one.person.ledger_id, ("", 0.0, 0))
        facts: dict[str, float | str] = {
            "tenure": max((one.asked_at - one.person.created_at) / _YEAR, 0.0),
            "region": one.person.region,
            "path": path,
            "value": math.log1p(max(money, 0.0)),  # one large account is no other kind of people
            "deals": math.log1p(deals),
        }
        people.append(Asked(one.score, facts))
    return recommend(people)


def _bought_before(
    ledger: Ledger, asked_at: Mapping[str, datetime], currency: str | None
) -> dict[str, tuple[str, float, int]]:
    """The path of people's last outcome, their sales in money, and their deals; before each was
    asked, since an answer may change what comes after it."""
    found: dict[str, tuple[str, float, int]] = {}
    for row in _outcomes_of(ledger, asked_at, currency):
        who = row["person_id"]
        if row["at"] >= asked_at[who]:
            continue
        path, money, deals = found.get(who, ("", 0.0, 0))
        money += float(row["value"] or 0) if row["kind"] in SALES else 0.0
        found[who] = (row["path"] or path, money, deals + (row["kind"] == _DEALS))
    return found


def _outcomes_of(
    ledger: Ledger, people: Iterable[str], currency: str | None
) -> Iterable[Mapping[str, Any]]:
    """In order of time; without money where a rate is missing, which other pages ask for."""
    for told in (currency, None):
        try:
            rows = ledger.table("outcomes", currency=told)
            rows = rows.filter(rows.person_id.isin(list(people))).order_by("at", "outcome_id")
            value = rows["value"] if told == currency else ibis.literal(0)
            rows = rows.select("person_id", "at", "kind", "path", value=value)
            found: list[dict[str, Any]] = ledger.query(rows).to_pylist()
            return found
        except LedgerError:
            continue
    return []

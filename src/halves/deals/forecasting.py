"""The forecast of a pipeline: learned from its history by a worker, kept as it was computed."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from django.utils import timezone

from halves.access.models import User
from halves.deals.models import Deal, DealState
from halves.deals.quote_models import Forecast
from halves.deals.stage_models import Pipeline, StageChange, StageKind
from halves.jobs import running
from halves.jobs.models import LIVE, Job
from halves.measure.deal_backtest import LEAST_BEFORE, BackTest, back_test, split_of
from halves.measure.deal_forecast import Brought, DealForecast, expected, learn_deals
from halves.measure.deal_rows import WEEK, DealPath, Standing
from halves.measure.interval import Interval

KIND = "deals_forecast"
MONTHS = 6
_MOST, _CURRENCIES = 20_000, 3
_OLD = timedelta(days=1)


def ask_forecast(pipeline: Pipeline, *, by: User | None, at: datetime) -> Job:
    """Ask a worker to compute it anew; the one under way, if there is one."""
    same = under_way(pipeline)
    return same or running.start(KIND, by=by, at=at, arguments={"pipeline": pipeline.pk})


def under_way(pipeline: Pipeline) -> Job | None:
    """The work that is asked for, or goes on."""
    mine = Job.objects.filter(kind=KIND, state__in=LIVE, arguments__pipeline=pipeline.pk)
    return mine.order_by("-pk").first()


def newest(pipeline: Pipeline) -> Forecast | None:
    """The forecast that was computed last."""
    return pipeline.forecasts.order_by("-at").first()


def keep_fresh(at: datetime) -> None:
    """Ask for a new one where the last is a day old and there are deals."""
    for pipeline in Pipeline.objects.filter(retired_at=None):
        last = newest(pipeline)
        is_old = last is None or last.at < at - _OLD
        if is_old and Deal.objects.filter(pipeline=pipeline).exclude(state="open").exists():
            ask_forecast(pipeline, by=None, at=at)


def compute(job: Job, tell: running.Telling) -> dict[str, Any]:
    """Learn, look back, look ahead; what was kept before goes."""
    pipeline = Pipeline.objects.filter(pk=job.arguments["pipeline"]).first()
    if pipeline is None:
        return {"words": ""}
    at = datetime.now(UTC)
    tell("reading how deals went")
    found = forecast(pipeline, today=timezone.localdate(at), tell=tell)
    kept = Forecast.objects.create(pipeline=pipeline, at=at, found=found)
    pipeline.forecasts.exclude(pk=kept.pk).filter(at__lt=at - 30 * _OLD).delete()
    return {"words": ""}


def forecast(pipeline: Pipeline, *, today: date, tell: Any = None) -> dict[str, Any]:
    """What the open deals are expected to bring by month, as plain values.

    Where fewer than 50 deals have closed there is no forecast: `too_few` says how many have.
    """
    say = tell or (lambda words: None)
    paths = _paths(pipeline)
    closed = sum(one.closed is not None and one.closed <= today for _, one, _ in paths)
    if closed < LEAST_BEFORE:
        return {"too_few": closed, "least": LEAST_BEFORE}
    every = [one for _, one, _ in paths]
    rng = np.random.default_rng(pipeline.pk)
    say("learning how deals go")
    learned = learn_deals(every, until=today, traits=("offer",))
    say("holding it against what came")
    test = back_test(
        every, split=split_of(every, until=today), until=today, traits=("offer",), rng=rng
    )
    say("looking ahead")
    money, chances = _ahead(learned, paths, today, rng)
    return {
        "today": today.isoformat(),
        "deals": learned.deals,
        "closed": learned.closed,
        "money": money,
        "chances": chances,
        "back_test": _plain(test),
    }


def chance_of(deal: Deal) -> Interval | None:
    """The chance of a deal to be won within six months, as it was computed last."""
    last = newest(deal.pipeline) if deal.pipeline and deal.state == DealState.OPEN else None
    said = last.found.get("chances", {}).get(str(deal.pk)) if last else None
    return Interval(*said) if said else None


def _paths(pipeline: Pipeline) -> list[tuple[int, DealPath, str]]:
    """Deals with how they went: key, path, currency."""
    deals = Deal.objects.filter(pipeline=pipeline).order_by("-id")
    columns = ("pk", "closed_at", "state", "value", "offer_id", "currency")
    rows = {one[0]: one for one in deals.values_list(*columns)[:_MOST]}
    stages: dict[int, list[tuple[str, date]]] = {}
    changes = StageChange.objects.filter(deal__pipeline=pipeline, stage__kind=StageKind.OPEN)
    for deal, stage, at in changes.order_by("at", "id").values_list("deal", "stage", "at"):
        stages.setdefault(deal, []).append((str(stage), timezone.localdate(at)))
    found = []
    for key, closed_at, state, value, offer, currency in rows.values():
        if key in stages:
            path = DealPath(
                stages[key],
                closed=timezone.localdate(closed_at) if closed_at else None,
                is_won=state == DealState.WON,
                value=float(value),
                traits={"offer": str(offer or "")},
            )
            found.append((key, path, currency))
    return found


def _ahead(
    learned: DealForecast,
    paths: Sequence[tuple[int, DealPath, str]],
    today: date,
    rng: np.random.Generator,
) -> tuple[list[dict[str, Any]], dict[str, list[float]]]:
    months, ends = _months(today)
    still = [(key, one, currency) for key, one, currency in paths if one.closed is None]
    worth: dict[str, float] = {}
    for _, one, currency in still:
        worth[currency] = worth.get(currency, 0.0) + one.value
    money, chances = [], {}
    for currency in sorted(worth, key=lambda name: -worth[name])[:_CURRENCIES]:
        mine = [(key, one) for key, one, of in still if of == currency]
        stood = [Standing(*one.stages[-1], today, one) for _, one in mine]
        brought = expected(learned, stood, ends=ends, rng=rng)
        money.append(_money(currency, brought, months, len(mine), worth[currency]))
        for (key, _), share in zip(mine, brought.each, strict=True):
            chances[str(key)] = [round(x, 4) for x in (share.mean, share.low, share.high)]
    return money, chances


def _money(
    currency: str, brought: Brought, months: Sequence[date], deals: int, worth: float
) -> dict[str, Any]:
    spans = zip(months, brought.spans, strict=True)
    return {
        "currency": currency,
        "deals": deals,
        "worth": worth,
        "months": [{"month": month.isoformat(), **asdict(span)} for month, span in spans],
        "total": asdict(brought.total),
    }


def _months(today: date) -> tuple[list[date], list[int]]:
    """The months ahead, and after how many whole weeks each ends; the next in a week at least."""
    months, ends, first = [], [], today.replace(day=1)
    while len(months) < MONTHS:
        last = first.replace(day=monthrange(first.year, first.month)[1])
        weeks = round((last - today).days / WEEK)
        if weeks > (ends[-1] if ends else 0):
            months.append(first)
            ends.append(weeks)
        first = last + timedelta(days=1)
    return months, ends


def _plain(test: BackTest | None) -> dict[str, Any] | None:
    if test is None:
        return None
    days = {"split": test.split.isoformat(), "until": test.until.isoformat()}
    return asdict(test) | days

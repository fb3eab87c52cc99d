"""The scoreboard: the score, targets, which half is wasted, moving the budget."""

from dataclasses import replace
from typing import Annotated, Any, Literal

from django.conf import settings
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Path, Query, Router

from halves.access.rules import Verb, visible
from halves.api import score_shapes as shapes
from halves.api.asking import Pages, paged
from halves.api.brand_shapes import BrandOut
from halves.api.door import operation
from halves.api.problems import Problem, Wrong
from halves.ledger import Channel
from halves.measure.plan import Limits
from halves.posting.book import book
from halves.scoreboard import actions, queries, what_if
from halves.scoreboard.attention import Call, calls
from halves.scoreboard.brand import newest_brand
from halves.scoreboard.models import AnswerRun, Measure, Target
from halves.scoreboard.periods import Period
from halves.scoreboard.recommending import brand_goal
from halves.scoreboard.scoring import period_asked, score

router = Router(tags=["score"])
_ONE = "/answers/{int:key}"
By = Literal["channel", "campaign"]


@operation(router, "GET", "/score", Verb.SEE, "score", gives=shapes.ScoreOut, refuses=(409,))
def score_read(
    request: HttpRequest, period: Annotated[str, Query(max_length=10)] = ""
) -> dict[str, Any]:
    """Read how both halves do together in a period: 2026, 2026-Q1 or 2026-03."""
    queries.insist_on_ledger()
    ledger, said, today = book(), settings.PLACE.settings(), timezone.localdate()
    asked = period_asked(period, ledger, today)
    found = score(ledger, asked, today=today, currency=said.currency)
    return {
        "period": found.period,
        "is_open": found.is_open,
        "currency": said.currency,
        "goals": found.goals,
        "trend": found.trend,
        "paths": [{**vars(one.doors), "share": one.share} for one in found.paths],
    }


@operation(router, "GET", "/score/brand", Verb.SEE, "score", gives=BrandOut, refuses=(409,))
def brand_read(
    request: HttpRequest, period: Annotated[str, Query(max_length=10)] = ""
) -> dict[str, Any]:
    """Read the brand in its parts as of now, and what customers say in a period."""
    queries.insist_on_ledger()
    ledger, today, now = book(), timezone.localdate(), timezone.now()
    currency = settings.PLACE.settings().currency
    asked = Period.named(period) if period else Period.holding(today, 3)
    goal = brand_goal(ledger, asked, now=now, currency=currency)
    found = newest_brand(ledger, today=today, now=now, currency=currency)
    of_referrals = found.referrals and {
        **vars(found.referrals),
        "by_day": [
            {"day": day, "brought": brought} for day, brought in found.referrals.by_day.items()
        ],
    }
    said = {"period": asked, "target": goal.target, "trend": goal.trend}
    return {**vars(found), **said, "referrals": of_referrals}


@operation(router, "GET", "/score/attention", Verb.SEE, "score", gives=list[shapes.CallOut])
def attention_read(request: HttpRequest) -> list[Call]:
    """Read what needs a hand today, of what the caller may see to."""
    ledger = book() if queries.has_ledger() else None
    run = queries.answered() if ledger else None
    return calls(request.auth.user, ledger, run, today=timezone.localdate(), now=timezone.now())


@operation(router, "GET", "/targets", Verb.SEE, "target", gives=shapes.TargetPage)
def target_list(request: HttpRequest, said: Query[Pages]) -> Any:
    """List what is and was aimed at, the latest period first."""
    rows = visible(request.auth.user, "target", Target.objects.all())
    return paged(rows, said, "-starts")


@operation(router, "PUT", "/targets", Verb.CHANGE, "target", gives=shapes.TargetOut)
def target_set(request: HttpRequest, said: shapes.TargetIn) -> Target:
    """Say how much of a measure is wanted in a period."""
    period = Period.named(said.period)
    return actions.set_target(
        Measure(said.measure),
        said.amount,
        starts=period.starts,
        ends=period.ends,
        by=request.auth.user,
        at=timezone.now(),
    )


@operation(router, "GET", "/answers", Verb.SEE, "answer", gives=shapes.RunPage)
def answer_list(request: HttpRequest, said: Query[Pages], unit: By | None = None) -> Any:
    """List askings of which half is wasted, the newest first."""
    rows = _runs(request)
    return paged(rows.filter(unit=unit) if unit else rows, said, "-id")


@operation(
    router,
    "POST",
    "/answers",
    Verb.ADD,
    "answer",
    gives=shapes.RunOut,
    status=202,
)
def answer_ask(request: HttpRequest, said: shapes.AskIn) -> AnswerRun:
    """Ask which half is wasted; a worker computes it. What is under way is not asked twice."""
    if said.since and said.until and said.until <= said.since:
        words = f"must lie after since, {said.since}, got {said.until}"
        raise Problem(422, "field-refused", f"until: {words}", errors=[Wrong("until", words)])
    queries.insist_on_ledger()
    queries.insist_on_settings(book(), settings.PLACE.settings())
    return actions.ask(**said.model_dump(), by=request.auth.user, at=timezone.now())


@operation(
    router, "GET", "/answers/newest", Verb.SEE, "answer", gives=shapes.AnswerOut, refuses=(404,)
)
def answer_newest(request: HttpRequest, unit: By = "channel") -> AnswerRun:
    """Read the newest answer; 404 before the first."""
    found = queries.answered(unit)
    if found is None:
        raise Http404
    return _with_stale(found)


@operation(router, "GET", _ONE, Verb.SEE, "answer", gives=shapes.AnswerOut)
def answer_one(request: HttpRequest, key: int) -> AnswerRun:
    """Read one asking: how far it is, and the answer once there is one."""
    return _with_stale(_met(request, key))


@operation(router, "POST", f"{_ONE}/stop", Verb.ADD, "answer", gives=shapes.RunOut)
def answer_stop(request: HttpRequest, key: int) -> AnswerRun:
    """Stop computing an answer."""
    actions.cancel(_met(request, key), at=timezone.now())
    return _met(request, key)


@operation(router, "GET", f"{_ONE}/units/{{path:name}}", Verb.SEE, "answer", gives=shapes.UnitOut)
def answer_unit(
    request: HttpRequest, key: int, name: Annotated[str, Path(max_length=200)]
) -> dict[str, Any]:
    """Read one unit of an answer: the evidence, the claims, what would settle it."""
    run = _answered(request, key)
    units = {one["unit"]: one for one in (run.answer or {})["units"]}
    if name not in units:
        raise Http404
    tests = run.tests or {"tests": [], "untestable": {}}
    return {
        "unit": units[name],
        "p_wasted_before": queries.answer(run).before.chance_of_loss,
        "test": next((one for one in tests["tests"] if one["unit"] == name), None),
        "untestable": tests["untestable"].get(name, ""),
    }


@operation(
    router,
    "POST",
    f"{_ONE}/what-if",
    Verb.SEE,
    "answer",
    gives=shapes.PlanOut,
    scope="read",
)
def answer_what_if(request: HttpRequest, key: int, said: shapes.WhatIfIn) -> dict[str, Any]:
    """Move the budget, and see what that would bring; nothing is written."""
    answer = queries.answer(_answered(request, key))
    if said.amounts is not None:
        other = said.model_fields_set - {"amounts"}
        if other:
            words = "amounts are tried as they are: leave out " + ", ".join(sorted(other))
            raise Problem(422, "field-refused", words, errors=[Wrong("amounts", words)])
        laid = what_if.try_out(answer, said.amounts)
    else:
        limits = {name: _limits(name, one) for name, one in said.limits.items()}
        laid = what_if.lay_out(answer, budget=said.budget, limits=limits, move_all=said.move_all)
    plan = laid.plan
    sums = {"today": plan.today, "advised": plan.advised, "held": list(laid.held)}
    return {**vars(plan), **sums, "units": list(plan.units)}


@operation(router, "GET", "/measuring", Verb.SEE, "house", gives=shapes.MeasuringOut)
def measuring(request: HttpRequest) -> dict[str, Any]:
    """Read what measuring needs to know: currency, margin, what each channel is."""
    return _measuring()


@operation(router, "PATCH", "/measuring", Verb.CHANGE, "house", gives=shapes.MeasuringOut)
def measuring_change(request: HttpRequest, said: shapes.MeasuringChange) -> dict[str, Any]:
    """Say what measuring needs to know."""
    changes: dict[str, Any] = {
        name: getattr(said, name) for name in said.model_fields_set & {"currency", "margin"}
    }
    if "channels" in said.model_fields_set:
        changes["channels"] = tuple(Channel(**one.model_dump()) for one in said.channels)
    changed = replace(settings.PLACE.settings(), **changes)
    actions.change_settings(changed, by=request.auth.user, at=timezone.now())
    return _measuring()


def _measuring() -> dict[str, Any]:
    said = settings.PLACE.settings()
    lacking = queries.missing(book(), said)
    names = [name for name in ("currency", "margin") if getattr(lacking, name)]
    return {
        "currency": said.currency,
        "time_zone": said.time_zone,
        "margin": said.margin,
        "channels": [vars(one) for one in said.channels],
        "missing": [*names, *(f"channel {name}" for name in lacking.channels)],
    }


def _limits(name: str, said: shapes.LimitsIn) -> Limits:
    if said.least > said.most:
        words = f"least, {said.least}, is above most, {said.most}"
        raise Problem(422, "field-refused", f"{name}: {words}", errors=[Wrong(name, words)])
    return Limits(said.least, said.most)


def _runs(request: HttpRequest) -> Any:
    rows = AnswerRun.objects.select_related("job", "by")
    return visible(request.auth.user, "answer", rows)


def _met(request: HttpRequest, key: int) -> AnswerRun:
    return get_object_or_404(_runs(request), pk=key)


def _answered(request: HttpRequest, key: int) -> AnswerRun:
    found = _met(request, key)
    if found.answer is None:
        raise Problem(409, "not-answered", "there is no answer yet: wait for it, or ask anew")
    return found


def _with_stale(run: AnswerRun) -> AnswerRun:
    run.stale = queries.stale(run, book()) if run.answered_at else None
    return run

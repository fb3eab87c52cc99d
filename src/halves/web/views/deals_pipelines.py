"""Pipelines: their stages, and what is expected of what is on its way."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from halves.access.rules import Verb, may
from halves.deals import forecasting
from halves.deals import pipelines as room
from halves.deals.errors import DealChangedMeanwhile, DealError
from halves.deals.pipelines import Wanted, default_pipeline, pipelines, stages_of
from halves.deals.stage_models import Pipeline, StageKind
from halves.measure.interval import Interval
from halves.web.needs import needs

_BLANK = 2
_WIDE = 200  # of the picture of an interval, in its own units


@require_GET
@needs(Verb.SEE, "pipeline")
def every(request: HttpRequest) -> HttpResponse:
    """All pipelines with their stages."""
    default_pipeline(at=timezone.now())
    context = {"pipelines": pipelines(), "may_change": may(request.user, Verb.CHANGE, "pipeline")}
    return render(request, "deals/pipelines.html", context)


@require_POST
@needs(Verb.ADD, "pipeline")
def add(request: HttpRequest) -> HttpResponse:
    """Begin another one."""
    name = request.POST.get("name", "")
    try:
        made = room.add_pipeline(name, by=request.user, at=timezone.now())
    except DealError as refused:
        context = {"pipelines": pipelines(), "may_change": True, "name": name, "wrong": refused}
        return render(request, "deals/pipelines.html", context, status=422)
    return redirect("pipeline", made.pk)


@needs(Verb.CHANGE, "pipeline")
def pipeline(request: HttpRequest, key: int) -> HttpResponse:
    """Rename it, and change its stages."""
    found, wrong, rows = _met(key), "", None
    if request.method == "POST":
        rows = _typed(request.POST)
        try:
            _save(request, found, rows)
        except DealChangedMeanwhile as refused:
            messages.error(request, str(refused))
            return redirect("pipeline", key)
        except DealError as refused:
            wrong = str(refused)
            found = _met(key)
        else:
            messages.success(request, _("Saved."))
            return redirect("pipeline", key)
    stages = [one for one in stages_of(found) if one.kind == StageKind.OPEN]
    shown = rows if wrong else [(one.pk, one.name, place + 1) for place, one in enumerate(stages)]
    context = {
        "pipeline": found,
        "name": request.POST.get("name", found.name),
        "rows": [*shown, *((None, "", "") for _place in range(_BLANK))],
        "wrong": wrong,
    }
    return render(request, "deals/pipeline.html", context, status=422 if wrong else 200)


@require_POST
@needs(Verb.CHANGE, "pipeline")
def retire(request: HttpRequest, key: int) -> HttpResponse:
    """Let no deal begin there any more."""
    try:
        room.retire_pipeline(_met(key), by=request.user, at=timezone.now())
    except DealError as refused:
        messages.error(request, str(refused))
        return redirect("pipeline", key)
    messages.success(request, _("No deal begins there any more."))
    return redirect("pipelines")


@require_GET
@needs(Verb.SEE, "forecast")
def forecast(request: HttpRequest) -> HttpResponse:
    """What the deals on their way are expected to bring, month by month."""
    every_one = list(pipelines()) or [default_pipeline(at=timezone.now())]
    said = request.GET.get("pipeline", "")
    chosen = next((one for one in every_one if str(one.pk) == said), every_one[0])
    job, last = forecasting.under_way(chosen), forecasting.newest(chosen)
    if request.htmx and job is None:
        return HttpResponseClientRefresh()
    context = {
        "pipeline": chosen,
        "pipelines": every_one,
        "job": job,
        "forecast": last,
        "money": _money(last.found) if last else [],
        "test": _test(last.found) if last else None,
        "may_add": may(request.user, Verb.ADD, "forecast"),
    }
    name = "deals/forecast_job.html" if request.htmx else "deals/forecast.html"
    return render(request, name, context)


@require_POST
@needs(Verb.ADD, "forecast")
def compute(request: HttpRequest, key: int) -> HttpResponse:
    """Compute it anew."""
    found = _met(key)
    forecasting.ask_forecast(found, by=request.user, at=timezone.now())
    response = redirect("deals_forecast")
    response["Location"] += f"?pipeline={found.pk}"
    return response


def _met(key: int) -> Pipeline:
    return get_object_or_404(Pipeline.objects.filter(retired_at=None), pk=key)


def _typed(said: QueryDict) -> list[tuple[int | None, str, str]]:
    """Stages as typed: the key of one that there is, its name, its place."""
    found = []
    for place in range(room.MOST_STAGES + _BLANK + 1):
        name, key = said.get(f"stage-{place}", "").strip(), said.get(f"key-{place}", "")
        if name and f"retire-{place}" not in said:
            known = int(key) if key.isdecimal() and len(key) < 18 else None
            found.append((known, name, said.get(f"place-{place}", "").strip()))
    return found


def _save(request: HttpRequest, found: Pipeline, rows: list[Any]) -> None:
    said = request.POST.get("version", "")
    version = int(said) if said.isdecimal() and len(said) < 10 else found.version
    by, at = request.user, timezone.now()
    wanted = [Wanted(name, key) for key, name, place in sorted(rows, key=lambda r: _place(r[2]))]
    room.set_stages(found, wanted, by=by, at=at, version=version)
    name = request.POST.get("name", found.name)
    if name.strip() != found.name:
        room.rename_pipeline(found, name, by=by, at=at, version=found.version)


def _place(said: str) -> float:
    try:
        return float(said)
    except ValueError:
        return float("inf")  # what has no place comes last


def _money(found: dict[str, Any]) -> list[dict[str, Any]]:
    """By currency: an interval for each month, where to draw it, and one for all of them."""
    shown = []
    for one in found.get("money", []):
        most = max((month["high"] for month in one["months"]), default=0) or 1
        months = [
            {
                "month": date.fromisoformat(month["month"]),
                "interval": _interval(month),
                "low": round(_WIDE * month["low"] / most),
                "wide": max(round(_WIDE * (month["high"] - month["low"]) / most), 2),
                "mean": round(_WIDE * month["mean"] / most),
            }
            for month in one["months"]
        ]
        shown.append(one | {"months": months, "total": _interval(one["total"])})
    return shown


def _interval(said: dict[str, Any]) -> Interval:
    return Interval(said["mean"], said["low"], said["high"])


def _test(found: dict[str, Any]) -> dict[str, Any] | None:
    test = found.get("back_test")
    if not test:
        return None
    days = {name: date.fromisoformat(test[name]) for name in ("split", "until")}
    return test | days | {"is_better": test["gain"]["low"] > 0}

"""Which half is wasted: the answer, one unit of it, moving the budget, asking anew."""

from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRedirect
from markupsafe import Markup

from halves.access.rules import Verb, insist, may, visible
from halves.jobs.models import State
from halves.ledger.errors import LedgerError
from halves.ledger.settings import Settings
from halves.measure.answer import Answer, UnitAnswer
from halves.measure.plan import LOCKED, Limits, unmeasured
from halves.posting.book import book
from halves.report import charts, curves, returns, words
from halves.report.planning import is_still
from halves.report.verdicts import interval_bar, verdict_bars
from halves.scoreboard import actions, queries, what_if
from halves.scoreboard.attention import stale_words
from halves.scoreboard.errors import PlanRefused
from halves.scoreboard.models import AnswerRun, Unit
from halves.web import answer_tables
from halves.web.needs import needs
from halves.web.score_forms import AskForm, MeasuringForm, WhatIfForm
from halves.web.sentences import headline, wasted


@dataclass(frozen=True)
class Row:
    """One unit on the page."""

    unit: UnitAnswer
    path: str
    verdict: str
    picture: Markup
    brought: str
    p_wasted: str
    claimed: str


@require_GET
@needs(Verb.SEE, "answer")
def which_half(request: HttpRequest) -> HttpResponse:
    """Which half of the money works, which is wasted, and which nobody can tell yet."""
    unit = _unit(request)
    run = queries.answered(unit)
    context = _around(request, unit, run)
    if run is None:
        context["has_ledger"] = queries.has_ledger()
        context["may_import"] = may(request.user, Verb.ADD, "import")
        return render(request, "which_half/empty.html", context)
    answer = queries.answer(run)
    context |= {
        "answer": answer,
        "headline": headline(answer),
        "wasted": wasted(answer),
        "bars": verdict_bars(answer),
        "rows": _rows(answer),
        "returns_chart": returns.returns_chart(answer),
        "change_chart": returns.change_chart(answer),
        "claims_chart": charts.claims_against_effect(answer),
        "returned": answer_tables.returned(answer),
        "claimed": answer_tables.claimed(answer),
        "two": answer_tables.halves_of(answer),
        "is_older": "paths" not in run.answer,
        "weeks_chart": charts.weeks(answer),
        "by_week": answer_tables.by_week(answer),
        "trust": answer_tables.trust_in(answer),
        "best": _best(run),
        "tests": _worth(run),
        "period": words.period(answer),
        "can_plan": answer.joint is not None,
    }
    return render(request, "which_half/answer.html", context)


@require_GET
@needs(Verb.SEE, "answer")
def unit(request: HttpRequest, name: str) -> HttpResponse:
    """One unit: what speaks of it, what was believed before, what would change it."""
    by = _unit(request)
    run = queries.answered(by)
    if run is None:
        return redirect("which_half")
    answer = queries.answer(run)
    found = next((one for one in answer.units if one.unit == name), None)
    if found is None:
        raise Http404
    alone = _about(answer, found)
    context = _around(request, by, run) | {
        "answer": answer,
        "row": _rows(answer, only=name)[0],
        "returns_chart": returns.returns_chart(alone),
        "change_chart": returns.change_chart(alone),
        "claims_chart": charts.claims_against_effect(alone),
        "claims": [
            (label, words.claim(found, rule, answer))
            for rule, label in answer_tables.rule_names().items()
            if rule in found.claims
        ],
        "curve": next(iter(curves.curves(alone)), None),
        "before": words.percent(answer.before.chance_of_loss),
        "test": _test_of(run, name),
        "untestable": (run.tests or {}).get("untestable", {}).get(name, ""),
        "next_test": words.next_test(found),
        "period": words.period(answer),
    }
    return render(request, "which_half/unit.html", context)


@require_GET
@needs(Verb.SEE, "answer")
def try_budget(request: HttpRequest) -> HttpResponse:
    """Move the budget between units, and see what that would bring."""
    by = _unit(request)
    run = queries.answered(by)
    if run is None:
        return redirect("which_half")
    answer = queries.answer(run)
    context = _around(request, by, run) | {"answer": answer, "period": words.period(answer)}
    if answer.joint is None:
        return render(request, "which_half/what_if.html", context)
    units = list(zip(answer.joint.units, answer.joint.spend.tolist(), strict=True))
    is_asked = "do" in request.GET
    form = WhatIfForm(request.GET if is_asked else None, units=units, auto_id="id_%s")
    if is_asked and form.is_valid():
        try:
            laid = _laid(answer, form, is_try=request.GET["do"] == "try")
        except PlanRefused as refused:
            form.refuse("budget", str(refused))
        else:
            context |= _told(laid, answer)
    context |= {"form": form, "is_asked": is_asked, "held": unmeasured(answer)}
    status = 422 if form.errors else 200
    return render(request, "which_half/what_if.html", context, status=status)


@needs(Verb.ADD, "answer")
def ask(request: HttpRequest) -> HttpResponse:
    """Ask which half is wasted, of these days and these units."""
    if not queries.has_ledger():
        return redirect("which_half")
    said, ledger = settings.PLACE.settings(), book()
    lacking = queries.missing(ledger, said)
    form = AskForm(request.POST or None, initial={"unit": _unit(request)})
    if request.method == "POST" and form.is_valid() and not lacking:
        run = actions.ask(
            since=form.cleaned_data["since"],
            until=form.until,
            unit=form.cleaned_data["unit"] or Unit.CHANNEL,
            by=request.user,
            at=timezone.now(),
        )
        return redirect("answer_run", run.pk)
    context = {
        "form": form,
        "lacking": lacking,
        "may_change_house": may(request.user, Verb.CHANGE, "house"),
        "settings_file": settings.PLACE.settings_file,
    }
    is_refused = bool(form.errors) or (request.method == "POST" and bool(lacking))
    return render(request, "which_half/ask.html", context, status=422 if is_refused else 200)


@require_GET
@needs(Verb.SEE, "answer")
def run(request: HttpRequest, key: int) -> HttpResponse:
    """How far an answer is; htmx asks again and again, and leaves for the answer at the end."""
    found = get_object_or_404(visible(request.user, "answer", AnswerRun.objects), pk=key)
    there = f"{reverse('which_half')}?by={found.unit}"
    if found.job.state == State.DONE:
        return HttpResponseClientRedirect(there) if request.htmx else redirect(there)
    context = {"run": found, "job": found.job, "may_stop": _may_ask(request), "left": _left(found)}
    page = "which_half/progress.html" if request.htmx else "which_half/run.html"
    return render(request, page, context)


@require_POST
@needs(Verb.ADD, "answer")
def stop(request: HttpRequest, key: int) -> HttpResponse:
    """Stop computing an answer."""
    found = get_object_or_404(visible(request.user, "answer", AnswerRun.objects), pk=key)
    actions.cancel(found, at=timezone.now())
    return redirect("answer_run", found.pk)


@needs(Verb.SEE, "house")
def measuring(request: HttpRequest) -> HttpResponse:
    """What measuring needs to know: currency, margin, what each channel is."""
    said: Settings = settings.PLACE.settings()
    met = queries.channels_met(book()) if queries.has_ledger() else []
    form = MeasuringForm(request.POST or None, said=said, met=met)
    if request.method == "POST":
        insist(request.user, Verb.CHANGE, "house")
        if form.is_valid():
            try:
                actions.change_settings(form.changed, by=request.user, at=timezone.now())
            except LedgerError as refused:
                form.refuse("currency", str(refused))
            else:
                messages.success(request, _("Saved."))
                there = "answer_ask" if may(request.user, Verb.ADD, "answer") else "which_half"
                return redirect(there)
    context = {
        "form": form,
        "may_change": may(request.user, Verb.CHANGE, "house"),
        "lacking": queries.missing(book(), said) if queries.has_ledger() else None,
        "settings_file": settings.PLACE.settings_file,
    }
    return render(request, "settings/measuring.html", context, status=422 if form.errors else 200)


def _unit(request: HttpRequest) -> str:
    said = request.GET.get("by", "")
    return said if said in Unit.values else Unit.CHANNEL


def _left(run: AnswerRun) -> str:
    """How long it still takes, as long as the last one took; nothing where that is over."""
    usual, started = queries.usual_length(run.unit), run.job.started_at
    if usual is None or started is None:
        return ""
    seconds = (usual - (timezone.now() - started)).total_seconds()
    if seconds < 1:
        return ""
    if seconds < 90:
        said = ngettext("About %(n)d second left.", "About %(n)d seconds left.", round(seconds))
        return said % {"n": round(seconds)}
    minutes = round(seconds / 60)
    return ngettext("About %(n)d minute left.", "About %(n)d minutes left.", minutes) % {
        "n": minutes
    }


def _may_ask(request: HttpRequest) -> bool:
    return may(request.user, Verb.ADD, "answer")


def _around(request: HttpRequest, unit: str, run: AnswerRun | None) -> dict[str, Any]:
    """What every page of an answer knows: whose it is, whether it is stale, what goes on."""
    change = queries.stale(run, book()) if run else None
    return {
        "run": run,
        "by": unit,
        "units": Unit.choices,
        "stale": stale_words(change) if change else "",
        "may_ask": _may_ask(request),
        "under_way": queries.under_way().first(),
    }


def _rows(answer: Answer, *, only: str = "") -> list[Row]:
    paths = {"many": _("one to many"), "one": _("one to one")}
    verdicts = {"working": _("working"), "wasted": _("wasted"), "unknown": _("nobody can tell yet")}
    return [
        Row(
            unit=one,
            path=paths.get(one.path, one.path),
            verdict=verdicts[one.verdict],
            picture=interval_bar(answer, one),
            brought=words.incremental(one, answer.currency),
            p_wasted=words.chance(one.p_wasted) if words.is_told(one) else _("not known"),
            claimed=words.claim(one, "last_touch", answer),
        )
        for one in answer.units
        if not only or one.unit == only
    ]


def _about(answer: Answer, one: UnitAnswer) -> Answer:
    """The same answer, of one unit alone."""
    joint = answer.joint
    if joint is None or one.unit not in joint.units:
        return replace(answer, units=[one], joint=None)
    place = [joint.units.index(one.unit)]
    alone = replace(
        joint,
        units=(one.unit,),
        paths=(one.path,),
        spend=joint.spend[place],
        incremental=joint.incremental[:, place],
        induced=joint.induced[:, place],
        opening=joint.opening[:, place],
        half=joint.half[:, place],
    )
    return replace(answer, units=[one], joint=alone)


def _best(run: AnswerRun) -> dict[str, Any] | None:
    """The next best experiment, if one is worth its cost."""
    return _test_of(run, run.tests["best"]) if run.tests and run.tests["best"] else None


def _worth(run: AnswerRun) -> list[dict[str, Any]]:
    """Tests that bring more than they cost, each with its price."""
    return [
        one | {"price": one["cost"] + one["delay"]}
        for one in (run.tests or {}).get("tests", [])
        if one["net"] > 0
    ]


def _test_of(run: AnswerRun, name: str) -> dict[str, Any] | None:
    return next((one for one in (run.tests or {}).get("tests", []) if one["unit"] == name), None)


def _laid(answer: Answer, form: WhatIfForm, *, is_try: bool) -> what_if.Laid:
    said = form.cleaned_data
    names = [name for name, _spend in form.units]
    if is_try:
        typed = {name: said[f"amount_{place}"] for place, name in enumerate(names)}
        return what_if.try_out(answer, {n: one for n, one in typed.items() if one is not None})
    limits = {
        name: found
        for place, name in enumerate(names)
        if (found := _limits(said, place)) is not None
    }
    return what_if.lay_out(
        answer, budget=said["budget"], limits=limits, move_all=bool(said["move_all"])
    )


def _limits(said: dict[str, Any], place: int) -> Limits | None:
    """As typed; None where nothing was."""
    if said[f"lock_{place}"]:
        return LOCKED
    least, most = said[f"least_{place}"], said[f"most_{place}"]
    if least is None and most is None:
        return None
    low = 0.0 if least is None else least
    return Limits(low, max(2.0, low) if most is None else most)


def _told(laid: what_if.Laid, answer: Answer) -> dict[str, Any]:
    """A plan in the page's words."""
    found, currency = laid.plan, answer.currency
    paths = {one.unit: one.path for one in answer.units}
    is_same = all(is_still(one) for one in found.units)
    said = {
        "advised": words.exact(found.advised, currency),
        "today": words.exact(found.today, currency),
        "more": words.estimate(abs(found.change.mean), currency),
    }
    if is_same:
        sentence = _("Leave the budget as it is: nothing that is known would bring more")
    elif found.change.mean >= 0:
        sentence = (
            _("Spend %(advised)s instead of %(today)s: expected profit rises by %(more)s") % said
        )
    else:
        sentence = (
            _("Spend %(advised)s instead of %(today)s: expected profit falls by %(more)s") % said
        )
    lines = [
        {
            "unit": one.unit,
            "path": paths.get(one.unit, ""),
            "today": one.today,
            "advised": one.advised,
            "percent": "" if is_still(one) else f"{100 * (one.advised / one.today - 1):+.0f}%",
            "change": "" if is_still(one) else words.spread(one.change, currency),
            "p_better": None if is_still(one) else one.p_better,
            "is_untried": one.is_extrapolated and not is_still(one),
            "is_held": one.unit in laid.held,
        }
        for one in found.units
    ]
    return {"plan": found, "sentence": sentence, "is_same": is_same, "lines": lines}

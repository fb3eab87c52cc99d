"""Experiments: the list, one design from draft to result, what to test next, others' tests."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from halves.access.rules import Verb, may, visible
from halves.experiments import actions, designs, detecting, lifts, queries, suggesting
from halves.experiments.audience import regions_of
from halves.experiments.errors import DesignRefused, ExperimentRefused, LiftRefused
from halves.experiments.models import Experiment, PlatformLift, State
from halves.jobs import running
from halves.jobs.models import State as JobState
from halves.posting.book import book
from halves.scoreboard import queries as scoreboard
from halves.web import experiment_words as said
from halves.web.experiment_forms import ExperimentForm, LiftForm
from halves.web.needs import needs


@dataclass(frozen=True)
class Group:
    """Experiments in one state, as the list shows them."""

    label: str
    rows: list[dict[str, Any]]


@require_GET
@needs(Verb.SEE, "experiment")
def experiments(request: HttpRequest) -> HttpResponse:
    """All experiments by state, and which to run next."""
    weighing = suggesting.under_way()
    if request.htmx and weighing is not None:
        return render(request, "experiments/weighing.html", {"weighing": weighing})
    if request.htmx:
        return HttpResponseClientRefresh()
    now = timezone.now()
    rows = visible(request.user, "experiment", Experiment.objects.order_by("-id"))
    context = {
        "groups": [group for group in _groups(list(rows[:500]), now) if group.rows],
        "lifts": PlatformLift.objects.filter(withdrawn_at=None).order_by("-id")[:100],
        "may_add": may(request.user, Verb.ADD, "experiment"),
        "weighing": weighing,
        "weigh_failed": suggesting.failed(),
        **_suggestion(),
    }
    return render(request, "experiments/list.html", context)


@needs(Verb.ADD, "experiment")
def add(request: HttpRequest) -> HttpResponse:
    """Write a design down."""
    channels, regions = _channels(), regions_of(book())
    form = ExperimentForm(
        request.POST or None,
        channels=channels,
        regions=regions,
        initial=ExperimentForm.usual(timezone.localdate()),
    )
    if request.method == "POST" and form.is_valid():
        try:
            found = actions.draft(by=request.user, at=timezone.now(), **form.said)
        except DesignRefused as refused:
            form.refuse(refused.field, str(refused))
        else:
            messages.success(request, _("The draft is written down. Nobody is held out yet."))
            return redirect("experiment", found.pk)
    return render(request, "experiments/edit.html", {"form": form}, status=_status(form))


@needs(Verb.CHANGE, "experiment")
def edit(request: HttpRequest, key: int) -> HttpResponse:
    """Change a draft."""
    found = _met(request, key)
    if found.state != State.DRAFT:
        messages.error(request, _("The design is frozen: what is registered cannot change."))
        return redirect("experiment", key)
    channels, regions = _channels(), regions_of(book())
    initial = ExperimentForm.typed(found, channels)
    form = ExperimentForm(request.POST or None, channels=channels, regions=regions, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_draft(found, by=request.user, at=timezone.now(), **form.said)
        except DesignRefused as refused:
            form.refuse(refused.field, str(refused))
        except ExperimentRefused as refused:
            messages.error(request, str(refused))
            return redirect("experiment", key)
        else:
            return redirect("experiment", key)
    context = {"form": form, "experiment": found}
    return render(request, "experiments/edit.html", context, status=_status(form))


@require_GET
@needs(Verb.SEE, "experiment")
def experiment(request: HttpRequest, key: int) -> HttpResponse:
    """One experiment: the design, what it can detect, who is in it, what it shows."""
    found = _met(request, key)
    last = actions.jobs_of(found).first()
    job = last if last and last.is_live else None
    if request.htmx:
        if job is None:
            return HttpResponseClientRefresh()
        return render(request, "experiments/progress.html", _progress(request, found, job))
    now = timezone.now()
    context = {
        "experiment": found,
        "sentence": designs.sentence(found),
        "is_known": detecting.is_known(found) or found.state != State.DRAFT,
        "sizes": queries.sizes(found),
        "is_over": found.is_over(now),
        "is_open": found.state in (State.REGISTERED, State.RUNNING) and found.ends > now,
        "may_change": may(request.user, Verb.CHANGE, "experiment"),
        "failed": last if last and last.state == JobState.FAILED else None,
        "told": _told(last),
        **_pictures(found),
        **_progress(request, found, job),
    }
    return render(request, "experiments/experiment.html", context)


@require_POST
@needs(Verb.CHANGE, "experiment")
def regions(request: HttpRequest, key: int) -> HttpResponse:
    """Choose where to hold out."""
    place = request.POST.get("place", "")
    number = int(place) if place.isdecimal() and len(place) < 4 else -1
    return _did(
        request, key, lambda one, **how: actions.choose_regions(one, number, **how), _("Chosen.")
    )


@require_POST
@needs(Verb.CHANGE, "experiment")
def register(request: HttpRequest, key: int) -> HttpResponse:
    """Freeze the design."""
    return _did(request, key, actions.register, _("Registered: the design is frozen."))


@require_POST
@needs(Verb.CHANGE, "experiment")
def start(request: HttpRequest, key: int) -> HttpResponse:
    """Draw who is held out."""
    return _did(request, key, actions.start, "")


@require_POST
@needs(Verb.CHANGE, "experiment")
def stop(request: HttpRequest, key: int) -> HttpResponse:
    """End it before its time."""
    return _did(request, key, actions.stop, _("Stopped: nobody is held out any more."))


@require_POST
@needs(Verb.CHANGE, "experiment")
def look(request: HttpRequest, key: int) -> HttpResponse:
    """See what it shows so far."""
    return _did(request, key, actions.look, "")


@require_POST
@needs(Verb.CHANGE, "experiment")
def read(request: HttpRequest, key: int) -> HttpResponse:
    """Read the result."""
    return _did(request, key, actions.read, "")


@require_POST
@needs(Verb.CHANGE, "experiment")
def cancel(request: HttpRequest, key: int) -> HttpResponse:
    """Stop the work that is under way."""
    for job in actions.jobs_of(_met(request, key))[:5]:
        running.cancel(job, at=timezone.now())
    return redirect("experiment", key)


@require_POST
@needs(Verb.CHANGE, "experiment")
def withdraw(request: HttpRequest, key: int) -> HttpResponse:
    """Throw a draft away."""
    try:
        actions.withdraw(_met(request, key), by=request.user, at=timezone.now())
    except ExperimentRefused as refused:
        messages.error(request, str(refused))
        return redirect("experiment", key)
    messages.success(request, _("The draft is thrown away."))
    return redirect("experiments")


@require_POST
@needs(Verb.ADD, "experiment")
def weigh(request: HttpRequest) -> HttpResponse:
    """Ask which experiment is best to run next."""
    suggesting.ask_next_test(by=request.user, at=timezone.now())
    return redirect("experiments")


@require_POST
@needs(Verb.ADD, "experiment")
def draft_next(request: HttpRequest) -> HttpResponse:
    """Make a draft of the test that is suggested."""
    tests = _suggestion()["tests"] or {"tests": []}
    wanted = request.POST.get("unit", "")
    test = next((one for one in tests["tests"] if one["unit"] == wanted), None)
    if test is None:
        messages.error(request, _("This is not suggested any more: look at what is."))
        return redirect("experiments")
    try:
        found = suggesting.draft_of(test, by=request.user, at=timezone.now())
    except ExperimentRefused as refused:
        messages.error(request, str(refused))
        return redirect("experiments")
    return redirect("experiment", found.pk)


@needs(Verb.ADD, "experiment")
def add_lift(request: HttpRequest) -> HttpResponse:
    """Write down a test that somebody else ran."""
    form = LiftForm(request.POST) if request.method == "POST" else LiftForm.fresh()
    if request.method == "POST" and form.is_valid():
        try:
            lifts.record_lift(by=request.user, at=timezone.now(), **form.said)
        except LiftRefused as refused:
            form.refuse(refused.field, str(refused))
        else:
            messages.success(request, _("The study is on its way to the ledger."))
            return redirect("experiments")
    return render(request, "experiments/lift.html", {"form": form}, status=_status(form))


@require_POST
@needs(Verb.CHANGE, "experiment")
def withdraw_lift(request: HttpRequest, key: int) -> HttpResponse:
    """Take a study off the ledger again."""
    found = get_object_or_404(PlatformLift, pk=key)
    try:
        lifts.withdraw_lift(found, by=request.user, at=timezone.now())
    except ExperimentRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The study is taken back."))
    return redirect("experiments")


def _did(request: HttpRequest, key: int, action: Callable[..., object], words: str) -> HttpResponse:
    try:
        action(_met(request, key), by=request.user, at=timezone.now())
    except ExperimentRefused as refused:
        messages.error(request, str(refused))
    else:
        if words:
            messages.success(request, words)
    return redirect("experiment", key)


def _met(request: HttpRequest, key: int) -> Experiment:
    return get_object_or_404(visible(request.user, "experiment", Experiment.objects), pk=key)


def _groups(rows: list[Experiment], now: datetime) -> list[Group]:
    def group(label: str, belongs: Callable[[Experiment], bool]) -> Group:
        shown = [
            {
                "experiment": one,
                "sentence": designs.sentence(one),
                "result": said.headline(one, one.result) if one.result else "",
            }
            for one in rows
            if belongs(one)
        ]
        return Group(label, shown)

    return [
        group(_("Over: read the result"), lambda one: one.state != State.READ and one.is_over(now)),
        group(_("Running"), lambda one: one.state == State.RUNNING and not one.is_over(now)),
        group(_("Registered, not started"), lambda one: one.state == State.REGISTERED),
        group(_("Drafts"), lambda one: one.state == State.DRAFT),
        group(_("Results"), lambda one: one.state == State.READ),
        group(_("Called off"), lambda one: one.state == State.STOPPED and one.started_at is None),
    ]


def _suggestion() -> dict[str, Any]:
    """The newest weighing of tests, whether asked for here or with the answer."""
    at, tests = scoreboard.tests_weighed()
    if tests is None:
        return {"tests": None, "weighed_at": None, "best": None}
    best = next((one for one in tests["tests"] if one["unit"] == tests["best"]), None)
    return {"tests": tests, "weighed_at": at, "best": best}


def _pictures(found: Experiment) -> dict[str, Any]:
    looks = list(found.looks.order_by("at"))
    last = found.result or (looks[-1].found if looks else None)
    context: dict[str, Any] = {
        "detects": said.detects(found) if found.power else "",
        "power_chart": said.power_chart(found),
        "designs": _designs(found),
        "looks": len(looks),
        "looks_chart": None if found.result else said.looks_chart(found, looks),
        "finding": last,
    }
    if last is not None:
        context |= {
            "headline": said.headline(found, last),
            "spread": said.spread(last),
            "effect_chart": said.effect_chart(found, last) if found.result else None,
            "versions": said.versions(last),
            "since": datetime.fromisoformat(last["since"]),
            "until": datetime.fromisoformat(last["until"]),
        }
    return context


def _designs(found: Experiment) -> list[dict[str, Any]]:
    offered = (found.power or {}).get("designs", []) if found.is_by_region else []
    return [
        one | {"is_chosen": one["treated"] == found.held_out_regions, "place": place}
        for place, one in enumerate(offered)
    ]


def _progress(request: HttpRequest, found: Experiment, job: Any) -> dict[str, Any]:
    is_allowed = may(request.user, Verb.CHANGE, "experiment")
    return {"experiment": found, "job": job, "may_cancel": is_allowed}


def _told(last: Any) -> str:
    return last.words if last and last.state == JobState.DONE else ""


def _channels() -> list[str]:
    declared = [one.name for one in settings.PLACE.settings().channels]
    return declared or [one.name for one in scoreboard.channels_met(book())]


def _status(form: Any) -> int:
    return 422 if form.is_bound and form.errors else 200

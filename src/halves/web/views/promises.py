"""Promises: what is open, late and kept; one promise; who keeps what they promise; the report."""

from typing import Any, cast, get_args
from uuid import uuid4

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from halves.access.rules import Verb, insist, may
from halves.people.tasks import finish_task
from halves.promises import expecting, queries
from halves.promises.delivering import deliver, verdict_of
from halves.promises.errors import DeliveryRefused, SurveyRefused
from halves.promises.learning import report as counted
from halves.promises.models import Promise, PromiseTask, Reason, Survey
from halves.promises.surveys import ask_of_promise
from halves.scoreboard.queries import has_ledger
from halves.stories.offering import write_proof
from halves.web.needs import needs
from halves.web.promise_costs import costs
from halves.web.promise_forms import DeliveryForm, ProofForm
from halves.web.promise_words import measured, named

_TABS = get_args(queries.Tab)
_BYS = get_args(expecting.By)


@require_GET
@needs(Verb.SEE, "promise")
def promises(request: HttpRequest) -> HttpResponse:
    """What is promised: open, due soon, at risk, kept."""
    said, today = request.GET.get("tab", "open"), timezone.localdate()
    tab = cast(queries.Tab, said if said in _TABS else "open")
    rows = queries.listed(request.user, tab, today=today)
    place = request.GET.get("page", "1")
    page = min(int(place), 200) if place.isdecimal() and len(place) < 6 and int(place) else 1
    starts = (page - 1) * queries.PAGE
    found = list(rows[starts : starts + queries.PAGE + 1])
    counts = {
        one: queries.counted(rows if one == tab else queries.listed(request.user, one, today=today))
        for one in ("open", "soon", "risk")
    }
    shown = found[: queries.PAGE]
    tasks = queries.recovering(shown)
    context = {
        "tab": tab,
        "rows": [(one, tasks.get(one.pk)) for one in shown],
        "dayless": queries.without_a_day(request.user)[:20] if tab == "open" else (),
        "counts": counts,
        "page": page,
        "has_more": len(found) > queries.PAGE,
        "today": today,
    }
    return render(request, "promises/list.html", context)


@needs(Verb.SEE, "promise")
def promise(request: HttpRequest, key: int) -> HttpResponse:
    """One promise: who was told what, what came of it, and what may be done."""
    found, status = _met(request, key), 200
    initial = {"day": timezone.localdate()}
    form = DeliveryForm(request.POST or None, promise=found, initial=initial)
    if request.method == "POST":
        insist(request.user, Verb.CHANGE, "promise")
        if form.is_valid() and _delivered(request, found, form):
            return redirect("promise", key)
        status = 422
    return render(request, "promises/promise.html", _shown(request, found, form), status=status)


@require_POST
@needs(Verb.CHANGE, "promise")
def recovered(request: HttpRequest, key: int) -> HttpResponse:
    """Say that what was to be done about a promise is done."""
    found = _met(request, key)
    for one in PromiseTask.objects.filter(promise=found, task__done_at=None).select_related("task"):
        finish_task(one.task, by=request.user, at=timezone.now())
    return redirect("promise", key)


@require_POST
@needs(Verb.CHANGE, "promise")
def asked(request: HttpRequest, key: int) -> HttpResponse:
    """Ask the person how the promise was kept."""
    found = _met(request, key)
    number = request.POST.get("survey", "")
    surveys = Survey.objects.filter(closed_at=None, kind="keeping")
    is_number = number.isdecimal() and len(number) < 18
    survey = surveys.filter(pk=int(number) if is_number else 0).first()
    if survey is None:
        messages.error(request, _("Choose a question that is not closed."))
        return redirect("promise", key)
    try:
        is_new = ask_of_promise(survey, found, at=timezone.now())
    except SurveyRefused as refused:
        messages.error(request, _("Not asked: %(why)s.") % {"why": refused})
    else:
        words = (
            _("They get one mail with the question.") if is_new else _("They were asked before.")
        )
        messages.success(request, words)
    return redirect("promise", key)


@require_POST
@needs(Verb.ADD, "proof")
def proof(request: HttpRequest, key: int) -> HttpResponse:
    """Make proof of what a customer said, with where it is from and that they agreed."""
    found, form = _met(request, key), ProofForm(request.POST)
    if not form.is_valid():
        delivery = DeliveryForm(promise=found, initial={"day": timezone.localdate()})
        context = _shown(request, found, delivery) | {"proof_form": form}
        return render(request, "promises/promise.html", context, status=422)
    now = timezone.now()
    said = {"person": found.person, "day": date_format(timezone.localdate(now), "j F Y")}
    source = _("%(person)s, who agreed to be quoted, %(day)s") % said
    write_proof(claim=form.cleaned_data["claim"], source=source, by=request.user, at=now)
    messages.success(request, _("It is proof now: stories may name it."))
    return redirect("promise", key)


@require_GET
@needs(Verb.SEE, "promise")
def expectations(request: HttpRequest) -> HttpResponse:
    """The expectation ledger: what each led people to expect, and what came of it."""
    said = request.GET.get("by", "story")
    by = cast(expecting.By, said if said in _BYS else "story")
    context = {
        "by": by,
        "rows": expecting.expectations(request.user, by, today=timezone.localdate()),
        "counted_at": expecting.counted_at(by),
        "most": expecting.MOST,
    }
    return render(request, "promises/ledger.html", context)


@require_GET
@needs(Verb.SEE, "answer")
def report(request: HttpRequest) -> HttpResponse:
    """How promises were kept, what that did to what customers say, and who promises too much."""
    if not has_ledger():
        return render(request, "promises/report.html", {})
    found = counted()
    price = settings.PLACE.settings().cost_of_under
    whole = found.breaking.all if found.breaking else None
    context = {
        "costs": costs(found.breaking, refused=found.refused, price=price, measures=found.measures),
        "measures": [measured(one) for one in found.measures],
        "promisers": [(by, named(by, rows, whole)) for by, rows in found.promisers.items() if rows],
        "afterwards": found.afterwards,
    }
    return render(request, "promises/report.html", context)


def _met(request: HttpRequest, key: int) -> Promise:
    rows = queries.promises_of(request.user)
    return get_object_or_404(rows.select_related("person__account", "keeper", "version"), pk=key)


def _delivered(request: HttpRequest, found: Promise, form: DeliveryForm) -> bool:
    now = timezone.now()
    once = request.POST.get("once", "")[:60] or uuid4().hex
    try:
        deliver(
            found,
            at=form.moment(now),
            amount=form.cleaned_data.get("amount"),
            words=form.cleaned_data["words"],
            source="by hand",
            source_key=f"{found.pk}:{once}",
            by=request.user,
            now=now,
        )
    except DeliveryRefused as refused:
        form.refuse("day" if refused.field == "at" else refused.field, str(refused))
        return False
    messages.success(request, _("Written down: %(how)s.") % {"how": found.get_keeping_display()})
    return True


def _shown(request: HttpRequest, found: Promise, form: DeliveryForm) -> dict[str, Any]:
    answers = list(found.surveys.select_related("survey").order_by("-asked_at")[:20])
    quotable = next((one.words for one in answers if one.may_quote and one.words), "")
    return {
        "promise": found,
        "form": form,
        "proof_form": ProofForm(initial={"claim": quotable[:300], "agreed": bool(quotable)}),
        "once": uuid4().hex,
        "verdict": verdict_of(found),
        "deliveries": found.deliveries.select_related("by")[:50],
        "tasks": found.tasks.select_related("task__owner"),
        "is_thanked": any(one.reason == Reason.THANKS for one in found.tasks.all()),
        "answers": answers,
        "surveys": Survey.objects.filter(closed_at=None, kind="keeping").order_by("-pk")[:20],
        "today": timezone.localdate(),
        "may_change": may(request.user, Verb.CHANGE, "promise"),
        "may_prove": may(request.user, Verb.ADD, "proof"),
    }

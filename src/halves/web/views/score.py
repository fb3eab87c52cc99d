"""The home page: how both halves do together, and what needs a hand today."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from halves.access.rules import Verb, may
from halves.ledger.errors import LedgerError
from halves.posting.book import book
from halves.report.verdicts import verdict_bars
from halves.scoreboard import actions, queries
from halves.scoreboard.attention import calls
from halves.scoreboard.brand import newest_brand
from halves.scoreboard.counting import count
from halves.scoreboard.errors import PeriodUnknown, TargetRefused
from halves.scoreboard.models import Measure
from halves.scoreboard.periods import Period
from halves.scoreboard.recommending import brand_goal
from halves.scoreboard.scoring import period_asked
from halves.web.attention import pointed
from halves.web.needs import needs
from halves.web.score_facts import brand_facts, facts
from halves.web.score_forms import TargetForm
from halves.web.sentences import headline


@require_GET
@needs(Verb.SEE, "score")
def score(request: HttpRequest) -> HttpResponse:
    """The scoreboard of both halves."""
    context: dict[str, Any]
    now, today = timezone.now(), timezone.localdate()
    if not queries.has_ledger():
        context = {
            "may_import": may(request.user, Verb.ADD, "import"),
            "calls": pointed(calls(request.user, None, None, today=today, now=now)),
        }
        return render(request, "score/empty.html", context)
    ledger, said = book(), settings.PLACE.settings()
    try:
        period = period_asked(request.GET.get("period", ""), ledger, today)
    except PeriodUnknown as failed:
        return render(request, "misread.html", {"failed": failed}, status=400)
    run = queries.answered()
    context = {"period": period, "today": today, "run": run}
    try:
        counted = count(ledger, period, today=today, currency=said.currency)
    except LedgerError as refused:
        context["refused"] = str(refused)
    else:
        context |= facts(counted, period, today, said.currency)
    if run is not None:
        answer = queries.answer(run)
        context |= {
            "answer": answer,
            "headline": headline(answer),
            "bars": verdict_bars(answer),
        }
    context |= {
        "calls": pointed(calls(request.user, ledger, run, today=today, now=now)),
        "may_target": may(request.user, Verb.CHANGE, "target"),
        "may_ask": may(request.user, Verb.ADD, "answer"),
        "target_form": TargetForm.of(period),
        "under_way": queries.under_way().first(),
        "lengths": _lengths(period),
        "brand": newest_brand(ledger, today=today, now=now, currency=said.currency),
        "brand_goal": brand_facts(
            brand_goal(ledger, period, now=now, currency=said.currency), period, today
        ),
    }
    return render(request, "score/score.html", context)


@require_POST
@needs(Verb.CHANGE, "target")
def target(request: HttpRequest) -> HttpResponse:
    """Set what is aimed at."""
    form = TargetForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            period = Period.named(said["period"])
            actions.set_target(
                Measure(said["measure"]),
                said["amount"],
                starts=period.starts,
                ends=period.ends,
                by=request.user,
                at=timezone.now(),
            )
        except PeriodUnknown as refused:
            form.refuse("period", str(refused))
        except TargetRefused as refused:
            form.refuse("amount", str(refused))
        else:
            messages.success(request, _("The target is set."))
            return redirect(f"{reverse('home')}?period={period.name}")
    return render(request, "score/target.html", {"form": form}, status=422)


def _lengths(period: Period) -> list[tuple[str, str, bool]]:
    """The month, the quarter and the year that the period ends with."""
    return [
        (Period.holding(period.last_day, months).name, label, months == period.months)
        for months, label in ((1, _("month")), (3, _("quarter")), (12, _("year")))
    ]

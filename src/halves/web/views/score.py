"""The home page: how both halves do together, and what needs a hand today."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST
from markupsafe import Markup

from halves.access.models import User
from halves.access.rules import Verb, may, visible
from halves.experiments.models import Experiment
from halves.experiments.models import State as Running
from halves.imports.models import ImportRun, RunState
from halves.ledger import Ledger
from halves.ledger.errors import LedgerError
from halves.measure.facts import span
from halves.measure.pace import ahead
from halves.measure.rate import rate
from halves.people.models import Task
from halves.posting.book import book
from halves.report import words
from halves.report.trend import Step, rate_bar, trend
from halves.report.verdicts import verdict_bars
from halves.scoreboard import actions, queries
from halves.scoreboard.counting import Count, PathDoors, Tally, count
from halves.scoreboard.errors import PeriodUnknown, TargetRefused
from halves.scoreboard.models import AnswerRun, Measure
from halves.scoreboard.periods import Period
from halves.web.needs import needs
from halves.web.score_forms import TargetForm
from halves.web.sentences import headline

_IMPORTS_OF_LATE = timedelta(days=14)
_MOST_CALLS = 5  # of one kind


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
class PathRow:
    """Doors of one path, and how many became deals."""

    path: str
    label: str
    opened: int
    closed: int
    rate: str
    picture: Markup


@dataclass(frozen=True)
class Call:
    """Something that needs a hand, and where."""

    words: str
    url: str
    act: str


@require_GET
@needs(Verb.SEE, "score")
def score(request: HttpRequest) -> HttpResponse:
    """The scoreboard of both halves."""
    today = timezone.localdate()
    if not queries.has_ledger():
        return render(
            request, "score/empty.html", {"may_import": may(request.user, Verb.ADD, "import")}
        )
    ledger, said = book(), settings.PLACE.settings()
    try:
        period = _period(request.GET.get("period", ""), ledger, today)
    except PeriodUnknown as failed:
        return render(request, "misread.html", {"failed": failed}, status=400)
    run = queries.answered()
    context: dict[str, Any] = {"period": period, "today": today, "run": run}
    try:
        counted = count(ledger, period, today=today, currency=said.currency)
    except LedgerError as refused:
        context["refused"] = str(refused)
    else:
        context |= _facts(counted, period, today, said.currency)
    if run is not None:
        answer = queries.answer(run)
        context |= {
            "answer": answer,
            "headline": headline(answer),
            "bars": verdict_bars(answer),
        }
    context |= {
        "calls": calls(request.user, ledger, run, today=today),
        "may_target": may(request.user, Verb.CHANGE, "target"),
        "may_ask": may(request.user, Verb.ADD, "answer"),
        "target_form": TargetForm.of(period),
        "under_way": queries.under_way().first(),
        "lengths": _lengths(period),
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


def calls(user: User, ledger: Ledger, run: AnswerRun | None, *, today: date) -> list[Call]:
    """What needs attention today, of what this user may see to."""
    now = timezone.now()
    return [
        *_late_tasks(user, today),
        *_refused_imports(user, now),
        *_experiments_over(user, now),
        *_stale_answer(ledger, run, now),
    ]


def _late_tasks(user: User, today: date) -> list[Call]:
    mine = visible(user, "task", Task.objects.filter(owner=user, done_at=None, due_on__lt=today))
    late = mine.count()
    if not late:
        return []
    said = ngettext("%(n)d of your tasks is late", "%(n)d of your tasks are late", late)
    return [Call(said % {"n": late}, reverse("tasks"), _("Open tasks"))]


def _refused_imports(user: User, now: datetime) -> list[Call]:
    """Files of late that cannot be read, or rows of them that were left out."""
    unread, rows = Q(state=RunState.REFUSED), Q(state=RunState.DONE, refused__gt=0)
    runs = ImportRun.objects.filter(unread | rows, at__gte=now - _IMPORTS_OF_LATE)
    found = []
    for one in visible(user, "import", runs).order_by("-at")[:_MOST_CALLS]:
        said = _("The file %(name)s cannot be read") % {"name": one.name}
        if one.state == RunState.DONE:
            said = ngettext(
                "%(n)d row of %(name)s was refused",
                "%(n)d rows of %(name)s were refused",
                one.refused,
            ) % {"n": one.refused, "name": one.name}
        found.append(Call(said, reverse("import", args=[one.pk]), _("Open the import")))
    return found


def _experiments_over(user: User, now: datetime) -> list[Call]:
    """Experiments that have run their time and wait to be read."""
    over = Experiment.objects.filter(state=Running.RUNNING, ends__lte=now)
    return [
        Call(
            _("The experiment %(title)s has run its time; nobody has read it yet")
            % {"title": one.title},
            reverse("experiment", args=[one.pk]),
            _("Read it"),
        )
        for one in visible(user, "experiment", over).order_by("ends")[:_MOST_CALLS]
    ]


def _stale_answer(ledger: Ledger, run: AnswerRun | None, now: datetime) -> list[Call]:
    if run is None or run.answer is None:
        return []
    there, act = reverse("which_half"), _("Open the answer")
    change = queries.stale(run, ledger)
    found = [Call(stale_words(change), there, act)] if change else []
    until = date.fromisoformat(run.answer["until"])
    for over in queries.experiments_over(ledger, since=until, now=now)[:_MOST_CALLS]:
        said = _("The experiment %(name)s ended on %(day)s; the answer does not know it yet") % {
            "name": over.experiment,
            "day": date_format(over.ends, "j F Y"),
        }
        found.append(Call(said, there, act))
    return found


def stale_words(change: queries.Stale) -> str:
    """How the ledger has changed since an answer, in words."""
    if change.came:
        said = ngettext(
            "The answer was computed from an older ledger: %(n)s row came since",
            "The answer was computed from an older ledger: %(n)s rows came since",
            change.came,
        )
        return said % {"n": number_format(change.came, 0, force_grouping=True)}
    said = ngettext(
        "The answer was computed from an older ledger: %(n)s row is gone since",
        "The answer was computed from an older ledger: %(n)s rows are gone since",
        change.went,
    )
    return said % {"n": number_format(change.went, 0, force_grouping=True)}


def _period(name: str, ledger: Ledger, today: date) -> Period:
    """As the address says; else the quarter that today is in, or the last that the ledger knows."""
    if name:
        return Period.named(name)
    held = span(ledger)
    last = held.until - timedelta(days=1) if held else today
    return Period.holding(min(last, today))


def _lengths(period: Period) -> list[tuple[str, str, bool]]:
    """The month, the quarter and the year that the period ends with."""
    return [
        (Period.holding(period.last_day, months).name, label, months == period.months)
        for months, label in ((1, _("month")), (3, _("quarter")), (12, _("year")))
    ]


def _facts(counted: Count, period: Period, today: date, currency: str | None) -> dict[str, Any]:
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
    found = ahead(weeks, length=(period.ends - today).days / 7) if weeks else None
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

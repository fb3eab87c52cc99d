"""Deals: the board, the list, one deal, and what can be done with it."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from halves.access.models import User
from halves.access.rules import Verb, may, visible
from halves.conversations.models import Conversation
from halves.deals import actions, queries
from halves.deals.errors import DealChangedMeanwhile, DealError, DealRefused
from halves.deals.forecasting import chance_of
from halves.deals.models import Deal, DealState, LostKind
from halves.deals.pipelines import default_pipeline, pipelines, stages_of
from halves.deals.queries import ORDERS, Wanted
from halves.deals.signals import signals_of, usual_stays, with_next_task
from halves.deals.stage_models import Pipeline, Stage, StageKind
from halves.people.errors import FieldRefused
from halves.people.models import Person
from halves.people.queries import people_of
from halves.people.tasks import add_task
from halves.people.timeline import Span, timeline
from halves.web.deal_forms import (
    DealForm,
    LoseForm,
    NurtureForm,
    Row,
    lines_typed,
    rows_of,
    rows_typed,
)
from halves.web.forms import TaskForm
from halves.web.needs import needs
from halves.web.views.asking import as_query

_FILTERS = ("search", "owner", "state", "stage", "person", "account", "lost")
_READ = 12  # lines of what they read before the door opened


@require_GET
@needs(Verb.SEE, "deal")
def deals(request: HttpRequest) -> HttpResponse:
    """The board: a column for each stage."""
    now = timezone.now()
    every = list(pipelines()) or [default_pipeline(at=now)]
    wanted = wanted_in(request)
    pipeline = _chosen(request, every)
    columns = queries.board(pipeline, request.user, wanted, at=now, today=timezone.localdate())
    context = {
        "pipeline": pipeline,
        "pipelines": every,
        "columns": columns,
        "open": [one for one in columns if one.stage.kind == StageKind.OPEN],
        "count": sum(one.count for one in columns if one.stage.kind == StageKind.OPEN),
        "is_empty": not any(one.count for one in columns),
        "wanted": wanted,
        "is_filtered": any(asdict(wanted).values()),
        "query": as_query(request.GET),
        "narrowed": as_query(request.GET, pipeline="", stage="", state="", order=""),
        "owners": _sellers(),
        **_rights(request.user),
    }
    return render(request, "deals/board.html", context)


@require_GET
@needs(Verb.SEE, "deal")
def deal_list(request: HttpRequest) -> HttpResponse:
    """All deals, searched, filtered and in order."""
    wanted, order = wanted_in(request), request.GET.get("order", "newest")
    shown = queries.listed(
        request.user,
        wanted,
        order=order if order in ORDERS else "newest",
        after=request.GET.get("after", ""),
    )
    context = {
        "wanted": wanted,
        "listed": shown,
        "order": order,
        "is_filtered": any(asdict(wanted).values()),
        "next": as_query(request.GET, after="") + f"&after={shown.after}",
        "owners": _sellers(),
        "states": DealState.choices,
        "kinds": LostKind.choices,
        "stages": Stage.objects.filter(retired_at=None).select_related("pipeline"),
        **_rights(request.user),
    }
    return render(request, "deals/list.html", context)


@needs(Verb.ADD, "deal")
def add(request: HttpRequest) -> HttpResponse:
    """Begin a deal with somebody."""
    person = _person(request)
    usual = {"owner": request.user}
    form = DealForm(request.POST if request.method == "POST" else None, initial=usual)
    if request.method == "POST" and form.is_valid() and person is not None:
        try:
            found = actions.open_deal(person, by=request.user, at=timezone.now(), **form.said)
        except DealRefused as refused:
            form.refuse(refused.field, str(refused))
        else:
            messages.success(request, _("The deal is open."))
            return redirect("deal", found.pk)
    elif request.method == "POST" and person is None:
        form.is_valid()
        form.refuse("", _("Choose whom the deal is with."))
    people = people_of(request.user).order_by("-changed_at")[:30] if person is None else ()
    context = {"form": form, "person": person, "people": people}
    return render(request, "deals/edit.html", context, status=status_of(form))


@require_GET
@needs(Verb.SEE, "deal")
def deal(request: HttpRequest, key: int) -> HttpResponse:
    """Everything about one deal."""
    return page_of_deal(request, met(request, key))


@needs(Verb.CHANGE, "deal")
def edit(request: HttpRequest, key: int) -> HttpResponse:
    """Change what we wrote down of a deal."""
    found, theirs = met(request, key), None
    form = DealForm(request.POST or None, initial=DealForm.typed(found))
    if request.method == "POST" and form.is_valid():
        said = form.said
        if found.state != DealState.OPEN or said.get("value") == round(found.value, 2):
            said.pop("value", None)  # a sum of lines that nobody typed over stays one
        if found.state != DealState.OPEN:
            said.pop("currency", None)
        version = form.cleaned_data["version"] or found.version
        try:
            actions.change_deal(found, by=request.user, at=timezone.now(), version=version, **said)
        except DealChangedMeanwhile as refused:
            theirs = met(request, key)
            typed = request.POST.copy()
            typed["version"] = str(theirs.version)
            form = DealForm(typed)
            form.is_valid()
            form.refuse("", str(refused))
        except DealRefused as refused:
            form.refuse(refused.field, str(refused))
        else:
            messages.success(request, _("Saved."))
            return redirect("deal", key)
    context = {"form": form, "deal": found, "theirs": theirs}
    return render(request, "deals/edit.html", context, status=status_of(form))


@require_POST
@needs(Verb.CHANGE, "deal")
def move(request: HttpRequest, key: int) -> HttpResponse:
    """Move a deal to another stage; a loss asks for its reason."""
    found = met(request, key)
    stage = Stage.objects.filter(pk=_number(request.POST.get("stage", "")), retired_at=None).first()
    if stage is None:
        messages.error(request, _("Choose a stage to move it to."))
        return redirect("deal", key)
    form = LoseForm(request.POST if "lost_kind" in request.POST else None)
    if stage.kind == StageKind.LOST and found.stage_id != stage.pk and not form.is_valid():
        context = {"form": form, "deal": found, "stage": stage, "back": _back(request)}
        return render(request, "deals/lose.html", context, status=422)
    said = actions.Ending(request.POST.get("lost_kind", ""), request.POST.get("words", ""))
    version = _number(request.POST.get("version", "")) or None
    now = timezone.now()
    try:
        actions.move(found, stage, by=request.user, at=now, version=version, ending=said)
    except DealError as refused:
        messages.error(request, str(refused))
    else:
        words = _("%(deal)s: %(stage)s.")
        messages.success(request, words % {"deal": found.title, "stage": stage.name})
    return _where(request, found)


@require_POST
@needs(Verb.CHANGE, "deal")
def lines(request: HttpRequest, key: int) -> HttpResponse:
    """Say what is bought."""
    found = met(request, key)
    version = _number(request.POST.get("version", "")) or found.version
    try:
        said = lines_typed(request.POST)
        actions.set_lines(found, said, by=request.user, at=timezone.now(), version=version)
    except DealError as refused:
        rows = rows_typed(request.POST)
        return page_of_deal(request, met(request, key), rows=rows, wrong=str(refused))
    messages.success(request, _("Saved."))
    return redirect("deal", key)


@needs(Verb.CHANGE, "deal")
def nurture(request: HttpRequest, key: int) -> HttpResponse:
    """Give somebody back to marketing, with what holds them back."""
    found = met(request, key)
    form = NurtureForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.back_to_nurture(
                found,
                form.cleaned_data["concern"],
                words=form.cleaned_data["words"],
                by=request.user,
                at=timezone.now(),
            )
        except DealRefused as refused:
            form.refuse(refused.field, str(refused))
        except DealError as refused:
            messages.error(request, str(refused))
            return redirect("deal", key)
        else:
            messages.success(request, _("Marketing has them, with what holds them back."))
            return redirect("deal", key)
    context = {"form": form, "deal": found}
    return render(request, "deals/nurture.html", context, status=status_of(form))


@require_POST
@needs(Verb.CHANGE, "deal")
def task(request: HttpRequest, key: int) -> HttpResponse:
    """Mean to do something next."""
    found, form = met(request, key), TaskForm(request.POST, user=request.user)
    if form.is_valid():
        now = timezone.now()
        try:
            add_task(
                title=form.cleaned_data["title"],
                due_on=form.cleaned_data["due_on"],
                remind_at=form.remind_at(now),
                owner=form.cleaned_data["owner"] or request.user,
                by=request.user,
                at=now,
                person=found.person,
            )
        except FieldRefused as refused:
            form.refuse(refused.field, refused.words)
        else:
            messages.success(request, _("On the list."))
            return redirect("deal", key)
    return page_of_deal(request, found, task_form=form)


def page_of_deal(
    request: HttpRequest,
    found: Deal,
    *,
    rows: list[Row] | None = None,
    wrong: str = "",
    task_form: TaskForm | None = None,
) -> HttpResponse:
    """The deal's page; with what was typed where something is wrong with it."""
    now, user = timezone.now(), request.user
    usual = usual_stays(found.pipeline_id)
    is_open = found.state == DealState.OPEN
    context = {
        "deal": found,
        "is_open": is_open,
        "stages": stages_of(found.pipeline),
        "signals": signals_of(found, usual, at=now, today=timezone.localdate()),
        "chance": chance_of(found),
        "rows": rows or rows_of(found),
        "wrong": wrong,
        "lines": found.lines.all(),
        "changes": found.changes.select_related("stage", "by").order_by("-at", "-pk"),
        "handover": getattr(found, "handover", None),
        "read": _read(found, user),
        "quotes": queries.quotes_of(user).filter(deal=found),
        "talks": _talks(found, user),
        "tasks": found.person.tasks.filter(done_at=None).select_related("owner"),
        "today": timezone.localdate(),
        "task_form": task_form or TaskForm(user=user),
        **_rights(user),
    }
    is_wrong = wrong or (task_form is not None and task_form.errors)
    return render(request, "deals/deal.html", context, status=422 if is_wrong else 200)


def met(request: HttpRequest, key: int) -> Deal:
    """A deal that the user may see."""
    rows = with_next_task(queries.deals_of(request.user))
    rows = rows.select_related("person", "account", "owner", "stage", "pipeline", "concern")
    return get_object_or_404(rows, pk=key)


def wanted_in(request: HttpRequest) -> Wanted:
    """What the board or the list shows, from its URL."""
    return Wanted(**{name: request.GET.get(name, "").strip()[:200] for name in _FILTERS})


def status_of(form: Any) -> int:
    """Of a page with a form on it."""
    return 422 if form.is_bound and form.errors else 200


def _read(found: Deal, user: User) -> list[Any]:
    """What they read, and where they were met, before the door opened."""
    handover = getattr(found, "handover", None)
    if handover is None:
        return []
    opened: datetime = handover.opened_at
    span = Span(size=_READ, before=opened, kinds=frozenset({"touch"}))
    return list(timeline(found.person, user=user, span=span))


def _talks(found: Deal, user: User) -> Any:
    rows = visible(user, "conversation", Conversation.objects.filter(deal=found))
    return rows.select_related("seller").order_by("-at", "-pk")[:20]


def _chosen(request: HttpRequest, every: list[Pipeline]) -> Pipeline:
    key = _number(request.GET.get("pipeline", ""))
    return next((one for one in every if one.pk == key), every[0])


def _person(request: HttpRequest) -> Person | None:
    key = _number(request.POST.get("person", "") or request.GET.get("person", ""))
    return people_of(request.user).filter(pk=key).first() if key else None


def _sellers() -> Any:
    return User.objects.filter(is_active=True).order_by("name")[:200]


def _rights(user: User) -> dict[str, bool]:
    return {
        "may_add": may(user, Verb.ADD, "deal"),
        "may_change": may(user, Verb.CHANGE, "deal"),
        "may_pipelines": may(user, Verb.CHANGE, "pipeline"),
    }


def _number(said: str) -> int:
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 18 else 0


def _back(request: HttpRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "")[:500] for name in ("from", "query", "version")}


def _where(request: HttpRequest, found: Deal) -> HttpResponse:
    """Back to where it was moved: the board as it was shown, or the deal."""
    if request.POST.get("from") != "board":
        return redirect("deal", found.pk)
    asked = urlencode(dict(_pairs(request.POST.get("query", ""))))
    return redirect(f"{reverse('deals')}{'?' if asked else ''}{asked}#deal-{found.pk}")


def _pairs(query: str) -> list[tuple[str, str]]:
    known = (*_FILTERS, "pipeline")
    return [(k, v) for k, v in QueryDict(query[:500]).items() if k in known]

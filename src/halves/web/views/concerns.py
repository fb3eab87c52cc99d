"""The library of concerns: what holds buyers back, and what settles it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings as django_settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from halves.access.rules import Verb, may
from halves.concerns import actions, queries
from halves.concerns.errors import ConcernRefused
from halves.concerns.listening import last_job
from halves.concerns.models import Answer, Concern, ConcernKind
from halves.conversations.at_scale import came_of
from halves.jobs.models import State as JobState
from halves.web.needs import needs
from halves.web.story_forms import AnswerForm, ConcernForm, Fields

_A_PAGE, _QUOTES = 50, 20


@dataclass(frozen=True)
class Split:
    """What somebody wanted to make a concern of its own."""

    name: str = ""
    chosen: Sequence[int] = ()


@require_GET
@needs(Verb.SEE, "concern")
def concerns(request: HttpRequest) -> HttpResponse:
    """What holds people back, by whom, how much is at stake and how well it can be answered."""
    job = last_job()
    if request.htmx and request.htmx.target == "progress":
        if job and job.is_live:
            return render(request, "concerns/progress.html", {"job": job})
        return HttpResponseClientRefresh()
    is_aspiration = request.GET.get("tab") == "aspirations"
    kind = request.GET.get("kind", "")
    kind = kind if kind in ConcernKind.values else ""
    found = queries.ranked(at=timezone.now(), is_aspiration=is_aspiration, kind=kind)
    page = Paginator(found, _A_PAGE).get_page(request.GET.get("page"))
    quotes = queries.newest_quotes(request.user, [one.concern for one in page])
    context = {
        "page": page,
        "rows": [(one, quotes.get(one.concern.pk)) for one in page],
        "open": sum(one.best is None or not one.best.answer.is_approved for one in found),
        "first": found[0] if found else None,
        "is_aspiration": is_aspiration,
        "kind": kind,
        "kinds": ConcernKind.choices,
        "currency": django_settings.PLACE.settings().currency or "",
        "pile": queries.pile(request.user, is_aspiration=is_aspiration).count(),
        "listening": queries.listening(),
        "job": job if job and job.is_live else None,
        "failed": job if job and job.state == JobState.FAILED else None,
        "may_add": may(request.user, Verb.ADD, "concern"),
    }
    return render(request, "concerns/list.html", context)


@needs(Verb.ADD, "concern")
def add(request: HttpRequest) -> HttpResponse:
    """Write down what holds people back."""
    form = ConcernForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            found = actions.add_concern(by=request.user, at=timezone.now(), **form.cleaned_data)
        except ConcernRefused as refused:
            form.refuse(refused.field, str(refused))
        else:
            return redirect("concern", found.pk)
    return render(request, "concerns/edit.html", {"form": form}, status=_status(form))


@require_GET
@needs(Verb.SEE, "concern")
def concern(request: HttpRequest, key: int) -> HttpResponse:
    """One concern with its answers."""
    return one_page(request, key, AnswerForm())


@needs(Verb.CHANGE, "concern")
def edit(request: HttpRequest, key: int) -> HttpResponse:
    """Say it in other words."""
    found = get_object_or_404(queries.concerns_of(request.user), pk=key)
    initial = {"name": found.name, "kind": found.kind}
    form = ConcernForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_concern(found, by=request.user, at=timezone.now(), **form.cleaned_data)
        except ConcernRefused as refused:
            form.refuse(refused.field, str(refused))
        else:
            return redirect("concern", key)
    context = {"form": form, "concern": found}
    return render(request, "concerns/edit.html", context, status=_status(form))


@require_POST
@needs(Verb.ADD, "concern_answer")
def add_answer(request: HttpRequest, key: int) -> HttpResponse:
    """Write down what settles it."""
    found = get_object_or_404(queries.concerns_of(request.user), pk=key)
    form = AnswerForm(request.POST)
    if form.is_valid():
        try:
            actions.add_answer(found, by=request.user, at=timezone.now(), **form.cleaned_data)
        except ConcernRefused as refused:
            form.refuse(refused.field, str(refused))
        else:
            messages.success(request, _("Written down. It is told once it is approved."))
            return redirect("concern", key)
    return one_page(request, key, form)


@needs(Verb.CHANGE, "concern_answer")
def answer(request: HttpRequest, key: int) -> HttpResponse:
    """Change an answer."""
    found = get_object_or_404(Answer.objects.select_related("concern"), pk=key)
    initial = {"words": found.words, "source": found.source}
    form = AnswerForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_answer(found, by=request.user, at=timezone.now(), **form.cleaned_data)
        except ConcernRefused as refused:
            form.refuse(refused.field, str(refused))
        else:
            return redirect("concern", found.concern_id)
    context = {"form": form, "answer": found, "concern": found.concern}
    return render(request, "concerns/answer.html", context, status=_status(form))


@require_POST
@needs(Verb.CHANGE, "concern_answer")
def approve(request: HttpRequest, key: int) -> HttpResponse:
    """Let it be told, or take that back."""
    found = get_object_or_404(Answer, pk=key)
    wanted = request.POST.get("is_wanted") != "no"
    actions.change_answer(found, by=request.user, at=timezone.now(), is_approved=wanted)
    return redirect("concern", found.concern_id)


def one_page(
    request: HttpRequest, key: int, form: Fields, *, split: Split | None = None
) -> HttpResponse:
    """A concern's page, with what was typed there and refused."""
    found = get_object_or_404(Concern, pk=key)
    if found.merged_into_id:
        return redirect("concern", found.merged_into_id)
    now = timezone.now()
    quotes = Paginator(queries.quotes(request.user, found), _QUOTES).get_page(
        request.GET.get("page")
    )
    months = queries.by_month(found, until=now)
    context = {
        "concern": found,
        "answers": queries.answers_of(found),
        "stories": found.stories.order_by("name"),
        "quotes": quotes,
        "months": months,
        "most": max((people for _start, people in months), default=0),
        "answerable": queries.answerable(found),
        "talked_with": queries.listening().talked_with,
        "currency": django_settings.PLACE.settings().currency or "",
        "others": queries.concerns_of(request.user)
        .filter(is_aspiration=found.is_aspiration)
        .exclude(pk=key)
        .order_by("name")[:500],
        "form": form,
        "split": split or Split(),
        "came": came_of(found, at=now),
        "may_tell": may(request.user, Verb.ADD, "campaign"),
        "may_change": may(request.user, Verb.CHANGE, "concern"),
        "may_answer": may(request.user, Verb.ADD, "concern_answer"),
        "may_approve": may(request.user, Verb.CHANGE, "concern_answer"),
    }
    status = 422 if split else _status(form)
    return render(request, "concerns/concern.html", context, status=status)


def _status(form: Fields) -> int:
    return 422 if form.is_bound and form.errors else 200

"""People who are probably one: the list with why, side by side, and what a colleague decides."""

from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from halves.access.rules import Verb, may
from halves.jobs.running import cancel
from halves.people import duplicates as actions
from halves.people.errors import IdentityNotInstalled, MergeRefused
from halves.people.matching import is_installed
from halves.people.merging import undo_merge
from halves.people.models import Duplicate
from halves.web.needs import needs

_SHOWN = 50
_FIELDS = {
    "name": gettext_lazy("Name"),
    "email": gettext_lazy("E-mail"),
    "phone": gettext_lazy("Phone"),
    "account": gettext_lazy("Account"),
    "region": gettext_lazy("Region"),
}


@require_GET
@needs(Verb.SEE, "duplicate")
def duplicates(request: HttpRequest) -> HttpResponse:
    """Who is probably one, and who was merged lately."""
    open_ones = actions.duplicates_of(request.user)
    context = {
        "rows": [{"pair": one, "why": _why(one)} for one in open_ones[:_SHOWN]],
        "total": open_ones.count(),
        "merges": actions.merges_of(request.user)[:20],
        "job": actions.last_search(),
        "is_installed": is_installed(),
        "may_change": may(request.user, Verb.CHANGE, "duplicate"),
    }
    return render(request, "duplicates/list.html", context)


@require_POST
@needs(Verb.CHANGE, "duplicate")
def ask(request: HttpRequest) -> HttpResponse:
    """Look for duplicates, unless that is being done."""
    with suppress(IdentityNotInstalled):  # the page has no button then
        actions.ask(by=request.user, at=timezone.now())
    return redirect("duplicates")


@require_POST
@needs(Verb.CHANGE, "duplicate")
def stop(request: HttpRequest) -> HttpResponse:
    """Stop looking."""
    job = actions.last_search()
    if job is not None:
        cancel(job, at=timezone.now())
    return redirect("duplicates")


@require_GET
@needs(Verb.SEE, "duplicate")
def duplicate(request: HttpRequest, key: int) -> HttpResponse:
    """Two people, side by side."""
    one = _met(request, key)
    context = {
        "pair": one,
        "facts": _side_by_side(one),
        "may_change": may(request.user, Verb.CHANGE, "duplicate"),
    }
    return render(request, "duplicates/pair.html", context)


@require_POST
@needs(Verb.CHANGE, "duplicate")
def decide(request: HttpRequest, key: int) -> HttpResponse:
    """Merge the two, or say that they are not the same."""
    one, said = _met(request, key), request.POST.get("said", "")
    now = timezone.now()
    try:
        if said == "refuse":
            actions.refuse(one, by=request.user, at=now)
            messages.success(request, _("Not the same: they are not proposed again."))
        elif said in ("first", "second"):
            kept = one.first if said == "first" else one.second
            actions.accept(one, kept=kept, by=request.user, at=now)
            messages.success(request, _("Merged. It can be undone below."))
        else:
            messages.error(request, _("Say whom to keep, or that they are not the same."))
    except MergeRefused as refused:
        messages.error(request, str(refused))
    return redirect("duplicates")


@require_POST
@needs(Verb.CHANGE, "duplicate")
def undo(request: HttpRequest, key: int) -> HttpResponse:
    """Take two people apart again."""
    done = get_object_or_404(actions.merges_of(request.user), pk=key)
    try:
        undo_merge(done, by=request.user, at=timezone.now())
        messages.success(request, _("Undone: they are two people again."))
    except MergeRefused as refused:
        messages.error(request, str(refused))
    return redirect("duplicates")


def _met(request: HttpRequest, key: int) -> Duplicate:
    return get_object_or_404(actions.duplicates_of(request.user), pk=key)


def _why(one: Duplicate) -> list[tuple[Any, Any]]:
    said = one.compared.items()
    return [(_FIELDS[name], actions.WORDS[how]) for name, how in said if how != "unknown"]


def _side_by_side(one: Duplicate) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "first": getattr(one.first, name) or "",
            "second": getattr(one.second, name) or "",
            "how": actions.WORDS[one.compared.get(name, "unknown")],
        }
        for name, label in _FIELDS.items()
    ]

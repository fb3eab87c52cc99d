"""What was heard: ask for listening, look at the pile, join, part, pin and let go."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from halves.access.rules import Verb, may, visible
from halves.concerns import listening, queries, shaping
from halves.concerns.errors import ConcernRefused
from halves.concerns.models import Concern, Heard
from halves.web.needs import needs
from halves.web.story_forms import AnswerForm
from halves.web.views.concerns import Split, one_page

_A_PAGE = 50


@require_POST
@needs(Verb.CHANGE, "concern")
def listen(request: HttpRequest) -> HttpResponse:
    """Hear what is new, or put all in order anew."""
    kind = listening.AGAIN if request.POST.get("how") == "again" else listening.LISTEN
    listening.ask(kind, by=request.user, at=timezone.now())
    return redirect("concerns")


@require_GET
@needs(Verb.SEE, "heard")
def pile(request: HttpRequest) -> HttpResponse:
    """What was heard and is like no concern that is known."""
    is_aspiration = request.GET.get("tab") == "aspirations"
    rows = queries.pile(request.user, is_aspiration=is_aspiration)
    context = {
        "page": Paginator(rows, _A_PAGE).get_page(request.GET.get("page")),
        "is_aspiration": is_aspiration,
        "concerns": _library(request).filter(is_aspiration=is_aspiration)[:500],
        "may_change": may(request.user, Verb.CHANGE, "heard"),
    }
    return render(request, "concerns/pile.html", context)


@require_POST
@needs(Verb.CHANGE, "concern")
def merge(request: HttpRequest, key: int) -> HttpResponse:
    """Make one concern of two."""
    found = get_object_or_404(Concern, pk=key)
    into = _chosen(request)
    if into is None:
        return _refused(request, key, _("Choose the concern that it is the same as."))
    try:
        kept = shaping.merge(found, into, by=request.user, at=timezone.now())
    except ConcernRefused as refused:
        return _refused(request, key, str(refused))
    messages.success(
        request, _("“%(gone)s” is one with “%(kept)s” now.") % {"gone": found, "kept": kept}
    )
    return redirect("concern", kept.pk)


@require_POST
@needs(Verb.CHANGE, "concern")
def split(request: HttpRequest, key: int) -> HttpResponse:
    """Make a concern of its own of what was chosen."""
    found = get_object_or_404(Concern, pk=key)
    chosen = [int(one) for one in request.POST.getlist("heard") if one.isdecimal()]
    name = request.POST.get("name", "")
    try:
        made = shaping.split(found, chosen, name=name, by=request.user, at=timezone.now())
    except ConcernRefused as refused:
        messages.error(request, str(refused))
        return one_page(request, key, AnswerForm(), split=Split(name, chosen))
    messages.success(request, _("“%(name)s” is a concern of its own now.") % {"name": made})
    return redirect("concern", made.pk)


@require_POST
@needs(Verb.CHANGE, "concern")
def pin(request: HttpRequest, key: int) -> HttpResponse:
    """Keep it as it is when all is put in order anew, or let listening have it again."""
    found = get_object_or_404(Concern, pk=key)
    wanted = request.POST.get("is_wanted") != "no"
    shaping.pin(found, by=request.user, at=timezone.now(), is_wanted=wanted)
    return redirect("concern", key)


@require_POST
@needs(Verb.CHANGE, "concern")
def retire(request: HttpRequest, key: int) -> HttpResponse:
    """Let it go, or bring it back."""
    found = get_object_or_404(Concern, pk=key)
    wanted = request.POST.get("is_wanted") != "no"
    try:
        shaping.retire(found, by=request.user, at=timezone.now(), is_wanted=wanted)
    except ConcernRefused as refused:
        return _refused(request, key, str(refused))
    if wanted:
        messages.success(request, _("Let go: what is like it is heard no more."))
        return redirect("concerns")
    return redirect("concern", key)


@require_POST
@needs(Verb.CHANGE, "heard")
def place(request: HttpRequest, key: int) -> HttpResponse:
    """Put what was said where it belongs, or say that it is no concern."""
    seen = visible(request.user, "heard", Heard.objects.select_related("concern"))
    one = get_object_or_404(seen, pk=key)
    was, into = one.concern_id, _chosen(request)
    try:
        shaping.place(one, into, by=request.user, at=timezone.now())
    except ConcernRefused as refused:
        messages.error(request, str(refused))
    else:
        told = _("Put with “%(name)s”.") % {"name": into} if into else _("Put away: no concern.")
        messages.success(request, told)
    return redirect("concern", was) if was else redirect("concern_pile")


def _library(request: HttpRequest):
    return queries.concerns_of(request.user).order_by("name")


def _chosen(request: HttpRequest) -> Concern | None:
    said = request.POST.get("into", "")
    if not said.isdecimal() or len(said) > 18:
        return None
    return _library(request).filter(pk=int(said)).first()


def _refused(request: HttpRequest, key: int, words: str) -> HttpResponse:
    messages.error(request, words)
    return redirect("concern", key)

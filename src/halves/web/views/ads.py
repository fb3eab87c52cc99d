"""An audience taken to an ad platform: the plan, whom it takes, files and who took them."""

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from halves.access.rules import Verb, may, visible
from halves.audiences.queries import audiences_of
from halves.campaigns import ad_files, ad_lists
from halves.campaigns.ad_models import AdList, AdListed, AdTaken, Part
from halves.campaigns.errors import CampaignRefused, FieldWrong
from halves.jobs.models import Job
from halves.jobs.models import State as JobState
from halves.people.reachable import WORDS, Refusal
from halves.web import experiment_words
from halves.web.ad_forms import AdListForm
from halves.web.needs import needs

_SHOWN = 20


@needs(Verb.ADD, "ad_list")
def audience_ads(request: HttpRequest, key: int) -> HttpResponse:
    """Take an audience to an ad platform; the lists that it has there."""
    audience = get_object_or_404(audiences_of(request.user), pk=key)
    form = AdListForm(request.POST or None, initial={"title": audience.name})
    if request.method == "POST" and form.is_valid():
        try:
            made = ad_lists.plan(audience, by=request.user, at=timezone.now(), **form.said)
        except FieldWrong as refused:
            form.refuse(refused.field, str(refused))
        else:
            return redirect("ad_list", made.pk)
    rows = visible(request.user, "ad_list", AdList.objects.filter(audience=audience))
    context = {"audience": audience, "form": form, "rows": rows.order_by("-pk")[:_SHOWN]}
    return render(request, "ads/audience.html", context, status=_status(form))


@require_GET
@needs(Verb.SEE, "ad_list")
def ad_list(request: HttpRequest, key: int) -> HttpResponse:
    """One list: whom it takes, what holding out can detect, its files, who took them."""
    found = _met(request, key)
    job = _last_job(found)
    under_way = job if job and job.is_live else None
    if request.htmx:
        if under_way is None:
            return HttpResponseClientRefresh()
        return render(request, "ads/progress.html", {"ad_list": found, "job": under_way})
    files = list(found.files.order_by("-number")[:_SHOWN])
    newest = files[0] if files and files[0].made_at else None
    said = found.found or {}
    takings = AdTaken.objects.filter(file__of=found).select_related("file", "by")
    context = {
        "ad_list": found,
        "job": under_way,
        "failed": job if job and job.state == JobState.FAILED else None,
        "said": said,
        "left_out": _in_words(newest.left_out if newest else said.get("left_out", {})),
        "detects": _detects(found),
        "files": files,
        "newest": newest,
        "takings": takings.order_by("-pk")[:_SHOWN],
        "gone": AdListed.objects.filter(of=found, person=None, removed_in=None).count(),
        "parts": Part.choices,
        "may_change": may(request.user, Verb.CHANGE, "ad_list"),
        "may_take": may(request.user, Verb.EXPORT, "ad_list"),
    }
    return render(request, "ads/ad_list.html", context)


@needs(Verb.CHANGE, "ad_list")
def ad_list_edit(request: HttpRequest, key: int) -> HttpResponse:
    """Change a plan that no file was made of."""
    found = _met(request, key)
    form = AdListForm(request.POST or None, initial=AdListForm.typed(found))
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or found.version
        who = {"by": request.user, "at": timezone.now(), "version": version}
        try:
            ad_lists.change(found, **who, **form.said)
        except FieldWrong as refused:
            form.refuse(refused.field, str(refused))
        except CampaignRefused as refused:
            messages.error(request, str(refused))
            return redirect("ad_list", key)
        else:
            return redirect("ad_list", key)
    return render(request, "ads/edit.html", {"ad_list": found, "form": form}, status=_status(form))


@require_POST
@needs(Verb.CHANGE, "ad_list")
def ad_list_look(request: HttpRequest, key: int) -> HttpResponse:
    """See anew whom it would take."""
    ad_lists.look(_met(request, key), by=request.user, at=timezone.now())
    return redirect("ad_list", key)


@require_POST
@needs(Verb.EXPORT, "ad_list")
def ad_list_make(request: HttpRequest, key: int) -> HttpResponse:
    """Bring it up to date, as a file to be taken."""
    try:
        ad_lists.ask_file(_met(request, key), by=request.user, at=timezone.now())
    except CampaignRefused as refused:
        messages.error(request, str(refused))
    return redirect("ad_list", key)


@require_POST
@needs(Verb.REMOVE, "ad_list")
def ad_list_remove(request: HttpRequest, key: int) -> HttpResponse:
    """Throw a plan away."""
    found = _met(request, key)
    try:
        ad_lists.remove(found, by=request.user, at=timezone.now())
    except CampaignRefused as refused:
        messages.error(request, str(refused))
        return redirect("ad_list", key)
    return redirect("audience_ads", found.audience_id)


@require_POST
@needs(Verb.EXPORT, "ad_list")
def ad_list_take(request: HttpRequest, key: int) -> HttpResponse | StreamingHttpResponse:
    """Take the newest file away; a POST, since who took it is written down."""
    found = _met(request, key)
    said_part = request.POST.get("part", "")
    part = said_part if said_part in Part.values else Part.EVERYONE
    try:
        file = ad_lists.newest_file(found)
        said = ad_files.take(file, part, by=request.user, at=timezone.now())
    except CampaignRefused as refused:
        messages.error(request, str(refused))
        return redirect("ad_list", key)
    return StreamingHttpResponse(said.chunks, content_type=said.media_type, headers=said.headers)


def _met(request: HttpRequest, key: int) -> AdList:
    rows = visible(request.user, "ad_list", AdList.objects.all())
    return get_object_or_404(rows.select_related("audience", "experiment", "by"), pk=key)


def _last_job(found: AdList) -> Job | None:
    kinds = (ad_lists.LOOK, ad_lists.MAKE)
    rows = Job.objects.filter(kind__in=kinds, arguments__ad_list=found.pk)
    return rows.order_by("-pk").first()


def _detects(found: AdList) -> str:
    """What holding people out can detect, in words."""
    power = (found.found or {}).get("power")
    if not power or not found.holdout_share:
        return ""
    design = ad_lists.design_of(found, timezone.now())
    design.power = power
    return experiment_words.detects(design)


def _in_words(left_out: Mapping[str, int]) -> list[tuple[object, int]]:
    words: dict[str, object] = {str(why): said for why, said in WORDS.items()}
    words |= {
        str(Refusal.NEVER_AGREED): _("never agreed to be known to ad platforms"),
        ad_files.NO_DETAILS: _("no address or number to be known by"),
        ad_files.SAME_ADDRESS: _("somebody else with the same address is on it"),
        ad_lists.HELD_OUT_ELSEWHERE: _("another experiment leaves them alone"),
    }
    return [(words.get(why, why), n) for why, n in left_out.items()]


def _status(form: AdListForm) -> int:
    return 422 if form.is_bound and form.errors else 200

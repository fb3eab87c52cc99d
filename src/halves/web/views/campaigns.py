"""Campaigns: the list, the plan, whom it goes to, on its way, how far; and how the house mails."""

from collections.abc import Callable
from secrets import token_hex
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from halves.access.rules import Verb, insist, may
from halves.audiences.models import Audience
from halves.campaigns import actions, looking, queries, recording, sending_settings, trying
from halves.campaigns.errors import CampaignRefused, FieldWrong
from halves.campaigns.models import Campaign, State
from halves.campaigns.ways import address_of
from halves.jobs.models import State as JobState
from halves.mail import signing
from halves.mail.errors import MailSettingsRefused
from halves.mail.settings import MailSettings
from halves.mail.told import KEYS
from halves.people.reachable import EMAIL
from halves.stories.models import Story
from halves.web import experiment_words
from halves.web.campaign_forms import CampaignForm, TestForm
from halves.web.needs import needs
from halves.web.views import campaign_results


@require_GET
@needs(Verb.SEE, "campaign")
def campaigns(request: HttpRequest) -> HttpResponse:
    """All campaigns, what is on its way first."""
    rows = queries.campaigns_of(request.user).select_related("audience").order_by("-id")[:300]
    order = list(State)
    rank = {State.SENDING: -3, State.PAUSED: -2, State.SCHEDULED: -1}
    found = sorted(rows, key=lambda one: rank.get(one.state, order.index(one.state)))
    context = {
        "campaigns": [(one, queries.progress(one)) for one in found],
        "may_add": may(request.user, Verb.ADD, "campaign"),
        "has_parts": Audience.objects.exists() and Story.objects.exists(),
    }
    return render(request, "campaigns/list.html", context)


@needs(Verb.ADD, "campaign")
def add(request: HttpRequest) -> HttpResponse:
    """Plan a campaign."""
    form = _form(request, None)
    if request.method == "POST" and form.is_valid():
        try:
            found = actions.draft(by=request.user, at=timezone.now(), **form.said)
        except FieldWrong as refused:
            form.refuse(refused.field, str(refused))
        else:
            messages.success(request, _("The draft is written down. Nothing is sent."))
            return redirect("campaign", found.pk)
    return render(request, "campaigns/edit.html", {"form": form}, status=_status(form))


@needs(Verb.CHANGE, "campaign")
def edit(request: HttpRequest, key: int) -> HttpResponse:
    """Change a draft."""
    found = _met(request, key)
    form = _form(request, found)
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or found.version
        try:
            actions.change(found, by=request.user, at=timezone.now(), version=version, **form.said)
        except FieldWrong as refused:
            form.refuse(refused.field, str(refused))
        except CampaignRefused as refused:
            messages.error(request, str(refused))
            return redirect("campaign", key)
        else:
            return redirect("campaign", key)
    context = {"form": form, "campaign": found}
    return render(request, "campaigns/edit.html", context, status=_status(form))


@require_GET
@needs(Verb.SEE, "campaign")
def campaign(request: HttpRequest, key: int) -> HttpResponse:
    """One campaign: the plan, whom it goes to, how far it is."""
    found = _met(request, key)
    job = looking.jobs_of(found).first()
    live = job if job and job.is_live else None
    context = {
        "campaign": found,
        "looking": live,
        "progress": queries.progress(found),
        "is_moving": found.state in (State.SCHEDULED, State.SENDING) or live is not None,
        "may_change": may(request.user, Verb.CHANGE, "campaign"),
    }
    if request.htmx:
        if request.GET.get("state") != f"{found.state}{live is not None}":
            return HttpResponseClientRefresh()
        return render(request, "campaigns/progress.html", context)
    checked = found.check_found or {}
    design = found.experiment
    context |= {
        "steps": found.steps.select_related("story", "told"),
        "checked": checked,
        "left_out": queries.in_words(checked.get("left_out", {})),
        "detects": _detects(found, checked),
        "failed": job if job and job.state == JobState.FAILED else None,
        "missing": _missing(found.channel) if found.is_planned else "",
        "design": design,
        "form": _test_form(request, found),
        "is_folder": _is_folder() and found.channel == EMAIL,
        **campaign_results.part_of(found, request.user),
    }
    return render(request, "campaigns/campaign.html", context)


@require_POST
@needs(Verb.CHANGE, "campaign")
def look(request: HttpRequest, key: int) -> HttpResponse:
    """See whom it goes to."""
    return _did(request, key, looking.look, "")


@require_POST
@needs(Verb.CHANGE, "campaign")
def launch(request: HttpRequest, key: int) -> HttpResponse:
    """Put it on its way."""
    return _did(request, key, actions.launch, _("It is on its way. You can pause it at any time."))


@require_POST
@needs(Verb.CHANGE, "campaign")
def pause(request: HttpRequest, key: int) -> HttpResponse:
    """Send nothing for now."""
    return _did(request, key, actions.pause, _("Paused: nothing is sent until it is resumed."))


@require_POST
@needs(Verb.CHANGE, "campaign")
def resume(request: HttpRequest, key: int) -> HttpResponse:
    """Go on."""
    return _did(request, key, actions.resume, _("It goes on; nobody gets a mail twice."))


@require_POST
@needs(Verb.CHANGE, "campaign")
def cancel(request: HttpRequest, key: int) -> HttpResponse:
    """End it for good."""
    return _did(request, key, actions.cancel, _("Cancelled: nothing is sent of it any more."))


@require_POST
@needs(Verb.CHANGE, "campaign")
def settle(request: HttpRequest, key: int) -> HttpResponse:
    """Say what became of mails nobody knows of."""
    were_sent = request.POST.get("were_sent") != "no"

    def say(one: Campaign, **how: Any) -> int:
        return recording.settle(one, were_sent=were_sent, **how)

    return _did(request, key, say, _("Written down."))


@require_POST
@needs(Verb.ADD, "campaign")
def duplicate(request: HttpRequest, key: int) -> HttpResponse:
    """The same as a new draft."""
    found = actions.duplicate(_met(request, key), by=request.user, at=timezone.now())
    messages.success(request, _("This is a draft: nothing of it is sent before you launch it."))
    return redirect("campaign", found.pk)


@require_POST
@needs(Verb.REMOVE, "campaign")
def remove(request: HttpRequest, key: int) -> HttpResponse:
    """Throw a draft away."""
    try:
        actions.remove(_met(request, key), by=request.user, at=timezone.now())
    except CampaignRefused as refused:
        messages.error(request, str(refused))
        return redirect("campaign", key)
    return redirect("campaigns")


@require_POST
@needs(Verb.CHANGE, "campaign")
def try_it(request: HttpRequest, key: int) -> HttpResponse:
    """Send its mails to one address, to see them."""
    form = TestForm(request.POST, channel=_met(request, key).channel)
    if not form.is_valid():
        messages.error(request, " ".join(form.errors["to"]))
        return redirect("campaign", key)
    to = form.cleaned_data["to"]

    def send(one: Campaign, *, by: Any, at: Any) -> None:
        trying.try_campaign(one, to, at=at, key=token_hex(8))

    return _did(request, key, send, _("Sent to %s.") % to)


@needs(Verb.SEE, "mail")
def mail(request: HttpRequest) -> HttpResponse:
    """How the house sends mail, what its DNS must hold, and a mail to try."""
    form, wrong = TestForm(request.POST or None, initial={"to": request.user.email}), ""
    try:
        said: MailSettings | None = MailSettings.read(settings.PLACE.settings_file)
    except MailSettingsRefused as refused:
        said, wrong = None, str(refused)
    if request.method == "POST":
        insist(request.user, Verb.CHANGE, "mail")
        if request.POST.get("keys"):
            signing.make_keys(settings.PLACE.home, selector="halves")
            return redirect("mail")
        if form.is_valid():
            try:
                to = form.cleaned_data["to"]
                trying.try_mail(to, at=timezone.now(), key=token_hex(8))
            except CampaignRefused as refused:
                form.refuse("to", str(refused))
            else:
                messages.success(request, _("Sent to %s.") % to)
                return redirect("mail")
    domain = said.domain if said else ""
    context = {
        "said": said,
        "wrong": wrong,
        "missing": said.missing() if said else [],
        "file": settings.PLACE.settings_file.name,
        "records": [one.record(domain or "…") for one in signing.keys(settings.PLACE.home)],
        "may_change": may(request.user, Verb.CHANGE, "mail"),
        "listens": _listens(said),
        "form": form,
    }
    status = 422 if request.method == "POST" and form.errors else 200
    return render(request, "settings/mail.html", context, status=status)


def _listens(said: MailSettings | None) -> dict[str, object]:
    """What the provider's word is checked with, and whether it is set."""
    name = KEYS.get(said.provider, "") if said else ""
    is_set = bool(said and said.provider_settings.get(name))
    return {"name": name, "is_set": is_set} if name else {}


def _form(request: HttpRequest, found: Campaign | None) -> CampaignForm:
    currency = settings.PLACE.settings().currency or ""
    initial = CampaignForm.typed(found) if found else None
    return CampaignForm(request.POST or None, user=request.user, currency=currency, initial=initial)


def _did(request: HttpRequest, key: int, action: Callable[..., object], words: str) -> HttpResponse:
    try:
        action(_met(request, key), by=request.user, at=timezone.now())
    except CampaignRefused as refused:
        messages.error(request, str(refused))
    else:
        if words:
            messages.success(request, words)
    return redirect("campaign", key)


def _met(request: HttpRequest, key: int) -> Campaign:
    rows = queries.campaigns_of(request.user).select_related("audience", "experiment", "by")
    return get_object_or_404(rows, pk=key)


def _test_form(request: HttpRequest, found: Campaign) -> TestForm:
    is_mail = address_of(found.channel) == EMAIL
    return TestForm(channel=found.channel, initial={"to": request.user.email} if is_mail else None)


def _is_folder() -> bool:
    try:
        return MailSettings.read(settings.PLACE.settings_file).is_folder
    except MailSettingsRefused:
        return False


def _missing(channel: str) -> str:
    try:
        sending_settings.insist_on(channel)
    except CampaignRefused as refused:
        return str(refused)
    return ""


def _detects(found: Campaign, checked: dict[str, Any]) -> str:
    """What holding people out can detect, in words."""
    power = checked.get("power")
    if not power or not found.holdout_share:
        return ""
    design = looking.design_of(found, timezone.now())
    design.power = power
    return experiment_words.detects(design)


def _status(form: CampaignForm) -> int:
    return 422 if form.is_bound and form.errors else 200

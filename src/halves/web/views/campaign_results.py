"""What a campaign changed: the part of its page, and asking anew."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from halves.access.models import User
from halves.access.rules import Verb, may
from halves.campaigns import queries, results
from halves.campaigns.errors import CampaignRefused
from halves.campaigns.models import Campaign
from halves.jobs.models import State as JobState
from halves.web import campaign_words
from halves.web.needs import needs


def part_of(campaign: Campaign, user: User) -> dict[str, Any]:
    """What the part about what it changed needs; nothing of one that is not launched."""
    if campaign.is_planned:
        return {}
    newest, job = results.newest(campaign), results.jobs_of(campaign).first()
    return {
        "campaign": campaign,
        "changed": campaign_words.changed(campaign, newest) if newest else None,
        "measuring": job if job and job.is_live else None,
        "not_measured": job.words if job and job.state == JobState.FAILED else "",
        "progress": queries.progress(campaign),
        "may_change": may(user, Verb.CHANGE, "campaign"),
    }


@require_GET
@needs(Verb.SEE, "campaign")
def changed(request: HttpRequest, key: int) -> HttpResponse:
    """How far the measuring is; the whole page when it is through."""
    found = _met(request, key)
    if not request.htmx:
        return redirect("campaign", key)
    context = part_of(found, request.user)
    if not context.get("measuring"):
        return HttpResponseClientRefresh()
    return render(request, "campaigns/measuring.html", context)


@require_POST
@needs(Verb.CHANGE, "campaign")
def measure(request: HttpRequest, key: int) -> HttpResponse:
    """Ask what it changed so far."""
    try:
        results.ask(_met(request, key), by=request.user, at=timezone.now())
    except CampaignRefused as refused:
        messages.error(request, str(refused))
    return redirect("campaign", key)


def _met(request: HttpRequest, key: int) -> Campaign:
    rows = queries.campaigns_of(request.user).select_related("experiment")
    return get_object_or_404(rows, pk=key)

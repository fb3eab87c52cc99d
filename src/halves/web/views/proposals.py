"""What assistants ask to be done, for the colleague whose key they have."""

import json
from dataclasses import dataclass
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from halves.access.rules import Verb, visible
from halves.assistants import proposing
from halves.assistants.errors import ProposalOver, ProposalStale
from halves.assistants.models import Proposal, ProposalState
from halves.assistants.tools import Tool, tools
from halves.web.needs import needs

_PAGES = {  # of the API's rooms, whose things have a page of their own
    "accounts": "account",
    "ad-lists": "ad_list",
    "audiences": "audience",
    "campaigns": "campaign",
    "concerns": "concern",
    "conversations": "conversation",
    "deals": "deal",
    "duplicates": "duplicate",
    "experiments": "experiment",
    "groups": "group",
    "imports": "import",
    "orders": "order",
    "pages": "page",
    "people": "person",
    "pipelines": "pipeline",
    "promises": "promise",
    "quotes": "quote",
    "stories": "story",
}
_OPEN = (ProposalState.WAITING, ProposalState.CONFIRMED)


@dataclass(frozen=True)
class Shown:
    """A proposal as its page shows it."""

    row: Proposal
    does: str
    about: str
    where: str
    arguments: str


@require_GET
@needs(Verb.SEE, "proposal")
def proposals(request: HttpRequest) -> HttpResponse:
    """What waits for me, each with exactly what would be done; then what became of others."""
    mine = visible(request.user, "proposal", Proposal.objects.all())
    now = timezone.now()
    rows = mine.filter(state__in=_OPEN, lapses_at__gt=now).order_by("pk")[:50]
    context = {
        "seen": proposing.seen_by(request.user),
        "asked": [_shown(one, request) for one in rows],
        "over": mine.exclude(state=ProposalState.WAITING).order_by("-pk")[:20],
    }
    return render(request, "proposals.html", context)


@require_POST
@needs(Verb.CHANGE, "proposal")
def confirm(request: HttpRequest, key: int) -> HttpResponse:
    """Let it happen, once."""
    one = _mine(request, key)
    try:
        found = proposing.confirm(one, by=request.user, at=timezone.now(), seen=_seen(request))
    except (ProposalOver, ProposalStale) as over:
        messages.error(request, _("Not done: %(why)s") % {"why": over})
        return redirect("proposals")
    if found.state == ProposalState.DONE:
        messages.success(request, _("Done."))
    elif found.status == HTTPStatus.CONFLICT and found.state == ProposalState.CONFIRMED:
        messages.info(request, _("It is under way already."))
    else:
        why = (found.answer or {}).get("detail", "")
        messages.error(request, _("It could not be done: %(why)s") % {"why": why})
    return redirect("proposals")


@require_POST
@needs(Verb.CHANGE, "proposal")
def refuse(request: HttpRequest, key: int) -> HttpResponse:
    """Leave it undone."""
    try:
        proposing.refuse(_mine(request, key), by=request.user, at=timezone.now())
    except ProposalOver as over:
        messages.error(request, str(over))
    else:
        messages.success(request, _("Refused: nothing happens."))
    return redirect("proposals")


def _mine(request: HttpRequest, key: int) -> Proposal:
    mine = visible(request.user, "proposal", Proposal.objects.select_related("user", "token"))
    return get_object_or_404(mine, pk=key)


def _seen(request: HttpRequest) -> int:
    said = request.POST.get("seen", "")
    return int(said) if said.isascii() and said.isdigit() else -1


def _where(one: Proposal, tool: Tool | None) -> str:
    """The page of the thing that it is about; empty where there is none."""
    key = one.arguments.get("key")
    if tool is None or tool.room not in _PAGES or not str(key).isdigit():
        return ""
    return reverse(_PAGES[tool.room], args=[key])


def _shown(one: Proposal, request: HttpRequest) -> Shown:
    tool = tools().get(one.tool)
    return Shown(
        row=one,
        does=tool.summary if tool else one.tool,
        about=proposing.about(one, request.user),
        where=_where(one, tool),
        arguments=json.dumps(one.arguments, indent=1, ensure_ascii=False),
    )

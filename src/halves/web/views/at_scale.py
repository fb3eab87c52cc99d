"""From one to many: a concern as a story to many; and what works with whom."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from halves.access.rules import Verb
from halves.concerns import queries
from halves.concerns.models import Concern
from halves.conversations.at_scale import answer_at_scale
from halves.conversations.errors import ConversationRefused
from halves.web.needs import needs


@require_POST
@needs(Verb.ADD, "campaign")
def at_scale(request: HttpRequest, key: int) -> HttpResponse:
    """Draft the story, whom to tell it, and the campaign; then edit the story."""
    found = get_object_or_404(Concern, pk=key)
    try:
        made = answer_at_scale(found, by=request.user, at=timezone.now())
    except ConversationRefused as refused:
        messages.error(request, str(refused))
        return redirect("concern", key)
    told = _(
        "Four drafts: this story, the audience “%(audience)s”, the campaign “%(campaign)s”, "
        "and the page /p/%(page)s/, which nobody sees before it is published."
    )
    names = {"audience": made.audience.name, "campaign": made.campaign.title}
    names["page"] = made.page.slug
    messages.success(request, told % names + " " + _("Edit the quotes, then look at the campaign."))
    return redirect("story", made.story.pk)


@require_GET
@needs(Verb.SEE, "concern")
def playbook(request: HttpRequest) -> HttpResponse:
    """For each concern what was answered, and which of it wins, if anybody can tell."""
    plays = queries.playbook(request.user)
    context = {"plays": plays, "winners": sum(one.has_winner for one in plays)}
    return render(request, "concerns/playbook.html", context)

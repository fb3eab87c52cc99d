"""From one to many: a concern as a story to many; and what works with whom."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from halves.access.rules import Verb
from halves.concerns import queries
from halves.concerns.models import Concern
from halves.conversations.at_scale import AtScale, answer_at_scale, reach_at_scale
from halves.conversations.errors import ConversationRefused
from halves.web.at_scale_forms import AtScaleForm
from halves.web.needs import needs


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Verb.ADD, "campaign")
def at_scale(request: HttpRequest, key: int) -> HttpResponse:
    """Choose the answers and the topic; then the drafts are made, and the story is edited."""
    found, now = get_object_or_404(Concern, pk=key), timezone.now()
    reach = reach_at_scale(found, at=now)
    typed = request.POST if request.method == "POST" else None
    form = AtScaleForm(typed, concern=found, reach=reach)
    if request.method == "POST" and form.is_valid():
        try:
            made = answer_at_scale(found, by=request.user, at=now, **form.said)
        except ConversationRefused as refused:
            form.refuse(refused.field, str(refused))
        else:
            messages.success(request, _drafted(made))
            return redirect("story", made.story.pk)
    context = {"concern": found, "reach": reach, "form": form}
    status = 422 if form.errors else 200
    return render(request, "concerns/at_scale.html", context, status=status)


@require_GET
@needs(Verb.SEE, "concern")
def playbook(request: HttpRequest) -> HttpResponse:
    """For each concern what was answered, and which of it wins, if anybody can tell."""
    plays = queries.playbook(request.user)
    context = {"plays": plays, "winners": sum(one.has_winner for one in plays)}
    return render(request, "concerns/playbook.html", context)


def _drafted(made: AtScale) -> str:
    told = _(
        "Four drafts: this story, the audience “%(audience)s”, the campaign “%(campaign)s”, "
        "and the page /p/%(page)s/, which nobody sees before it is published."
    )
    names = {"audience": made.audience.name, "campaign": made.campaign.title}
    names["page"] = made.page.slug
    return told % names + " " + _("Edit the quotes, then look at the campaign.")

"""Words to begin notes with."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from halves.access.rules import Verb
from halves.conversations.box_models import Snippet
from halves.conversations.errors import ConversationRefused
from halves.conversations.notes import remove_snippet, save_snippet
from halves.conversations.queries import snippets_of
from halves.web.conversation_forms import SnippetForm
from halves.web.needs import needs


@needs(Verb.ADD, "snippet")
def snippets(request: HttpRequest) -> HttpResponse:
    """One's own, those that colleagues share, and saving one."""
    form = SnippetForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            save_snippet(by=request.user, at=timezone.now(), **form.cleaned_data)
        except ConversationRefused as refused:
            form.refuse(refused.field, str(refused))
        else:
            return redirect("snippets")
    context = {"form": form, "snippets": snippets_of(request.user).select_related("by")[:300]}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "conversations/snippets.html", context, status=status)


@require_POST
@needs(Verb.REMOVE, "snippet")
def remove(request: HttpRequest, key: int) -> HttpResponse:
    """Throw one of one's own away."""
    mine = get_object_or_404(Snippet, pk=key, by=request.user)
    remove_snippet(mine, by=request.user, at=timezone.now())
    return redirect("snippets")

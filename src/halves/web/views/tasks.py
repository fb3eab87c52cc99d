"""What colleagues mean to do."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from halves.access.rules import Verb, visible
from halves.assistants import proposing
from halves.people.errors import FieldRefused
from halves.people.models import Task
from halves.people.tasks import doers, finish_task, give_task
from halves.web.forms import GiveForm
from halves.web.needs import needs


@require_GET
@needs(Verb.SEE, "task")
def tasks(request: HttpRequest) -> HttpResponse:
    """My tasks: what is late, what is next, what is done."""
    mine = visible(request.user, "task", Task.objects.filter(owner=request.user))
    mine = mine.select_related("person", "account")
    context = {
        "open_tasks": mine.filter(done_at=None).order_by("due_on", "id")[:200],
        "done_tasks": mine.exclude(done_at=None).order_by("-done_at")[:20],
        "today": timezone.localdate(),
        "asked": proposing.waiting(request.user, at=timezone.now()).count(),
        "doers": doers().exclude(pk=request.user.pk),
    }
    return render(request, "tasks.html", context)


@require_POST
@needs(Verb.CHANGE, "task")
def done(request: HttpRequest, key: int) -> HttpResponse:
    """Tick a task off, or put it back, wherever it is shown."""
    mine = visible(request.user, "task", Task.objects.filter(owner=request.user))
    one = get_object_or_404(mine, pk=key)
    is_put_back, then = "back" in request.POST, _page_it_was_on(request)
    finish_task(one, by=request.user, at=timezone.now(), is_done=not is_put_back)
    if not request.htmx:
        return redirect(then)
    one.refresh_from_db()
    context = {"one": one, "then": then, "is_put_back": is_put_back, "today": timezone.localdate()}
    return render(request, "parts/task.html", context)


@require_POST
@needs(Verb.CHANGE, "task")
def give(request: HttpRequest, key: int) -> HttpResponse:
    """Hand a task of mine over to a colleague."""
    mine = visible(request.user, "task", Task.objects.filter(owner=request.user))
    one = get_object_or_404(mine.select_related("owner", "person", "account"), pk=key)
    form = GiveForm(request.POST, user=request.user)
    if not form.is_valid():
        messages.error(request, _("Choose a colleague first."))
        return redirect("tasks")
    to = form.cleaned_data["to"]
    try:
        give_task(one, to=to, by=request.user, at=timezone.now())
    except FieldRefused as refused:
        messages.error(request, _("Not given: %(why)s.") % {"why": refused.words})
    else:
        messages.success(request, _("On the list of %(name)s.") % {"name": to})
    return redirect("tasks")


def _page_it_was_on(request: HttpRequest) -> str:
    """The page of this house that it was ticked off on."""
    said = request.POST.get("then", "")[:200]
    is_ours = said.startswith("/") and url_has_allowed_host_and_scheme(said, allowed_hosts=None)
    return said if is_ours else reverse("tasks")

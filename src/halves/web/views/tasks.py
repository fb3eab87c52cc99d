"""What colleagues mean to do."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from halves.access.rules import Verb, visible
from halves.people.models import Task
from halves.people.tasks import finish_task
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
    }
    return render(request, "tasks.html", context)


@require_POST
@needs(Verb.CHANGE, "task")
def done(request: HttpRequest, key: int) -> HttpResponse:
    """Tick a task off, or put it back."""
    mine = visible(request.user, "task", Task.objects.filter(owner=request.user))
    one = get_object_or_404(mine, pk=key)
    finish_task(one, by=request.user, at=timezone.now(), is_done="back" not in request.POST)
    return redirect("tasks")

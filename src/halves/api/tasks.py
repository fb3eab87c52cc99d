"""My tasks, my views, and the words on people and accounts."""

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router

from halves.access.models import User
from halves.access.rules import Verb, visible
from halves.api import shapes
from halves.api.door import operation
from halves.api.referring import account_said, owner_said, person_said
from halves.people import actions
from halves.people.models import SavedView, Tag, Task
from halves.people.saved import own_views, remove_view, views_of
from halves.people.tasks import add_task, finish_task, give_task

router = Router(tags=["tasks"])


@operation(router, "GET", "/tasks", Verb.SEE, "task", gives=list[shapes.TaskOut])
def task_list(request: HttpRequest, is_done: bool = False) -> Any:
    """List my tasks: the open ones by their day, or the newest 200 that are done."""
    mine = _mine(request.auth.user).select_related("owner")
    if is_done:
        return list(mine.exclude(done_at=None).order_by("-done_at", "-id")[:200])
    return list(mine.filter(done_at=None).order_by("due_on", "id")[:1000])


@operation(router, "POST", "/tasks", Verb.ADD, "task", gives=shapes.TaskOut, status=201)
def task_add(request: HttpRequest, said: shapes.TaskIn) -> Task:
    """Mean to do something, or ask a colleague to, perhaps for a person or an account."""
    user = request.auth.user
    return add_task(
        title=said.title,
        owner=owner_said(said.owner_id) or user,
        by=user,
        at=timezone.now(),
        person=person_said(user, said.person_id),
        account=account_said(user, said.account_id),
        due_on=said.due_on,
        remind_at=said.remind_at,
    )


@operation(router, "PATCH", "/tasks/{int:key}", Verb.CHANGE, "task", gives=shapes.TaskOut)
def task_change(request: HttpRequest, key: int, said: shapes.TaskChange) -> Task:
    """Tick a task of mine off, put it back, or hand it over to a colleague."""
    user, now = request.auth.user, timezone.now()
    mine = _mine(user).select_related("owner", "person", "account")
    found = get_object_or_404(mine, pk=key)
    to = owner_said(said.owner_id)
    if to is not None:
        give_task(found, to=to, by=user, at=now)
    if said.is_done is not None:
        finish_task(found, by=user, at=now, is_done=said.is_done)
        found.refresh_from_db(fields=["done_at"])
    return found


@operation(router, "GET", "/tags", Verb.SEE, "person", gives=list[str])
def tag_list(request: HttpRequest) -> Any:
    """List the words that colleagues put on people and accounts."""
    return list(Tag.objects.order_by("name").values_list("name", flat=True)[:1000])


@operation(router, "GET", "/views", Verb.SEE, "person", gives=list[shapes.ViewOut])
def view_list(request: HttpRequest) -> Any:
    """List my saved views, and those shown to everyone."""
    user = request.auth.user
    return [_as_mine(one, user) for one in views_of(user)[:1000]]


@operation(router, "POST", "/views", Verb.SEE, "person", gives=shapes.ViewOut, status=201)
def view_save(request: HttpRequest, said: shapes.ViewIn) -> Any:
    """Keep a list of people under a name; my own of that name is replaced."""
    user = request.auth.user
    made = actions.save_view(of="people", by=user, at=timezone.now(), **said.model_dump())
    return _as_mine(made, user)


@operation(router, "DELETE", "/views/{int:key}", Verb.SEE, "person", gives=None, status=204)
def view_remove(request: HttpRequest, key: int) -> None:
    """Throw a view of mine away."""
    user = request.auth.user
    remove_view(get_object_or_404(own_views(user), pk=key), by=user, at=timezone.now())


def _mine(user: User) -> Any:
    return visible(user, "task", Task.objects.filter(owner=user))


def _as_mine(view: SavedView, user: User) -> SavedView:
    view.is_mine = view.user_id == user.pk
    return view

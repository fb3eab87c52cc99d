"""People who are probably one: who and why, merging, saying that they are not, undoing."""

from typing import Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router

from halves.access.rules import Verb
from halves.api import work_shapes as shapes
from halves.api.asking import Pages, paged
from halves.api.door import operation
from halves.api.problems import Problem, Wrong
from halves.api.referring import person_said
from halves.jobs.models import Job
from halves.jobs.running import cancel
from halves.people import duplicates as actions
from halves.people.merging import merge, undo_merge
from halves.people.models import Duplicate, Merge
from halves.people.queries import people_of

router = Router(tags=["duplicates"])


@operation(router, "GET", "/duplicates", Verb.SEE, "duplicate", gives=shapes.DuplicatePage)
def duplicate_list(request: HttpRequest, said: Query[Pages]) -> Any:
    """List pairs of people who are probably one, the most probable first."""
    return paged(actions.duplicates_of(request.auth.user), said, "-probability")


@operation(
    router,
    "POST",
    "/duplicates/search",
    Verb.CHANGE,
    "duplicate",
    gives=shapes.JobOut,
    status=202,
)
def duplicate_search(request: HttpRequest) -> Job:
    """Look for duplicates among everyone; what is under way is not begun again."""
    return actions.ask(by=request.auth.user, at=timezone.now())


@operation(
    router,
    "GET",
    "/duplicates/search",
    Verb.SEE,
    "duplicate",
    gives=shapes.JobOut,
    refuses=(404,),
)
def duplicate_search_now(request: HttpRequest) -> Job:
    """Read how far the newest search for duplicates is; 404 before the first."""
    return _search()


@operation(
    router,
    "POST",
    "/duplicates/search/stop",
    Verb.CHANGE,
    "duplicate",
    gives=shapes.JobOut,
    refuses=(404,),
)
def duplicate_search_stop(request: HttpRequest) -> Job:
    """Stop looking."""
    cancel(_search(), at=timezone.now())
    return _search()


@operation(router, "GET", "/duplicates/{int:key}", Verb.SEE, "duplicate", gives=shapes.DuplicateOut)
def duplicate(request: HttpRequest, key: int) -> Duplicate:
    """Read two who are probably one, side by side."""
    return _met(request, key)


@operation(
    router,
    "POST",
    "/duplicates/{int:key}/merge",
    Verb.CHANGE,
    "duplicate",
    gives=shapes.MergeOut,
    status=201,
)
def duplicate_merge(request: HttpRequest, key: int, said: shapes.KeepIn) -> Merge:
    """Merge the two; it can be undone."""
    one, user = _met(request, key), request.auth.user
    kept = {one.first_id: one.first, one.second_id: one.second}.get(said.keep)
    if kept is None:
        words = f"must be {one.first_id} or {one.second_id}, got {said.keep}"
        raise Problem(422, "field-refused", f"keep: {words}", errors=[Wrong("keep", words)])
    return actions.accept(one, kept=kept, by=user, at=timezone.now())


@operation(
    router,
    "POST",
    "/duplicates/{int:key}/refuse",
    Verb.CHANGE,
    "duplicate",
    gives=None,
    status=204,
)
def duplicate_refuse(request: HttpRequest, key: int) -> None:
    """Say that the two are not the same; they are not proposed again."""
    actions.refuse(_met(request, key), by=request.auth.user, at=timezone.now())


@operation(
    router,
    "POST",
    "/people/{int:key}/merge",
    Verb.CHANGE,
    "person",
    gives=shapes.MergeOut,
    status=201,
)
def person_merge(request: HttpRequest, key: int, said: shapes.MergeIn) -> Merge:
    """Merge another person into this one; it can be undone."""
    user = request.auth.user
    kept = get_object_or_404(people_of(user), pk=key)
    gone = person_said(user, said.gone, name="gone")
    return merge(kept, gone, by=user, at=timezone.now(), why=said.why)


@operation(router, "GET", "/merges", Verb.SEE, "duplicate", gives=shapes.MergePage)
def merge_list(request: HttpRequest, said: Query[Pages]) -> Any:
    """List merges that stand, the newest first."""
    return paged(actions.merges_of(request.auth.user), said, "-id")


@operation(
    router,
    "POST",
    "/merges/{int:key}/undo",
    Verb.CHANGE,
    "duplicate",
    gives=shapes.MergeOut,
)
def merge_undo(request: HttpRequest, key: int) -> Merge:
    """Take two people apart again, each with what they had."""
    user = request.auth.user
    done = get_object_or_404(actions.merges_of(user), pk=key)
    undo_merge(done, by=user, at=timezone.now())
    done.refresh_from_db()
    return done


def _met(request: HttpRequest, key: int) -> Duplicate:
    return get_object_or_404(actions.duplicates_of(request.auth.user), pk=key)


def _search() -> Job:
    found = actions.last_search()
    if found is None:
        raise Http404
    return found

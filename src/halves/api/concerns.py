"""Concerns: what holds buyers back, and what settles it."""

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router

from halves.access.rules import Verb
from halves.api import story_shapes as shapes
from halves.api.door import operation
from halves.concerns import actions, queries
from halves.concerns.models import Answer

router = Router(tags=["concerns"])


@operation(router, "GET", "/concerns", Verb.SEE, "concern", gives=list[shapes.ConcernOut])
def concern_list(request: HttpRequest) -> Any:
    """List concerns with their answers."""
    return list(queries.concerns_of(request.auth.user)[:1000])


@operation(router, "POST", "/concerns", Verb.ADD, "concern", gives=shapes.ConcernOut, status=201)
def concern_add(request: HttpRequest, said: shapes.ConcernIn) -> Any:
    """Write down what holds buyers back."""
    return actions.add_concern(by=request.auth.user, at=timezone.now(), **said.model_dump())


@operation(router, "GET", "/concerns/{int:key}", Verb.SEE, "concern", gives=shapes.ConcernOut)
def concern(request: HttpRequest, key: int) -> Any:
    """Read one concern with its answers."""
    return get_object_or_404(queries.concerns_of(request.auth.user), pk=key)


@operation(router, "PATCH", "/concerns/{int:key}", Verb.CHANGE, "concern", gives=shapes.ConcernOut)
def concern_change(request: HttpRequest, key: int, said: shapes.ConcernIn) -> Any:
    """Say a concern in other words."""
    user = request.auth.user
    found = get_object_or_404(queries.concerns_of(user), pk=key)
    given = said.model_dump(exclude_unset=True)
    return actions.change_concern(found, by=user, at=timezone.now(), **given)


@operation(
    router,
    "POST",
    "/concerns/{int:key}/answers",
    Verb.ADD,
    "concern_answer",
    gives=shapes.ConcernAnswerOut,
    status=201,
)
def concern_answer_add(request: HttpRequest, key: int, said: shapes.AnswerIn) -> Any:
    """Write down what settles a concern; it is told once it is approved."""
    user = request.auth.user
    found = get_object_or_404(queries.concerns_of(user), pk=key)
    return actions.add_answer(found, by=user, at=timezone.now(), **said.model_dump())


@operation(
    router,
    "PATCH",
    "/concern-answers/{int:key}",
    Verb.CHANGE,
    "concern_answer",
    gives=shapes.ConcernAnswerOut,
)
def concern_answer_change(request: HttpRequest, key: int, said: shapes.AnswerChange) -> Any:
    """Change an answer, or let it be told."""
    found = get_object_or_404(Answer, pk=key)
    given = said.model_dump(exclude_unset=True)
    return actions.change_answer(found, by=request.auth.user, at=timezone.now(), **given)

"""Conversations: calls, meetings, mail and chat, and what was said in them."""

from typing import Annotated, Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router
from pydantic import Field

from halves.access.models import User
from halves.access.rules import Verb, visible
from halves.api import conversation_shapes as shapes
from halves.api.asking import paged, version_wanted
from halves.api.door import operation
from halves.api.referring import one_said, person_said
from halves.connect.transcripts import read
from halves.conversations import actions, queries
from halves.conversations.models import Conversation
from halves.conversations.queries import Wanted
from halves.conversations.talk import NextStep, Talk
from halves.conversations.transcripts import as_turns, put_transcript
from halves.deals.models import Deal
from halves.stories.actions import freeze
from halves.stories.queries import stories_of

router = Router(tags=["conversations"])
_ONE = "/conversations/{int:key}"
_TURNS = 500


@operation(router, "GET", "/conversations", Verb.SEE, "conversation", gives=shapes.ConversationPage)
def conversation_list(request: HttpRequest, said: Query[shapes.ConversationsPaged]) -> Any:
    """List conversations, the newest first."""
    wanted = Wanted(**said.model_dump(exclude={"after", "size"}))
    rows = queries.wanted_of(request.auth.user, wanted, at=timezone.now())
    return paged(rows, said, "-at")


@operation(
    router,
    "POST",
    "/conversations",
    Verb.ADD,
    "conversation",
    gives=shapes.ConversationOut,
    status=201,
)
def conversation_log(request: HttpRequest, said: shapes.ConversationIn) -> Any:
    """Log a talk: a touch, the promises of the story told, a task for what is next."""
    user, now = request.auth.user, timezone.now()
    stories = stories_of(user).filter(retired_at=None)
    story = one_said(stories, "story_id", said.story_id)
    talk = Talk(
        **said.model_dump(include={"kind", "minutes", "direction", "state", "subject", "summary"}),
        at=said.at or now,
        seller=user,
        deal=_deal_said(user, said.deal_id),
        told=freeze(story, by=user, at=now) if story else None,
        next_step=NextStep(said.next_step, said.due_on) if said.next_step else None,
        is_private=said.is_private,
        source=f"api:{user.pk}",
        source_key=said.key,
    )
    return actions.log(person_said(user, said.person_id), talk, by=user, at=now)


@operation(router, "GET", _ONE, Verb.SEE, "conversation", gives=shapes.ConversationOut)
def conversation(request: HttpRequest, key: int) -> Any:
    """Read one conversation."""
    return _met(request, key)


@operation(router, "PATCH", _ONE, Verb.CHANGE, "conversation", gives=shapes.ConversationOut)
def conversation_change(request: HttpRequest, key: int, said: shapes.ConversationChange) -> Any:
    """Correct what was written down; whether it is private, only its seller says."""
    one, user = _met(request, key), request.auth.user
    version = version_wanted(request, said.version, one.version)
    given = said.model_dump(exclude_unset=True, exclude={"version"})
    if "deal_id" in given:
        given["deal"] = _deal_said(user, given.pop("deal_id"))
    return actions.change(one, version=version, by=user, at=timezone.now(), **given)


@operation(
    router, "POST", f"{_ONE}/held", Verb.CHANGE, "conversation", gives=shapes.ConversationOut
)
def conversation_held(request: HttpRequest, key: int, said: shapes.HeldIn) -> Any:
    """Say whether a planned meeting took place."""
    one = _met(request, key)
    who: dict[str, Any] = {"by": request.auth.user, "at": timezone.now()}
    if said.was_held:
        minutes = one.minutes if said.minutes is None else said.minutes
        actions.hold(one, minutes=minutes, **who)
    else:
        actions.call_off(one, **who)
    return _met(request, key)


@operation(router, "PUT", f"{_ONE}/transcript", Verb.CHANGE, "conversation", gives=shapes.TurnsOut)
def conversation_transcript(request: HttpRequest, key: int, said: shapes.TranscriptIn) -> Any:
    """Put a transcript to a conversation, in the place of the one that it has."""
    one = _met(request, key)
    turns = as_turns(read(said.words.encode(), name=said.name), one, said=said.speakers)
    put_transcript(one, turns, by=request.auth.user, at=timezone.now())
    return _turns(one, 0)


@operation(router, "GET", f"{_ONE}/turns", Verb.SEE, "conversation", gives=shapes.TurnsOut)
def conversation_turns(
    request: HttpRequest, key: int, after: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
) -> Any:
    """Read what was said, 500 turns at a time."""
    return _turns(_met(request, key), after)


def _turns(one: Conversation, after: int) -> dict[str, Any]:
    rows = list(one.turns.filter(position__gte=after).order_by("position")[: _TURNS + 1])
    is_more = len(rows) > _TURNS
    return {"rows": rows[:_TURNS], "after": rows[_TURNS].position if is_more else None}


def _met(request: HttpRequest, key: int) -> Conversation:
    return get_object_or_404(queries.conversations_of(request.auth.user), pk=key)


def _deal_said(user: User, key: int | None) -> Deal | None:
    return one_said(visible(user, "deal", Deal.objects.all()), "deal_id", key)

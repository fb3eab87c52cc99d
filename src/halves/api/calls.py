"""The call queue, and the brief before a call."""

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router

from halves.access.rules import Verb, visible
from halves.api import call_shapes as shapes
from halves.api.door import operation
from halves.conversations import actions, queue, queue_queries
from halves.conversations.brief import Brief, brief_of
from halves.conversations.brief_step import next_step
from halves.conversations.models import Direction, Kind
from halves.conversations.queue_models import CallQueue, QueueDecision, QueueDraw, Reason
from halves.conversations.talk import NextStep, Talk
from halves.people.queries import people_of

router = Router(tags=["calls"])
_ONE = "/calls/{int:key}"


@operation(router, "GET", "/calls", Verb.SEE, "queue_decision", gives=list[shapes.QueueCallOut])
def call_list(
    request: HttpRequest, seller: Annotated[int | None, Query(ge=1, le=2**31)] = None
) -> Any:
    """List who waits to be called, the most promising first; nobody whom the dice left alone."""
    rows = queue_queries.to_call(request.auth.user)
    if seller is not None:
        rows = rows.filter(seller=seller)
    return [_call(one) for one in rows[: queue_queries.MOST_SHOWN]]


@operation(router, "POST", "/calls/draw", Verb.ADD, "call_queue", gives=shapes.DrawOut)
def call_draw(request: HttpRequest) -> QueueDraw:
    """Roll the dice for my day; drawn already, the same draw is found."""
    now = timezone.now()
    return queue.draw(request.auth.user, _today(now), at=now, by=request.auth.user)


@operation(router, "POST", f"{_ONE}/skip", Verb.CHANGE, "queue_decision", gives=shapes.QueueCallOut)
def call_skip(request: HttpRequest, key: int, said: shapes.SkipIn) -> Any:
    """Leave somebody uncalled, and say why."""
    one = _met(request, key)
    queue.skip(one, because=said.because, by=request.auth.user, at=timezone.now())
    return _call(_met(request, key))


@operation(router, "POST", f"{_ONE}/done", Verb.CHANGE, "queue_decision", gives=shapes.QueueCallOut)
def call_done(request: HttpRequest, key: int, said: shapes.DoneIn) -> Any:
    """Log a call that was made just now; said again, it is logged once."""
    one, now = _met(request, key), timezone.now()
    talk = Talk(
        kind=Kind.CALL,
        at=now,
        seller=request.auth.user,
        minutes=said.minutes,
        direction=Direction.OUT,
        summary=said.summary,
        deal=one.deal,
        next_step=NextStep(said.next_step),
        source="call queue",
        source_key=one.key,
    )
    actions.log(one.person, talk, by=request.auth.user, at=now)
    return _call(_met(request, key))


@operation(router, "GET", "/call-queue", Verb.SEE, "call_queue", gives=shapes.QueueOut)
def call_queue(request: HttpRequest) -> Any:
    """Read how the queue is drawn, what its dice show of calls, and what they cost."""
    return _queue(timezone.now())


@operation(router, "PATCH", "/call-queue", Verb.CHANGE, "call_queue", gives=shapes.QueueOut)
def call_queue_change(request: HttpRequest, said: shapes.QueueIn) -> Any:
    """Change how the queue is drawn, or turn it on or off."""
    changes = {name: value for name, value in said.model_dump().items() if value is not None}
    queue.set_queue(by=request.auth.user, at=timezone.now(), **changes)
    return _queue(timezone.now())


@operation(router, "GET", "/people/{int:key}/brief", Verb.SEE, "brief", gives=shapes.BriefOut)
def person_brief(request: HttpRequest, key: int) -> Any:
    """Read what to know of a person before a call."""
    people = people_of(request.auth.user).select_related("account", "owner")
    found = brief_of(get_object_or_404(people, pk=key), user=request.auth.user, at=timezone.now())
    return _brief(found)


def _today(now: datetime) -> date:
    return now.astimezone(queue.zone()).date()


def _met(request: HttpRequest, key: int) -> QueueDecision:
    rows = visible(request.auth.user, "queue_decision", QueueDecision.objects.all())
    return get_object_or_404(rows.select_related("person", "seller", "deal"), pk=key)


def _call(one: QueueDecision) -> dict[str, Any]:
    return {
        "id": one.pk,
        "person": shapes.named(one.person),
        "phone": one.person.phone,
        "deal_id": one.deal_id,
        "seller": shapes.named(one.seller),
        "gain": float(one.gain),
        "is_expected_to_pay": one.is_expected_to_pay,
        "chance": one.chance,
        "why": one.why,
        "drawn_at": one.at,
        "period_ends": one.period_ends,
        "state": one.state,
        "skipped_because": one.skipped_because,
        "conversation_id": one.conversation_id,
    }


def _queue(now: datetime) -> dict[str, Any]:
    found = CallQueue.get()
    learned = found.learned or {}
    cost = queue_queries.cost_of_dice(since=now - queue_queries.LOOKED_BACK)
    return {
        "is_on": found.is_on,
        "calls_a_day": found.calls_a_day,
        "minutes": found.minutes,
        "period_days": found.period_days,
        "held_out_share": found.held_out_share,
        "held_out_share_now": queue.held_out_share(found),
        "callers": [shapes.named(one.seller) for one in queue_queries.callers()],
        "effect": learned.get("always_valid"),
        "p_wasted": learned.get("p_wasted"),
        "kinds": [
            {"reason": reason, **learned["kinds"][reason]}
            for reason in Reason
            if reason in learned.get("kinds", {})
        ],
        "decisions": learned.get("treated", 0) + learned.get("held_out", 0),
        "more": learned.get("more"),
        "given_up": float(cost.given_up),
        "currency": cost.currency,
        "learned_at": found.learned_at,
    }


def _brief(found: Brief) -> dict[str, Any]:
    strength, late = found.bond.strength, {one.pk for one in found.late}
    parts = ("score", "recency", "reciprocity", "cadence", "breadth")
    counts = ("days_since", "theirs", "ours", "colleagues")
    return {
        "person": shapes.named(found.person),
        "account": shapes.named(found.person.account),
        "refused": found.refused,
        "left_alone_until": found.left_alone_until,
        "is_left_alone": found.is_left_alone,
        "step": next_step(found),
        "deals": [shapes.named(one) for one in found.deals],
        "wishes": found.wishes,
        "problems": found.problems,
        "told": found.told,
        "solutions": [shapes.named(one) for one in found.solutions],
        "promises": [
            {"id": one.pk, "words": one.words, "due_on": one.due_on, "is_late": one.pk in late}
            for one in found.promises
        ],
        "concerns": [
            {
                "concern_id": one.concern,
                "name": one.name,
                "is_voiced": one.is_voiced,
                "low": one.low,
                "high": one.high,
                "answer": one.answer,
                "how_sure": one.how_sure,
            }
            for one in found.concerns
        ],
        "bond": {name: getattr(strength, name) for name in parts}
        | {name: getattr(found.bond, name) for name in counts},
        "lines": [
            {"at": one.at, "kind": one.kind, "words": str(one.words), "detail": one.detail}
            for one in found.lines
        ],
    }

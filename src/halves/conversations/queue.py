"""The call queue's actions: turn it on, draw a seller's day, skip somebody, write a call down.

Nobody's arm is chosen: the gain makes a chance, the chance and a keyed hash make the arm, and all
three are kept, so that anyone who has the season's secret can check each.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from halves.access import audit
from halves.access.models import Role, User
from halves.conversations.posting import cost_of
from halves.conversations.queue_errors import (
    AlreadySettled,
    NotACaller,
    QueueIsOff,
    QueueLacks,
    ReasonMissing,
)
from halves.conversations.queue_facts import Facts, read_facts
from halves.conversations.queue_gain import (
    Candidate,
    Share,
    candidates,
    may_be_called,
    worth_more,
)
from halves.conversations.queue_levels import Levels
from halves.conversations.queue_models import (
    Caller,
    CallQueue,
    DecisionState,
    QueueDecision,
    QueueDraw,
)
from halves.conversations.queue_season import CALL, post_arms, season_of
from halves.experiments.models import Experiment
from halves.ledger.settings import Settings
from halves.measure.assignment import draws
from halves.measure.call_dice import chances, shortlist_size, toll
from halves.people.models import Person
from halves.posting import outbox
from halves.posting.book import book

MOST_CALLS = 200  # a day
_SET = ("is_on", "calls_a_day", "period_days", "held_out_share", "minutes")
_MILLIONTH = Decimal("0.000001")


def zone() -> ZoneInfo:
    """The zone in which the house's days begin."""
    return ZoneInfo(settings.PLACE.settings().time_zone or "UTC")


def set_queue(*, by: User, at: datetime, **said: object) -> CallQueue:
    """Say how the queue is drawn, or turn it on or off.

    Raises:
        QueueLacks: turned on without a setting that gains are worked out with.
    """
    with transaction.atomic():
        queue, _made = CallQueue.objects.select_for_update().get_or_create(only=True)
        before = audit.fields_of(queue, _SET)
        for name in _SET:
            if name in said:
                setattr(queue, name, said[name])
        if queue.is_on:
            _price_of_a_call(queue)
        queue.save(update_fields=_SET)
        after = audit.fields_of(queue, _SET)
        audit.record("call_queue.change", queue, by=by, at=at, before=before, after=after)
    return queue


def set_caller(
    seller: User, *, calls_a_day: int | None, is_caller: bool, by: User, at: datetime
) -> None:
    """Say whether the queue fills a seller's day, and with how many calls.

    Raises:
        NotACaller: a colleague who only looks.
    """
    if is_caller and (seller.role == Role.VIEWER or not seller.is_active):
        raise NotACaller(_("%(name)s only looks, and calls nobody.") % {"name": seller})
    with transaction.atomic():
        if is_caller:
            usual = {"calls_a_day": calls_a_day}
            Caller.objects.update_or_create(
                seller=seller, defaults=usual, create_defaults={**usual, "since": at}
            )
        else:
            Caller.objects.filter(seller=seller).delete()
        after = {"is_caller": is_caller, "calls_a_day": calls_a_day}
        audit.record("call_queue.caller", seller, by=by, at=at, after=after)


def draw(
    seller: User, day: date, *, at: datetime, by: User | None = None, facts: Facts | None = None
) -> QueueDraw:
    """Roll the dice for a seller's day; said again, the same draw is found.

    Args:
        seller: whose day.
        day: in the house's time zone.
        at: now.
        by: who asks; None for halves itself.
        facts: of the ledger, if they were read a moment ago.

    Raises:
        QueueIsOff, QueueLacks, NotACaller: nothing can be drawn.
    """
    queue = CallQueue.get()
    if not queue.is_on:
        raise QueueIsOff(_("The call queue is off. A leader can turn it on."))
    end_periods(at=at)
    drawn = QueueDraw.objects.filter(seller=seller, day=day).first()
    if drawn is not None:
        return drawn
    caller = Caller.objects.filter(seller=seller).first()
    if caller is None:
        raise NotACaller(
            _("The queue fills no day of %(name)s: a leader can add them.") % {"name": seller}
        )
    room = room_of(queue, caller)
    facts = facts or facts_now(queue, at=at)
    weighed = _weighed(queue, caller, facts, room, day, at)
    try:
        with transaction.atomic():
            return _rolled(queue, seller, day, room, weighed, by=by, at=at)
    except IntegrityError:  # two at once: the other's dice stand
        drawn = QueueDraw.objects.filter(seller=seller, day=day).first()
        if drawn is None:
            raise
        return drawn


def room_of(queue: CallQueue, caller: Caller) -> int:
    """How many more calls a day has room for, beside those that still wait."""
    most = queue.calls_a_day if caller.calls_a_day is None else caller.calls_a_day
    waiting = QueueDecision.objects.filter(
        seller_id=caller.seller_id, is_current=True, state=DecisionState.WAITING
    )
    return max(most - waiting.count(), 0)


def facts_now(queue: CallQueue, *, at: datetime) -> Facts:
    """What the ledger knows of everyone now."""
    return read_facts(
        book(),
        people=Person.objects.filter(merged_into=None).count(),
        period=timedelta(days=queue.period_days),
        currency=settings.PLACE.settings().currency,
        at=at,
    )


def end_periods(*, at: datetime) -> int:
    """Let go of those whose period is over: they may be drawn again."""
    rows = QueueDecision.objects.filter(is_current=True, period_ends__lte=at)
    return rows.update(is_current=False)


def skip(one: QueueDecision, *, because: str, by: User, at: datetime) -> None:
    """Leave somebody uncalled, and say why: they still count among those to be called.

    Raises:
        ReasonMissing: no reason.
        AlreadySettled: called or skipped before.
    """
    reason = because.strip()[:200]
    if not reason:
        raise ReasonMissing(_("Say why: others learn from it."))
    # One conditional UPDATE, so that of two who click at once only one is told.
    waiting = QueueDecision.objects.filter(pk=one.pk, state=DecisionState.WAITING, is_current=True)
    with transaction.atomic():
        if not waiting.update(state=DecisionState.SKIPPED, skipped_because=reason, settled_at=at):
            raise AlreadySettled(_("%(name)s is not waiting any more.") % {"name": one.person})
        audit.record("call_queue.skip", one, by=by, at=at, after={"because": reason})


def is_as_drawn(one: QueueDecision) -> bool:
    """Say whether the arm is the one that the season's secret and the chance make."""
    season = one.draw.experiment
    [number] = draws(season.name, [one.key], key=season.salt.encode())
    return bool(number == one.number) and one.is_held_out == (one.number >= one.chance)


def held_out_share(queue: CallQueue) -> float:
    """How many are left alone: half where calls rather lose than earn, which costs nothing."""
    wasted = (queue.learned or {}).get("p_wasted")
    return 0.5 if wasted is not None and wasted > 0.5 else queue.held_out_share


def _weighed(
    queue: CallQueue, caller: Caller, facts: Facts, room: int, day: date, at: datetime
) -> tuple[list[Candidate], int]:
    """The shortlist, and how many could have been on it."""
    some = shortlist_size(room, held_out_share=held_out_share(queue)) if room else 0
    if not some:
        return [], 0
    callers = list(Caller.objects.order_by("pk").values_list("pk", flat=True))
    share = Share(callers.index(caller.pk), len(callers))
    ordered = candidates(caller.seller, share, facts, fill=3 * some, day=day, at=at)
    levels = Levels.learned(queue)
    # More than are wanted, so that what new customers buy later can change the order.
    found, refused = may_be_called(levels.in_turn(ordered), at=at, some=3 * some)
    later = (queue.learned or {}).get("new_customer")
    if later and facts.mean_value:
        found = worth_more(found, book(), first_sale=facts.mean_value, later=later)
    return levels.in_turn(found)[:some], len(ordered) - refused


def _rolled(
    queue: CallQueue,
    seller: User,
    day: date,
    room: int,
    weighed: tuple[list[Candidate], int],
    *,
    by: User | None,
    at: datetime,
) -> QueueDraw:
    shortlist, pool = weighed
    season = season_of(queue, by=by, at=at)
    said = settings.PLACE.settings()
    drawn = QueueDraw.objects.create(
        seller=seller,
        day=day,
        at=at,
        experiment=season,
        capacity=room,
        pool=pool,
        currency=said.currency or "",
    )
    if shortlist:
        rows = _decided(queue, drawn, shortlist, said)
        QueueDecision.objects.bulk_create(rows, batch_size=_CHUNK)
        _count(drawn, rows)
        post_arms(season, treated=drawn.treated, held_out=drawn.held_out, at=at)
        outbox.put("assignments", _assignments(season, rows, shortlist), at=at)
    after = {"treated": drawn.treated, "held_out": drawn.held_out, "pool": pool}
    audit.record("call_queue.draw", drawn, by=by, at=at, after=after)
    return drawn


_CHUNK = 500


def _decided(
    queue: CallQueue, drawn: QueueDraw, shortlist: Sequence[Candidate], said: Settings
) -> list[QueueDecision]:
    season, price = drawn.experiment, _price_of_a_call(queue)
    levels = Levels.learned(queue)
    margin = said.margin or 0
    gains = np.array([margin * levels.expected(one) - price for one in shortlist])
    chance = chances(gains, called=float(drawn.capacity))
    keys = [_key(drawn.day, one) for one in shortlist]
    numbers = draws(season.name, keys, key=season.salt.encode())
    paid = toll(gains, chance, room=drawn.capacity)
    drawn.best_gain, drawn.drawn_gain = _money(paid.best), _money(paid.drawn)
    ends = datetime.combine(drawn.day, time(), zone()) + timedelta(days=queue.period_days)
    rows = []
    for place, one in enumerate(shortlist):
        is_held_out = bool(numbers[place] >= chance[place])
        rows.append(
            QueueDecision(
                draw=drawn,
                seller_id=drawn.seller_id,
                person_id=one.person,
                deal_id=one.deal,
                key=keys[place],
                is_held_out=is_held_out,
                chance=float(chance[place]),
                number=float(numbers[place]),
                gain=_money(float(gains[place])),
                why=_why(one, levels.of(one), price),
                at=drawn.at,
                period_ends=ends.astimezone(UTC),
                state=DecisionState.LEFT if is_held_out else DecisionState.WAITING,
            )
        )
    return rows


def _key(day: date, one: Candidate) -> str:
    """What a decision is called, the same wherever and whenever it is made."""
    digest = hashlib.blake2b(one.ledger_id.encode(), digest_size=10).hexdigest()
    return f"call-{day:%Y%m%d}-{digest}"


def _why(one: Candidate, level: float, price: float) -> dict[str, object]:
    return {
        "value": round(one.value, 2),
        "chance": round(one.chance, 4),
        "days": None if one.days is None else round(one.days, 1),
        "is_at_risk": one.is_at_risk,
        "reason": str(one.reason),
        "guess": round(one.guess, 6),
        "level": round(level, 4),
        "cost": round(price, 4),
    }


def _count(drawn: QueueDraw, rows: Sequence[QueueDecision]) -> None:
    drawn.held_out = sum(one.is_held_out for one in rows)
    drawn.treated = len(rows) - drawn.held_out
    drawn.save(update_fields=["held_out", "treated", "best_gain", "drawn_gain"])


def _assignments(
    season: Experiment, rows: Sequence[QueueDecision], shortlist: Sequence[Candidate]
) -> list[dict[str, object]]:
    return [
        {
            "experiment": season.name,
            "unit_kind": "person",
            "unit_id": one.ledger_id,
            "decision_id": row.key,
            "arm": "held_out" if row.is_held_out else "treated",
            "propensity": row.propensity,
            "at": row.at,
        }
        for row, one in zip(rows, shortlist, strict=True)
    ]


def _price_of_a_call(queue: CallQueue) -> float:
    """What a call costs.

    Raises:
        QueueLacks: a setting is not said.
    """
    said = settings.PLACE.settings()
    lacking = [name for name in ("currency", "margin") if getattr(said, name) is None]
    cost, _currency = cost_of(CALL, queue.minutes, said)
    if cost is None and "currency" not in lacking:
        lacking.append("wages.seller")
    if lacking or cost is None:
        raise QueueLacks(
            _("To say what a call brings, halves.toml must say: %(names)s.")
            % {"names": ", ".join(lacking)}
        )
    return float(cost)


def _money(amount: float) -> Decimal:
    return Decimal(repr(amount)).quantize(_MILLIONTH)

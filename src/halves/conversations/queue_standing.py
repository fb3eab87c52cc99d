"""Standing work of the queue: each seller's next day is drawn once, and the dice are read daily."""

from datetime import date, datetime, timedelta

from halves.access.models import User
from halves.conversations import queue
from halves.conversations.queue_errors import QueueRefused
from halves.conversations.queue_learning import is_due, learn
from halves.conversations.queue_models import Caller, CallQueue, QueueDraw

_EVENING = 18  # o'clock in the house's zone: from then on tomorrow is drawn
_SATURDAY = 5


def look_after(at: datetime) -> int:
    """Draw what is due; safe to say again, and in two workers at once.

    Returns:
        How many days of sellers were drawn.
    """
    house = CallQueue.get()
    if not house.is_on:
        return 0
    queue.end_periods(at=at)
    if is_due(house, at=at):
        learn(at=at)
    waiting = _not_drawn(days_due(at))
    if not waiting:
        return 0
    facts = queue.facts_now(CallQueue.get(), at=at)
    for seller, day in waiting:
        try:
            queue.draw(seller, day, at=at, facts=facts)
        except QueueRefused:  # somebody turned it off a moment ago
            return 0
    return len(waiting)


def days_due(at: datetime) -> list[date]:
    """Today, and from the evening on the next working day; nobody calls at weekends."""
    now = at.astimezone(queue.zone())
    days = [now.date()]
    if now.hour >= _EVENING:
        days.append(_next(now.date()))
    return [day for day in days if day.weekday() < _SATURDAY]


def _next(day: date) -> date:
    following = day + timedelta(days=1)
    return following if following.weekday() < _SATURDAY else _next(following)


def _not_drawn(days: list[date]) -> list[tuple[User, date]]:
    callers = Caller.objects.filter(seller__is_active=True).select_related("seller")
    drawn = set(QueueDraw.objects.filter(day__in=days).values_list("seller_id", "day"))
    return [
        (one.seller, day)
        for one in callers.order_by("pk")
        for day in days
        if (one.seller_id, day) not in drawn
    ]

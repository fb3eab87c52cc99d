"""The call queue of the demo's company: on, and drawn for today."""

from datetime import datetime
from hashlib import sha256
from importlib import import_module
from typing import Any

_CALLS, _MINUTES = 8, 10


def draw_day(sellers: list[Any], *, leader: Any, now: datetime, seed: int) -> None:
    """Turn the queue on and draw each seller's day; in the caller's transaction.

    What the ledger is to know of doors and deals must be there before.
    """
    queue = import_module("halves.conversations.queue")
    season = import_module("halves.conversations.queue_season")
    said = queue.set_queue(is_on=True, calls_a_day=_CALLS, minutes=_MINUTES, by=leader, at=now)
    # The same seed rolls the same dice.
    secret = sha256(f"demo {seed} {now.isoformat()}".encode()).hexdigest()
    season.season_of(said, by=leader, at=now, secret=secret)
    for one in sellers:
        queue.set_caller(one, calls_a_day=None, is_caller=True, by=leader, at=now)
    facts = queue.facts_now(said, at=now)
    for one in sellers:
        queue.draw(one, now.astimezone(queue.zone()).date(), at=now, facts=facts)

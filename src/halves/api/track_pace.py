"""How many events a source and an address may send a minute; counted in this process's memory.

Writing each count to the database would cost more than the events do.
"""

import threading
from collections import OrderedDict
from math import ceil

from django.conf import settings

from halves.tracking.errors import TooFast
from halves.tracking.sources import Shown

_MINUTE_S = 60.0
_MOST_REMEMBERED = 50_000  # addresses; the one that was silent longest goes
_lock = threading.Lock()
_left: OrderedDict[tuple[int, str], tuple[float, float]] = OrderedDict()  # key → (left, moment)


def keep_pace(one: Shown, address: str, count: int, *, now_s: float) -> None:
    """Count events against what a source, and with its public key an address, may send.

    Args:
        one: whose key it is.
        address: where they come from.
        count: how many.
        now_s: a clock that never goes back.

    Raises:
        TooFast: says how long to wait.
    """
    limits = [((one.source.pk, ""), settings.EVENTS_A_MINUTE)]
    if not one.is_trusted:
        limits.append(((one.source.pk, address), settings.EVENTS_A_MINUTE_FROM_ONE_ADDRESS))
    with _lock:
        waits = [_wait(key, most, count, now_s) for key, most in limits]
        if max(waits) > 0:
            raise TooFast(max(1, ceil(max(waits))))
        for key, most in limits:
            _left[key] = (_filled(key, most, now_s) - count, now_s)
            _left.move_to_end(key)
        while len(_left) > _MOST_REMEMBERED:
            _left.popitem(last=False)


def _wait(key: tuple[int, str], most: int, count: int, now_s: float) -> float:
    # A bucket that is full takes a batch of any size: it then owes the rest.
    missing = min(count, most) - _filled(key, most, now_s)
    return missing / most * _MINUTE_S


def _filled(key: tuple[int, str], most: int, now_s: float) -> float:
    left, since = _left.get(key, (float(most), now_s))
    return min(float(most), left + (now_s - since) / _MINUTE_S * most)

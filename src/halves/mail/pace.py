"""How quickly mails may go to each domain: a rate that is set, and a back-off that is learnt."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

_FIRST, _MOST = timedelta(seconds=30), timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_PARTS = 10  # of a minute: a rate is spread over it, so that no burst of all of it goes at once


@dataclass
class Pace:
    """What one sender keeps in mind of each domain.

    Args:
        a_minute: domain → most mails in a minute; domains that are not there have no limit.
    """

    a_minute: Mapping[str, int]
    _went: dict[str, deque[datetime]] = field(default_factory=dict)  # the last few
    _left_alone: dict[str, datetime] = field(default_factory=dict)  # until when
    _waits: dict[str, timedelta] = field(default_factory=dict)
    _last_slot: dict[str, datetime] = field(default_factory=dict)

    def free_at(self, domain: str, at: datetime) -> datetime:
        """When the next mail to a domain may go: now, or later."""
        free = self.left_until(domain, at)
        went = self._went.get(domain)
        if went and len(went) == went.maxlen:
            free = max(free, went[0] + self._span(domain))
        return free

    def left_until(self, domain: str, at: datetime) -> datetime:
        """When a domain that put mails off is tried again; now, if it did not."""
        return max(at, self._left_alone.get(domain, at))

    def slot(self, domain: str, at: datetime) -> datetime:
        """When one that cannot go now tries again: each at a moment of its own, where it may go."""
        free, rate = self.free_at(domain, at), self.a_minute.get(domain)
        if not rate:
            return free
        last = self._last_slot.get(domain)
        self._last_slot[domain] = free if last is None else max(free, last + _MINUTE / rate)
        return self._last_slot[domain]

    def took(self, domain: str, at: datetime) -> None:
        """Count a mail that goes."""
        rate = self.a_minute.get(domain)
        if rate:
            self._went.setdefault(domain, deque(maxlen=max(1, rate // _PARTS))).append(at)

    def went_well(self, domain: str) -> None:
        """A mail was taken: the next back-off begins anew."""
        self._waits.pop(domain, None)

    def slow_down(self, domain: str, at: datetime) -> None:
        """Leave a domain alone for a while, twice as long each time."""
        if self._left_alone.get(domain, at) > at:
            return  # of several on the line at once the first one counts
        wait = min(_MOST, self._waits.get(domain, _FIRST / 2) * 2)
        self._waits[domain] = wait
        self._left_alone[domain] = at + wait

    def _span(self, domain: str) -> timedelta:
        """In which so many go as are remembered."""
        rate = self.a_minute[domain]
        return _MINUTE * max(1, rate // _PARTS) / rate

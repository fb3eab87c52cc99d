"""How quickly mails may go to each domain: a rate that is set, and a back-off that is learnt."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

_FIRST, _MOST = timedelta(seconds=30), timedelta(hours=1)


@dataclass
class Pace:
    """What one sender keeps in mind of each domain.

    Args:
        a_minute: domain → most mails in a minute; domains that are not there have no limit.
    """

    a_minute: Mapping[str, int]
    _next: dict[str, datetime] = field(default_factory=dict)
    _waits: dict[str, timedelta] = field(default_factory=dict)

    def free_at(self, domain: str, at: datetime) -> datetime:
        """When the next mail to a domain may go: now, or later."""
        return max(at, self._next.get(domain, at))

    def took(self, domain: str, at: datetime) -> None:
        """Count a mail that went."""
        self._waits.pop(domain, None)
        rate = self.a_minute.get(domain)
        if rate:
            self._next[domain] = self.free_at(domain, at) + timedelta(minutes=1) / rate

    def slow_down(self, domain: str, at: datetime) -> None:
        """Leave a domain alone for a while, twice as long each time."""
        wait = min(_MOST, self._waits.get(domain, _FIRST / 2) * 2)
        self._waits[domain] = wait
        self._next[domain] = at + wait

"""How many of some people each topic reaches: what a campaign is best about."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from halves.audiences.models import Audience
from halves.audiences.queries import members
from halves.campaigns.ways import consent_of
from halves.people.reachable import reached_by_topic

MOST_LOOKED_AT = 20_000  # of an audience: enough to choose a topic by
_AT_ONCE = 500


@dataclass(frozen=True)
class Reach:
    """How many of an audience may be told about what.

    Args:
        topics: topic and people, most people first; an empty topic is mail about none.
        of: people who were looked at.
        is_whole: whether that is the whole audience.
    """

    topics: Sequence[tuple[str, int]]
    of: int
    is_whole: bool

    @property
    def best(self) -> str:
        """The topic that reaches most; none, where none reaches more."""
        return self.topics[0][0]

    def reached(self, topic: str) -> int:
        """How many may be told about a topic; one that nobody spoke of is as good as none."""
        known = dict(self.topics)
        return known.get(topic, known[""])


def reach_of(audience: Audience, *, channel: str, at: datetime) -> Reach:
    """Count by topic whom of an audience a campaign may tell; it need not be saved yet.

    Raises:
        DefinitionRefused: what its question refers to is gone.
    """
    everyone = (pk for chunk in members(audience, at=at) for pk in chunk)
    looked_at = list(islice(everyone, MOST_LOOKED_AT + 1))
    is_whole = len(looked_at) <= MOST_LOOKED_AT
    looked_at = looked_at[:MOST_LOOKED_AT]
    found = _counted(looked_at, channel=consent_of(channel), at=at)
    topics = sorted(found.items(), key=lambda one: (-one[1], one[0]))
    return Reach(topics, len(looked_at), is_whole)


def _counted(pks: Sequence[int], *, channel: str, at: datetime) -> Counter[str]:
    """Over all; those of a part where nobody spoke of a topic count by what reaches them anyway."""
    parts = [
        reached_by_topic(pks[start : start + _AT_ONCE], channel=channel, at=at)
        for start in range(0, len(pks), _AT_ONCE)
    ]
    topics = {"", *_every(parts)}
    return Counter({topic: sum(one.get(topic, one[""]) for one in parts) for topic in topics})


def _every(parts: Iterable[dict[str, int]]) -> set[str]:
    return {topic for one in parts for topic in one}

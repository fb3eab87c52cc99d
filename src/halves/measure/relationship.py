"""How strong a relationship is, from when, how often and both ways people talked."""

import math
from dataclasses import dataclass

DAYS = 180  # that are looked back on
HALF_LIFE = 30.0  # days after which the last talk counts half
OFTEN = 3.0  # talks in the time looked back on that count half of the most
WEIGHTS = {"recency": 0.35, "reciprocity": 0.25, "cadence": 0.25, "breadth": 0.15}


@dataclass(frozen=True)
class Strength:
    """A relationship from 0 (strangers) to 100, and the four parts that it is made of, 0 to 1."""

    recency: float
    reciprocity: float
    cadence: float
    breadth: float

    @property
    def score(self) -> float:
        """The weighted mean of the parts, times 100."""
        return 100 * sum(weight * self._part(name) for name, weight in WEIGHTS.items())

    def _part(self, name: str) -> float:
        return float(getattr(self, name))


def strength(*, days_since: float | None, theirs: int, ours: int, colleagues: int) -> Strength:
    """Say how strong a relationship is.

    With T talks of the last 180 days that they began or answered (`theirs`) and that we began
    (`ours`), and d days since the last:

    - recency = 0.5^(d / 30); 0 where there was none,
    - reciprocity = 2·min(theirs, ours) / (theirs + ours), 1 where both give as much,
    - cadence = T / (T + 3),
    - breadth = 1 − 0.5^colleagues, of others in their account whom we talk with too.

    Strength is 100 × (0.35 recency + 0.25 reciprocity + 0.25 cadence + 0.15 breadth). The weights
    are a choice, not an estimate: it orders relationships and foretells nothing.

    Args:
        days_since: since the last talk; None if there was none.
        theirs, ours: talks of the last 180 days by who spoke or wrote first.
        colleagues: others in the account with a talk in the last 180 days.

    Raises:
        ValueError: a number below 0.

    Source:
        Granovetter (1973), The Strength of Weak Ties: time, reciprocal services; Gilbert and
        Karahalios (2009), Predicting Tie Strength with Social Media: days since the last
        communication tells the most.

    >>> close = strength(days_since=3.0, theirs=4, ours=5, colleagues=2)
    >>> round(close.score)
    85
    >>> strength(days_since=None, theirs=0, ours=0, colleagues=0).score
    0.0
    """
    told = {"days_since": days_since or 0.0, "theirs": theirs, "ours": ours}
    for name, number in (told | {"colleagues": colleagues}).items():
        if not (number >= 0 and math.isfinite(number)):
            raise ValueError(f"{name} must be at least 0, got {number}")
    talks = theirs + ours
    return Strength(
        recency=0.0 if days_since is None else 0.5 ** (days_since / HALF_LIFE),
        reciprocity=2 * min(theirs, ours) / talks if talks else 0.0,
        cadence=talks / (talks + OFTEN),
        breadth=1 - 0.5**colleagues,
    )

"""Deals' ways through their stages as rows that a forecast learns from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

WEEK = 7
LONGEST = 104  # weeks ahead; what has not closed by then counts as lost
MARKS = (0, 1, 2, 4, 6, 8, 12, 16, 26, 39, 52)  # weeks in a stage at which a deal is looked at
_AGES = np.array([1, 2, 3, 4, 6, 8, 10, 12, 14, 17, 20, 26, 39, 52])  # weeks where a bucket ends
_AGE_LEVELS = len(_AGES) + 1

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class DealPath:
    """How one deal went.

    Args:
        stages: which stage it came to on which day, the first first; at least one.
        closed: the day it was won or lost; None while it is open.
        is_won: how it ended.
        value: money.
        traits: what else is known of it, such as its product and seller.
        seen_from: since when it was watched; deals that were closed before then are not known.
    """

    stages: Sequence[tuple[str, date]]
    closed: date | None = None
    is_won: bool = False
    value: float = 0.0
    traits: Mapping[str, str] = field(default_factory=dict)
    seen_from: date | None = None


@dataclass(frozen=True)
class Standing:
    """A deal as it stood on a day: in which stage, since when, and what came of it.

    Args:
        stage: its name.
        since: when it came there.
        on: the day that it is looked at.
        path: whose it is.
    """

    stage: str
    since: date
    on: date
    path: DealPath

    @property
    def weeks(self) -> int:
        """How many whole weeks it stood there."""
        return (self.on - self.since).days // WEEK


@dataclass(frozen=True)
class Levels:
    """The names behind the levels of each group; level 0 of a named group is whatever is new."""

    stages: Mapping[str, int]
    traits: Mapping[str, Mapping[str, int]]

    @classmethod
    def of(cls, paths: Sequence[DealPath], *, traits: Sequence[str]) -> "Levels":
        """The levels that occur in these deals."""
        stages = sorted({name for one in paths for name, _ in one.stages})
        named = {
            trait: _numbered(sorted({one.traits.get(trait, "") for one in paths} - {""}))
            for trait in traits
        }
        return cls(_numbered(stages), named)

    @property
    def sizes(self) -> list[int]:
        """Of each group: stage, age, stage by age, weeks in the stage, month of the quarter."""
        stages = len(self.stages) + 1
        named = [len(one) + 1 for one in self.traits.values()]
        return [stages, _AGE_LEVELS, stages * _AGE_LEVELS, _AGE_LEVELS, 3, *named]


def standings(path: DealPath, *, until: date) -> list[Standing]:
    """Where a deal stood at each of `MARKS` of each stage, as long as it was watched and open."""
    found = []
    ends = min(path.closed or until, until)
    starts = [*[day for _, day in path.stages[1:]], ends]
    for (stage, since), left in zip(path.stages, starts, strict=True):
        for weeks in MARKS:
            on = since + timedelta(days=WEEK * weeks)
            seen = path.seen_from is None or on >= path.seen_from
            if seen and (on < min(left, ends) or (weeks == 0 and on <= ends)):
                found.append(Standing(stage, since, on, path))
    return found


def ahead(stood: Sequence[Standing], levels: Levels, *, weeks: int) -> Ints:
    """Levels of each standing in each week ahead, shape (standing, week, group)."""
    count = len(stood)
    stage = np.array([levels.stages.get(one.stage, 0) for one in stood], dtype=np.int64)
    now = np.array([one.weeks for one in stood], dtype=np.int64)
    step = np.arange(weeks)
    age = np.searchsorted(_AGES, now[:, None] + step[None, :], side="right")
    on = np.array([np.datetime64(one.on, "D") for one in stood], dtype="datetime64[D]")
    middle = on[:, None] + (WEEK * step + WEEK // 2).astype("timedelta64[D]")[None, :]
    month = middle.astype("datetime64[M]").astype(np.int64) % 3
    found = np.empty((count, weeks, len(levels.sizes)), dtype=np.int64)
    found[..., 0] = stage[:, None]
    found[..., 1] = age
    found[..., 2] = stage[:, None] * _AGE_LEVELS + age
    found[..., 3] = np.searchsorted(_AGES, now, side="right")[:, None]
    found[..., 4] = month
    for place, (trait, known) in enumerate(levels.traits.items(), start=5):
        mine = [known.get(one.path.traits.get(trait, ""), 0) for one in stood]
        found[..., place] = np.array(mine, dtype=np.int64)[:, None]
    return found


def watched(stood: Sequence[Standing], *, until: date) -> tuple[Ints, NDArray[np.bool_]]:
    """Of each standing: in how many weeks ahead it was watched, and whether it closed in the last.

    A deal that closes on the day it is looked at closes in the first week ahead.
    """
    weeks, closes = [], []
    for one in stood:
        closed = one.path.closed
        if closed is not None and closed <= until:
            left = max((closed - one.on).days - 1, 0) // WEEK + 1
            weeks.append(min(left, LONGEST))
            closes.append(left <= LONGEST)
        else:
            weeks.append(min((until - one.on).days // WEEK, LONGEST))
            closes.append(False)
    return np.array(weeks, dtype=np.int64), np.array(closes, dtype=np.bool_)


def _numbered(names: Sequence[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(names, start=1)}

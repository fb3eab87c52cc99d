"""Who deals with the demo's company, drawn by the seed alone: when, about what, and how it ends.

Most are people whose door its marketing opened and whom nobody has sold to yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

import numpy as np
import pyarrow.compute as pc

from halves.cli.demo_words import KNOWN, THEMES, WEIGHTS
from halves.simulate.year import Year

DEALS = 150
_LATELY = timedelta(days=185)
_STUCK = timedelta(days=75)
_STAGES = 4  # on the way
_BUYERS = ("Owner", "Founder", "Buyer", "Director", "Manager", "Head of operations")
# What a month costs, and how many of a hundred buyers want it.
SIZES = (
    ("Night desk, up to 40 orders a night", Decimal("49.00"), 45),
    ("Night desk, up to 150 orders a night", Decimal("119.00"), 38),
    ("Night desk, up to 600 orders a night", Decimal("290.00"), 17),
)
SETTING_UP = ("Setting up, with the first night watched", Decimal("180.00"))
_OTHER_LOSSES = ("silence", "competitor", "other")


@dataclass(frozen=True)
class Case:
    """One buyer and their deal.

    Args:
        place: among all of them, the oldest first.
        person: in the operations.
        seller: who deals with them.
        has_door: marketing opened their door, and the ledger knows of it.
        is_lead: marketing handed them over, with what opened the door.
        opened: when the deal began.
        moves: when it came to the second stage on the way, the third, the fourth, as far as it did.
        closed: when it was won or lost; None while it is on its way.
        is_won: won, if it is closed.
        is_nurtured: given back to marketing, with what holds them back.
        theme: what holds them back.
        is_settled: it was answered well.
        size: which of `SIZES`.
        months: for how many it is bought.
        has_lines: what is bought is written down line by line.
    """

    place: int
    person: Any
    seller: Any
    has_door: bool
    is_lead: bool
    opened: datetime
    moves: tuple[datetime, ...]
    closed: datetime | None
    is_won: bool
    is_nurtured: bool
    theme: str
    is_settled: bool
    size: int
    months: int
    has_lines: bool

    @property
    def value(self) -> Decimal:
        """What it is worth."""
        return SIZES[self.size][1] * self.months + SETTING_UP[1]

    @property
    def lost_as(self) -> str:
        """The kind of loss."""
        if not self.is_settled:
            return THEMES[self.theme].lost_as
        return _OTHER_LOSSES[self.place % len(_OTHER_LOSSES)]


def draw_cases(
    year: Year, sellers: Sequence[Any], *, now: datetime, seed: int, deals: int = DEALS
) -> list[Case]:
    """Draw them; the same year, moment and seed give the same.

    Args:
        year: what the company lived, until about now.
        sellers: whose people may be among them.
        now: as of when.
        seed: of the dice.
        deals: how many, where there are so many people.
    """
    rng = np.random.default_rng([seed, 150])
    doors = _open_doors(year, now)
    found = []
    for person in _buyers(doors, sellers, deals, rng):
        begins = doors.get(person.ledger_id)
        case = _case(len(found), person, begins, now=now, rng=rng)
        found.append(case)
    return found


def _open_doors(year: Year, now: datetime) -> dict[str, datetime]:
    """Whose door was opened lately and led to nothing yet, and when."""
    rows = year.tables["outcomes"]
    rows = rows.filter(pc.greater_equal(rows["at"], now - _LATELY))
    doors: dict[str, datetime] = {}
    columns = (rows[name].to_pylist() for name in ("person_id", "at", "kind"))
    for person, at, kind in sorted(zip(*columns, strict=True), key=lambda one: one[1]):
        if kind == "door_opened":
            doors[person] = at.astimezone(UTC)
        else:
            doors.pop(person, None)
    return doors


def _buyers(
    doors: dict[str, datetime], sellers: Sequence[Any], deals: int, rng: np.random.Generator
) -> list[Any]:
    """People of these sellers who decide something, those with an open door first."""
    model = import_module("halves.people.models").Person
    rows = model.objects.filter(owner__in=sellers, title__in=_BUYERS, merged_into=None)
    rows = rows.select_related("owner", "account").order_by("pk")
    warm = list(rows.filter(ledger_id__in=list(doors)))
    cold = list(rows.exclude(ledger_id__in=list(doors))[: 20 * deals])
    cold = [cold[at] for at in rng.permutation(len(cold))]
    warm = [warm[at] for at in rng.permutation(len(warm))]
    few = deals // 6  # whom a seller found by themselves
    some = warm[: deals - few]
    some += cold[: deals - len(some)]
    return sorted(some, key=lambda one: (one.ledger_id not in doors, one.pk))


def _case(
    place: int, person: Any, door: datetime | None, *, now: datetime, rng: np.random.Generator
) -> Case:
    opened = _begun(door, now, rng)
    theme = str(rng.choice(list(WEIGHTS), p=np.array(list(WEIGHTS.values())) / 100))
    is_settled = bool(rng.random() < 0.52)
    is_won = bool(rng.random() < (0.8 if is_settled else 0.2))
    stays = _stays(rng, is_won=is_won, is_stuck=bool(rng.random() < 0.12) and opened > now - _STUCK)
    moments, at = [], opened
    for days in stays:
        at = _at_work(at + timedelta(days=days))
        moments.append(at)
    passed = [one for one in moments if one < now - timedelta(hours=2)]
    # Some are lost before they came to the last stage.
    last = _STAGES if is_won else int(rng.integers(1, _STAGES + 1))
    is_closed = len(passed) >= last
    return Case(
        place=place,
        person=person,
        seller=person.owner,
        has_door=door is not None,
        is_lead=door is not None and bool(rng.random() < 0.3),
        opened=opened,
        moves=tuple(passed[: last - 1]),
        closed=passed[last - 1] if is_closed else None,
        is_won=is_won and is_closed,
        is_nurtured=is_closed and not is_won and theme in KNOWN and bool(rng.random() < 0.3),
        theme=theme,
        is_settled=is_settled,
        size=int(rng.choice(len(SIZES), p=np.array([one[2] for one in SIZES]) / 100)),
        months=int(rng.choice([6, 12, 12, 24])),
        has_lines=bool(rng.random() < 0.6),
    )


def _begun(door: datetime | None, now: datetime, rng: np.random.Generator) -> datetime:
    """Soon after their door opened, or at any time of the last months."""
    if door is None:
        return _at_work(now - timedelta(days=float(rng.uniform(4, 175))))
    begun = _at_work(door + timedelta(hours=float(rng.uniform(3, 60))))
    return min(begun, now - timedelta(hours=5))


def _stays(rng: np.random.Generator, *, is_won: bool, is_stuck: bool) -> list[float]:
    """Days in each stage on the way; what is lost takes longer, what is stuck for ever."""
    mean = np.array([6.0, 8.0, 8.0, 6.0]) * (1.0 if is_won else 1.35)
    days = rng.gamma(2.5, mean / 2.5)
    if is_stuck:
        days[int(rng.integers(1, _STAGES))] = 400.0
    return [float(one) for one in days]


def _at_work(at: datetime) -> datetime:
    """The same day between nine and five; at weekends the Monday after."""
    ahead = max(0, 7 - at.weekday()) if at.weekday() >= 5 else 0
    minute = (at.hour * 60 + at.minute) % (8 * 60)
    day = at.replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=ahead)
    return day + timedelta(minutes=minute)

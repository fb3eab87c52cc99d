"""Outcomes by day and region, checked once so that all that follows can trust them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from halves.measure.errors import DuplicateRows, MissingDays, UnknownRegion

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GeoPanel:
    """An outcome of every region on every day (or week: days need only be evenly spaced).

    Args:
        regions: their names, each once.
        days: in order, evenly spaced; of a week, its first day.
        outcome: shape (time, region), sales or money; every number finite.

    Raises:
        DuplicateRows: a region or a day twice.
        MissingDays: a gap between days, or an outcome that is not a number.
        ValueError: shapes that do not fit, or days out of order.

    >>> panel = GeoPanel(("east", "west"), (date(2026, 1, 1), date(2026, 1, 2)), np.ones((2, 2)))
    >>> panel.place("west")
    1
    """

    regions: Sequence[str]
    days: Sequence[date]
    outcome: Floats

    def __post_init__(self) -> None:
        shape = (len(self.days), len(self.regions))
        if self.outcome.shape != shape:
            raise ValueError(
                f"outcome must have the shape (days, regions) {shape}, got {self.outcome.shape}"
            )
        _refuse_repeats("region", self.regions)
        _refuse_repeats("day", self.days)
        _refuse_gaps(self.days)
        absent = np.argwhere(~np.isfinite(self.outcome))
        if len(absent):
            time, region = absent[0]
            raise MissingDays(
                f"{len(absent)} outcomes are not numbers; the first is of "
                f"{self.regions[region]!r} on {self.days[time]}: {self.outcome[time, region]}"
            )

    @classmethod
    def from_rows(
        cls, regions: Sequence[str], days: Sequence[date], outcome: Sequence[float]
    ) -> "GeoPanel":
        """Turn rows (one a region and day, in any order) into a panel.

        Raises:
            DuplicateRows: two rows of one region and day.
            MissingDays: a region without a row on a day that another has.
            ValueError: columns of different length, or no rows.

        >>> day = date(2026, 1, 1)
        >>> GeoPanel.from_rows(["west", "east"], [day, day], [3.0, 4.0]).outcome
        array([[4., 3.]])
        """
        if not len(regions) == len(days) == len(outcome) or not len(regions):
            raise ValueError(
                f"columns must be of one length above 0, got {len(regions)} regions, "
                f"{len(days)} days, {len(outcome)} outcomes"
            )
        names, times = sorted(set(regions)), sorted(set(days))
        by_name = {name: place for place, name in enumerate(names)}
        by_day = {day: place for place, day in enumerate(times)}
        count = np.zeros((len(times), len(names)), dtype=np.int64)
        values = np.zeros((len(times), len(names)))
        for region, day, value in zip(regions, days, outcome, strict=True):
            count[by_day[day], by_name[region]] += 1
            values[by_day[day], by_name[region]] = value
        for wrong, refusal, words in (
            (count > 1, DuplicateRows, "has more than one row"),
            (count == 0, MissingDays, "has no row; write a 0 where nothing was sold"),
        ):
            if wrong.any():
                time, region = np.argwhere(wrong)[0]
                raise refusal(f"region {names[region]!r} on {times[time]} {words}")
        return cls(tuple(names), tuple(times), values)

    @property
    def step(self) -> timedelta:
        """How far apart two days are: a day, or a week."""
        return self.days[1] - self.days[0] if len(self.days) > 1 else timedelta(days=1)

    def place(self, region: str) -> int:
        """The column of a region.

        Raises:
            UnknownRegion: there is none of this name.
        """
        if region not in self.regions:
            near = ", ".join(sorted(self.regions)[:10])
            raise UnknownRegion(f"no region {region!r} in the panel; it has {near}, …")
        return list(self.regions).index(region)

    def until(self, day: date) -> "GeoPanel":
        """The panel up to a day, that day included."""
        rows = sum(one <= day for one in self.days)
        return GeoPanel(self.regions, self.days[:rows], self.outcome[:rows])


def _refuse_repeats(what: str, values: Sequence[str] | Sequence[date]) -> None:
    repeated = [str(value) for value, count in Counter(values).items() if count > 1]
    if repeated:
        raise DuplicateRows(f"{what} {repeated[0]!r} comes more than once")


def _refuse_gaps(days: Sequence[date]) -> None:
    gaps = [later - earlier for earlier, later in pairwise(days)]
    if not gaps:
        return
    if min(gaps) < timedelta(0):
        raise ValueError("days must be in order")
    for earlier, gap in zip(days, gaps, strict=False):
        if gap != min(gaps):
            raise MissingDays(
                f"days must be evenly spaced, {min(gaps).days} apart; after {earlier} "
                f"comes {earlier + gap}: add the days between, with 0 where nothing was sold"
            )

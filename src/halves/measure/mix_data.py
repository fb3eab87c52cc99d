"""What a mix model is fitted to: spend and outcomes by week and region, and tests that lift."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from halves.measure.errors import (
    MixDataUnfit,
    NeverSpent,
    OutcomeFlat,
    TooFewWeeks,
    WeeksUneven,
)

Floats = NDArray[np.float64]
_WEEK = timedelta(days=7)


@dataclass(frozen=True, eq=False)
class MixData:
    """Spend and outcome by week and region, with what else moved the outcome.

    Args:
        weeks: first day of each week, seven days apart.
        regions: names; a single one for national data.
        channels: names.
        spend: shape (time, region, channel), money or any exposure, 0 or more.
        outcome: shape (time, region), money, deals or any count, 0 or more.
        population: shape (region,), heads; by default regions count by their outcome.
        controls: name → shape (time, region), what moves the outcome and no channel moves.
        holidays: name → days; a week that holds one of them may differ.

    Raises:
        ValueError: shapes or names that do not fit together.
        WeeksUneven: weeks with a gap, twice, or out of order.
        MixDataUnfit: a value that is missing or negative, a region without outcome.
        NeverSpent: a channel whose spend is zero everywhere.
        OutcomeFlat: an outcome that is the same in every week.
        TooFewWeeks: not even two.

    >>> weeks = [date(2025, 1, 6) + timedelta(weeks=week) for week in range(3)]
    >>> spend, outcome = np.array([[[1.0]], [[2.0]], [[0.0]]]), np.array([[5.0], [6.0], [-1.0]])
    >>> MixData(tuple(weeks), ("all",), ("tv",), spend, outcome)
    Traceback (most recent call last):
    halves.measure.errors.MixDataUnfit: outcome must be 0 or more, got -1.0 in the week of \
2025-01-20 in all
    """

    weeks: tuple[date, ...]
    regions: tuple[str, ...]
    channels: tuple[str, ...]
    spend: Floats
    outcome: Floats
    population: Floats | None = None
    controls: Mapping[str, Floats] = field(default_factory=dict)
    holidays: Mapping[str, tuple[date, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._check_shapes()
        if len(self.weeks) < 2:
            raise TooFewWeeks(f"a mix model needs many weeks, got {len(self.weeks)}")
        _check_weeks(self.weeks)
        for name, values in self.controls.items():
            self._check_values(name, values, least=-np.inf)
        for place, channel in enumerate(self.channels):
            self._check_values(f"spend on {channel}", self.spend[..., place], least=0.0)
            if not self.spend[..., place].any():
                raise NeverSpent(f"{channel} never spent; leave it out")
        self._check_values("outcome", self.outcome, least=0.0)
        if not np.ptp(self.outcome, axis=0).any():
            value = self.outcome.flat[0]
            raise OutcomeFlat(f"the outcome is the same in every week, {value:g} in the first")
        self._check_regions()

    @property
    def size(self) -> Floats:
        """Shape (region,): outcome a week that a region would have at the common level a head."""
        total = self.outcome.mean(axis=0).sum()
        if self.population is None:
            return np.asarray(self.outcome.mean(axis=0))
        return np.asarray(self.population * (total / self.population.sum()))

    def within(self, since: date, until: date) -> NDArray[np.bool_]:
        """Which weeks begin on or after `since` and before `until`; at least one must."""
        chosen = np.array([since <= week < until for week in self.weeks])
        if not chosen.any():
            raise ValueError(f"no week begins from {since} to before {until}")
        return chosen

    def _check_shapes(self) -> None:
        time, region, channel = len(self.weeks), len(self.regions), len(self.channels)
        wanted = {
            "spend": (self.spend, (time, region, channel)),
            "outcome": (self.outcome, (time, region)),
            **{name: (values, (time, region)) for name, values in self.controls.items()},
        }
        if self.population is not None:
            wanted["population"] = (self.population, (region,))
        for name, (values, shape) in wanted.items():
            if values.shape != shape:
                raise ValueError(f"{name} must have shape {shape}, got {values.shape}")
        for what, names in (("regions", self.regions), ("channels", self.channels)):
            if not names or len(set(names)) < len(names):
                raise ValueError(f"{what} must be named once each, got {names}")

    def _check_values(self, name: str, values: Floats, *, least: float) -> None:
        bad = ~np.isfinite(values) | (values < least)
        if bad.any():
            time, region = np.argwhere(bad)[0]
            rule = "0 or more" if np.isfinite(least) else "a number"
            raise MixDataUnfit(
                f"{name} must be {rule}, got {values[time, region]} in the week of "
                f"{self.weeks[time]} in {self.regions[region]}"
            )

    def _check_regions(self) -> None:
        counted = self.outcome.sum(axis=0) if self.population is None else self.population
        for region, count in zip(self.regions, counted, strict=True):
            if not (count > 0 and np.isfinite(count)):
                what = "outcome" if self.population is None else "population"
                raise MixDataUnfit(f"{what} of {region} must be above 0, got {count}; leave it out")


@dataclass(frozen=True, eq=False)
class LiftTest:
    """What a test found: outcome with the recorded spend, less outcome with other spend.

    It enters the likelihood as it is, so several channels at once, some regions only and some
    weeks only are all told apart. Rows of `MixData` that the finding was read from count twice:
    give the test, or the rows, not both.

    Args:
        name: for messages.
        found: outcome that the recorded spend brought more than `instead` would have.
        se: standard error of `found`, above 0.
        instead: shape (time, region, channel), the spend it is compared with.
        weeks: shape (time,), the weeks over which outcomes were counted.
        people: share of the people whose spend was other; 1 if whole regions were.

    Raises:
        ValueError: a standard error or share out of range, or shapes that do not fit together.
    """

    name: str
    found: float
    se: float
    instead: Floats
    weeks: NDArray[np.bool_]
    people: float = 1.0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.found) and self.se > 0 and np.isfinite(self.se)):
            raise ValueError(
                f"{self.name}: found must be a number and se above 0, "
                f"got {self.found} and {self.se}"
            )
        if not 0 < self.people <= 1:
            raise ValueError(f"{self.name}: people must be a share, got {self.people}")
        if len(self.weeks) != len(self.instead) or not self.weeks.any():
            raise ValueError(f"{self.name}: weeks must mark some of {len(self.instead)} weeks")
        if not (np.isfinite(self.instead).all() and (self.instead >= 0).all()):
            raise ValueError(f"{self.name}: spend instead must be 0 or more everywhere")

    @classmethod
    def holdout(
        cls,
        data: MixData,
        name: str,
        *,
        channels: Sequence[str],
        since: date,
        until: date,
        found: float,
        se: float,
        regions: Sequence[str] | None = None,
        counted_until: date | None = None,
        share: float = 1.0,
        people: float = 1.0,
    ) -> Self:
        """A test that withheld channels from some people while the rest went on as recorded.

        Args:
            data: what the model is fitted to.
            name: for messages.
            channels: all that were withheld, together.
            since: first day of the weeks withheld.
            until: first day after them.
            found: outcome lost over the weeks counted, in the outcome's unit.
            se: its standard error.
            regions: where; everywhere by default.
            counted_until: first day after the outcomes counted; `until` by default.
            share: share of the spend withheld from those people; 1 is all.
            people: share of the regions' people that was held out; `found` is their loss.

        Raises:
            ValueError: an unknown channel or region, a share out of range, no week between.
        """
        if not 0 < share <= 1:
            raise ValueError(f"{name}: share must be above 0 and at most 1, got {share}")
        where = _places(data.regions, data.regions if regions is None else regions)
        which = _places(data.channels, channels)
        when = data.within(since, until)
        withheld = when[:, None, None] & where[:, None] & which
        instead = np.where(withheld, data.spend * (1 - share), data.spend)
        counted = data.within(since, counted_until or until)
        return cls(name, found, se, instead, counted, people)


def _places(known: tuple[str, ...], wanted: Sequence[str]) -> NDArray[np.bool_]:
    for name in wanted:
        if name not in known:
            raise ValueError(f"{name} is none of {', '.join(known)}")
    return np.array([name in wanted for name in known])


def _check_weeks(weeks: tuple[date, ...]) -> None:
    for before, after in pairwise(weeks):
        if after - before != _WEEK:
            raise WeeksUneven(
                f"weeks must follow each other by seven days, got {before} and then {after}; "
                "add up what comes twice, and put in weeks without spend or outcome as zeros"
            )

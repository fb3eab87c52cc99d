"""A company whose truth is known: who it knows, what they want, how it works each channel."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Self

from halves.ledger import Channel
from halves.simulate import drawing, small
from halves.simulate.practices import Broadcast, GeoTest, Practice, Story, Trial


@dataclass(frozen=True)
class Demand:
    """How people want things by themselves. Chances are daily, for a person of no heat."""

    fit_sd: float = 0.9  # between people, of the log chance, for good
    region_sd: float = 0.15  # between regions
    spell_sd: float = 0.9  # within a person over time
    spell_kept: float = 0.97
    sated: float = 1.5  # how much a purchase cools
    sated_kept: float = 0.99
    season: float = 0.15
    visiting: float = 0.006
    visiting_heat: float = 0.6  # how strongly visits follow heat
    visiting_deal: float = 6.0  # times more visits while a deal is open
    opening: float = 0.00014
    closing: float = 0.0045
    closing_heat: float = 0.4
    losing: float = 0.02
    value: float = 950.0
    value_sd: float = 0.5  # of the log, between accounts
    value_noise: float = 0.5  # a deal is worth this share more or less, at most
    synergy: float = 0.0  # what being reached by both paths adds to the push, at most
    weariness: float = 0.0  # what each touch takes from the wish: the price of attention
    weary_kept: float = 0.95  # of that, from one day to the next


@dataclass(frozen=True)
class Company:
    """A company: what it knows, sells and does from `since` until the day before `until`."""

    people: int
    regions: tuple[str, ...]
    stories: tuple[Story, ...]
    broadcasts: tuple[Broadcast, ...]
    practices: tuple[Practice, ...]
    trials: tuple[Trial, ...]
    since: date
    until: date
    history: timedelta  # before `since`, on the ledger too
    margin: float
    currency: str
    demand: Demand = Demand()
    account_people: int = 3
    subscribed: float = 0.6  # share who take the newsletter
    geo_tests: tuple[GeoTest, ...] = ()

    def __post_init__(self) -> None:
        if self.people < 1:
            raise ValueError(f"people must be at least 1, got {self.people}")
        if self.since >= self.until:
            raise ValueError(f"since must be before until, got {self.since} and {self.until}")
        if self.history < timedelta(0):
            raise ValueError(f"history must not be negative, got {self.history}")
        if not 0 < self.margin <= 1:
            raise ValueError(f"margin must be above 0 and at most 1, got {self.margin}")
        if not self.regions:
            raise ValueError("a company needs a region, got none")
        _refuse_twice("channel", [channel.name for channel in self.channels])
        tests: tuple[Trial | GeoTest, ...] = (*self.trials, *self.geo_tests)
        _refuse_twice("trial", [test.name for test in tests])
        for test in self.geo_tests:
            self._check_geo_test(test)
        for trial in self.trials:
            self._check_trial(trial)

    def _check_trial(self, trial: Trial) -> None:
        if trial.withheld not in {practice.channel.name for practice in self.practices}:
            raise ValueError(f"trial {trial.name!r} withholds {trial.withheld!r}, no practice")
        self._check_days("trial", trial)

    def _check_geo_test(self, test: GeoTest) -> None:
        if test.withheld not in {way.channel.name for way in self.broadcasts}:
            raise ValueError(f"geo test {test.name!r} withholds {test.withheld!r}, no broadcast")
        if not set(test.held_out) < set(self.regions):
            raise ValueError(f"geo test {test.name!r} must hold out some of the regions")
        self._check_days("geo test", test)

    def _check_days(self, kind: str, test: Trial | GeoTest) -> None:
        if test.starts < self.begins or test.ends > self.until:
            raise ValueError(
                f"{kind} {test.name!r} must run within the ledger's days, {self.begins} until "
                f"{self.until}, got {test.starts} until {test.ends}"
            )

    @classmethod
    def random(
        cls,
        *,
        seed: int,
        people: int = 30_000,
        since: date = date(2025, 1, 1),
        until: date = date(2026, 1, 1),
        experiments: bool = True,
    ) -> Self:
        """A company drawn by chance: thirteen channels, of which some on each path do nothing.

        Args:
            seed: draws all of it; the experiments are drawn apart, so that with and without them
                it is the same company.
            people: how many people it knows.
            since: first day of the period.
            until: the day after its last.
            experiments: whether half of the channels that meet people are tested.

        Raises:
            ValueError: fewer than 15 weeks, in which no geo test has room.
        """
        if until - since < timedelta(weeks=15):
            raise ValueError(f"a company drawn by chance needs 15 weeks, got {since} to {until}")
        drawn = drawing.draw(seed, since, until)
        return cls(
            people=people,
            regions=drawing.REGIONS,
            stories=small.STORIES,
            broadcasts=drawn.broadcasts,
            practices=drawn.practices,
            trials=drawn.trials if experiments else (),
            since=since,
            until=until,
            history=timedelta(days=336),
            margin=drawn.margin,
            currency="USD",
            demand=Demand(**drawn.demand),
            subscribed=drawn.subscribed,
            geo_tests=drawn.geo_tests if experiments else (),
        )

    @classmethod
    def small(
        cls,
        *,
        people: int = 100_000,
        seed: int = 1,
        since: date = date(2025, 1, 1),
        until: date = date(2026, 1, 1),
    ) -> Self:
        """A company that sells to some 100,000 people over ten channels, and wastes about half.

        Args:
            people: how many people it knows; what it spends grows with them.
            seed: draws how strong each campaign and how skilled each seller is.
            since: first day of the period.
            until: the day after its last.
        """
        return cls(
            people=people,
            regions=small.REGIONS,
            stories=small.STORIES,
            broadcasts=small.broadcasts(seed),
            practices=small.practices(seed),
            trials=small.trials(since, until),
            since=since,
            until=until,
            history=timedelta(days=56),
            margin=0.6,
            currency="USD",
        )

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Every channel, as `which_half` wants them declared."""
        on_air = tuple(way.channel for way in self.broadcasts)
        return on_air + tuple(way.channel for way in self.practices)

    @property
    def wages(self) -> Mapping[str, Decimal]:
        """What an hour costs, by channel."""
        return MappingProxyType({p.channel.name: p.wage for p in self.practices if p.sellers})

    @property
    def units(self) -> frozenset[str]:
        """Every name that can be switched off: channels, paths, campaigns and sellers."""
        ways: tuple[Broadcast | Practice, ...] = (*self.broadcasts, *self.practices)
        campaigns = {campaign.name for way in ways for campaign in way.campaigns}
        sellers = {seller.name for way in self.practices for seller in way.sellers}
        channels = {channel.name for channel in self.channels}
        return frozenset({"many", "one"} | channels | campaigns | sellers)

    @property
    def begins(self) -> date:
        """The first day on the ledger."""
        return self.since - self.history

    @property
    def days(self) -> int:
        """How many days the ledger covers, history included."""
        return (self.until - self.begins).days

    def day_of(self, day: date) -> int:
        """Count days from the first on the ledger, which is day 0."""
        return (day - self.begins).days


def _refuse_twice(kind: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{kind} {name!r} comes twice")

"""A channel at work, day by day: whom it may meet, whom it meets, and what stays with them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from halves.simulate.chance import Chance, Floats, Ints
from halves.simulate.company import Company
from halves.simulate.people import People
from halves.simulate.practices import Broadcast, Mailing, Practice, Trial

Mask = NDArray[np.bool_]
Where = NDArray[np.intp]
Days = NDArray[np.int16]
Off = frozenset[str]

NEVER = -2000
MOST = np.float32(0.6)  # no daily chance is higher
_FLIGHT_DAYS = 28
_FLIGHT_LEVELS = (0.0, 0.5, 1.0, 2.5)
_TURN_DAYS = 84  # how long a campaign stays on air


@dataclass(frozen=True)
class Events:
    """What happened of one kind: to whom, on which day (0 is the first on the ledger)."""

    person: Ints
    day: Ints

    def __len__(self) -> int:
        return len(self.person)

    def where(self, is_meant: Mask) -> "Events":
        """Those that are meant."""
        return Events(self.person[is_meant], self.day[is_meant])

    def since(self, day: int) -> "Events":
        """Those from a day on."""
        return self.where(self.day >= day)


@dataclass
class Log:
    """Events as they come, a day at a time."""

    people: list[NDArray[np.int32]] = field(default_factory=list)
    days: list[int] = field(default_factory=list)

    def add(self, who: Where, day: int) -> None:
        """Note that it happened to these people today."""
        self.people.append(who.astype(np.int32))
        self.days.append(day)

    def events(self) -> Events:
        """All of them, in order."""
        sizes = [who.size for who in self.people]
        people = np.concatenate([np.empty(0, np.int32), *self.people])
        return Events(people.astype(np.int64), np.repeat(np.array(self.days, np.int64), sizes))


class Meeting:
    """A practice at work: its stock on each person, and whom it may not meet."""

    def __init__(self, company: Company, way: Practice, chance: Chance, off: Off) -> None:
        self.way, self.name = way, way.channel.name
        self.log = Log()
        self.stock = np.zeros(company.people, np.float32)
        self.trials = [Arms(company, t, chance) for t in company.trials if t.withheld == self.name]
        self._dose = _doses(way, chance)
        self._off_from = company.day_of(company.since)
        self.scale = 1.0
        self.switch(company, chance, off, {})

    def switch(
        self, company: Company, chance: Chance, off: Off, scales: Mapping[str, float]
    ) -> None:
        """From `company.since` on, leave some alone, and do so much of the rest."""
        self._barred = belongs(self.way, chance, off)
        self.scale = scale_of(self.way, scales)

    def fade(self) -> None:
        """Begin a day: of what was told before, a share is kept."""
        if not self.way.effect.is_nothing:
            self.stock *= np.float32(self.way.effect.kept)

    def meet(self, day: int, among: Mask, felt: Floats, most: float, luck: Floats) -> None:
        """Meet some of those who may be met.

        Args:
            day: today.
            among: the people that the channel looks among.
            felt: everyone's heat, as the channel sees it.
            most: no heat is further from zero than this.
            luck: everyone's dice for this channel today.
        """
        for trial in self.trials:
            trial.admit(day, among)
        # Few have the luck for even the highest odds; only theirs need to be worked out.
        follows, chance = self.way.follows, self.way.chance
        if day >= self._off_from:
            chance = min(chance * self.scale, 1.0)
        highest = min(chance * math.exp(abs(follows) * most) * 1.001, 1.0)
        who = np.flatnonzero(among & (luck < np.float32(highest)))
        who = who[self._may_meet(day, who)]
        if follows:
            odds = np.minimum(np.float32(chance) * np.exp(np.float32(follows) * felt[who]), MOST)
        else:
            odds = np.float32(chance)
        who = who[luck[who] < odds]
        self.log.add(who, day)
        if not self.way.effect.is_nothing:
            self.stock[who] += self._dose[who]

    def reach(self, who: Where | slice) -> Floats:
        """How much of the most it can do the channel does today to these people."""
        done: Floats = np.exp(-self.stock[who])
        return np.subtract(1, done, out=done)

    def _may_meet(self, day: int, who: Where) -> Mask:
        may = np.ones(who.size, np.bool_)
        if day >= self._off_from:
            may &= ~self._barred[who]
        for trial in self.trials:
            may &= trial.may_meet(day, who)
        return may


class Post:
    """A mailing on its way to people: its stock on each person."""

    def __init__(self, company: Company, way: Mailing) -> None:
        self.way = way
        self.stock = np.zeros(company.people, np.float32)
        self._day = company.day_of(way.on)
        self._to = np.array(way.to, np.int64)

    def arrive(self, day: int) -> None:
        """Begin a day: what was told fades; today's mail is read."""
        self.stock *= np.float32(self.way.effect.kept)
        if day == self._day:
            self.stock[self._to] += 1

    def reach(self, who: Where | slice) -> Floats:
        """How much of the most it can do the mail does today to these people."""
        done: Floats = np.exp(-self.stock[who])
        return np.subtract(1, done, out=done)


class Arms:
    """A trial as it runs: whoever the channel could first meet joins, in the arm they drew."""

    def __init__(self, company: Company, trial: Trial, chance: Chance) -> None:
        self.trial = trial
        self.joined_on = np.full(company.people, NEVER, np.int16)
        self._days = range(company.day_of(trial.starts), company.day_of(trial.ends))
        self._held_out = is_held_out(trial, chance)

    def admit(self, day: int, among: Mask) -> None:
        """Let in everyone who is new."""
        if day in self._days:
            self.joined_on[among & (self.joined_on == NEVER)] = day

    def may_meet(self, day: int, who: Where) -> Mask:
        """Say of each of these whether the trial leaves them to be met."""
        return ~self._held_out[who] | (day not in self._days)


class Airing:
    """A broadcast on air: what was paid for, and what each region feels of it."""

    def __init__(
        self, company: Company, way: Broadcast, people: People, chance: Chance, off: Off
    ) -> None:
        self.way, self.name, self._region = way, way.channel.name, people.region
        self.per_head = _flights(company, way, chance)
        for test in company.geo_tests:
            if test.withheld == self.name:
                days = slice(company.day_of(test.starts), company.day_of(test.ends))
                self.per_head[[company.regions.index(r) for r in test.held_out], days] = 0
        self._felt = np.zeros(len(company.regions))
        self.switch(company, chance, off, {})

    def switch(
        self, company: Company, chance: Chance, off: Off, scales: Mapping[str, float]
    ) -> None:
        """From `company.since` on, leave out what is off, and do so much of the rest."""
        way = self.way
        self.per_head[:, is_cut(company, way, off)] = 0
        self.per_head[:, company.day_of(company.since) :] *= scale_of(way, scales)
        strength = np.array([way.campaigns[place].strength for place in on_air(company, way)])
        self._doses = self.per_head / way.half * strength * (1 - way.effect.kept)

    def air(self, day: int) -> None:
        """Begin a day: of what was aired before, a share is kept."""
        self._felt = self._felt * self.way.effect.kept + self._doses[:, day]

    def reach(self, who: Where | slice) -> Floats:
        """How much of the most it can do the broadcast does today to these people."""
        done: Floats = (self._felt / (1 + self._felt)).astype(np.float32)
        return done[self._region[who]]


def scale_of(way: Broadcast | Practice, scales: Mapping[str, float]) -> float:
    """How much of a channel is done, as a multiple of what the company really did."""
    return scales.get(way.channel.name, 1.0) * scales.get(way.channel.path, 1.0)


def on_air(company: Company, way: Broadcast) -> Ints:
    """Which campaign is on air on each day: they take turns."""
    return np.arange(company.days) // _TURN_DAYS % len(way.campaigns)


def is_cut(company: Company, way: Broadcast, off: Off) -> Mask:
    """Say of each day whether `off` names what is on air then."""
    if {way.channel.name, way.channel.path} & off:
        cut = np.ones(company.days, np.bool_)
    else:
        names = np.array([campaign.name in off for campaign in way.campaigns])
        cut = names[on_air(company, way)]
    cut[: company.day_of(company.since)] = False
    return cut


def belongs(way: Practice, chance: Chance, off: Off) -> Mask:
    """Say of each person whether `off` names what meets them: channel, campaign or seller."""
    if {way.channel.name, way.channel.path} & off:
        return np.ones(chance.people, np.bool_)
    cut = np.array([campaign.name in off for campaign in way.campaigns])
    belongs: Mask = cut[campaign_of(way, chance)]
    if way.sellers:
        belongs |= np.array([seller.name in off for seller in way.sellers])[seller_of(way, chance)]
    return belongs


def campaign_of(way: Practice, chance: Chance) -> Ints:
    """Which of the channel's campaigns each person is in."""
    return chance.for_good.pick(f"{way.channel.name} campaign", len(way.campaigns))


def seller_of(way: Practice, chance: Chance) -> Ints:
    """Which of the channel's sellers each person has; the same in every channel they share."""
    team = " ".join(seller.name for seller in way.sellers)
    return chance.for_good.pick(f"seller of {team}", len(way.sellers))


def is_held_out(trial: Trial, chance: Chance) -> Mask:
    """Who is held out, should they ever join the trial."""
    return chance.for_good.uniform(f"arm of {trial.name}") < trial.held_out


def _doses(way: Practice, chance: Chance) -> Floats:
    """What one touch adds to each person's stock: the campaign's strength times the skill."""
    strength = np.array([campaign.strength for campaign in way.campaigns], np.float32)
    dose: Floats = strength[campaign_of(way, chance)]
    if way.sellers:
        dose *= np.array([s.skill for s in way.sellers], np.float32)[seller_of(way, chance)]
    return dose


def _flights(company: Company, way: Broadcast, chance: Chance) -> NDArray[np.float64]:
    """Money per head by region and day, in flights drawn region by region."""
    dice = np.random.default_rng([chance.seed, *way.channel.name.encode()])
    flights = company.days // _FLIGHT_DAYS + 1
    levels = dice.choice(_FLIGHT_LEVELS, size=(len(company.regions), flights))
    return np.repeat(levels, _FLIGHT_DAYS, axis=1)[:, : company.days] * way.per_head

"""A company's days, lived: who was met, who opened a door, who closed a deal.

A day goes: channels meet people, then people visit, open doors, close deals or lose interest.
People do not wait for one another (no queue is ever full), so each lives alone and a world with
a channel off differs from the true one only by what that channel caused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from halves.simulate.chance import Chance, Floats
from halves.simulate.company import Company
from halves.simulate.people import People
from halves.simulate.practices import Broadcast, Practice, Trial

Where = NDArray[np.intp]
Days = NDArray[np.int16]
_VISITOR_DAYS = 14  # someone who came by this lately is a visitor
_QUIET_DAYS = 45  # someone who has not come by for this long is quiet
_MOST = np.float32(0.6)  # no daily chance is higher
_NEVER = -1000


@dataclass(frozen=True)
class Events:
    """What happened of one kind: to whom, on which day (0 is the first on the ledger)."""

    person: NDArray[np.int64]
    day: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.person)

    def since(self, day: int) -> "Events":
        """Those from a day on."""
        late = self.day >= day
        return Events(self.person[late], self.day[late])


@dataclass
class _Log:
    """Events as they come, a day at a time."""

    people: list[Where] = field(default_factory=list)
    days: list[int] = field(default_factory=list)

    def add(self, who: Where, day: int) -> None:
        if who.size:
            self.people.append(who)
            self.days.append(day)

    def events(self) -> Events:
        if not self.people:
            return Events(np.empty(0, np.int64), np.empty(0, np.int64))
        sizes = [who.size for who in self.people]
        return Events(
            np.concatenate(self.people).astype(np.int64),
            np.repeat(np.array(self.days, np.int64), sizes),
        )


@dataclass(frozen=True)
class Lived:
    """All that happened in one world."""

    touches: Mapping[str, Events]  # by channel
    visits: Events
    opened: Events
    closed: Events
    opened_on: NDArray[np.int64]  # of each closed deal
    aired: Mapping[str, NDArray[np.float64]]  # broadcast: money per head by region and day
    assigned: Mapping[str, Days]  # by trial: the day each person joined it, below 0 if never
    promised: NDArray[np.float64]  # by person: chance of closing × worth, summed over the period


def live(company: Company, people: People, chance: Chance, *, off: frozenset[str]) -> Lived:
    """Live all days, with channels, campaigns or sellers off from `company.since` on.

    Args:
        company: the design.
        people: everyone, drawn with the same seed.
        chance: the dice.
        off: names of channels, campaigns or sellers; empty for what the company really did.
    """
    world = _World(company, people, chance, off)
    for day in range(company.days):
        world.live_day(day)
    return world.lived()


class _Meeting:
    """One practice at work: its stock on each person, and whom it may not meet."""

    def __init__(
        self, company: Company, practice: Practice, chance: Chance, off: frozenset[str]
    ) -> None:
        self.practice = practice
        self.name = practice.channel.name
        self.log = _Log()
        self.stock = np.zeros(chance.people, np.float32)
        self.dose = doses(practice, chance)
        self.begins_off = (company.since - company.begins).days
        self.barred = barred(practice, chance, off)
        self.trials = [_Arms(company, t, chance) for t in company.trials if t.withheld == self.name]

    def meet(self, day: int, who: Where, felt: Floats, luck: Floats) -> None:
        way = self.practice
        if way.follows:
            odds = np.float32(way.chance) * np.exp(np.float32(way.follows) * felt[who])
            who = who[luck[who] < np.minimum(odds, _MOST)]
        else:
            who = who[luck[who] < way.chance]
        self.log.add(who, day)
        if not way.effect.is_nothing:
            self.stock[who] += self.dose[who]

    def may(self, day: int, who: Where) -> Where:
        """Leave out those held out or cut off; whoever could be met joins the trial."""
        for trial in self.trials:
            who = trial.split(day, who)
        if self.barred is not None and day >= self.begins_off:
            who = who[~self.barred[who]]
        return who


class _Arms:
    """One trial as it runs."""

    def __init__(self, company: Company, trial: Trial, chance: Chance) -> None:
        self.trial = trial
        self.first = (trial.starts - company.begins).days
        self.last = (trial.ends - company.begins).days
        self.held_out = held_out(trial, chance)
        self.joined = np.full(chance.people, _NEVER, np.int16)

    def split(self, day: int, who: Where) -> Where:
        if not self.first <= day < self.last:
            return who
        new = who[self.joined[who] < 0]
        self.joined[new] = day
        return who[~self.held_out[who]]


class _World:
    def __init__(
        self, company: Company, people: People, chance: Chance, off: frozenset[str]
    ) -> None:
        size = company.people
        self.company, self.people, self.chance = company, people, chance
        self.since = (company.since - company.begins).days
        self.meetings = [_Meeting(company, p, chance, off) for p in company.practices]
        self.airings = [_Airing(company, b, chance, off) for b in company.broadcasts]
        self.spell = np.float32(company.demand.spell_sd) * chance.normal("first spell", day=0)
        self.sated = np.zeros(size, np.float32)
        self.push = np.zeros(size, np.float32)
        self.push_close = np.zeros(size, np.float32)
        self.has_deal = np.zeros(size, np.bool_)
        self.visited_on = np.full(size, _NEVER, np.int16)
        self.opened_on = np.full(size, _NEVER, np.int16)
        self.subscribers = np.flatnonzero(people.subscribed)
        self.everyone = np.arange(size)
        self.visits, self.opened, self.closed = _Log(), _Log(), _Log()
        self.closed_opened_on: list[Days] = []
        self.promised = np.zeros(size)

    def live_day(self, day: int) -> None:
        heat = self._heat(day)
        felt = heat + self.push
        for meeting in self.meetings:
            self._meet(meeting, day, felt)
        self._weigh(day)
        felt = heat + self.push
        self._visit(day, felt)
        self._open(day, felt)
        self._close(day, heat)

    def _heat(self, day: int) -> Floats:
        demand = self.company.demand
        kept = np.float32(demand.spell_kept)
        fresh = np.float32(demand.spell_sd * (1 - demand.spell_kept**2) ** 0.5)
        self.spell *= kept
        self.spell += fresh * self.chance.normal("spell", day=day)
        self.sated *= np.float32(demand.sated_kept)
        of_year = 2 * np.pi * (self.company.begins.timetuple().tm_yday + day) / 365.25
        season = np.float32(demand.season * np.cos(of_year))
        heat: Floats = self.people.fit + self.spell - self.sated + season
        return heat

    def _meet(self, meeting: _Meeting, day: int, felt: Floats) -> None:
        way = meeting.practice
        meeting.stock *= np.float32(way.effect.kept)
        if day % way.every.days or (way.sellers and self._is_weekend(day)):
            return
        who = meeting.may(day, self._among(way, day))
        meeting.meet(day, who, felt, self.chance.uniform(meeting.name, day=day))

    def _among(self, way: Practice, day: int) -> Where:
        match way.among:
            case "subscribers":
                return self.subscribers
            case "visitors":
                return np.flatnonzero(self.visited_on >= day - _VISITOR_DAYS)
            case "quiet":
                return np.flatnonzero((self.visited_on < day - _QUIET_DAYS) & ~self.has_deal)
            case "no_deal":
                return np.flatnonzero(~self.has_deal)
            case "deal":
                return np.flatnonzero(self.has_deal)
        return self.everyone

    def _is_weekend(self, day: int) -> bool:
        return (self.company.begins.weekday() + day) % 7 >= 5

    def _weigh(self, day: int) -> None:
        """Sum what all stories so far do to each person."""
        self.push[:] = 0
        self.push_close[:] = 0
        for airing in self.airings:
            reach = airing.reach(day)[self.people.region]
            self.push += np.float32(airing.effect.opening) * reach
            self.push_close += np.float32(airing.effect.closing) * reach
        for meeting in self.meetings:
            effect = meeting.practice.effect
            if effect.is_nothing:
                continue
            reach = -np.expm1(-meeting.stock)
            if effect.opening:
                self.push += np.float32(effect.opening) * reach
            if effect.closing:
                self.push_close += np.float32(effect.closing) * reach

    def _visit(self, day: int, felt: Floats) -> None:
        odds = np.float32(self.company.demand.visiting) * np.exp(np.float32(0.6) * felt)
        odds[self.has_deal] *= 6
        who = np.flatnonzero(self.chance.uniform("visit", day=day) < np.minimum(odds, _MOST))
        self.visits.add(who, day)
        self.visited_on[who] = day

    def _open(self, day: int, felt: Floats) -> None:
        odds = np.minimum(np.float32(self.company.demand.opening) * np.exp(felt), _MOST)
        luck = self.chance.uniform("open", day=day)
        who = np.flatnonzero((luck < odds) & ~self.has_deal)
        self.opened.add(who, day)
        self.has_deal[who] = True
        self.opened_on[who] = day

    def _close(self, day: int, heat: Floats) -> None:
        demand = self.company.demand
        who = np.flatnonzero(self.has_deal & (self.opened_on < day))
        want = np.float32(0.4) * heat[who] + self.push_close[who]
        odds = np.minimum(np.float32(demand.closing) * np.exp(want), _MOST)
        if day >= self.since:
            self.promised[who] += odds * self.people.deal_value[who]
        luck = self.chance.uniform("close", day=day)[who]
        won = who[luck < odds]
        lost = who[luck >= 1 - np.float32(demand.losing)]
        self.closed.add(won, day)
        self.closed_opened_on.append(self.opened_on[won])
        self.has_deal[won] = False
        self.has_deal[lost] = False
        self.sated[won] = demand.sated

    def lived(self) -> Lived:
        return Lived(
            touches={m.name: m.log.events() for m in self.meetings},
            visits=self.visits.events(),
            opened=self.opened.events(),
            closed=self.closed.events(),
            opened_on=np.concatenate(self.closed_opened_on).astype(np.int64),
            aired={a.name: a.per_head for a in self.airings},
            assigned={arms.trial.name: arms.joined for m in self.meetings for arms in m.trials},
            promised=self.promised,
        )


class _Airing:
    """One broadcast on air: what each region feels."""

    def __init__(
        self, company: Company, way: Broadcast, chance: Chance, off: frozenset[str]
    ) -> None:
        self.effect, self.name = way.effect, way.channel.name
        self.per_head = flights(company, way, chance)
        strength = np.array([way.campaigns[c].strength for c in on_air(company, way)])
        first_off = (company.since - company.begins).days
        for place, campaign in enumerate(way.campaigns):
            if {self.name, way.channel.path, campaign.name} & off:
                is_cut = on_air(company, way) == place
                is_cut[:first_off] = False
                self.per_head[:, is_cut] = 0
        self.felt = np.zeros(len(company.regions))
        self._doses = self.per_head / way.half * strength * (1 - way.effect.kept)

    def reach(self, day: int) -> Floats:
        """How much of its most the broadcast does today, by region."""
        self.felt = self.felt * self.effect.kept + self._doses[:, day]
        reach: Floats = (self.felt / (1 + self.felt)).astype(np.float32)
        return reach


def flights(company: Company, way: Broadcast, chance: Chance) -> NDArray[np.float64]:
    """Money per head by region and day: four-week flights, drawn region by region."""
    dice = np.random.default_rng([chance.seed, *way.channel.name.encode()])
    blocks = company.days // 28 + 1
    levels = dice.choice([0.0, 0.5, 1.0, 2.5], size=(len(company.regions), blocks))
    return np.repeat(levels, 28, axis=1)[:, : company.days] * way.per_head


def on_air(company: Company, way: Broadcast) -> NDArray[np.int64]:
    """Which campaign is on air on each day: they take turns, twelve weeks each."""
    return np.arange(company.days) // 84 % len(way.campaigns)


def campaign_of(way: Practice, chance: Chance) -> NDArray[np.int64]:
    """Which campaign of the channel each person belongs to."""
    luck = chance_of_traits(chance).uniform(f"{way.channel.name} campaign", day=0)
    return (luck * len(way.campaigns)).astype(np.int64)


def seller_of(way: Practice, chance: Chance) -> NDArray[np.int64]:
    """Which of the channel's sellers each person belongs to."""
    luck = chance_of_traits(chance).uniform(f"{way.channel.name} seller", day=0)
    return (luck * len(way.sellers)).astype(np.int64)


def held_out(trial: Trial, chance: Chance) -> NDArray[np.bool_]:
    """Who is held out, should they ever join the trial."""
    return chance_of_traits(chance).uniform(f"{trial.name} arm", day=0) < trial.held_out


def chance_of_traits(chance: Chance) -> Chance:
    """The dice that drew the people: the same in every rerun."""
    return Chance(chance.seed, chance.people)


def doses(way: Practice, chance: Chance) -> Floats:
    """What one touch adds to each person's stock: the campaign's strength times the skill."""
    strength = np.array([c.strength for c in way.campaigns], np.float32)
    dose: Floats = strength[campaign_of(way, chance)]
    if way.sellers:
        dose = dose * np.array([s.skill for s in way.sellers], np.float32)[seller_of(way, chance)]
    return dose


def barred(way: Practice, chance: Chance, off: frozenset[str]) -> NDArray[np.bool_] | None:
    """Whom the channel may no longer meet once `off` begins; None if nobody."""
    if {way.channel.name, way.channel.path} & off:
        return np.ones(chance.people, np.bool_)
    out = np.zeros(chance.people, np.bool_)
    cut = [place for place, c in enumerate(way.campaigns) if c.name in off]
    out |= np.isin(campaign_of(way, chance), cut)
    fired = [place for place, s in enumerate(way.sellers) if s.name in off]
    if fired:
        out |= np.isin(seller_of(way, chance), fired)
    return out if out.any() else None

"""A company's days, lived: who was met, who opened a door, who closed a deal.

A day goes: channels meet people, then people visit, open doors, close deals or lose interest.
Nobody waits for anybody (no queue is ever full), so each person lives alone, and a world with a
channel off differs from the true one only by what that channel caused.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halves.simulate.chance import Chance, Floats, Ints, Luck
from halves.simulate.company import Company
from halves.simulate.people import People
from halves.simulate.practices import Mailing, Practice
from halves.simulate.reach import (
    MOST,
    NEVER,
    Airing,
    Days,
    Events,
    Log,
    Mask,
    Meeting,
    Off,
    Post,
    Where,
)

_VISITOR_DAYS = 14  # someone who came by this lately is a visitor
_QUIET_DAYS = 45  # someone who has not come by for this long is quiet
_ALL = slice(None)


@dataclass(frozen=True)
class Lived:
    """All that happened in one world."""

    touches: Mapping[str, Events]  # by channel
    visits: Events
    opened: Events
    closed: Events
    opened_on: Ints  # of each closed deal
    aired: Mapping[str, NDArray[np.float64]]  # broadcast: money per head by region and day
    joined_on: Mapping[str, Days]  # by trial: the day each person joined it, or NEVER
    expected: NDArray[np.float64]  # by person: chance of closing × worth, summed over the period


def live(
    company: Company,
    people: People,
    chance: Chance,
    *,
    offs: Sequence[Off] = (frozenset(),),
    scales: Sequence[Mapping[str, float]] | None = None,
    mailings: Sequence[Sequence[Mailing]] | None = None,
) -> list[Lived]:
    """Live all days in as many worlds as asked for, side by side on the same dice.

    Args:
        company: the design.
        people: everyone, drawn with the same seed.
        chance: the dice.
        offs: one world each, by the channels, paths, campaigns and sellers that are off from
            `company.since` on; an empty set for what the company really did.
        scales: one for each world, channels or paths done so many times as much from then on.
        mailings: some for each world, mails from outside that reach people from then on.
    """
    scales = scales or [{}] * len(offs)
    mailings = mailings or [()] * len(offs)
    first = _World(company, people, chance)
    worlds = [first]
    wishes = _Wishes(company, people, chance)
    for day in range(company.days):
        if day == company.day_of(company.since):  # until then all worlds are one
            worlds = [
                first.branch(chance, off, scale) for off, scale in zip(offs, scales, strict=True)
            ]
            for world, some in zip(worlds, mailings, strict=True):
                world.await_mail(some)
        luck = chance.on(day)
        wish = wishes.on(luck)
        for world in worlds:
            world.live_day(luck, wish)
    return [world.lived() for world in worlds]


class _Wishes:
    """What people want by themselves, whatever the company does: for good, by spell, by season."""

    def __init__(self, company: Company, people: People, chance: Chance) -> None:
        demand = company.demand
        self.demand, self.fit = demand, people.fit
        self.spell = np.float32(demand.spell_sd) * chance.on(0).normal("first spell")
        self.fresh = np.float32(demand.spell_sd * (1 - demand.spell_kept**2) ** 0.5)
        self.first_day_of_year = company.begins.timetuple().tm_yday

    def on(self, luck: Luck) -> Floats:
        """Everyone's wish today, as the log of a factor on their daily chances."""
        self.spell *= np.float32(self.demand.spell_kept)
        self.spell += self.fresh * luck.normal("spell")
        turn = 2 * np.pi * (self.first_day_of_year + luck.day) / 365.25
        wish: Floats = self.fit + self.spell + np.float32(self.demand.season * np.cos(turn))
        return wish


class _World:
    def __init__(self, company: Company, people: People, chance: Chance) -> None:
        off: Off = frozenset()
        size = company.people
        self.company, self.demand, self.people = company, company.demand, people
        self.meetings = [Meeting(company, way, chance, off) for way in company.practices]
        self.airings = [Airing(company, way, people, chance, off) for way in company.broadcasts]
        self.sated = np.zeros(size, np.float32)
        self.post: list[Post] = []
        self.at_work: list[Meeting | Airing | Post] = [*self.airings, *self.meetings]
        self.push = np.zeros(size, np.float32)  # to open a door
        self.has_deal = np.zeros(size, np.bool_)
        self.visited_on = people.visited_on.copy()
        self.opened_on = np.full(size, NEVER, np.int16)
        self.everyone = np.ones(size, np.bool_)
        self.visits, self.opened, self.closed = Log(), Log(), Log()
        self.won_opened_on: list[Days] = []
        self.expected = np.zeros(size)
        self.weary = np.zeros(size if company.demand.weariness else 0, np.float32)

    def branch(self, chance: Chance, off: Off, scales: Mapping[str, float]) -> "_World":
        """Another world that goes on from here, with channels off or done more or less."""
        kept = (self.company, self.demand, self.people, chance)
        world = copy.deepcopy(self, {id(one): one for one in kept})
        switched: list[Meeting | Airing] = [*world.airings, *world.meetings]
        for at_work in switched:
            at_work.switch(self.company, chance, off, scales)
        return world

    def await_mail(self, mailings: Sequence[Mailing]) -> None:
        """Mails from outside will come."""
        for mailing in mailings:
            self.post.append(Post(self.company, mailing))
            self.at_work.append(self.post[-1])

    def live_day(self, luck: Luck, wish: Floats) -> None:
        self.sated *= np.float32(self.demand.sated_kept)
        heat = wish - self.sated
        if self.weary.size:
            self.weary *= np.float32(self.demand.weary_kept)
            heat -= np.float32(self.demand.weariness) * self.weary
        felt = heat + self.push
        most = max(float(felt.max()), -float(felt.min()))
        for meeting in self.meetings:
            self._meet(meeting, felt, most, luck)
        for airing in self.airings:
            airing.air(luck.day)
        for post in self.post:
            post.arrive(luck.day)
        self._weigh()
        felt = heat + self.push
        self._visit(felt, luck)
        self._open(felt, luck)
        self._close(heat, luck)

    def _meet(self, meeting: Meeting, felt: Floats, most: float, luck: Luck) -> None:
        meeting.fade()
        way, day = meeting.way, luck.day
        if day % way.every.days or (way.sellers and self._is_weekend(day)):
            return
        meeting.meet(day, self._among(way, day), felt, most, luck.uniform(meeting.name))
        if self.weary.size:
            self.weary[meeting.log.people[-1]] += 1

    def _among(self, way: Practice, day: int) -> Mask:
        match way.among:
            case "subscribers":
                return self.people.subscribed
            case "visitors":
                return self.visited_on >= day - _VISITOR_DAYS
            case "quiet":
                return (self.visited_on < day - _QUIET_DAYS) & ~self.has_deal
            case "no_deal":
                return ~self.has_deal
            case "deal":
                return self.has_deal
            case "everyone":
                return self.everyone

    def _is_weekend(self, day: int) -> bool:
        return (self.company.begins.weekday() + day) % 7 >= 5

    def _weigh(self) -> None:
        """Add up what all stories so far do to each person's wish to open a door."""
        self.push[:] = 0
        for at_work in self.at_work:
            if at_work.way.effect.opening:
                reach = at_work.reach(_ALL)
                reach *= np.float32(at_work.way.effect.opening)
                self.push += reach
        if self.demand.synergy:
            self.push += np.float32(self.demand.synergy) * self._by_both(_ALL)

    def _push_to_close(self, who: Where) -> Floats:
        push = np.zeros(who.size, np.float32)
        for at_work in self.at_work:
            if at_work.way.effect.closing:
                push += np.float32(at_work.way.effect.closing) * at_work.reach(who)
        if self.demand.synergy:
            push += np.float32(self.demand.synergy) * self._by_both(who)
        return push

    def _by_both(self, who: Where | slice) -> Floats:
        """How far each person is reached by both paths: the product of how far by each."""
        size = self.company.people if isinstance(who, slice) else who.size
        untouched = {path: np.ones(size, np.float32) for path in ("many", "one")}
        for at_work in self.at_work:
            if not at_work.way.effect.is_nothing:
                path = "many" if isinstance(at_work, Post) else at_work.way.channel.path
                untouched[path] *= 1 - at_work.reach(who)
        both: Floats = (1 - untouched["many"]) * (1 - untouched["one"])
        return both

    def _visit(self, felt: Floats, luck: Luck) -> None:
        demand = self.demand
        odds = np.float32(demand.visiting) * np.exp(np.float32(demand.visiting_heat) * felt)
        odds[self.has_deal] *= np.float32(demand.visiting_deal)
        who = np.flatnonzero(luck.uniform("visit") < np.minimum(odds, MOST))
        self.visits.add(who, luck.day)
        self.visited_on[who] = luck.day

    def _open(self, felt: Floats, luck: Luck) -> None:
        odds = np.minimum(np.float32(self.demand.opening) * np.exp(felt), MOST)
        who = np.flatnonzero((luck.uniform("open") < odds) & ~self.has_deal)
        self.opened.add(who, luck.day)
        self.has_deal[who] = True
        self.opened_on[who] = luck.day

    def _close(self, heat: Floats, luck: Luck) -> None:
        demand, day = self.demand, luck.day
        who = np.flatnonzero(self.has_deal & (self.opened_on < day))
        want = np.float32(demand.closing_heat) * heat[who] + self._push_to_close(who)
        odds = np.minimum(np.float32(demand.closing) * np.exp(want), MOST)
        if day >= self.company.day_of(self.company.since):
            self.expected[who] += odds * self.people.deal_value[who]
        dice = luck.uniform("close")[who]
        won, lost = who[dice < odds], who[dice >= 1 - np.float32(demand.losing)]
        self.closed.add(won, day)
        self.won_opened_on.append(self.opened_on[won])
        self.has_deal[won] = False
        self.has_deal[lost] = False
        self.sated[won] = demand.sated

    def lived(self) -> Lived:
        return Lived(
            touches={m.name: m.log.events() for m in self.meetings},
            visits=self.visits.events(),
            opened=self.opened.events(),
            closed=self.closed.events(),
            opened_on=np.concatenate(self.won_opened_on).astype(np.int64),
            aired={a.name: a.per_head for a in self.airings},
            joined_on={arms.trial.name: arms.joined_on for m in self.meetings for arms in m.trials},
            expected=self.expected,
        )

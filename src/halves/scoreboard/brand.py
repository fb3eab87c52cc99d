"""Brand in its parts, each counted by itself: no index is made of them.

Baseline demand is what people do whom nothing of ours reaches. Referrals are what customers brought
by a link or into a group. Who comes directly or asks a search engine for us is read from touches,
one a person and month, since visits of one person are not independent of each other. Whether they
would recommend us is what they answered. What nothing was recorded of is unknown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import dropwhile

import ibis
from django.db.models import Count, Max

from halves.audiences.referral_models import Brought
from halves.experiments.baseline import baseline
from halves.experiments.models import Baseline
from halves.ledger import Ledger
from halves.measure.interval import Interval
from halves.measure.rate import rate
from halves.measure.recommend import Recommend
from halves.measure.referrals import Hazard, Watched, hazard
from halves.measure.spending import midnight
from halves.posting.newest import Newest
from halves.promises.models import SurveyAsked
from halves.scoreboard.periods import Period
from halves.scoreboard.recommending import said_between
from halves.tracking.channels import BRANDED

DIRECT = "direct"
_UNKNOWN = "page"  # from page to page, or by a link that says nothing we know
_MONTHS, _QUARTERS = 12, 4
_DOORS, _DEALS = "door_opened", "deal_closed"
_DAY = 86_400.0


@dataclass(frozen=True)
class Share:
    """Of so many people, some; and how sure the share is."""

    name: str
    some: int
    of: int
    share: Interval | None


@dataclass(frozen=True)
class Demand:
    """What people who are left alone did in a quarter: doors they opened, deals they closed."""

    name: str
    is_whole: bool  # it is over, and they were left alone through all of it
    people: int
    doors: Interval | None
    deals: Interval | None


@dataclass(frozen=True)
class Brand:
    """All parts; None where nothing was recorded.

    Args:
        demand: by quarter, the latest last.
        referrals: by customers, since they became such.
        others: whom those brought who were no customers then; in no rate, since nobody knows since
            when they could have brought somebody.
        direct, branded: of people who came by themselves or by a search for us, those whose first
            visit of the month was that; by month from the first in which anybody came, the latest
            last, unknown before the first such.
        said: answers to whether they would recommend us, in the last year.
    """

    demand: tuple[Demand, ...] = ()
    referrals: Hazard | None = None
    others: int = 0
    direct: tuple[Share, ...] = ()
    branded: tuple[Share, ...] = ()
    said: Recommend | None = None

    @property
    def is_measured(self) -> bool:
        """Say whether any of it was recorded."""
        demand = any(one.doors or one.deals for one in self.demand)
        visits = any(one.share for one in (*self.direct, *self.branded))
        said = self.said is not None and self.said.raw is not None
        return demand or visits or said or bool(self.referrals or self.others)


def brand(ledger: Ledger, *, today: date, now: datetime, currency: str | None) -> Brand:
    """Count every part as of a moment.

    Args:
        ledger: the house's.
        today: days from it on have not happened yet.
        now: the moment.
        currency: what people bought is told in it, to weigh who answers.
    """
    shares = _visits(ledger, today)
    referrals, others = _referrals(ledger, now)
    return Brand(
        demand=_demand(ledger, today, now),
        referrals=referrals,
        others=others,
        direct=tuple(_share(shares, DIRECT)),
        branded=tuple(_share(shares, BRANDED)),
        said=said_between(ledger, since=now - timedelta(days=365), until=now, currency=currency),
    )


def _visits(ledger: Ledger, today: date) -> dict[str, dict[str, int]]:
    """People by month and channel of their first visit: by themselves, or searching for us.

    It begins with the first month in which anybody came: before, nothing was recorded.
    """
    this = Period.holding(today, 1)
    months = [this]
    for _month in range(_MONTHS - 1):
        months.append(months[-1].before)
    touches = ledger.table("touches")
    since, until = midnight(months[-1].starts), midnight(this.ends)
    came = (touches.path == "self") | (touches.channel == BRANDED)
    came &= touches.channel != _UNKNOWN
    rows = touches.filter(came, touches["at"] >= since, touches["at"] < until)
    place = ibis.literal(None, type="string")
    for one in months:
        inside = (rows["at"] >= midnight(one.starts)) & (rows["at"] < midnight(one.ends))
        place = ibis.ifelse(inside, one.name, place)
    first = rows.mutate(month=place).group_by("month", "person_id")
    first = first.aggregate(channel=ibis._.channel.argmin(ibis._["at"]))
    counts = first.group_by("month", "channel").aggregate(people=ibis._.count())
    found: dict[str, dict[str, int]] = {one.name: {} for one in reversed(months)}
    for row in ledger.query(counts).to_pylist():
        found[row["month"]][row["channel"]] = int(row["people"])
    return dict(dropwhile(lambda month: not month[1], found.items()))


def _share(found: dict[str, dict[str, int]], channel: str) -> list[Share]:
    """A channel's part of each month, in order; unknown before the first that it is told in."""
    is_told, rows = False, []
    for month, counts in found.items():
        some, of = counts.get(channel, 0), sum(counts.values())
        is_told = is_told or some > 0
        rows.append(Share(month, some, of, rate(some, of) if is_told else None))
    return rows


def _referrals(ledger: Ledger, now: datetime) -> tuple[Hazard | None, int]:
    """Customers from their first deal on, and the days on which they brought somebody who came."""
    outcomes = ledger.table("outcomes")
    referred = outcomes.filter(outcomes.kind == "referred", outcomes["at"] < now)
    brought: dict[str, list[datetime]] = {}
    for row in ledger.query(referred.select("person_id", "at")).to_pylist():
        brought.setdefault(row["person_id"], []).append(row["at"])
    if not brought and not Brought.objects.exists():
        return None, 0  # links were never used: that is no rate of nothing
    deals = outcomes.filter(outcomes.kind == _DEALS, outcomes["at"] < now)
    first = deals.group_by("person_id").aggregate(since=deals["at"].min())
    watched = []
    for row in ledger.query(first).to_pylist():
        since = row["since"]
        days = sorted(_days(since, at) for at in brought.get(row["person_id"], []) if at >= since)
        watched.append(Watched(_days(since, now), tuple(days)))
    others = sum(map(len, brought.values())) - sum(len(one.brought) for one in watched)
    return hazard(watched) if any(one.days > 0 for one in watched) else None, others


def _days(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds() / _DAY


def _demand(ledger: Ledger, today: date, now: datetime) -> tuple[Demand, ...]:
    found = baseline()
    if found is None:
        return ()
    quarters = [Period.holding(today, 3)]
    while len(quarters) < _QUARTERS and midnight(quarters[-1].starts) > found.since:
        quarters.append(quarters[-1].before)
    quarters.reverse()
    counted = _of_quarters(ledger, found, quarters, now)
    return tuple(
        Demand(
            name=one.name,
            is_whole=found.since <= midnight(one.starts) and midnight(one.ends) <= now,
            people=counted[f"people_{place}"],
            doors=rate(counted[f"{_DOORS}_{place}"], counted[f"people_{place}"]),
            deals=rate(counted[f"{_DEALS}_{place}"], counted[f"people_{place}"]),
        )
        for place, one in enumerate(quarters)
    )


def _of_quarters(
    ledger: Ledger, found: Baseline, quarters: Iterable[Period], now: datetime
) -> Mapping[str, int]:
    """All quarters in one pass over what those did who are left alone, as the ledger knows them."""
    arms = ledger.table("assignments", aliased=False)
    units = arms.filter(arms.experiment == found.name, arms.arm == "held_out")
    merged = ledger.table("aliases")  # who was merged is another now, with an arm of their own
    units = units.anti_join(merged, units.unit_id == merged.person_id)
    units = units.select("unit_id", there="at")
    outcomes = ledger.table("outcomes")
    rows = outcomes.filter(outcomes["at"] >= found.since, outcomes["at"] < now)
    did, asked = {}, {}
    for place, one in enumerate(quarters):
        starts, ends = max(midnight(one.starts), found.since), midnight(one.ends)
        # Only those there from its start: who is written down since came with a door of their own.
        is_there = ibis._.there <= starts
        asked[f"people_{place}"] = is_there.sum()
        for kind in (_DOORS, _DEALS):
            inside = (rows["at"] >= starts) & (rows["at"] < ends) & (rows.kind == kind)
            did[f"{kind}_{place}"] = inside.any()
            asked[f"{kind}_{place}"] = (is_there & ibis._[f"{kind}_{place}"]).sum()
    did = rows.group_by("person_id").aggregate(**did)
    both = units.left_join(did, units.unit_id == did.person_id)
    [row] = ledger.query(both.aggregate(**asked)).to_pylist()
    return {name: int(count or 0) for name, count in row.items()}


_NEWEST = Newest[Brand]()


def newest_brand(ledger: Ledger, *, today: date, now: datetime, currency: str | None) -> Brand:
    """Every part; counted anew only where something changed since."""
    stands_on = (*_state(ledger, currency), today)
    return _NEWEST.of(stands_on, lambda: brand(ledger, today=today, now=now, currency=currency))


def _state(ledger: Ledger, currency: str | None) -> tuple[object, ...]:
    versions, left_out = ledger.versions(), baseline()
    answers = SurveyAsked.objects.aggregate(n=Count("pk"), last=Max("answered_at"))
    return (
        str(ledger.root),
        currency,
        *(versions[name] for name in ("touches", "outcomes", "assignments", "aliases", "rates")),
        left_out and left_out.pk,
        *answers.values(),
        Brought.objects.exists(),
    )

"""Brand in its parts, each counted by itself: no index is made of them.

Baseline demand is what people do whom nothing of ours reaches. Referrals are what customers brought
by a link or into a group. Who comes directly or asks a search engine for us is read from touches.
Whether they would recommend us is what they answered. What nothing was recorded of is unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import ibis
from django.db.models import Count

from halves.audiences.referral_models import Brought
from halves.experiments.baseline import baseline, drawn
from halves.ledger import Ledger
from halves.measure.interval import Interval
from halves.measure.rate import rate
from halves.measure.recommend import Asked, Recommend, recommend
from halves.measure.referrals import Hazard, Watched, hazard
from halves.measure.spending import midnight
from halves.people.models import Person
from halves.posting.newest import Newest
from halves.promises.models import SurveyAsked, SurveyKind
from halves.scoreboard.periods import Period

BRANDED, DIRECT = "brand_search", "direct"
_MONTHS, _QUARTERS = 12, 4
_DAY = 86_400.0


@dataclass(frozen=True)
class Share:
    """Of so many, some; and how sure the share is."""

    name: str
    some: int
    of: int
    share: Interval | None


@dataclass(frozen=True)
class Demand:
    """What people who are left alone did in a quarter: doors they opened, deals they closed."""

    name: str
    is_whole: bool  # they were left alone through all of it
    people: int
    doors: Interval | None
    deals: Interval | None


@dataclass(frozen=True)
class Brand:
    """All parts; None where nothing was recorded.

    Args:
        demand: by quarter, the latest last.
        referrals: since people became customers.
        direct, branded: of visits of people who came by themselves or by a search for us, by month.
        said: answers to whether they would recommend us, in the last year.
    """

    demand: tuple[Demand, ...]
    referrals: Hazard | None
    direct: tuple[Share, ...]
    branded: tuple[Share, ...]
    said: Recommend | None

    @property
    def is_measured(self) -> bool:
        """Say whether any of it was recorded."""
        demand = any(one.doors or one.deals for one in self.demand)
        visits = any(one.share for one in (*self.direct, *self.branded))
        said = self.said is not None and self.said.raw is not None
        return demand or visits or said or bool(self.referrals)


def brand(ledger: Ledger, *, today: date, now: datetime) -> Brand:
    """Count every part as of a moment."""
    shares = _visits(ledger, today)
    return Brand(
        demand=_demand(ledger, today, now),
        referrals=_referrals(ledger, now),
        direct=tuple(_share(shares, DIRECT)),
        branded=tuple(_share(shares, BRANDED)),
        said=_said(ledger, now),
    )


def _visits(ledger: Ledger, today: date) -> dict[str, dict[str, int]]:
    """Visits by month and channel: those of path `self`, and searches for our name."""
    this = Period.holding(today, 1)
    months = [this]
    for _month in range(_MONTHS - 1):
        months.append(months[-1].before)
    touches = ledger.table("touches")
    since, until = midnight(months[-1].starts), midnight(this.ends)
    came = (touches.path == "self") | (touches.channel == BRANDED)
    rows = touches.filter(came, touches["at"] >= since, touches["at"] < until)
    place = ibis.literal(None, type="string")
    for one in months:
        inside = (rows["at"] >= midnight(one.starts)) & (rows["at"] < midnight(one.ends))
        place = ibis.ifelse(inside, one.name, place)
    counts = rows.mutate(month=place).group_by("month", "channel")
    found: dict[str, dict[str, int]] = {one.name: {} for one in reversed(months)}
    for row in ledger.query(counts.aggregate(visits=ibis._.count())).to_pylist():
        found[row["month"]][row["channel"]] = int(row["visits"])
    return found


def _share(found: dict[str, dict[str, int]], channel: str) -> list[Share]:
    """A channel's part of each month; unknown where no visit of it was ever recorded."""
    is_told = any(channel in counts for counts in found.values())
    rows = []
    for month, counts in found.items():
        some, of = counts.get(channel, 0), sum(counts.values())
        rows.append(Share(month, some, of, rate(some, of) if is_told else None))
    return rows


def _referrals(ledger: Ledger, now: datetime) -> Hazard | None:
    """Customers from their first deal on, and the days on which they brought somebody who came."""
    if not Brought.objects.exists():
        return None  # links were never used: that is no rate of nothing
    outcomes = ledger.table("outcomes")
    deals = outcomes.filter(outcomes.kind == "deal_closed", outcomes["at"] < now)
    first = deals.group_by("person_id").aggregate(since=deals["at"].min())
    referred = outcomes.filter(outcomes.kind == "referred", outcomes["at"] < now)
    brought: dict[str, list[datetime]] = {}
    for row in ledger.query(referred.select("person_id", "at")).to_pylist():
        brought.setdefault(row["person_id"], []).append(row["at"])
    watched = []
    for row in ledger.query(first).to_pylist():
        since = row["since"]
        days = sorted(_days(since, at) for at in brought.get(row["person_id"], []) if at >= since)
        watched.append(Watched(_days(since, now), tuple(days)))
    return hazard(watched) if any(one.days > 0 for one in watched) else None


def _days(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds() / _DAY


def _demand(ledger: Ledger, today: date, now: datetime) -> tuple[Demand, ...]:
    found = baseline()
    if found is None:
        return ()
    people = Person.objects.filter(merged_into=None).values_list("ledger_id", "created_at")
    made = dict(people.iterator(chunk_size=10_000))
    alone = drawn(found, list(made))
    quarters = [Period.holding(today, 3)]
    while len(quarters) < _QUARTERS and midnight(quarters[-1].starts) > found.since:
        quarters.append(quarters[-1].before)
    outcomes = ledger.table("outcomes")
    kinds = ("door_opened", "deal_closed")
    rows = outcomes.filter(outcomes.kind.isin(kinds), outcomes["at"] >= found.since)
    rows = rows.filter(rows["at"] < now).select("person_id", "kind", "at")
    did = [row for row in ledger.query(rows).to_pylist() if row["person_id"] in alone]
    return tuple(
        _of_quarter(one, found.since, {who: made[who] for who in alone}, did)
        for one in reversed(quarters)
    )


def _of_quarter(
    quarter: Period, since: datetime, made: dict[str, datetime], did: Sequence[dict[str, object]]
) -> Demand:
    starts, ends = midnight(quarter.starts), midnight(quarter.ends)
    # Only those there from its start: who is written down since came with a door of their own.
    there = {who for who, at in made.items() if at <= max(starts, since)}

    def share(kind: str) -> Interval | None:
        who = {
            row["person_id"]
            for row in did
            if row["kind"] == kind and max(starts, since) <= row["at"] < ends  # type: ignore[operator]
        }
        return rate(len(who & there), len(there))

    whole = since <= starts
    return Demand(quarter.name, whole, len(there), share("door_opened"), share("deal_closed"))


def _said(ledger: Ledger, now: datetime) -> Recommend | None:
    rows = SurveyAsked.objects.filter(survey__kind=SurveyKind.RECOMMEND, promise=None)
    rows = rows.filter(asked_at__gt=now - timedelta(days=365), asked_at__lte=now)
    rows = rows.select_related("person").order_by("person_id", "-asked_at")
    latest: dict[int, SurveyAsked] = {}
    for one in rows:
        latest.setdefault(one.person_id, one)
    if not latest:
        return None
    bought = _bought(ledger, [one.person.ledger_id for one in latest.values()])
    people = []
    for one in latest.values():
        channel, value = bought.get(one.person.ledger_id, ("", 0.0))
        tenure = _days(one.person.created_at, one.asked_at) / 365
        facts = {
            "tenure": max(tenure, 0.0),
            "region": one.person.region,
            "path": channel,
            "value": value,
        }
        people.append(Asked(one.score, facts))
    return recommend(people)


def _bought(ledger: Ledger, ids: list[str]) -> dict[str, tuple[str, float]]:
    """By which path people came last, and how often they bought; known of all who are asked."""
    outcomes = ledger.table("outcomes")
    rows = outcomes.filter(outcomes.person_id.isin(ids)).group_by("person_id")
    counted = rows.aggregate(
        path=ibis._.path.argmax(ibis._["at"]), deals=(ibis._.kind == "deal_closed").sum()
    )
    return {
        row["person_id"]: (row["path"] or "", float(row["deals"] or 0))
        for row in ledger.query(counted).to_pylist()
    }


_NEWEST = Newest[Brand]()


def newest_brand(ledger: Ledger, *, today: date, now: datetime) -> Brand:
    """Every part; counted anew only where something changed since."""
    versions, left_out = ledger.versions(), baseline()
    answers = SurveyAsked.objects.aggregate(n=Count("pk"), said=Count("score"))
    stands_on = (
        str(ledger.root),
        versions["touches"],
        versions["outcomes"],
        today,
        left_out and left_out.pk,
        *answers.values(),
        Brought.objects.count(),
    )
    return _NEWEST.of(stands_on, lambda: brand(ledger, today=today, now=now))

"""What people who were touched did beyond people like them who were not: cases and controls.

For each door opened (a case) some people are drawn at random as of the same moment (controls),
and likewise, for each deal closed, other deals as old that were still open. What reached each of
them before that moment is compared by a model of the odds, with what was known of them before any
of those touches. Time runs one way: nothing after the moment counts. Few rows are ever looked at,
however large the ledger: cases and controls are sampled.

The odds ratio of a rare event is its rate ratio, so a case who was reached by x owes 1 - exp(-γx)
of its outcome to the channel, if nothing else set those reached apart. What does is unknown, and
so the sum is no more than a bound in the direction in which the channel picks people.

Source:
    Breslow and Day (1980), Statistical Methods in Cancer Research I; Greenland and Robins (1988),
    Conceptual Problems in the Definition and Interpretation of Attributable Fractions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import ibis
import numpy as np

from halves.ledger import Ledger
from halves.ledger.heeding import look_up
from halves.measure.facts import SALES
from halves.measure.prior import Floats
from halves.measure.spending import By

Counts = np.ndarray[tuple[int], np.dtype[np.int64]]

_MOST_CASES = 12_000
_CONTROLS = 8  # for each case
_KEPT = 0.94  # of a touch, from one day to the next
_REACH = timedelta(days=56)  # a touch may act so long
_PAST = timedelta(days=280)  # what came before that tells who someone is
_STALE_DEAL = timedelta(days=60)  # an open deal this old is taken to be lost
_RIDGE = 1.0
_FOLLOWED = 0.8  # of sales must have come through doors
_LEAST = 40  # cases reached, below which nothing is said
_BUCKETS = 100  # that people are scattered over by hash, for the spread of the sum
_MULTIPLIERS = (7919, 104_729)  # primes that scatter controls over people


@dataclass(frozen=True)
class Attributable:
    """What outcomes owe to one unit, if those reached differ from others in nothing unseen.

    Args:
        unit: channel or campaign.
        doors: revenue of the period through doors opened, money.
        closing: revenue of the period by closing what was open, money.
        se: standard error of both together.
        reached: cases that the unit had reached.
    """

    unit: str
    doors: float
    closing: float
    se: float
    reached: int

    @property
    def revenue(self) -> float:
        """Of both stages."""
        return self.doors + self.closing

    @property
    def at_most(self) -> float:
        """The same for an upper bound: what one stage owes is not taken off the other.

        Among people whose door is open, those whom the unit brought there are less eager by
        themselves than those who came without it, so that it seems to keep deals from closing. And
        who is met only once a door is open cannot open another.
        """
        return max(self.doors, 0.0) + max(self.closing, 0.0)


def attributable(
    book: Ledger,
    units: Sequence[str],
    *,
    by: By,
    since: datetime,
    until: datetime,
    currency: str | None,
    door_worth: float | None,
) -> list[Attributable]:
    """Compare those who opened doors and closed deals with people like them.

    Args:
        book: the ledger.
        units: channels or campaigns whose touches name people.
        by: which of both.
        since: the period's first moment.
        until: the first moment after it.
        currency: convert money to it.
        door_worth: revenue of a door; None where doors are not recorded.

    Returns:
        One for each unit that reached enough cases, in the order of `units`; none where people,
        doors or deals are too few to compare, or where most deals came through no door: what is
        known of one stage alone bounds nothing.
    """
    if door_worth is None or not _come_through_doors(book, since, until, currency):
        return []
    opened = _odds(book, _door_sample(book, since, until), units, by)
    closed = _odds(book, _deal_sample(book, since, until, currency), units, by)
    if opened is None or closed is None:
        return []
    return _added_up(units, [(opened, door_worth), (closed, 1.0)])


@dataclass(frozen=True, eq=False)
class _Odds:
    exposure: Floats  # (case, unit)
    weight: Floats  # (case,), what each stands for
    bucket: Counts  # (case,), of its person
    slope: Floats  # (unit,)
    covariance: Floats  # (unit, unit)


def _added_up(units: Sequence[str], parts: Sequence[tuple[_Odds, float]]) -> list[Attributable]:
    found = []
    for place, unit in enumerate(units):
        variance, reached, by_stage = 0.0, 0, [0.0, 0.0]
        for stage, (odds, worth) in enumerate(parts):
            x, weight = odds.exposure[:, place], odds.weight * worth
            seen = int((x > 0).sum())
            if seen < _LEAST:  # too few to tell: they may owe all to it, or as much the other way
                variance += float(np.abs(weight[x > 0]).sum()) ** 2
                continue
            left = np.exp(-odds.slope[place] * x)
            # One can owe no more than all; that it kept others away is bounded alike.
            owed = weight * np.clip(1 - left, -1, 1)
            by_stage[stage] = float(owed.sum())
            variance += float(weight @ (x * left)) ** 2 * odds.covariance[place, place]
            variance += float((np.bincount(odds.bucket, owed) ** 2).sum())
            reached += seen
        if reached:
            doors, closing = by_stage
            found.append(Attributable(unit, doors, closing, float(np.sqrt(variance)), reached))
    return found


def _door_sample(book: Ledger, since: datetime, until: datetime) -> ibis.Table:
    """Doors of the period, and for each some people as of the same moment."""
    doors = book.table("outcomes")
    doors = doors.filter(doors.kind == "door_opened", doors["at"] >= since, doors["at"] < until)
    cases = _sampled(doors.select("person_id", "at", "outcome_id", value=ibis.literal(1.0)), book)
    people = book.table("people").select("person_id")
    numbered = people.mutate(place=ibis.row_number().over(order_by=people.person_id))
    [row] = book.query(people.aggregate(n=people.count())).to_pylist()
    drawn = _drawn(cases, int(row["n"]))
    controls = drawn.inner_join(numbered, "place").select("person_id", "at", "case_no", "draw")
    controls = controls.mutate(weight=ibis.literal(0.0))
    return _rows(cases, controls)


def _deal_sample(
    book: Ledger, since: datetime, until: datetime, currency: str | None
) -> ibis.Table:
    """Deals of the period, and for each some other deals that were as old and still open."""
    rows = _after_doors(book, until, currency)
    deals = rows.filter(
        ~rows.is_door, rows["at"] >= since, rows.door.notnull(), rows["value"].notnull()
    )
    deals = deals.select(
        "person_id",
        "at",
        "outcome_id",
        value=deals["value"].cast("float64"),
        age=deals["at"].epoch_seconds() - deals.door.epoch_seconds(),
    )
    deals = deals.filter(deals.age < int(_STALE_DEAL.total_seconds()))
    cases = _sampled(deals, book)
    doors = rows.filter(rows.is_door, rows["at"] >= since - _STALE_DEAL)
    numbered = doors.select(
        "person_id",
        "next_at",
        opened="at",
        place=ibis.row_number().over(order_by=[doors["at"], doors.outcome_id]),
    )
    [row] = book.query(doors.aggregate(n=doors.count())).to_pylist()
    drawn = _drawn(cases, int(row["n"]))
    both = drawn.inner_join(numbered, "place")
    both = both.mutate(then=both.opened + both.age.cast("int64").as_interval("s"))
    open_still = both.filter(
        both.then >= since, both.then < until, both.next_at.isnull() | (both.next_at > both.then)
    )
    controls = open_still.select(
        "person_id", "case_no", "draw", at=open_still.then, weight=ibis.literal(0.0)
    )
    return _rows(cases, controls)


def _after_doors(book: Ledger, until: datetime, currency: str | None) -> ibis.Table:
    """Doors and sales, with the last door that the same person opened before each, and what next
    became of it.
    """
    rows = book.table("outcomes", currency=currency)
    rows = rows.filter(rows["at"] < until, rows.kind.isin(["door_opened", *SALES]))
    is_door = rows.kind == "door_opened"
    order = [rows["at"], rows.outcome_id]
    before = ibis.window(group_by=rows.person_id, order_by=order, preceding=(None, 0))
    return rows.mutate(
        is_door=is_door,
        door=rows["at"].max(where=is_door).over(before),
        next_at=rows["at"].lead().over(ibis.window(group_by=rows.person_id, order_by=order)),
    )


def _come_through_doors(
    book: Ledger, since: datetime, until: datetime, currency: str | None
) -> bool:
    """Say whether nearly all sales of the period, by what they were worth, followed a door."""
    rows = _after_doors(book, until, currency)
    sales = rows.filter(~rows.is_door, rows["at"] >= since)
    worth = sales["value"].cast("float64").abs()
    total = sales.aggregate(followed=worth.sum(where=sales.door.notnull()), whole=worth.sum())
    [row] = book.query(total).to_pylist()
    return bool((row["followed"] or 0.0) > _FOLLOWED * (row["whole"] or 0.0))


def _sampled(events: ibis.Table, book: Ledger) -> ibis.Table:
    """Numbered, and thinned evenly where there are more than enough; each stands for so many."""
    [row] = book.query(events.aggregate(n=events.count())).to_pylist()
    step = max(1, -(-int(row["n"]) // _MOST_CASES))
    order = ibis.row_number().over(order_by=[events["at"], events.outcome_id])
    events = events.mutate(case_no=order)
    events = events.filter(events.case_no % step == 0)
    return events.mutate(weight=events["value"] * float(step))


def _drawn(cases: ibis.Table, size: int) -> ibis.Table:
    """Several places among `size`, scattered, for each case."""
    draws = ibis.array(list(range(1, _CONTROLS + 1))).cast("array<int64>")
    both = cases.drop("person_id").mutate(draw=draws.unnest())
    place = (both.case_no * _MULTIPLIERS[0] + both.draw * _MULTIPLIERS[1]) * 31 % max(size, 1)
    return both.mutate(place=place)


def _rows(cases: ibis.Table, controls: ibis.Table) -> ibis.Table:
    cases = cases.select("person_id", "at", "case_no", "weight", draw=ibis.literal(0).cast("int64"))
    controls = controls.select(
        "person_id", "at", "case_no", "weight", draw=controls.draw.cast("int64")
    )
    return cases.union(controls)


def _odds(book: Ledger, sample: ibis.Table, units: Sequence[str], by: By) -> _Odds | None:
    """Fit odds of being a case on what reached each row and what was known before."""
    table = book.query(_described(book, sample, units, by))
    if table.num_rows < 10 * len(units):
        return None
    table = table.sort_by([("case_no", "ascending"), ("draw", "ascending")])
    look_up()
    column = {name: table[name].to_numpy(zero_copy_only=False) for name in table.column_names}
    is_case = column["draw"] == 0
    stocks = np.stack([column[f"stock_{i}"] for i in range(len(units))], axis=1)
    exposure = 1 - np.exp(-np.nan_to_num(stocks.astype(np.float64)).round(9))
    past = [
        np.log1p(np.nan_to_num(column[name].astype(np.float64)))
        for name in ("visits_near", "visits_far", "deals", "doors")
    ]
    past = [one for one in past if one.std() > 0]
    design = np.column_stack([np.ones(len(is_case)), exposure, *past, *(one**2 for one in past)])
    if is_case.sum() < 10 * design.shape[1] or is_case.all():
        return None  # too few cases, or nobody to compare them with: people may not be listed
    look_up()
    bucket = column["bucket"].astype(np.int64)
    slope, covariance = _logistic(design, is_case.astype(np.float64), bucket)
    own = slice(1, 1 + len(units))
    return _Odds(
        exposure=exposure[is_case],
        weight=column["weight"][is_case].astype(np.float64),
        bucket=bucket[is_case],
        slope=slope[own],
        covariance=covariance[own, own],
    )


def _described(book: Ledger, sample: ibis.Table, units: Sequence[str], by: By) -> ibis.Table:
    """What reached each row in the days before, and what was known of them before that."""
    touches = book.table("touches")
    touches = touches.select("person_id", "path", unit=touches[by], when=touches["at"])
    key = ["case_no", "draw"]
    near = sample.select("person_id", "at", *key).inner_join(touches, "person_id")
    age = (near["at"].epoch_seconds() - near.when.epoch_seconds()) / 86_400.0
    near = near.mutate(age=age)
    reach, past = _REACH.days, _PAST.days
    near = near.filter(near.age > 0, near.age < past)
    acts = near.age < reach
    kept = (near.age * float(np.log(_KEPT))).exp()
    is_visit = near.path == "self"
    before: dict[str, Any] = {
        f"stock_{place}": kept.sum(where=acts & (near.unit == unit))
        for place, unit in enumerate(units)
    }
    before |= {
        "visits_near": (is_visit & ~acts & (near.age < reach + 60)).sum(),
        "visits_far": (is_visit & (near.age >= reach + 60)).sum(),
    }
    by_touch = near.group_by(key).agg(**before)
    happened = book.table("outcomes").select("person_id", "kind", when="at")
    then = sample.select("person_id", "at", *key).inner_join(happened, "person_id")
    gap = (then["at"].epoch_seconds() - then.when.epoch_seconds()) / 86_400.0
    then = then.filter(gap > reach, gap < past + 365)
    by_outcome = then.group_by(key).agg(
        deals=then.kind.isin(SALES).sum(), doors=(then.kind == "door_opened").sum()
    )
    rows = sample.left_join(by_touch, key).drop("case_no_right", "draw_right")
    rows = rows.left_join(by_outcome, key).drop("case_no_right", "draw_right")
    return rows.mutate(bucket=(rows.person_id.hash() % _BUCKETS).abs()).drop("person_id", "at")


def _logistic(design: Floats, is_case: Floats, bucket: Counts) -> tuple[Floats, Floats]:
    """Newton's method on a lightly penalised likelihood; what people share is in the spread."""
    penalty = np.full(design.shape[1], _RIDGE)
    penalty[0] = 0.0
    slope: Floats = np.zeros(design.shape[1])
    slope[0] = np.log(is_case.mean() / (1 - is_case.mean()))
    for _ in range(30):
        look_up()
        chance = 1 / (1 + np.exp(-np.clip(design @ slope, -30, 30)))
        information = (design * (chance * (1 - chance))[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(information, design.T @ (is_case - chance) - penalty * slope)
        slope = slope + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-8:
            break
    scores = np.zeros((_BUCKETS, design.shape[1]))
    np.add.at(scores, bucket, design * (is_case - chance)[:, None])
    inverse = np.linalg.inv(information)
    covariance: Floats = inverse @ scores.T @ scores @ inverse * _BUCKETS / (_BUCKETS - 1)
    # What only the penalty tells, as which of two channels that always go together, is unknown.
    covariance += inverse @ np.diag(penalty) @ inverse
    return slope, covariance

"""Trials that crossed: people in a trial on each path, and what needed both of them.

Each person in both trials is in one of four groups, by two throws of dice. With w = 1/p for the
treated and −1/p for those held out, p the chance of the arm that came up, Σ w·w′·y adds up what
needed both, over everyone: its expectation is Y(both) − Y(many) − Y(one) + Y(neither). That holds
even where one trial decides who comes into the other (a call that is held out opens no door, so
nobody is met behind it): who never came in could have lost nothing by it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ibis
import numpy as np

from halves.measure.dice import Plan
from halves.measure.evidence import Evidence
from halves.measure.facts import SALES
from halves.measure.joint import Joint
from halves.measure.period import Period
from halves.measure.synergy import Crossing, Synergy, synergy

_PATHS = ("many", "one")
_FEWEST = 50  # people in each of the four groups
_MOST_PAIRS = 12  # of trials, the dearest first


def of_paths(
    period: Period, evidence: Sequence[Evidence], joint: Joint | None, *, seed: int
) -> Synergy | None:
    """What the paths bring with and without each other, by all that is known of a period.

    Args:
        period: what is asked about.
        evidence: what each trial alone said.
        joint: what is believed of all units; None where nothing can be.
        seed: of the draws.
    """
    if joint is None or period.facts.revenue <= 0 or len(set(joint.paths)) < len(_PATHS):
        return None
    return synergy(
        joint,
        revenue=period.facts.revenue,
        revenue_se=_luck(period),
        crossings=crossings(period, evidence),
        rng=np.random.default_rng([seed, len(_PATHS)]),
    )


def crossings(period: Period, evidence: Sequence[Evidence]) -> list[Crossing]:
    """Every pair of trials of people, one on each path, that ran at the same time.

    Args:
        period: what is asked about.
        evidence: what each trial alone said; it knows how much was withheld.
    """
    spent = {unit.unit: unit for unit in period.spending.units if unit.spend > 0}
    plans = _plans(period)
    sides: dict[str, list[_Side]] = {path: [] for path in _PATHS}
    for one in evidence:
        of = {spent[unit].path if unit in spent else None for unit in one.shares}
        if one.source in plans and one.found is not None and len(of) == 1:
            withheld = sum(one.shares.values()) / len(one.shares)
            side = _Side(plans[one.source], tuple(one.shares), withheld)
            sides.setdefault(str(of.pop()), []).append(side)
    pairs = [(many, one) for many in sides["many"] for one in sides["one"]]
    pairs.sort(key=lambda pair: -min(sum(spent[u].spend for u in side.units) for side in pair))
    found = [_cross(period, many, one) for many, one in pairs[:_MOST_PAIRS]]
    return [crossing for crossing in found if crossing is not None]


def _luck(period: Period) -> float:
    """What luck leaves open of a period's revenue: √Σ value², each sale by itself."""
    sales = _sales(period, period.since, period.until)
    value = sales["value"].cast("float64")
    [row] = period.book.query(sales.aggregate(squares=(value * value).sum())).to_pylist()
    return math.sqrt(_steady(row["squares"]))


@dataclass(frozen=True)
class _Side:
    """One of two trials that may cross."""

    plan: Plan
    units: tuple[str, ...]
    withheld: float  # share of the period's exposure that would have been the treated's


def _plans(period: Period) -> dict[str, Plan]:
    """Trials of people."""
    rows = period.book.table("experiments")
    rows = rows.filter(
        rows.unit_kind == "person", rows.starts < period.until, rows.ends > period.since
    )
    return {
        row["experiment"]: Plan(
            row["experiment"], tuple(row["withheld"]), "person", row["starts"], row["ends"]
        )
        for row in period.book.query(rows).to_pylist()
    }


def _cross(period: Period, many: _Side, one: _Side) -> Crossing | None:
    since = max(many.plan.starts, one.plan.starts)
    until = min(many.plan.ends, one.plan.ends, period.known_until)
    if until <= since:
        return None
    row = _groups(period, many.plan, one.plan, since, until)
    if min(row[f"n_{a}{b}"] or 0 for a in "01" for b in "01") < _FEWEST:
        return None
    people = row["people"]
    middle = row["y"] / people  # taking a constant from everyone changes nothing but the error
    found = row["wy"] - middle * row["w"]
    squares = row["wwyy"] - 2 * middle * row["wwy"] + middle**2 * row["ww"]
    variance = squares - found**2 / people
    if variance <= 0:
        return None
    shares = [_overlap(side, since, until) / row[key] for side, key in ((many, "a"), (one, "b"))]
    return Crossing(
        many=many.units,
        one=one.units,
        found=_steady(found),
        se=_steady(math.sqrt(variance)),
        share=_steady((shares[0] * shares[1]) ** 0.5),
        people=people,
    )


def _overlap(side: _Side, since: datetime, until: datetime) -> float:
    """What the trial withheld, but for the time in which the other did not run."""
    return side.withheld * ((until - since) / (side.plan.ends - side.plan.starts))


def _groups(
    period: Period, many: Plan, one: Plan, since: datetime, until: datetime
) -> dict[str, Any]:
    """Sums over everyone in both trials: of weights, sales and their products."""
    both = _arms(period, many, until).inner_join(
        _arms(period, one, until), "unit", rname="{name}_of_one"
    )
    both = both.mutate(
        opens=ibis.greatest(both["at"], both.at_of_one, ibis.literal(since)),
        weight=both.weight * both.weight_of_one,
    )
    sales = _sales(period, since, until).select(unit="person_id", sold="at", value="value")
    bought = both.inner_join(sales, "unit").filter(lambda rows: rows.sold >= rows.opens)
    sums = bought.group_by("unit").agg(y=bought["value"].sum().cast("float64"))
    rows = both.left_join(sums, "unit")
    rows = rows.mutate(y=rows.y.fill_null(0.0))
    w, y = rows.weight, rows.y
    cells = {
        f"n_{a}{b}": ((rows.treated == bool(int(a))) & (rows.treated_of_one == bool(int(b)))).sum()
        for a in "01"
        for b in "01"
    }
    total = rows.aggregate(
        people=rows.count(),
        a=rows.treated.cast("float64").mean(),
        b=rows.treated_of_one.cast("float64").mean(),
        y=y.sum(),
        w=w.sum(),
        wy=(w * y).sum(),
        ww=(w * w).sum(),
        wwy=(w * w * y).sum(),
        wwyy=(w * w * y * y).sum(),
        **cells,
    )
    [row] = period.book.query(total).to_pylist()
    return dict(row)


def _arms(period: Period, plan: Plan, until: datetime) -> ibis.Table:
    """Everyone who was assigned for good, by the id that was randomised."""
    rows = period.book.table("assignments", aliased=False)
    rows = rows.filter(
        rows.experiment == plan.experiment, rows["at"] < until, rows.decision_id.isnull()
    )
    treated = rows.arm == "treated"
    return rows.select(
        unit="unit_id",
        at="at",
        treated=treated,
        weight=ibis.ifelse(treated, 1.0, -1.0) / rows.propensity,
    )


def _sales(period: Period, since: datetime, until: datetime) -> ibis.Table:
    rows = period.book.table("outcomes", aliased=False, currency=period.currency)
    return rows.filter(rows.kind.isin(SALES), rows["at"] >= since, rows["at"] < until)


def _steady(amount: float | None) -> float:
    """Drop the last digits: engines add floats in any order, and a seed must give one answer."""
    return float(f"{amount or 0.0:.9e}")

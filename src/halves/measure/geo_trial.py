"""Geo tests on the ledger: an experiment whose units are regions, read as a synthetic control."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal, get_args

import ibis
import numpy as np

from halves.ledger import Ledger
from halves.ledger.errors import CurrencyUnknown
from halves.ledger.schema import OUTCOME_KINDS
from halves.measure.dice import plan_of
from halves.measure.errors import (
    MixedAssignments,
    NoAssignments,
    NoOutcomes,
    NotByRegion,
    OutcomesWithoutValue,
    WindowEmpty,
)
from halves.measure.geo import PLACEBOS, GeoLift, geo_lift
from halves.measure.geo_fit import Compare
from halves.measure.geo_panel import GeoPanel
from halves.measure.interval import Interval
from halves.measure.quantiles import normal_quantile
from halves.measure.trial_result import Measure

Arm = Literal["treated", "held_out"]
_DAY = timedelta(days=1)
_YEAR = timedelta(days=365)


@dataclass(frozen=True)
class GeoTrial:
    """What treating does, in the regions of the smaller arm; intervals are 90%."""

    experiment: str
    withheld: tuple[str, ...]
    outcome: str
    of: Measure
    currency: str | None
    arm: Arm  # the smaller: its regions are set against a mix of the other arm's
    n_treated: int
    n_held_out: int
    total: Interval  # of treating this arm's regions in the test, be it what was done or not
    lift: Interval  # the same, as a share of what they bring untreated
    p_value: float
    found: GeoLift  # as seen: of a held-out arm, what holding out did
    words: str

    @property
    def standard_error(self) -> float:
        """Of `total`: what a normal error would be with an interval as wide."""
        return (self.total.high - self.total.low) / (2 * normal_quantile(0.95))


def geo_trial(
    book: Ledger,
    experiment: str,
    *,
    rng: np.random.Generator,
    outcome: str = "deal_closed",
    of: Measure = "value",
    until: datetime | None = None,
    currency: str | None = None,
    history: timedelta = _YEAR,
    compare: Compare = "levels",
    penalty: float | None = None,
    most_placebos: int = PLACEBOS,
) -> GeoTrial:
    """Say what an experiment by region found, against a synthetic control.

    `trial` compares the arms' averages, which needs many regions. This follows the smaller arm's
    regions day by day with a mix of the other arm's, and so sees more where there are few. Days
    are UTC's; one on which a region has no outcome counts as 0, up to the last on which any has.

    Args:
        book: the ledger.
        experiment: its name in `experiments`, with `unit_kind` region.
        rng: draws placebo groups, as for `geo_lift`.
        outcome: the kind of outcome to compare.
        of: its `"value"` in money, or how many `"outcomes"`.
        until: look at what was known by this moment; the experiment's end if None or later.
        currency: convert amounts to this ISO 4217 currency; None takes them as written, if all
            are in one.
        history: how much time before the test to learn from, as far as the ledger has it.
        compare, penalty, most_placebos: as for `geo_lift`.

    Returns:
        The effect of treating, in total and as a share, and the geo test behind it.

    Raises:
        UnknownExperiment: no such experiment in the ledger.
        NotByRegion: its units are not regions.
        NoAssignments: no region was assigned before the end.
        MixedAssignments: assignments of another unit kind, or a region in both arms.
        WindowEmpty: not one whole day between the start and the end.
        NoOutcomes: not one such outcome before the test or in it.
        OutcomesWithoutValue: `of="value"`, and no outcome carries one.
        CurrencyUnknown: amounts in several currencies, and none named.
        MeasureError: as `geo_lift` says of too few days or regions.
        ValueError: an outcome or measure there is not, or `history` not above zero.
    """
    if outcome not in OUTCOME_KINDS:
        raise ValueError(f"outcome must be one of {', '.join(OUTCOME_KINDS)}, got {outcome!r}")
    if of not in get_args(Measure):
        raise ValueError(f"of must be one of {', '.join(get_args(Measure))}, got {of!r}")
    if history <= timedelta(0):
        raise ValueError(f"history must be above zero, got {history}")
    plan = _plan(book, experiment, until)
    arms = _arms(book, plan)
    sales = _Sales(outcome, of, currency, plan.starts - history)
    panel, written_in = _panel(book, plan, arms, sales)
    treated = tuple(region for region, arm in arms.items() if arm == "treated")
    held_out = tuple(region for region, arm in arms.items() if arm == "held_out")
    arm: Arm = "treated" if len(treated) <= len(held_out) else "held_out"
    found = geo_lift(
        panel,
        treated=treated if arm == "treated" else held_out,
        treated_from=plan.starts.date(),
        rng=rng,
        compare=compare,
        penalty=penalty,
        most_placebos=most_placebos,
    )
    total, lift = (found.total, found.lift) if arm == "treated" else _turned(found)
    return GeoTrial(
        experiment=experiment,
        withheld=plan.withheld,
        outcome=outcome,
        of=of,
        currency=written_in,
        arm=arm,
        n_treated=len(treated),
        n_held_out=len(held_out),
        total=total,
        lift=lift,
        p_value=found.p_value,
        found=found,
        words=_words(plan, found, arm),
    )


@dataclass(frozen=True)
class _Plan:
    experiment: str
    withheld: tuple[str, ...]
    starts: datetime
    last_day: date


@dataclass(frozen=True)
class _Sales:
    outcome: str
    of: Measure
    currency: str | None
    since: datetime


def _plan(book: Ledger, experiment: str, until: datetime | None) -> _Plan:
    plan = plan_of(book, experiment)
    if plan.unit_kind != "region":
        raise NotByRegion(f"experiment {experiment!r} is of {plan.unit_kind} units; use `trial`")
    closes = plan.ends if until is None else min(until, plan.ends)
    # The last whole day: a test that closes at midnight ends on the day before.
    last_day = closes.astimezone(UTC).date() - _DAY
    if last_day < plan.starts.date():
        raise WindowEmpty(
            f"experiment {experiment!r} starts {plan.starts:%Y-%m-%d %H:%M}; "
            f"there is no whole day until {closes:%Y-%m-%d %H:%M}"
        )
    return _Plan(experiment, plan.withheld, plan.starts, last_day)


def _arms(book: Ledger, plan: _Plan) -> dict[str, str]:
    """Each region's arm, in the order of their names."""
    rows = book.table("assignments", aliased=False)
    rows = rows.filter(rows.experiment == plan.experiment)
    rows = rows.filter(rows["at"] < _midnight(plan.last_day + _DAY))
    found = book.query(
        rows.select("unit_id", "unit_kind", "arm").distinct().order_by("unit_id", "arm")
    ).to_pylist()
    name = f"experiment {plan.experiment!r}"
    if not found:
        raise NoAssignments(f"{name}: no region is assigned to an arm by {plan.last_day}")
    other = [row["unit_kind"] for row in found if row["unit_kind"] != "region"]
    if other:
        raise MixedAssignments(f"{name} is of regions; some of its assignments are of {other[0]}s")
    arms = {row["unit_id"]: row["arm"] for row in found}
    if len(arms) < len(found):
        twice = next(row["unit_id"] for row in found if row["arm"] != arms[row["unit_id"]])
        raise MixedAssignments(f"{name}: region {twice!r} is in both arms")
    return arms


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _panel(
    book: Ledger, plan: _Plan, arms: dict[str, str], sales: _Sales
) -> tuple[GeoPanel, str | None]:
    rows = _by_day(book, plan, sales, tuple(arms))
    found = book.query(rows).to_pylist()
    name = f"experiment {plan.experiment!r}"
    if not found:
        raise NoOutcomes(
            f"{name}: not one {sales.outcome} in its {len(arms)} regions from "
            f"{sales.since:%Y-%m-%d} to {plan.last_day}"
        )
    if sales.of == "value" and not any(row["priced"] for row in found):
        raise OutcomesWithoutValue(
            f"{name}: no {sales.outcome} carries a value; compare how many there were, with "
            'of="outcomes"'
        )
    codes = sorted({row[end] for row in found if row["priced"] for end in ("least", "most")})
    if sales.of == "value" and len(codes) > 1:
        raise CurrencyUnknown(
            f"outcomes of {name} are in several currencies "
            f"({', '.join(code or 'none' for code in codes)}); name the reporting currency"
        )
    # The first day is left out: who knows at what hour the ledger begins.
    first = min(row["day"] for row in found) + _DAY
    # Where the ledger ends before the test, the days after are not known to be empty.
    last = max(row["day"] for row in found)
    days = tuple(first + place * _DAY for place in range((last - first).days + 1))
    if not days:
        raise NoOutcomes(f"{name}: the ledger's first {sales.outcome} is on {first - _DAY}")
    regions = tuple(arms)
    outcome = np.zeros((len(days), len(regions)))
    for row in found:
        if row["day"] >= first:
            outcome[(row["day"] - first).days, regions.index(row["unit"])] = row["amount"]
    currency = sales.currency or (codes[0] or None if sales.of == "value" else None)
    return GeoPanel(regions, days, outcome), currency


def _by_day(book: Ledger, plan: _Plan, sales: _Sales, regions: tuple[str, ...]) -> ibis.Table:
    """Each assigned region's outcomes on each day that has any."""
    rows = book.table("outcomes", aliased=False, currency=sales.currency)
    rows = rows.filter(
        rows.kind == sales.outcome,
        rows["at"] >= sales.since,
        rows["at"] < _midnight(plan.last_day + _DAY),
    )
    # Few systems write the region on each row; the person's own stands in.
    people = book.table("people", aliased=False).select("person_id", home="region")
    rows = rows.left_join(people, "person_id")
    rows = rows.mutate(unit=ibis.coalesce(rows.region, rows.home))
    rows = rows.filter(rows.unit.isin(regions))
    # A refund takes money back; it is not one more deal.
    counts = (rows.value.isnull() | (rows.value >= 0)).sum()
    amount = rows.value.sum() if sales.of == "value" else counts
    code = rows.currency.fill_null("")
    return rows.group_by("unit", day=rows["at"].date()).agg(
        amount=amount.cast("float64").fill_null(0.0),
        priced=rows.value.notnull().sum(),
        least=code.min(where=rows.value.notnull()),
        most=code.max(where=rows.value.notnull()),
    )


def _turned(found: GeoLift) -> tuple[Interval, Interval]:
    """What treating the held-out regions would have done: the other way about."""
    actual = float(found.actual[-found.days :].sum())
    total = Interval(-found.total.mean, -found.total.high, -found.total.low)
    if actual <= 0:
        raise NoOutcomes("the regions held out have no outcome in the test to take a share of")
    return total, Interval(total.mean / actual, total.low / actual, total.high / actual)


def _words(plan: _Plan, found: GeoLift, arm: Arm) -> str:
    what = ", ".join(plan.withheld)
    done = f"{what} only in" if arm == "treated" else f"no {what} in"
    return f"{done} {found.words}"

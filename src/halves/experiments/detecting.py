"""What a design can detect, computed from the ledger before anyone is held out."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

import ibis
import numpy as np

from halves.experiments.audience import units_of
from halves.experiments.designs import digest_of
from halves.experiments.models import Experiment, Measure, Unit
from halves.ledger import Ledger
from halves.ledger.errors import LedgerError
from halves.measure.errors import MeasureError
from halves.measure.geo_markets import plan_geo_test
from halves.measure.geo_panel import GeoPanel
from halves.measure.planner import plan_holdout
from halves.measure.quantiles import normal_quantile

FOUND = normal_quantile(0.975) + normal_quantile(0.8)  # standard errors, found 8 times in 10
_WEEK = timedelta(weeks=1)
_LIFT = 0.05  # that a test by regions is laid out for
_SEED = 1
_MOST_DESIGNS = 5


def power_of(
    experiment: Experiment,
    ledger: Ledger,
    *,
    currency: str | None,
    at: datetime,
    units: int | None = None,
) -> dict[str, Any]:
    """What the design can detect, or why nobody can tell; keys as the pages read them.

    Of people and accounts: `units`, `n_treated`, `n_held_out`, `base` (what those treated bring
    as things are), `se`, `one_look`, `many_looks`: money or outcomes over the test, in total. Of
    regions: `designs`, each with the regions, their share and the lift that it finds.

    `units` says how many there are where that is known, as of a campaign; else they are counted.
    """
    said: dict[str, Any] = {
        "of_design": digest_of(experiment),
        "at": at.isoformat(),
        "ledger_versions": ledger.versions(),
        "currency": currency if experiment.of == Measure.VALUE else None,
    }
    try:
        if experiment.is_by_region:
            return said | _of_regions(experiment, ledger, currency)
        return said | _of_units(experiment, ledger, currency, units)
    except (LedgerError, MeasureError, ValueError) as refused:
        return said | {"why": str(refused)}


def chance(effect: float, error: float) -> float:
    """The chance that an effect is told from none, by one look at the end (two-sided, 5%)."""
    shift, bar = abs(effect) / error, normal_quantile(0.975)
    return _below(shift - bar) + _below(-shift - bar)


def _below(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))


def _of_units(
    experiment: Experiment, ledger: Ledger, currency: str | None, units: int | None
) -> dict[str, Any]:
    if units is None:
        # A chunk of the ledger never names someone known here; within each, ids are unique.
        units = sum(len(chunk) for chunk in units_of(experiment, ledger))
    mean, sd = _spread(experiment, ledger, currency, units)
    if sd == 0:
        raise MeasureError(
            "the ledger holds no such outcome yet, so that nobody can tell how much they vary"
        )
    found = plan_holdout(
        people=units, sd=sd, share=experiment.share, rng=np.random.default_rng(_SEED)
    )
    return {
        "units": units,
        "n_treated": found.n_treated,
        "n_held_out": found.n_held_out,
        "base": mean * found.n_treated,
        "se": found.se_total,
        "one_look": found.mde_one_look,
        "many_looks": found.mde_sequence,
    }


def _spread(
    experiment: Experiment, ledger: Ledger, currency: str | None, units: int
) -> tuple[float, float]:
    """Mean and standard deviation of a unit's outcome over as long as the test, from the past."""
    length = experiment.ends - experiment.starts
    rows = _outcomes(experiment, ledger, currency)
    ends = ledger.query(rows.aggregate(first=rows["at"].min(), last=rows["at"].max()))
    [held] = ends.to_pylist()
    if held["last"] is None:
        return 0.0, 0.0
    since = max(held["first"], held["last"] - length)
    people = ledger.table("people")
    joined = rows.filter(rows["at"] >= since).left_join(
        people.select("person_id", home="region", firm="account_id"), "person_id"
    )
    base = people
    if experiment.region:
        joined = joined.filter(ibis.coalesce(joined.home, joined.region) == experiment.region)
        base = base.filter(base.region == experiment.region)
    is_account = experiment.unit_kind == Unit.ACCOUNT
    unit = ibis.coalesce(joined.account_id, joined.firm) if is_account else joined.person_id
    each = joined.group_by(unit=unit).agg(amount=joined.amount.sum().cast("float64"))
    each = each.filter(each.unit.notnull())
    sums = each.aggregate(
        n=each.count(), one=each.amount.sum(), two=(each.amount * each.amount).sum()
    )
    [found] = ledger.query(sums).to_pylist()
    counted = base.account_id.nunique() if is_account else base.count()
    there = int(ledger.query(base.aggregate(n=counted)).column("n")[0].as_py() or 0)
    if not found["n"]:
        return 0.0, 0.0
    n = max(there, found["n"], units if not there else 0)
    mean = float(found["one"]) / n
    variance = max(float(found["two"]) / n - mean**2, 0.0)
    longer = length / max(held["last"] - since, timedelta(days=1))  # where the ledger is short
    return mean * longer, math.sqrt(variance * longer)


def _outcomes(experiment: Experiment, ledger: Ledger, currency: str | None) -> ibis.Table:
    """The compared outcomes, each with its `amount`."""
    is_value = experiment.of == Measure.VALUE
    rows = ledger.table("outcomes", aliased=True, currency=currency if is_value else None)
    rows = rows.filter(rows.kind == experiment.outcome)
    if is_value:
        return rows.mutate(amount=rows["value"].fill_null(0).cast("float64"))
    return rows.mutate(amount=ibis.literal(1.0, "float64"))


def _of_regions(experiment: Experiment, ledger: Ledger, currency: str | None) -> dict[str, Any]:
    panel = _panel(experiment, ledger, currency)
    weeks = max(1, round((experiment.ends - experiment.starts) / _WEEK))
    found = plan_geo_test(
        panel,
        lift=_LIFT,
        rng=np.random.default_rng(_SEED),
        lengths=[weeks],
        most_designs=_MOST_DESIGNS,
    )
    designs = [asdict(one) | {"treated": list(one.treated)} for one in found]
    return {"designs": designs, "weeks": weeks, "regions": list(panel.regions), "lift": _LIFT}


def _panel(experiment: Experiment, ledger: Ledger, currency: str | None) -> GeoPanel:
    """The outcome by region and whole week, as far back as the ledger goes."""
    rows = _outcomes(experiment, ledger, currency)
    people = ledger.table("people").select("person_id", home="region")
    rows = rows.left_join(people, "person_id")
    rows = rows.mutate(where=ibis.coalesce(rows.region, rows.home))
    rows = rows.filter(rows["where"].notnull())
    by_week = rows.group_by("where", week=rows["at"].truncate("W").date()).agg(
        amount=rows.amount.sum().cast("float64")
    )
    found = ledger.query(by_week).to_pylist()
    if not found:
        raise MeasureError("no outcome names a region in which something could be withheld")
    return _filled(found)


def _filled(found: Sequence[Mapping[str, Any]]) -> GeoPanel:
    # The first and the last week are seldom whole, and would look like slow ones.
    first = min(row["week"] for row in found) + _WEEK
    last = max(row["week"] for row in found) - _WEEK
    weeks: list[date] = [first + place * _WEEK for place in range((last - first) // _WEEK + 1)]
    regions = sorted({row["where"] for row in found})
    outcome = np.zeros((len(weeks), len(regions)))
    for row in found:
        if first <= row["week"] <= last:
            outcome[(row["week"] - first) // _WEEK, regions.index(row["where"])] = row["amount"]
    return GeoPanel(regions, weeks, outcome)


def midnight(day: date) -> datetime:
    """When a day begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def is_known(experiment: Experiment) -> bool:
    """Say whether it was computed, of the design as it is now."""
    return bool(experiment.power) and experiment.power.get("of_design") == digest_of(experiment)

"""What a test withheld of each unit, as a share of the unit's exposure in the period."""

from collections.abc import Mapping, Sequence
from typing import Any

from halves.ledger import Ledger
from halves.measure.period import Period
from halves.measure.spending import Exposure, Spending
from halves.measure.trial_result import TrialResult

_MOST_WITHHELD = 3.0  # times what the ledger holds of the same weeks


class Unusable(Exception):
    """A test that cannot be evidence; the message ends the sentence "x is not used: …"."""


def withheld_by_trial(
    period: Period, result: TrialResult, units: Sequence[str]
) -> tuple[dict[str, float], dict[str, float]]:
    """What was withheld from each unit, and how much of it the test saw, of the period's."""
    window = period.during(result.since, result.until)
    if result.unit_kind == "region":
        return _shares_by_region(period, result, units, window)
    if not result.treated.touches:
        return _shares_by_time(period, result, units, window)
    each = result.treated.touches / result.n_treated
    leaked = result.held_out.touches / result.n_held_out
    if each <= leaked:
        raise Unusable("those held out got as much of it as the others: nothing was withheld")
    sent = sum(exposure_of(window, unit).touches for unit in units)
    withheld = (each - leaked) * result.n_treated / sent
    part = {unit: _part(window, period.spending, unit) for unit in units}
    return (
        {unit: withheld * part[unit] for unit in units},
        {unit: result.treated.touches / sent * part[unit] for unit in units},
    )


def _part(window: Spending, whole: Spending, unit: str) -> float:
    """How much of a unit's exposure in the period fell in the test's window."""
    there, all_of_it = exposure_of(window, unit), exposure_of(whole, unit)
    if all_of_it.touches and there.touches:
        return there.touches / all_of_it.touches
    if all_of_it.spend and there.spend:
        return there.spend / all_of_it.spend
    return 0.0


def _shares_by_time(
    period: Period, result: TrialResult, units: Sequence[str], window: Spending
) -> tuple[dict[str, float], dict[str, float]]:
    """Nobody's touches are logged: take those in the test for everyone, and go by spend."""
    treated = 1 - result.held_out_share
    shares = {unit: treated * _part(window, period.spending, unit) for unit in units}
    return shares, shares


def _shares_by_region(
    period: Period, result: TrialResult, units: Sequence[str], window: Spending
) -> tuple[dict[str, float], dict[str, float]]:
    """Whole regions were held out: go by what was spent in each."""
    arms = _arms(period.book, result.experiment)
    shares, seen = {}, {}
    for unit in units:
        one = window.find(unit)
        spent = dict.fromkeys(("treated", "held_out"), 0.0)
        for region, exposure in one.by_region.items() if one else ():
            if region in arms:
                spent[arms[region]] += exposure.spend
        each = spent["treated"] / result.n_treated
        leaked = spent["held_out"] / result.n_held_out
        whole = exposure_of(period.spending, unit).spend
        if each <= leaked or not whole:
            raise Unusable(f"no less was spent on {unit} in the regions held out")
        shares[unit] = (each - leaked) * result.n_treated / whole
        seen[unit] = spent["treated"] / whole
    return shares, seen


def _arms(book: Ledger, experiment: str) -> dict[str | None, str]:
    rows = book.table("assignments", aliased=False)
    rows = rows.filter(rows.experiment == experiment).select("unit_id", "arm")
    return {row["unit_id"]: row["arm"] for row in book.query(rows).to_pylist()}


def withheld_by_lift(
    period: Period, row: Mapping[str, Any], units: Sequence[str]
) -> dict[str, float]:
    """What the lift is a lift from: the spend it names, or what was spent there and then."""
    window = period.during(row["starts"], row["ends"])
    spent = {}
    for unit in units:
        one, region = window.find(unit), row["region"]
        by_region = one.by_region if one else {}
        there = by_region.get(region, Exposure()) if region else exposure_of(window, unit)
        spent[unit] = there.spend
    total = sum(spent.values())
    withheld = total if row["spend_withheld"] is None else float(row["spend_withheld"])
    if total and withheld > _MOST_WITHHELD * total:
        raise Unusable(
            f"it says that {withheld:,.0f} was withheld, and {total:,.0f} was spent there and "
            "then: correct spend_withheld, or import the spend that is missing"
        )
    if not withheld or (len(units) > 1 and not total):
        raise Unusable(
            "what was withheld is unknown: give spend_withheld, or the spend"
            + (f" in {row['region']}" if row["region"] else "")
        )
    parts = {unit: spent[unit] / total if total else 1.0 for unit in units}
    wholes = {unit: exposure_of(period.spending, unit).spend for unit in units}
    if not all(wholes.values()):
        raise Unusable("nothing was spent on it in the period")
    return {unit: withheld * parts[unit] / wholes[unit] for unit in units}


def exposure_of(spent: Spending, unit: str) -> Exposure:
    """A unit's exposure; none where it had none."""
    one = spent.find(unit)
    return one.exposure if one else Exposure()

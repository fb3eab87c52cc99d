"""Evidence: what trials and lift studies say of the units of a period.

A test withheld some of a unit's exposure and saw what was lost. With w the exposure withheld as a
share of the whole period's, it found `w · Δ`, give or take its standard error and the drift below.
Exposure is counted in touches; in spend where a unit has no touches or whole regions were held out.
A test of several units splits what was withheld as the touches of its window were split.

**Drift.** A test speaks of its own weeks and people. If they hold the share c of the period's
exposure, the unit's effect over the whole period may differ from the test's by a relative spread of
`DRIFT · (1 - c)`: none where the test saw everything, a quarter where it saw next to nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from halves.measure.doors import doors
from halves.measure.errors import MeasureError, NoOutcomes, OutcomesWithoutValue
from halves.measure.evidence_words import (
    NORMAL_90,
    REVENUE,
    lift_in_words,
    of_several,
    trial_in_words,
)
from halves.measure.facts import SALES
from halves.measure.interval import Interval
from halves.measure.period import Period
from halves.measure.stages import Stages, read_stages
from halves.measure.trial_result import Measure, TrialResult
from halves.measure.trials import design_of, trial
from halves.measure.withheld import Unusable, exposure_of, withheld_by_lift, withheld_by_trial

DRIFT = 0.25
_FAR = 1e9  # times the spend; no effect is so large, and none is known so well or so badly


@dataclass(frozen=True)
class Evidence:
    """What one test says: `found = Σ share_u · Δ_u`, money.

    Args:
        source: the experiment's or the lift's name.
        found: revenue that the test saw lost; None if it cannot be told in money.
        se: its standard error.
        shares: unit → what was withheld, as a share of the unit's exposure in the period.
        drift: unit → relative spread of the effect between the test and the period.
        words: what was done and found, in plain words.
        stages: the same by funnel stage, in money; of trials of people.
        of_regions: whole regions were held out, in weeks that the mix model sees too: its own
            answer holds what they say, which must not count twice.
    """

    source: str
    found: float | None
    se: float
    shares: Mapping[str, float]
    drift: Mapping[str, float]
    words: str
    stages: Stages | None = None
    of_regions: bool = False


@dataclass(frozen=True)
class Gathered:
    """All evidence on a period's units, and what could not be used and why."""

    evidence: Sequence[Evidence]
    notes: Sequence[str]

    def about(self, unit: str) -> list[Evidence]:
        """What speaks of a unit, alone or with others."""
        return [one for one in self.evidence if unit in one.shares]

    def unspent(self, unit: str) -> Interval | None:
        """The effect of a unit that cost nothing, from tests of it alone: no prior, no spend."""
        tests = [
            (one.found / one.shares[unit], one.se / one.shares[unit])
            for one in self.about(unit)
            if one.found is not None and len(one.shares) == 1
        ]
        if not tests:
            return None
        precision = sum(se**-2 for _, se in tests)
        mean = sum(found * se**-2 for found, se in tests) / precision
        reach = NORMAL_90 * precision**-0.5
        return Interval(mean=mean, low=mean - reach, high=mean + reach)


def of_trials(period: Period, *, tell: Callable[[str], None]) -> Gathered:
    """Read every experiment whose window overlaps the period."""
    rows = period.book.table("experiments")
    rows = rows.filter(rows.starts < period.until, rows.ends > period.since)
    found, notes = [], []
    for row in period.book.query(rows.order_by("starts", "experiment")).to_pylist():
        tell(f"reading the test {row['experiment']}")
        try:
            found.append(_of_trial(period, row["experiment"], row["withheld"]))
        except (Unusable, MeasureError) as refused:
            notes.append(f"the test {row['experiment']!r} is not used: {refused}")
    return Gathered(found, notes)


def of_lifts(period: Period) -> Gathered:
    """Read every imported lift whose window overlaps the period."""
    rows = period.book.table("lifts")
    rows = rows.filter(rows.starts < period.until, rows.ends > period.since)
    found, notes = [], []
    for row in period.book.query(rows.order_by("starts", "lift_id")).to_pylist():
        try:
            found.append(_of_lift(period, row))
        except Unusable as refused:
            notes.append(f"the lift study {row['lift_id']!r} is not used: {refused}")
    return Gathered(found, notes)


def _of_trial(period: Period, experiment: str, withheld: Sequence[str]) -> Evidence:
    units = _tested(period, withheld)
    found = _found(period, experiment)
    shares, seen = withheld_by_trial(period, found.result, units)
    shares = {unit: share for unit, share in shares.items() if share > 0}
    if not shares:
        raise Unusable("what it withheld has no touches or spend in its window and the period")
    return Evidence(
        source=experiment,
        found=None if found.money is None else _steady(found.money),
        se=_steady(found.se),
        shares=shares,
        drift=_drift(seen),
        words=of_several(found.words, list(shares)),
        stages=_stages(period, found.result) if len(shares) == 1 else None,
        of_regions=found.result.unit_kind == "region",
    )


def _stages(period: Period, result: TrialResult) -> Stages | None:
    """The trial by funnel stage, where all sales are deals that came through doors."""
    is_whole = result.unit_kind != "region" and result.of == "value"
    if not is_whole or result.per_decision or period.facts.outcomes.get("renewed"):
        return None
    window = doors(period.book, since=result.since, until=result.until, currency=period.currency)
    if window.worth is None:
        return None
    design = design_of(period.book, result, currency=period.currency)
    return read_stages(period.book, design, worth=window.worth, prices=dict(period.prices))


def _tested(period: Period, withheld: Sequence[str]) -> list[str]:
    units = period.units(withheld)
    unknown = period.unmatched(withheld)
    parts = [name for name in unknown if name in period.spending.campaigns]
    if parts:
        channels = sorted({period.spending.campaigns[name] for name in parts})
        raise Unusable(
            f"it withheld only a part of {', '.join(channels)}: {', '.join(parts)}; "
            "ask by campaign to use it"
        )
    if unknown:
        raise Unusable(
            f"it withheld {', '.join(unknown)}, which is no {period.by} that ran in the period"
        )
    return units


@dataclass(frozen=True)
class _Found:
    """What a trial says of all sales together."""

    money: float | None
    se: float
    words: str
    result: TrialResult


def _found(period: Period, experiment: str) -> _Found:
    """The effect on revenue: deals and, where there are any, renewals.

    The two go together in a person, so their errors are added up as if they always did: too wide
    rather than too narrow.
    """
    results = []
    for kind in SALES:
        if period.facts.outcomes.get(kind) or kind == SALES[0]:
            try:
                results.append(_look(period, experiment, kind))
            except NoOutcomes:
                continue
    if not results:
        raise Unusable("nobody in it bought anything in its window, treated or held out")
    money, se, silent = 0.0, 0.0, False
    for result in results:
        worth = 1.0 if result.of == "value" else period.facts.mean_value(result.outcome)
        silent |= worth is None
        money += result.total.mean * (worth or 0.0)
        se += (result.total.high - result.total.low) / 2 / NORMAL_90 * (worth or 0.0)
    if not silent and se <= 0:
        raise Unusable("its arms did not vary, so it says nothing")
    return _Found(
        None if silent else money,
        se,
        trial_in_words(results, period.currency, known_until=period.known_until),
        results[0],
    )


def _look(period: Period, experiment: str, kind: str) -> TrialResult:
    of: Measure = "value" if period.facts.priced.get(kind) else "outcomes"
    try:
        return _try(period, experiment, kind, of)
    except OutcomesWithoutValue:
        return _try(period, experiment, kind, "outcomes")


def _try(period: Period, experiment: str, kind: str, of: Measure) -> TrialResult:
    return trial(
        period.book,
        experiment,
        outcome=kind,
        of=of,
        currency=period.currency,
    )


def _of_lift(period: Period, row: Mapping[str, Any]) -> Evidence:
    units = _tested(period, row["withheld"])
    worth = 1.0 if row["outcome"] == REVENUE else period.facts.mean_value(row["outcome"])
    shares = withheld_by_lift(period, row, units)
    found = None if worth is None or worth <= 0 else row["lift"] * worth
    se = row["se"] * (worth or 0.0)
    if found is not None:
        _refuse_outlandish(period, row, found, se, units)
    return Evidence(
        source=row["lift_id"],
        found=found,
        se=se,
        shares=shares,
        drift=_drift(shares),
        words=of_several(lift_in_words(row), units),
    )


def _refuse_outlandish(
    period: Period, row: Mapping[str, Any], found: float, se: float, units: Sequence[str]
) -> None:
    """A lift in another unit than the spend's would say nothing, or all, by mistake."""
    spent = sum(exposure_of(period.spending, unit).spend for unit in units)
    if abs(found) > _FAR * spent or not spent / _FAR < se < spent * _FAR:
        raise Unusable(
            f"a lift of {row['lift']:g}, give or take {row['se']:g} (one standard error), is out "
            f"of all proportion to the {spent:,.0f} spent: look at its unit"
        )


def _steady(amount: float) -> float:
    """Drop the last digits: engines add floats in any order, and a seed must give one answer."""
    return float(f"{amount:.9e}")


def _drift(seen: Mapping[str, float]) -> dict[str, float]:
    return {unit: DRIFT * (1 - min(share, 1.0)) for unit, share in seen.items()}

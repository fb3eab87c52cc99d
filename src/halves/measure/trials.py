"""Trials: what withholding something from people at random shows that it does."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import get_args

import numpy as np

from halves.ledger import Ledger
from halves.ledger.errors import CurrencyUnknown
from halves.ledger.schema import OUTCOME_KINDS
from halves.measure.adjust import Adjusted, adjust, around
from halves.measure.errors import (
    MixedAssignments,
    NoAssignments,
    NoOutcomes,
    NotRandomised,
    OutcomesWithoutValue,
    TooFewUnits,
    UnknownExperiment,
    WindowEmpty,
)
from halves.measure.interval import Interval
from halves.measure.moments import ArmTotals, Design, Passed, aggregate
from halves.measure.quantiles import normal_quantile
from halves.measure.sequence import ConfidenceSequence, score_error
from halves.measure.trial_result import Arm, Measure, TrialResult, UnitKind
from halves.measure.trial_words import notes_on, words_for

_YEAR = timedelta(days=365)


def trial(
    book: Ledger,
    experiment: str,
    *,
    outcome: str = "deal_closed",
    of: Measure = "value",
    until: datetime | None = None,
    currency: str | None = None,
    covariate_window: timedelta = _YEAR,
) -> TrialResult:
    """Say what an experiment found: the effect of treating those who were assigned to it.

    Outcomes of everyone assigned count, reached or not (intention to treat), by the ids that were
    randomised, from a unit's assignment (or the experiment's start, if later) to the end of the
    window. What was done and bought in the `covariate_window` before that sharpens the comparison
    (Lin's regression adjustment). Where propensities differ, units weigh 1 / propensity.

    An experiment whose assignments name a `decision_id` (a queue that rolls its dice many times
    for one person) is read decision by decision: a decision's outcomes are those up to the
    person's next decision, and intervals allow for decisions of one person going together. Effects
    that come after the next decision are not seen.

    Args:
        book: the ledger.
        experiment: its name in `experiments`.
        outcome: the kind of outcome to compare.
        of: its `"value"` in money, or how many `"outcomes"`. Refunds (negative values) lower the
            value and are not counted as outcomes.
        until: look at what was known by this moment; the experiment's end if None or later.
        currency: convert amounts to this ISO 4217 currency; None takes them as written, if all
            are in one.
        covariate_window: how far back to look; zero for no adjustment.

    Returns:
        Effects per unit and in total, with 90% intervals: for one look (Student's t) and for any
        number of looks (`always_valid`), each arm's numbers, and plain words. They speak of the
        units in the trial; for the wider population that these may be a sample of, the adjusted
        interval is a little too narrow where the effect varies with the covariates.

    Raises:
        UnknownExperiment: no such experiment in the ledger.
        NoAssignments: nobody was assigned before `until`.
        TooFewUnits: fewer than two units in an arm.
        MixedAssignments: assignments of another unit kind, or some with and some without a
            `decision_id`.
        NotRandomised: a propensity of 1, or one that is no number.
        WindowEmpty: `until` is not after the experiment's start.
        NoOutcomes: not one such outcome in the window; zero ± zero would be falsely sure.
        NoSpread: within both arms everyone's outcome is the same.
        OutcomesWithoutValue: `of="value"`, and no outcome carries one.
        CurrencyUnknown: amounts in several currencies, and none named.
        ValueError: an outcome or measure there is not, or a `covariate_window` below zero.

    Source:
        Lin (2013), Agnostic Notes on Regression Adjustments to Experimental Data; Hájek (1971)
        for the weights; `ConfidenceSequence` for many looks.

    >>> import tempfile
    >>> import pyarrow as pa
    >>> from datetime import UTC
    >>> start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
    >>> book = Ledger.create(tempfile.mkdtemp() + "/book")
    >>> _ = book.append("experiments", pa.table({
    ...     "experiment": ["spring"], "withheld": [["email"]], "unit_kind": ["person"],
    ...     "starts": [start], "ends": [end]}), batch="design")
    >>> people = [f"p{i}" for i in range(100)]
    >>> _ = book.append("assignments", pa.table({
    ...     "experiment": ["spring"] * 100, "unit_kind": ["person"] * 100, "unit_id": people,
    ...     "arm": ["held_out"] * 50 + ["treated"] * 50, "propensity": [0.5] * 100,
    ...     "at": [start] * 100}), batch="dice")
    >>> buyers = people[45:75]  # 5 of those held out, 25 of those treated
    >>> _ = book.append("outcomes", pa.table({
    ...     "outcome_id": buyers, "person_id": buyers, "at": [start] * 30,
    ...     "kind": ["deal_closed"] * 30, "source": ["shop"] * 30}), batch="sales")
    >>> found = trial(book, "spring", of="outcomes")
    >>> round(found.effect.mean, 3), round(found.effect.low, 3), round(found.effect.high, 3)
    (0.4, 0.261, 0.539)
    >>> found.words
    'held out 50% of 100 people for 8 weeks: 20 more deals than without, 90% between 13 and 27'
    """
    if outcome not in OUTCOME_KINDS:
        raise ValueError(f"outcome must be one of {', '.join(OUTCOME_KINDS)}, got {outcome!r}")
    if of not in get_args(Measure):
        raise ValueError(f"of must be one of {', '.join(get_args(Measure))}, got {of!r}")
    if covariate_window < timedelta(0):
        raise ValueError(f"covariate_window must not be below zero, got {covariate_window}")
    plan = _plan(book, experiment)
    closes = plan.ends if until is None else min(until, plan.ends)
    if closes <= plan.starts:
        raise WindowEmpty(
            f"experiment {experiment!r} starts {plan.starts:%Y-%m-%d %H:%M}; "
            f"there is nothing to see until {closes:%Y-%m-%d %H:%M}"
        )
    dice = _dice(book, plan, closes)
    design = Design(
        experiment=experiment,
        withheld=plan.withheld,
        unit_kind=plan.unit_kind,
        per_decision=dice.per_decision,
        weighted=dice.weighted,
        since=plan.starts,
        until=closes,
        outcome=outcome,
        of=of,
        currency=currency,
        covariate_window=covariate_window,
    )
    passed = aggregate(book, design)
    _check_outcomes(design, passed)
    return _result(plan, design, passed)


@dataclass(frozen=True)
class _Plan:
    experiment: str
    withheld: tuple[str, ...]
    unit_kind: UnitKind
    starts: datetime
    ends: datetime


@dataclass(frozen=True)
class _Dice:
    per_decision: bool
    weighted: bool


def _plan(book: Ledger, experiment: str) -> _Plan:
    rows = book.table("experiments")
    named = book.query(rows.filter(rows.experiment == experiment)).to_pylist()
    if not named:
        known = book.query(rows.select("experiment").order_by("experiment").limit(10))
        names = ", ".join(known.column("experiment").to_pylist()) or "none"
        raise UnknownExperiment(f"no experiment {experiment!r}; the ledger has {names}")
    row = named[0]
    return _Plan(experiment, tuple(row["withheld"]), row["unit_kind"], row["starts"], row["ends"])


def _dice(book: Ledger, plan: _Plan, closes: datetime) -> _Dice:
    """Check the assignments before anything is computed from them."""
    rows = book.table("assignments", aliased=False)
    rows = rows.filter(rows.experiment == plan.experiment, rows["at"] < closes)
    arms = book.query(
        rows.group_by("arm").agg(
            rows=rows.count(),
            units=rows.unit_id.nunique(),
            other_kind=(rows.unit_kind != plan.unit_kind).sum(),
            decisions=rows.decision_id.notnull().sum(),
            certain=(rows.propensity >= 1).sum(),
            not_a_number=rows.propensity.isnan().sum(),
            least=rows.propensity.min(),
            most=rows.propensity.max(),
        )
    ).to_pylist()
    name = f"experiment {plan.experiment!r}"
    if not arms:
        raise NoAssignments(f"{name}: nobody is assigned to an arm before {closes:%Y-%m-%d %H:%M}")
    units = {arm["arm"]: arm["units"] for arm in arms}
    for arm in ("treated", "held_out"):
        if units.get(arm, 0) < 2:
            raise TooFewUnits(
                f"{name}: {units.get(arm, 0)} {plan.unit_kind} units are {arm.replace('_', ' ')}; "
                "an interval needs two at least in each arm"
            )
    found = {key: sum(arm[key] for arm in arms) for key in arms[0] if key not in ("arm",)}
    if found["other_kind"]:
        raise MixedAssignments(
            f"{name} is of {plan.unit_kind} units; {found['other_kind']} of its "
            f"{found['rows']} assignments are of another kind"
        )
    if found["decisions"] not in (0, found["rows"]):
        raise MixedAssignments(
            f"{name}: {found['decisions']} of {found['rows']} assignments have a decision_id; "
            "give all of them one (dice for each decision) or none (arms that last)"
        )
    if found["not_a_number"] or found["certain"]:
        raise NotRandomised(
            f"{name}: {found['not_a_number']} propensities are not a number and "
            f"{found['certain']} are 1; a propensity is the chance of the arm that came up, "
            "below 1 where there were dice"
        )
    return _Dice(
        per_decision=found["decisions"] > 0,
        weighted=any(arm["least"] != arm["most"] for arm in arms),
    )


def _check_outcomes(design: Design, passed: Passed) -> None:
    arms = (passed.treated_totals, passed.held_out_totals)
    window = f"from {design.since:%Y-%m-%d %H:%M} to {design.until:%Y-%m-%d %H:%M}"
    if not sum(arm.outcomes for arm in arms):
        rows = passed.treated.rows + passed.held_out.rows
        raise NoOutcomes(
            f"experiment {design.experiment!r}: not one {design.outcome} by any of its "
            f"{rows:,} {design.unit_kind} units {window}"
        )
    if design.of == "value" and not sum(arm.priced for arm in arms):
        raise OutcomesWithoutValue(
            f"experiment {design.experiment!r}: no {design.outcome} {window} carries a value; "
            'compare how many there were, with of="outcomes"'
        )
    for what, found in (("outcomes", passed.value_currencies), ("touches", passed.cost_currencies)):
        if len(found) > 1 and (what == "touches" or design.of == "value"):
            named = ", ".join(code or "none" for code in found)
            raise CurrencyUnknown(
                f"{what} of experiment {design.experiment!r} are in several currencies "
                f"({named}); name the reporting currency"
            )


def _result(plan: _Plan, design: Design, passed: Passed) -> TrialResult:
    looks_back = len(passed.covariates) if design.covariate_window else 0
    adjusted, plain = (
        adjust(
            passed.treated,
            passed.held_out,
            spread=passed.spread,
            clusters=passed.clusters,
            covariates=covariates,
        )
        for covariates in (looks_back, 0)
    )
    treated, held_out = passed.treated.rows, passed.held_out.rows
    total = around(adjusted.effect * treated, adjusted.standard_error * adjusted.quantile * treated)
    return TrialResult(
        experiment=design.experiment,
        withheld=design.withheld,
        unit_kind=design.unit_kind,
        per_decision=design.per_decision,
        outcome=design.outcome,
        of=design.of,
        currency=_currency(design, passed),
        since=design.since,
        until=design.until,
        planned_until=plan.ends,
        treated=_arm(
            treated, plain.treated, plain.treated_variance, plain.quantile, passed.treated_totals
        ),
        held_out=_arm(
            held_out,
            plain.held_out,
            plain.held_out_variance,
            plain.quantile,
            passed.held_out_totals,
        ),
        effect=adjusted.interval,
        standard_error=adjusted.standard_error,
        degrees_of_freedom=adjusted.degrees_of_freedom,
        unadjusted=plain.interval,
        unadjusted_standard_error=plain.standard_error,
        ratio=adjusted.ratio,
        total=total,
        always_valid=_always_valid(plan, design, adjusted, treated, held_out),
        covariates=tuple(passed.covariates[place] for place in adjusted.covariates),
        variance_reduction=1 - adjusted.variance / plain.variance,
        words=words_for(design, plan.ends, treated, held_out, total, _currency(design, passed)),
        notes=notes_on(design, plan.ends, passed),
    )


def _arm(rows: int, mean: float, variance: float, quantile: float, totals: ArmTotals) -> Arm:
    return Arm(
        units=rows,
        mean=around(mean, quantile * variance**0.5),
        doors_opened=totals.doors_opened,
        deals_closed=totals.deals_closed,
        touches=totals.touches,
        reached=totals.reached,
        cost=totals.cost,
    )


def _always_valid(
    plan: _Plan, design: Design, adjusted: Adjusted, treated: int, held_out: int
) -> Interval:
    """Tuned to the planned end, as foreseen from this look: variance grows with the time passed.

    The foresight wavers from look to look, but little, and the boundary hardly feels it: it is
    within a tenth of its narrowest for plans a third or three times as large.
    """
    information = treated * held_out / (treated + held_out)
    safe = score_error(
        np.array(adjusted.treated_variance - adjusted.covariance),
        np.array(adjusted.held_out_variance - adjusted.covariance),
        n_treated=np.array(treated),
        n_held_out=np.array(held_out),
    )
    # The sequence speaks of normal errors; with a few units they have Student's tails.
    error = float(safe) * adjusted.quantile / normal_quantile(0.95)
    passed = (design.until - design.since) / (plan.ends - plan.starts)
    sequence = ConfidenceSequence.planned(variance=(error * information) ** 2 / passed)
    return sequence.around(adjusted.effect, standard_error=error, information=information)


def _currency(design: Design, passed: Passed) -> str | None:
    if design.currency is not None or not passed.value_currencies:
        return design.currency
    return passed.value_currencies[0]

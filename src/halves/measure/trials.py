"""Trials: what withholding something from people at random shows that it does."""

from datetime import datetime, timedelta
from typing import get_args

import numpy as np

from halves.ledger import Ledger
from halves.ledger.errors import CurrencyUnknown
from halves.ledger.schema import OUTCOME_KINDS
from halves.measure.adjust import Adjusted, adjust, around
from halves.measure.dice import Plan, dice_of, plan_of
from halves.measure.errors import NoOutcomes, OutcomesWithoutValue
from halves.measure.interval import Interval
from halves.measure.moments import ArmTotals, Passed, aggregate
from halves.measure.quantiles import normal_quantile
from halves.measure.sequence import ConfidenceSequence, score_error
from halves.measure.trial_result import Arm, Measure, TrialResult
from halves.measure.trial_rows import Design
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
        NotRandomised: a propensity of 1.
        WindowEmpty: `until` is not after the experiment's start.
        NoOutcomes: not one such outcome in the window; zero ± zero would be falsely sure.
        NoSpread: within both arms everyone's outcome is the same.
        OutcomesWithoutValue: `of="value"`, and no outcome carries one.
        CurrencyUnknown: amounts in several currencies, and none named.
        ValueError: an outcome or measure there is not, `until` without a time zone, or a
            `covariate_window` below zero.

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
    if until is not None and until.tzinfo is None:
        raise ValueError(f"until needs a time zone, got {until.isoformat()}")
    plan = plan_of(book, experiment)
    closes = plan.ends if until is None else min(until, plan.ends)
    design = _design(book, plan, closes, outcome, of, currency, covariate_window)
    passed = aggregate(book, design)
    _check_outcomes(design, passed)
    return _result(plan, design, passed)


def design_of(book: Ledger, result: TrialResult, *, currency: str | None) -> Design:
    """The rows of the ledger that a trial's result was read from."""
    plan = plan_of(book, result.experiment)
    return _design(book, plan, result.until, result.outcome, result.of, currency, _YEAR)


def _design(
    book: Ledger,
    plan: Plan,
    closes: datetime,
    outcome: str,
    of: Measure,
    currency: str | None,
    covariate_window: timedelta,
) -> Design:
    dice = dice_of(book, plan, until=closes)
    return Design(
        experiment=plan.experiment,
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


def _check_outcomes(design: Design, passed: Passed) -> None:
    arms = (passed.treated_totals, passed.held_out_totals)
    window = f"from {design.since:%Y-%m-%d %H:%M} to {design.until:%Y-%m-%d %H:%M}"
    if not sum(arm.outcomes + arm.priced for arm in arms):
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


def _result(plan: Plan, design: Design, passed: Passed) -> TrialResult:
    looks_back = len(passed.covariates) if design.covariate_window else 0
    adjusted, plain = _compared(passed, looks_back), _compared(passed, 0)
    treated, held_out = _arms(plain, passed)
    total = around(
        adjusted.effect * treated.units,
        adjusted.standard_error * adjusted.quantile * treated.units,
    )
    currency = _currency(design, passed)
    return TrialResult(
        experiment=design.experiment,
        withheld=design.withheld,
        unit_kind=design.unit_kind,
        per_decision=design.per_decision,
        outcome=design.outcome,
        of=design.of,
        currency=currency,
        since=design.since,
        until=design.until,
        planned_until=plan.ends,
        treated=treated,
        held_out=held_out,
        effect=adjusted.interval,
        standard_error=adjusted.standard_error,
        degrees_of_freedom=adjusted.degrees_of_freedom,
        unadjusted=plain.interval,
        unadjusted_standard_error=plain.standard_error,
        ratio=adjusted.ratio,
        total=total,
        always_valid=_always_valid(plan, design, adjusted, treated.units, held_out.units),
        covariates=tuple(passed.covariates[place] for place in adjusted.covariates),
        variance_reduction=1 - adjusted.variance / plain.variance,
        words=words_for(design, plan.ends, treated.units, held_out.units, total, currency),
        notes=notes_on(design, plan.ends, passed),
    )


def _compared(passed: Passed, covariates: int) -> Adjusted:
    return adjust(
        passed.treated,
        passed.held_out,
        spread=passed.spread,
        clusters=passed.clusters,
        covariates=covariates,
    )


def _arms(plain: Adjusted, passed: Passed) -> tuple[Arm, Arm]:
    treated = around(plain.treated, plain.quantile * plain.treated_variance**0.5)
    held_out = around(plain.held_out, plain.quantile * plain.held_out_variance**0.5)
    return (
        _arm(passed.treated.rows, treated, passed.treated_totals),
        _arm(passed.held_out.rows, held_out, passed.held_out_totals),
    )


def _arm(rows: int, mean: Interval, totals: ArmTotals) -> Arm:
    return Arm(
        units=rows,
        mean=mean,
        doors_opened=totals.doors_opened,
        deals_closed=totals.deals_closed,
        touches=totals.touches,
        reached=totals.reached,
        cost=totals.cost,
    )


def _always_valid(
    plan: Plan, design: Design, adjusted: Adjusted, treated: int, held_out: int
) -> Interval:
    """Tuned to the planned end, as foreseen from this look: variance grows with the time passed.

    The foresight wavers from look to look, but little, and the boundary hardly feels it: it is
    within 5% of its narrowest for plans a third or three times as large.
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

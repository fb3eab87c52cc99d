"""A trial's effect on each kind of decision apart, such as on calls to people with an open deal."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from halves.ledger import Ledger
from halves.measure.adjust import adjust
from halves.measure.errors import NoSpread
from halves.measure.moments import Passed, aggregate_by_kind
from halves.measure.quantiles import normal_quantile
from halves.measure.trial_result import TrialResult
from halves.measure.trials import design_of


@dataclass(frozen=True)
class KindFound:
    """What a trial found of one kind of decision.

    Args:
        effect: of being assigned to be treated, a decision; money, or outcomes.
        error: its standard error, made wider by Student's quantile over the normal one where it
            rests on few sales.
        treated, held_out: decisions.
        fewest: sales in the arm that has fewer.
    """

    effect: float
    error: float
    treated: int
    held_out: int
    fewest: int


def found_by_kind(
    book: Ledger, result: TrialResult, kinds: Mapping[str, str], *, currency: str | None
) -> dict[str, KindFound]:
    """Say what a trial found of each kind of decision, in one pass over all of them.

    Each kind is a trial within the trial: its kind was known before the dice fell, so that the
    chances hold within it. Where nobody of a kind bought, in either arm, the effect is 0 give or
    take one sale in each arm, of the usual size: no sale is not no doubt.

    Args:
        book: the ledger.
        result: of the trial as a whole; it rolled its dice for each decision.
        kinds: `decision_id` → kind, as it was before the dice fell.
        currency: as the trial was read with.

    Returns:
        Kind → what was found; without kinds that have fewer than two decisions in an arm.

    Source:
        Lin (2013), Agnostic Notes on Regression Adjustments to Experimental Data, within kinds;
        Agresti and Caffo (2000), Simple and Effective Confidence Intervals for Proportions and
        Differences of Proportions, for the sale that is lent.

    >>> import tempfile
    >>> from datetime import UTC, datetime
    >>> from halves.measure.trials import trial
    >>> start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
    >>> book = Ledger.create(tempfile.mkdtemp() + "/book")
    >>> _ = book.append("experiments", pa.table({
    ...     "experiment": ["calls"], "withheld": [["call"]], "unit_kind": ["person"],
    ...     "starts": [start], "ends": [end]}), batch="design")
    >>> people = [f"p{i}" for i in range(200)]
    >>> _ = book.append("assignments", pa.table({
    ...     "experiment": ["calls"] * 200, "unit_kind": ["person"] * 200, "unit_id": people,
    ...     "decision_id": people, "arm": ["held_out", "treated"] * 100,
    ...     "propensity": [0.5] * 200, "at": [start] * 200}), batch="dice")
    >>> buyers = people[1:100:2]  # all treated of the first hundred
    >>> _ = book.append("outcomes", pa.table({
    ...     "outcome_id": buyers, "person_id": buyers, "at": [start] * 50,
    ...     "kind": ["deal_closed"] * 50, "source": ["shop"] * 50}), batch="sales")
    >>> kinds = {one: "door" if one in people[:110] else "deal" for one in people}
    >>> found = found_by_kind(book, trial(book, "calls", of="outcomes"), kinds, currency=None)
    >>> {kind: (round(one.effect, 2), round(one.error, 2)) for kind, one in found.items()}
    {'deal': (0.0, 0.03), 'door': (0.91, 0.06)}
    """
    if not kinds:
        return {}
    design = design_of(book, result, currency=currency)
    table = pa.table({"decision": list(kinds), "kind": list(kinds.values())})
    passed = aggregate_by_kind(book, design, table)
    sale = _sale_squared(list(passed.values()))
    return {kind: _found(one, sale) for kind, one in passed.items()}


def together(found: Sequence[KindFound]) -> KindFound:
    """One kind as several trials found it, weighed by how much dice each rolled.

    Weights are n_T·n_C/(n_T + n_C), not 1/error²: a young trial without sales is not surer.

    Args:
        found: one at least.

    >>> one = KindFound(effect=2.0, error=3.0, treated=50, held_out=50, fewest=5)
    >>> together([one, KindFound(effect=4.0, error=4.0, treated=50, held_out=50, fewest=8)])
    KindFound(effect=3.0, error=2.5, treated=100, held_out=100, fewest=13)
    """
    weights = np.array([1 / (1 / one.treated + 1 / one.held_out) for one in found])
    weights /= weights.sum()
    errors = np.array([one.error for one in found])
    return KindFound(
        effect=float(weights @ np.array([one.effect for one in found])),
        error=float(math.sqrt(weights**2 @ errors**2)),
        treated=sum(one.treated for one in found),
        held_out=sum(one.held_out for one in found),
        fewest=sum(one.fewest for one in found),
    )


def _sale_squared(passed: Sequence[Passed]) -> float:
    """A sale's square on average, of all kinds."""
    arms = [(one.treated, one.treated_totals) for one in passed]
    arms += [(one.held_out, one.held_out_totals) for one in passed]
    squares = sum(sums.products[1, 1] for sums, _totals in arms)
    sales = sum(totals.outcomes * sums.products[0, 0] / sums.rows for sums, totals in arms)
    return float(squares / sales) if sales else 0.0


def _found(passed: Passed, sale: float) -> KindFound:
    rows = (passed.treated.rows, passed.held_out.rows)
    try:
        one = adjust(
            passed.treated,
            passed.held_out,
            spread=passed.spread,
            clusters=passed.clusters,
            covariates=len(passed.covariates),
        )
        effect = one.effect
        error = one.standard_error * one.quantile / normal_quantile(0.95)
    except NoSpread:
        effect, error = 0.0, math.sqrt(sale * sum(1 / n**2 for n in rows))
    fewest = min(passed.treated_totals.outcomes, passed.held_out_totals.outcomes)
    return KindFound(effect, error, treated=rows[0], held_out=rows[1], fewest=fewest)

"""What a test did and found, in plain words, no digit finer than its error deserves."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from halves.measure.trial_result import TrialResult
from halves.measure.trial_words import span

REVENUE = "revenue"  # what a lift study calls money, where an outcome's kind would stand
NORMAL_90 = 1.6449  # standard errors in half of a 90% interval
_A_DAY = timedelta(days=1)
_UNITS = {"person": "people", "account": "accounts", "region": "regions"}
_OUTCOMES = {
    "deal_closed": "deals",
    "renewed": "renewals",
    "door_opened": "doors opened",
    "churned": "customers lost",
    "referred": "referrals",
}


def trial_in_words(
    results: Sequence[TrialResult], currency: str | None, *, known_until: datetime
) -> str:
    """One trial's effect on each kind of sale: "held out 20% of 9,000 people for 8 weeks: …".

    Args:
        results: the trial, by kind of sale.
        currency: what money is in.
        known_until: where the ledger ends; a test that goes on says so.
    """
    first = results[0]
    rows = first.n_treated + first.n_held_out
    kind = "decisions" if first.per_decision else _UNITS[first.unit_kind]
    length = span(first.until - first.since)
    if known_until + _A_DAY < first.until:
        length += f" (the ledger ends {known_until - _A_DAY:%Y-%m-%d})"
    found = " and ".join(_effect(result, currency) for result in results)
    return f"held out {first.held_out_share:.0%} of {rows:,} {kind} for {length}: with it, {found}"


def lift_in_words(row: Mapping[str, Any]) -> str:
    """A lift study from elsewhere, as imported."""
    where = f" in {row['region']}" if row["region"] else ""
    noun = "revenue" if row["outcome"] == REVENUE else _OUTCOMES.get(row["outcome"], row["outcome"])
    found = difference(row["lift"], NORMAL_90 * row["se"], noun)
    days = f"{row['starts']:%Y-%m-%d} to {row['ends']:%Y-%m-%d}"
    return f"{row['source']}{where}, {days}: for what was withheld, {found}"


def of_several(words: str, units: Sequence[str]) -> str:
    """Say so where a test withheld several units at once."""
    return words if len(units) == 1 else f"{words} ({', '.join(units)} together)"


def difference(mean: float, error: float, noun: str, *, before: str = "") -> str:
    """More or less of something, give or take: both to two digits of the error.

    >>> difference(346.0, 281_412.0, "from deals", before="USD ")
    'no more or less from deals, give or take USD 280,000'
    >>> difference(-42.4, 11.7, "deals")
    '42 fewer deals, give or take 12'
    """
    step = 10.0 ** (math.floor(math.log10(error)) - 1) if error > 0 else 1.0
    places = max(0, -math.floor(math.log10(step)))
    size, reach = (f"{round(abs(x) / step) * step:,.{places}f}" for x in (mean, error))
    of_money = bool(before) or noun.startswith("from ") or noun == "revenue"
    if not size.strip("0.,"):
        return f"no more or {'less' if of_money else 'fewer'} {noun}, give or take {before}{reach}"
    more = "more" if mean >= 0 else "less" if of_money else "fewer"
    return f"{before}{size} {more} {noun}, give or take {reach}"


def _effect(result: TrialResult, currency: str | None) -> str:
    total = result.total
    error = (total.high - total.low) / 2
    noun = _OUTCOMES[result.outcome]
    if result.of == "value":
        money = f"{currency} " if currency else ""
        return difference(total.mean, error, f"from {noun}", before=money)
    return difference(total.mean, error, noun)

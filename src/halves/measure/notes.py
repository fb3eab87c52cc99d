"""What cannot be known from a ledger, said plainly beside the answer."""

from collections.abc import Sequence

from halves.measure.answer import UnitAnswer
from halves.measure.doubled import doubled
from halves.measure.period import Period


def notes_on(period: Period, units: Sequence[UnitAnswer]) -> list[str]:
    """Say what is missing, and what was taken for granted."""
    return [*_missing(period, units), *_assumed(period, units)]


def _missing(period: Period, units: Sequence[UnitAnswer]) -> list[str]:
    facts, notes = period.facts, []
    unspent = [unit.unit for unit in units if not unit.spend]
    if unspent:
        notes.append(
            f"no spend is recorded for {_listed(unspent)}: what costs nothing on the ledger can be "
            "neither wasted nor working; import its spend, or say what a touch costs"
        )
    if not units:
        notes.append(
            "no spend and no touches are recorded in the period, so that there is nothing to "
            "judge: import what was spent"
        )
    if facts.sales and facts.unpriced == facts.sales:
        notes.append(
            f"none of the {facts.sales:,} sales carries a value, so that nothing can be told in "
            "money: add values to the outcomes"
        )
    elif facts.sales and facts.revenue <= 0:
        notes.append(
            f"the {facts.sales:,} sales add up to {facts.revenue:,.0f} with refunds taken off, so "
            "that nothing can be told in money: look whether sales are missing or refunds are "
            "counted twice, or ask for a longer period"
        )
    elif facts.unpriced:
        notes.append(
            f"{facts.unpriced:,} of {facts.sales:,} sales carry no value and count as 0: "
            "what brought them looks worse than it is"
        )
    if not facts.sales:
        notes.append("nothing was sold in the period, so that no revenue can be told")
    twice = doubled(period.book, since=period.since, until=period.until)
    if twice:
        notes.append(
            f"nearly every row of spend on {_listed(twice)} is there twice, with the same day and "
            "amount: if an export came in twice, undo one of the two imports, "
            "for spend counts in full and looks twice as wasteful"
        )
    untested = [unit for unit in units if unit.spend and not unit.is_tested]
    if untested:
        notes.append(
            f"nothing was withheld at random of {_listed([unit.unit for unit in untested])}: no "
            "record of who bought after what can say whether they would have bought anyway"
        )
    if any(unit.basis == "people like them" for unit in untested):
        notes.append(
            "people like those reached give a bound, in the direction in which you say that a "
            "channel picks people"
        )
    if any(unit.basis == "mix model" for unit in untested):
        notes.append(
            "the mix model takes spend as set without regard to demand: what moved both and is in "
            "no table would mislead it"
        )
    if period.spending.by_itself:
        notes.append(
            f"{period.spending.by_itself:,.0f} of spend is on the path `self`, where people come "
            "by themselves; it is in no unit"
        )
    return notes


def _assumed(period: Period, units: Sequence[UnitAnswer]) -> list[str]:
    notes = []
    if any(unit.spend for unit in units):
        notes.append(
            "what a unit's absence would save is its own spend and what it makes others spend, "
            "such as calls to the people it brings: seen where people were held out, else in "
            "proportion to what is spent on people likely to buy"
        )
    if any(unit.is_tested for unit in units):
        notes.append(
            "a test sees what happened in its own window: what comes later is not in it, and the "
            "interval allows for the effect to differ between those weeks and the whole period"
        )
    for channel, spent in period.spending.shared.items():
        notes.append(
            f"{spent:,.0f} of {channel}'s spend names no campaign; it is laid on its campaigns by "
            "their touches"
        )
    if period.facts.own_margins:
        notes.append(
            f"{period.facts.own_margins:,} sales state a margin of their own, which is used; "
            "incremental revenue is taken to earn the average"
        )
    return notes


def _listed(names: Sequence[str]) -> str:
    if len(names) <= 6:
        return ", ".join(names)
    return f"{', '.join(names[:5])} and {len(names) - 5} others"

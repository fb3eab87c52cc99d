"""A trial in plain words."""

from datetime import datetime, timedelta

from halves.measure.interval import Interval
from halves.measure.moments import Passed
from halves.measure.trial_rows import Design

_UNITS = {"person": "people", "account": "accounts", "region": "regions"}
_OUTCOMES = {
    "deal_closed": "deals",
    "door_opened": "doors opened",
    "renewed": "renewals",
    "churned": "customers lost",
    "referred": "referrals",
}
_FEW_OUTCOMES = 10
_UNLIKELY = 3.9  # standard errors; 1 trial in 10,000 by chance


def words_for(
    design: Design,
    ends: datetime,
    treated: int,
    held_out: int,
    total: Interval,
    currency: str | None,
) -> str:
    """Say what was done and what it brought, such as "held out 15% for 8 weeks: 42 more deals"."""
    rows = treated + held_out
    units = "decisions" if design.per_decision else _UNITS[design.unit_kind]
    share = f"{100 * held_out / rows:.0f}%"
    length = span(ends - design.since)
    if design.until < ends:
        length = f"{span(design.until - design.since)} of {length}"
    of = _OUTCOMES[design.outcome]
    if design.of == "value":
        of = f"from {of}" if currency is None else f"{currency} from {of}"
    more = "more" if total.mean >= 0 else "fewer" if design.of == "outcomes" else "less"
    middle = f"{rounded(abs(total.mean))} {more} {of}"
    return (
        f"held out {share} of {rows:,} {units} for {length}: {middle} than without, "
        f"90% between {_bounds(total)}"
    )


def notes_on(design: Design, ends: datetime, passed: Passed) -> tuple[str, ...]:
    """What a reader of the result must know besides."""
    notes = []
    if design.per_decision:
        notes.append(
            "the dice were rolled for each decision; a decision's outcomes count up to the next"
        )
    last = passed.last_event
    if last is not None and design.until - last > (ends - design.since) / 10:
        notes.append(
            f"nothing is recorded of these {_UNITS[design.unit_kind]} after {last:%Y-%m-%d}: "
            "if the ledger ends there, the window is not over"
        )
    fewest = min(passed.treated_totals.outcomes, passed.held_out_totals.outcomes)
    if fewest < _FEW_OUTCOMES:
        notes.append(f"an arm has only {fewest} {_OUTCOMES[design.outcome]}: the interval is rough")
    if abs(passed.imbalance) > _UNLIKELY:
        notes.append(
            f"the arms' sizes do not fit the propensities ({passed.imbalance:+.1f} standard "
            "errors): some assignments are missing, or these were not the dice"
        )
    if passed.held_out_totals.reached:
        share = passed.held_out_totals.reached / passed.held_out.rows
        notes.append(
            f"{passed.held_out_totals.reached:,} held out ({share:.1%}) got what was to be "
            "withheld: the effect is of assigning it, and smaller than that of getting it"
        )
    return tuple(notes)


def span(length: timedelta) -> str:
    """A length of time in words: "8 weeks", "10 days"."""
    days = max(length / timedelta(days=1), 0.0)
    if days >= 14:
        return f"{days / 7:.0f} weeks"
    return "1 day" if round(days) == 1 else f"{days:.0f} days"


def rounded(amount: float) -> str:
    """An amount with three digits that mean something, and thousands marked."""
    if amount and abs(amount) < 10:
        return f"{amount:.2g}"
    digits = max(0, len(f"{abs(amount):.0f}") - 3)
    return f"{round(amount, -digits):,.0f}"


def _bounds(total: Interval) -> str:
    """Bounds of one sign need no sign of their own: "more" or "fewer" was said."""
    if total.high <= 0:
        return f"{rounded(-total.high)} and {rounded(-total.low)}"
    return f"{rounded(total.low)} and {rounded(total.high)}"

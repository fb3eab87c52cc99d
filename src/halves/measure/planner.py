"""Planning a holdout: what it could find, said before it starts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import numpy as np

from halves.ledger import Ledger
from halves.measure.answer import Proposal
from halves.measure.errors import NobodyReached, NoOutcomes
from halves.measure.quantiles import normal_quantile
from halves.measure.sequence import ConfidenceSequence
from halves.measure.trial_words import rounded, span

SHARES = (0.05, 0.10, 0.15, 0.20, 0.30, 0.50)
LENGTHS = tuple(timedelta(weeks=weeks) for weeks in (2, 4, 6, 8, 12, 16, 26))
_ALPHA = 0.05
_POWER = 0.8
_PATHS = 20_000
_LEAST_HELD_OUT = 2


@dataclass(frozen=True)
class HoldoutDesign:
    """A holdout and what it can see, in money over the test, over all who are treated."""

    n_treated: int
    n_held_out: int
    se_total: float
    mde_one_look: float  # found 8 times in 10 by one look at the end (two-sided, 5%)
    mde_sequence: float  # the same, if one may stop at any of the looks


def plan_holdout(
    *, people: int, sd: float, share: float, looks: int = 30, rng: np.random.Generator
) -> HoldoutDesign:
    """Say what holding out a share of people could find.

    Args:
        people: how many there are, treated and held out.
        sd: standard deviation of a person's outcome over the length of the test.
        share: which part is held out, between 0 and 1.
        looks: how often one will look, evenly spread; the last at the end.
        rng: for the sequence's power, which is simulated.

    Returns:
        The standard error of the total effect on those treated, N_T·sd·√(1/n_T + 1/n_C), and the
        smallest effects that are found 8 times in 10.

    Raises:
        ValueError: an argument out of range, or a share that leaves an arm with nobody.

    >>> design = plan_holdout(people=100_000, sd=370.0, share=0.15, rng=np.random.default_rng(1))
    >>> f"{design.se_total:,.0f}"
    '278,526'
    >>> f"{design.mde_one_look / 1e3:.0f} k"
    '780 k'
    """
    if looks < 1:
        raise ValueError(f"looks must be at least 1, got {looks}")
    error, held_out = _error_of_total(people, sd, share)
    one_look = normal_quantile(1 - _ALPHA / 2) + normal_quantile(_POWER)
    return HoldoutDesign(
        n_treated=people - held_out,
        n_held_out=held_out,
        se_total=error,
        mde_one_look=one_look * error,
        mde_sequence=_found_by_sequence(looks, rng) * error,
    )


def _error_of_total(people: int, sd: float, share: float) -> tuple[float, int]:
    if not 0 < share < 1:
        raise ValueError(f"share must be between 0 and 1, got {share}")
    if not (sd > 0 and math.isfinite(sd)):
        raise ValueError(f"sd must be above 0 and finite, got {sd}")
    held_out = round(people * share)
    treated = people - held_out
    if min(held_out, treated) < 1:
        raise ValueError(f"a share of {share} of {people} people leaves an arm with nobody")
    return treated * sd * math.sqrt(1 / treated + 1 / held_out), held_out


def _found_by_sequence(looks: int, rng: np.random.Generator) -> float:
    """The effect, in standard errors at the end, that the sequence finds 8 times in 10.

    The score wanders like a Brownian motion with a drift. Each simulated wandering is found out by
    every drift above some least one, so the wanted effect is a quantile of those.
    """
    times = np.arange(1, looks + 1) / looks
    steps = rng.standard_normal((_PATHS, looks)) / math.sqrt(looks)
    boundary = ConfidenceSequence.planned(variance=1.0, alpha=_ALPHA).boundary(times)
    least = ((boundary - steps.cumsum(axis=1)) / times).min(axis=1)
    return float(np.quantile(least, _POWER))


@dataclass(frozen=True)
class Reach:
    """Whom a unit of spend reached in a period, and how much their outcomes vary."""

    people: int
    sd: float  # of a person's outcome value over the period


def reach(
    book: Ledger,
    *,
    by: Literal["channel", "campaign", "story", "seller"],
    since: datetime,
    until: datetime,
    outcome: str = "deal_closed",
    currency: str | None = None,
) -> dict[str, Reach]:
    """Count whom each unit reached, and how much their outcomes varied, in one pass.

    Args:
        book: the ledger.
        by: which column of `touches` names the unit.
        since, until: the period, its end excluded.
        outcome: the kind of outcome whose value is meant.
        currency: convert values to this currency.

    Returns:
        By unit; units without a person identity are not in it.

    >>> import tempfile
    >>> reach(Ledger.create(tempfile.mkdtemp() + "/book"), by="channel",
    ...       since=datetime.fromisoformat("2026-01-01T00:00:00+00:00"),
    ...       until=datetime.fromisoformat("2026-06-01T00:00:00+00:00"))
    {}
    """
    touches = book.table("touches")
    touches = touches.filter(touches["at"] >= since, touches["at"] < until, touches[by].notnull())
    reached = touches.select("person_id", unit=by).distinct()
    outcomes = book.table("outcomes", currency=currency)
    outcomes = outcomes.filter(
        outcomes.kind == outcome, outcomes["at"] >= since, outcomes["at"] < until
    )
    bought = outcomes.group_by("person_id").agg(value=outcomes.value.sum().cast("float64"))
    rows = reached.left_join(bought, "person_id")
    rows = rows.select("unit", value=rows.value.fill_null(0.0))
    units = rows.group_by("unit").agg(
        people=rows.count(), mean=rows.value.mean(), square=(rows.value * rows.value).mean()
    )
    return {
        row["unit"]: Reach(
            people=row["people"], sd=math.sqrt(max(row["square"] - row["mean"] ** 2, 0.0))
        )
        for row in book.query(units.order_by("unit")).to_pylist()
    }


def propose_holdout(
    withheld: str,
    *,
    reached: Reach,
    spend: float,
    period: timedelta,
    margin: float,
    p_wasted: float = 0.0,
    currency: str | None = None,
    shares: Sequence[float] = SHARES,
    lengths: Sequence[timedelta] = LENGTHS,
) -> Proposal:
    """Choose the holdout that would settle whether a unit of spend pays.

    It pays if margin × effect exceeds its spend, so an effect as large as spend / margin is the
    one worth finding. Of the designs that find it 8 times in 10 (one look at the end) the one that
    gives up least is proposed: the smallest share × length. A unit that is probably wasted loses
    nothing by being withheld; it gets half and half. If no design finds it, the words say so, and
    the best there is is returned.

    Args:
        withheld: the unit's name.
        reached: whom it reached in the period, from `reach`.
        spend: what it cost in the period, above 0.
        period: how long that was; effects and variances are taken to grow in step with time.
        margin: profit share of revenue, above 0.
        p_wasted: what is believed so far.
        currency: for the words.
        shares, lengths: what to choose among.

    Raises:
        NobodyReached: fewer than four people, or shares that hold out fewer than two of them.
        NoOutcomes: nobody it reached has an outcome, so there is no spread to plan from.
        ValueError: spend, period or margin not above 0.

    >>> ours = Reach(people=40_000, sd=120.0)
    >>> propose_holdout("email", reached=ours, spend=200_000.0, margin=0.5, currency="USD",
    ...                 period=timedelta(days=364)).words
    'hold out 15% of the 40,000 people it reaches for 12 weeks: finds 392,000 USD or more over \
the period, and it pays from 400,000 USD'
    """
    _check_proposal(withheld, reached, spend=spend, margin=margin, period=period)
    needed = spend / margin
    designs = [
        (share, length, _detectable(reached, share, length, period))
        for share in ((0.5,) if p_wasted > 0.5 else shares)
        for length in lengths
        if round(reached.people * share) >= _LEAST_HELD_OUT
    ]
    if not designs:
        raise NobodyReached(
            f"of the {reached.people} people whom {withheld!r} reached, none of the shares "
            f"{', '.join(f'{share:.0%}' for share in shares)} holds out two or more"
        )
    enough = [design for design in designs if design[2] <= needed]
    if enough:
        share, length, found = min(enough, key=lambda design: (design[0] * design[1], design[1]))
    else:
        share, length, found = min(designs, key=lambda design: design[2])
    money = "" if currency is None else f" {currency}"
    what = f"{share:.0%} of the {reached.people:,} people it reaches for {span(length)}"
    sees = (
        f"finds {rounded(found)}{money} or more over the period, "
        f"and it pays from {rounded(needed)}{money}"
    )
    settles = f"hold out {what}: {sees}"
    return Proposal(
        withheld=withheld,
        held_out_share=share,
        people=reached.people,
        length=length,
        detectable=found,
        words=settles if enough else f"no holdout would settle it: even {what} {sees}",
    )


def _check_proposal(
    withheld: str, reached: Reach, *, spend: float, margin: float, period: timedelta
) -> None:
    for name, value in (("spend", spend), ("margin", margin), ("period", period.total_seconds())):
        if not value > 0:
            raise ValueError(f"{name} of {withheld!r} must be above 0, got {value}")
    if reached.people < 2 * _LEAST_HELD_OUT:
        raise NobodyReached(
            f"{withheld!r} reached {reached.people} people by name; a holdout of people needs "
            "four at least"
        )
    if reached.sd == 0:
        raise NoOutcomes(f"nobody whom {withheld!r} reached has an outcome: no spread to plan from")


def _detectable(reached: Reach, share: float, length: timedelta, period: timedelta) -> float:
    """What a test finds 8 times in 10, scaled to everyone and the whole period."""
    in_time = length / period
    error, held_out = _error_of_total(reached.people, reached.sd * math.sqrt(in_time), share)
    treated = reached.people - held_out
    one_look = normal_quantile(1 - _ALPHA / 2) + normal_quantile(_POWER)
    return one_look * error * reached.people / treated / in_time

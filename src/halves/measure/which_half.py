"""Which half of the money is wasted: spend, evidence and prior brought together in one answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import numpy as np

from halves.ledger import Channel, Ledger
from halves.measure.answer import Answer, UnitAnswer, Verdict
from halves.measure.claims import all_claims
from halves.measure.errors import PeriodEmpty, TooManyUnits
from halves.measure.evidence import Evidence, Gathered, Period, of_lifts, of_trials
from halves.measure.facts import SALES, gather, span
from halves.measure.interval import Interval
from halves.measure.notes import notes_on
from halves.measure.posterior import BREAK_EVEN, Belief, Finding, believe, joint_draws
from halves.measure.prior import Floats, Prior
from halves.measure.proposals import proposed
from halves.measure.spending import By, UnitSpend, midnight, spending
from halves.measure.tally import RULES

DRAWS = 8192
SURE = 0.9  # a verdict needs this chance of being right
UNTESTED = "nothing was withheld: nobody can tell yet"

Progress = Callable[[str], None]  # told what is being done now


def which_half(
    book: Ledger,
    *,
    channels: Sequence[Channel],
    margin: float,
    since: date,
    until: date,
    seed: int,
    by: By = "channel",
    currency: str | None = None,
    look_back: timedelta = timedelta(days=60),
    prior: Prior | None = None,
    progress: Progress | None = None,
) -> Answer:
    """Say of each unit of spend whether it works, is wasted, or nobody can tell yet.

    Evidence is trials (experiments that withheld the unit in the period) and imported lifts,
    brought to the whole period by exposure (`measure.evidence`). Each unit's incremental revenue Δ
    has a prior in units of its spend S; evidence multiplies it, and units that were withheld
    together are drawn together (`measure.posterior`). A unit is wasted if margin · Δ < S.

    Args:
        book: the ledger.
        channels: every channel in it: path, and how it meets people.
        margin: profit for each 1 of revenue, 0 < margin ≤ 1; an outcome's own margin goes first.
        since: the first day (UTC).
        until: the day after the last.
        seed: of the joint draws; the same seed gives the same answer.
        by: a unit is a `channel` or a `campaign`.
        currency: report in this ISO 4217 currency; None if all amounts are in one.
        look_back: for attribution's claims.
        prior: what to believe before any test; `Prior()` if None.
        progress: told what is being done now.

    Returns:
        The answer: units by spend, the wasted share of all spend, and what cannot be known.

    Raises:
        PeriodEmpty: `until` is not after `since`, or the ledger holds nothing in between.
        UndeclaredChannels: the ledger holds channels that `channels` does not name.
        CurrencyUnknown, MissingRate: as the ledger says.
        ValueError: a margin outside (0, 1].

    Source:
        Bayes' rule; of a loss the verdict is wasted at P ≥ 0.9, working at P ≤ 0.1.

    >>> import tempfile
    >>> import pyarrow as pa
    >>> book = Ledger.create(tempfile.mkdtemp() + "/book")
    >>> day, later = date(2026, 1, 5), date(2026, 2, 2)
    >>> bill = {"spend_id": "b1", "day": day, "channel": "tv", "path": "many", "amount": 1000.0,
    ...         "currency": "USD", "source": "books"}
    >>> study = {"lift_id": "tv test", "withheld": ["tv"], "starts": midnight(day),
    ...          "ends": midnight(later), "outcome": "revenue", "lift": 300.0, "se": 200.0,
    ...          "source": "agency"}
    >>> for table, row in (("spend", bill), ("lifts", study)):
    ...     _ = book.append(table, pa.Table.from_pylist([row]), batch=table)
    >>> answer = which_half(book, channels=[Channel("tv", path="many")], margin=0.5,
    ...                     since=day, until=later, seed=1)
    >>> answer.units[0].verdict, answer.units[0].evidence
    ('wasted', 'agency, 2026-01-05 to 2026-02-02: for what was withheld, 300 more revenue, \
give or take 330')
    """
    if not 0 < margin <= 1:
        raise ValueError(f"margin must be above 0 and at most 1, got {margin}")
    if until <= since:
        raise PeriodEmpty(f"the period must end after it starts, got {since} to {until}")
    tell = progress or _silent
    period = _period(book, channels, margin, since, until, by, currency, tell)
    profit = period.facts.margin(margin)
    tell("reading tests")
    trials, lifts = of_trials(period), of_lifts(period)
    gathered = Gathered([*trials.evidence, *lifts.evidence], [*trials.notes, *lifts.notes])
    tell("weighing the evidence")
    judged = _judged(
        period, gathered, margin=profit, prior=prior or Prior(), rng=np.random.default_rng(seed)
    )
    tell("adding up claims")
    claimed = _claimed(period, since, until, look_back)
    units = [
        _unit(gathered, judged, spent, claimed.get(spent.unit, {}))
        for spent in period.spending.units
    ]
    tell("planning what to test next")
    units = proposed(period, units, margin=profit, seed=seed)
    return Answer(
        units=units,
        wasted_share=judged.wasted_share,
        synergy=None,
        since=since,
        until=until,
        by=by,
        margin=profit,
        currency=period.currency,
        people=period.facts.people,
        outcomes=period.facts.sales,
        outcome_value=period.facts.revenue,
        weeks=period.facts.weeks,
        ledger_versions=book.versions(),
        seed=seed,
        draws=DRAWS,
        prior=(prior or Prior()).words,
        notes=[*notes_on(period, units), *gathered.notes],
    )


@dataclass(frozen=True)
class _Judged:
    """What is believed of each unit, and of all together."""

    incremental: Mapping[str, Interval]  # revenue
    p_wasted: Mapping[str, float]
    wasted_share: Interval | None


def _judged(
    period: Period,
    gathered: Gathered,
    *,
    margin: float,
    prior: Prior,
    rng: np.random.Generator,
) -> _Judged:
    """Bring prior and evidence together for every unit that has spend."""
    evidence = gathered.evidence
    spends = {unit.unit: unit.spend for unit in period.spending.units if unit.spend > 0}
    has_money = period.facts.revenue > 0 or any(one.found is not None for one in evidence)
    if not has_money or not spends:
        return _Judged({}, {}, None)
    findings = [_finding(one, spends, margin) for one in evidence if _speaks(one, spends)]
    alone = [finding for finding in findings if finding.unit is not None]
    together = [finding for finding in findings if finding.unit is None]
    beliefs = {unit: believe(prior, [one for one in alone if one.unit == unit]) for unit in spends}
    draws = joint_draws(beliefs, together, draws=DRAWS, rng=rng)
    tied = {unit for finding in together for unit in finding.weights}
    beliefs |= {unit: _from_draws(draws[unit]) for unit in tied}
    return _Judged(
        incremental={u: _scaled(beliefs[u].interval(), spends[u] / margin) for u in spends},
        p_wasted={unit: belief.chance_of_loss for unit, belief in beliefs.items()},
        wasted_share=_wasted_share(spends, draws, beliefs),
    )


def _speaks(one: Evidence, spends: Mapping[str, float]) -> bool:
    return one.found is not None and all(unit in spends for unit in one.shares)


def _finding(one: Evidence, spends: Mapping[str, float], margin: float) -> Finding:
    return Finding(
        found=(one.found or 0.0) * margin,
        se=one.se * margin,
        weights={unit: share * spends[unit] for unit, share in one.shares.items()},
        drift=one.drift,
    )


def _from_draws(returns: Floats) -> Belief:
    return Belief(np.sort(returns), np.full(len(returns), 1 / len(returns)))


def _scaled(interval: Interval, by: float) -> Interval:
    return Interval(interval.mean * by, interval.low * by, interval.high * by)


def _wasted_share(
    spends: Mapping[str, float], draws: Mapping[str, Floats], beliefs: Mapping[str, Belief]
) -> Interval:
    """Σ wasted spend / Σ spend inside each joint draw; its mean needs no draws."""
    total = sum(spends.values())
    shares = sum(spends[unit] * (draws[unit] < BREAK_EVEN) for unit in spends) / total
    low, high = np.quantile(shares, [0.05, 0.95])
    mean = sum(spends[unit] * beliefs[unit].chance_of_loss for unit in spends) / total
    return Interval(mean=float(mean), low=float(low), high=float(high))


def _unit(
    gathered: Gathered,
    judged: _Judged,
    spent: UnitSpend,
    claimed: Mapping[str, float],
) -> UnitAnswer:
    evidence = gathered.about(spent.unit)
    is_tested = any(one.found is not None for one in evidence)
    p_wasted = judged.p_wasted.get(spent.unit)
    return UnitAnswer(
        unit=spent.unit,
        path=spent.path,
        spend=spent.spend,
        incremental=judged.incremental.get(spent.unit) or gathered.unspent(spent.unit),
        p_wasted=p_wasted,
        verdict=verdict(p_wasted) if is_tested else "unknown",
        is_tested=is_tested,
        evidence="; ".join(one.words for one in evidence) or UNTESTED,
        claims=claimed,
    )


def verdict(p_wasted: float | None) -> Verdict:
    """Say what a chance of losing money amounts to.

    >>> verdict(0.95), verdict(0.04), verdict(0.5), verdict(None)
    ('wasted', 'working', 'unknown', 'unknown')
    """
    if p_wasted is None:
        return "unknown"
    if p_wasted >= SURE:
        return "wasted"
    return "working" if p_wasted <= 1 - SURE else "unknown"


def _period(
    book: Ledger,
    channels: Sequence[Channel],
    margin: float,
    since: date,
    until: date,
    by: By,
    currency: str | None,
    tell: Progress,
) -> Period:
    opens, closes = midnight(since), midnight(until)
    currency = currency or book.one_currency("spend", "touches", "outcomes")
    tell("adding up spend")
    spent = spending(book, channels=channels, since=opens, until=closes, by=by, currency=currency)
    tell("counting people and outcomes")
    facts = gather(book, since=opens, until=closes, margin=margin, currency=currency)
    held = span(book)
    if held is None or not (spent.units or facts.outcomes):
        holds = f"it runs from {held.since} until {held.until}" if held else "it is empty"
        raise PeriodEmpty(f"the ledger holds nothing between {since} and {until}; {holds}")
    return Period(
        book=book,
        channels=channels,
        since=opens,
        until=closes,
        known_until=midnight(held.until),
        by=by,
        currency=currency,
        spending=spent,
        facts=facts,
    )


def _claimed(
    period: Period, since: date, until: date, look_back: timedelta
) -> dict[str, dict[str, float]]:
    """Unit → rule → what it would credit: money, or deals where none carries a value."""
    found: dict[str, dict[str, float]] = {}
    facts = period.facts
    kinds = [kind for kind in SALES if facts.priced.get(kind)] or [SALES[0]]
    for kind in kinds:
        claims_by = partial(
            all_claims,
            period.book,
            channels=period.channels,
            since=since,
            until=until,
            by=period.by,
            look_back=look_back,
            outcome=kind,
            of="value" if facts.priced.get(kind) else "outcomes",
            currency=period.currency,
        )
        try:
            table = claims_by()
        except TooManyUnits:  # for the one rule that needs a matrix of them
            table = claims_by(rules=[rule for rule in RULES if rule != "markov"])
        for row in table.to_pylist():
            of_unit = found.setdefault(row.pop("unit"), {})
            del row["path"]
            for rule, claim in row.items():
                of_unit[rule] = of_unit.get(rule, 0.0) + claim
    return found


def _silent(doing: str) -> None:
    pass

"""Which half of the money is wasted: spend, evidence and prior brought together in one answer."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial

import numpy as np

from halves.ledger import Channel, Ledger
from halves.measure.answer import Answer, UnitAnswer
from halves.measure.broken import Broken, Price, broken
from halves.measure.claims import all_claims
from halves.measure.crossed import of_paths
from halves.measure.doors import doors
from halves.measure.errors import PeriodEmpty, TooManyUnits
from halves.measure.evidence import Evidence, Gathered, of_lifts, of_trials
from halves.measure.facts import SALES, gather, span
from halves.measure.fusion import fuse
from halves.measure.induced import cost_of_demand, prices_of
from halves.measure.notes import notes_on
from halves.measure.period import Period
from halves.measure.posterior import Finding
from halves.measure.prior import Prior
from halves.measure.proposals import proposed
from halves.measure.spending import By, UnitSpend, midnight, spending
from halves.measure.tally import RULES
from halves.measure.untested import of_mix, of_people
from halves.measure.verdict import Judged, judge, verdict

DRAWS = 8192
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
    cost_of_under: Price = None,
    progress: Progress | None = None,
) -> Answer:
    """Say of each unit of spend whether it works, is wasted, or nobody can tell yet.

    Evidence is trials (experiments that withheld the unit in the period) and imported lifts,
    brought to the whole period by exposure (`measure.evidence`); for what is broadcast, a mix model
    of weeks and regions (`measure.mix_evidence`); for the rest, people like those reached, as a
    bound in the direction in which a channel picks people (`measure.case_control`). Each unit's
    incremental revenue Δ has a prior in units of its spend S; evidence multiplies it, and units
    that were withheld together are drawn together (`measure.posterior`). With I what the unit made
    others spend, it is wasted if margin · Δ < S + I.

    Args:
        book: the ledger.
        channels: every channel in it: path, how it meets people and whom it picks.
        margin: profit for each 1 of revenue, 0 < margin ≤ 1; an outcome's own margin goes first.
        since: the first day (UTC).
        until: the day after the last.
        seed: of the joint draws; the same seed gives the same answer.
        by: a unit is a `channel` or a `campaign`.
        currency: report in this ISO 4217 currency; None if all amounts are in one.
        look_back: for attribution's claims.
        prior: what to believe before any test; `Prior()` if None.
        cost_of_under: what a broken promise costs, in the reporting currency, or `learned` from the
            ledger (`measure.breaking_ledger`); it counts among the costs of the unit whose story
            made it. None charges nothing, and the answer says so, and what it would be.
        progress: told what is being done now; whatever it raises ends the work, and comes out of
            here. Nothing is ever written to the ledger.

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
    period = period_of(book, channels, margin, since, until, by, currency, tell)
    profit = period.facts.margin(margin)
    tell("reading tests")
    trials, lifts = of_trials(period, tell=tell), of_lifts(period)
    gathered = Gathered([*trials.evidence, *lifts.evidence], [*trials.notes, *lifts.notes])
    tell("counting broken promises")
    under = broken(period, price=cost_of_under, margin=margin)
    judged = _judged(
        period, gathered, under, margin=profit, prior=prior or Prior(), seed=seed, tell=tell
    )
    tell("setting the two paths beside each other")
    paths = of_paths(period, gathered.evidence, judged.joint if judged else None, seed=seed)
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
        wasted_share=judged.wasted_share if judged else None,
        synergy=paths.needed_both if paths else None,
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
        before=prior or Prior(),
        notes=[
            *notes_on(period, units),
            *under.notes(),
            *gathered.notes,
            *(judged.notes if judged else ()),
        ],
        joint=judged.joint if judged else None,
        models=judged.models if judged else {},
        checks={name: one.checks for name, one in judged.models.items()} if judged else {},
        paths=paths,
    )


def _judged(
    period: Period,
    gathered: Gathered,
    under: Broken,
    *,
    margin: float,
    prior: Prior,
    seed: int,
    tell: Progress,
) -> Judged | None:
    """Bring prior and evidence together for every unit that has spend."""
    spends = {unit.unit: unit.spend for unit in period.spending.units if unit.spend > 0}
    has_money = period.facts.revenue > 0 or any(one.found is not None for one in gathered.evidence)
    if not has_money or not spends:
        return None
    tell("fitting the mix model")
    mixed = of_mix(period, spends, margin=margin, prior=prior, seed=seed)
    tell("comparing people with people like them")
    bounds = of_people(period, spends, margin=margin)
    tell("weighing the evidence")
    costs = cost_of_demand(
        period.spending,
        period.channels,
        revenue=period.facts.revenue,
        broken=under,
    )
    in_mix = set(mixed.evidence.units) if mixed.evidence else set()
    found = [
        _finding(one, spends, margin)
        for one in gathered.evidence
        if _speaks(one, spends) and not (one.of_regions and set(one.shares) <= in_mix)
    ]
    fused = fuse(
        spends=spends,
        paths={unit.unit: unit.path for unit in period.spending.units},
        margin=margin,
        findings=[*found, *bounds.findings],
        bounds=bounds.bounds,
        mixed=mixed.evidence,
        costs=costs,
        prior=prior,
        draws=DRAWS,
        rng=np.random.default_rng(seed),
        parents=_parents(period),
    )
    return judge(fused, mixed, bounds, tested={u for one in gathered.evidence for u in one.shares})


def _parents(period: Period) -> dict[str, str]:
    """Campaigns nest in channels."""
    if period.by == "channel":
        return {}
    return {unit.unit: unit.channel for unit in period.spending.units}


def _speaks(one: Evidence, spends: Mapping[str, float]) -> bool:
    return one.found is not None and all(unit in spends for unit in one.shares)


def _finding(one: Evidence, spends: Mapping[str, float], margin: float) -> Finding:
    return Finding(
        found=(one.found or 0.0) * margin,
        se=one.se * margin,
        weights={unit: share * spends[unit] for unit, share in one.shares.items()},
        drift=one.drift,
        stages=one.stages.scaled(margin) if one.stages else None,
    )


def _unit(
    gathered: Gathered,
    judged: Judged | None,
    spent: UnitSpend,
    claimed: Mapping[str, float],
) -> UnitAnswer:
    evidence = gathered.about(spent.unit)
    is_tested = any(one.found is not None for one in evidence)
    one = judged.units.get(spent.unit) if judged else None
    basis = one.basis if one else ("experiment" if is_tested else "none")
    words = [one.words for one in evidence] + list(one.words if one else ())
    return UnitAnswer(
        unit=spent.unit,
        path=spent.path,
        spend=spent.spend,
        incremental=one.incremental if one else gathered.unspent(spent.unit),
        p_wasted=one.p_wasted if one else None,
        verdict=verdict(one.p_wasted) if one and basis != "none" else "unknown",
        is_tested=is_tested,
        evidence="; ".join(words) or UNTESTED,
        claims=claimed,
        basis=basis,
        money=one.money if one else None,
    )


def period_of(
    book: Ledger,
    channels: Sequence[Channel],
    margin: float,
    since: date,
    until: date,
    by: By,
    currency: str | None,
    tell: Progress,
) -> Period:
    """What a question is asked about: spend, facts and doors of the period, read once."""
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
        doors=doors(book, since=opens, until=closes, currency=currency),
        prices=prices_of(spent),
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

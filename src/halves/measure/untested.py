"""What can be said of units that nobody withheld: by the mix model, and by people like them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from halves.ledger import Channel
from halves.measure.case_control import Attributable, attributable
from halves.measure.errors import MixDataUnfit, NotConverged
from halves.measure.geo_weeks import geo_weeks
from halves.measure.mix_evidence import MixEvidence, mix_evidence
from halves.measure.period import Period
from halves.measure.posterior import Bound, Finding
from halves.measure.prior import Prior

_SHAPE = 0.25  # how far the model of the odds may be off by its form, as a share of what it says
_MOST_UNITS = 40


@dataclass(frozen=True)
class Mixed:
    """The mix model's evidence, or why there is none."""

    evidence: MixEvidence | None
    notes: Sequence[str] = ()

    def words_of(self, unit: str) -> list[str]:
        """What it saw of a unit, in plain words."""
        return [self.evidence.words[unit]] if self.evidence and unit in self.evidence.words else []


@dataclass(frozen=True)
class OfPeople:
    """What person-level records say of units: bounds, and findings where dice were logged."""

    bounds: Sequence[Bound] = ()
    findings: Sequence[Finding] = ()
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def units(self) -> set[str]:
        """Units of which something is said."""
        return {bound.unit for bound in self.bounds} | {
            unit for finding in self.findings for unit in finding.weights
        }

    def words_of(self, unit: str) -> list[str]:
        """What is said of a unit, in plain words."""
        return [self.words[unit]] if unit in self.words else []


def of_mix(
    period: Period, spends: Mapping[str, float], *, margin: float, prior: Prior, seed: int
) -> Mixed:
    """Fit the mix model to the units that no person is known by, if there are any."""
    broadcast = {one.name for one in period.channels if one.meets == "broadcast"}
    units = [
        unit.unit
        for unit in period.spending.units
        if unit.channel in broadcast and unit.unit in spends
    ]
    if not units:
        return Mixed(None)
    since, until = period.since.date(), period.until.date()
    try:
        weeks = geo_weeks(
            period.book,
            units,
            by=period.by,
            since=period.since,
            until=period.until,
            currency=period.currency,
        )
        return Mixed(
            mix_evidence(
                weeks,
                spends=spends,
                earns=dict.fromkeys(units, margin),
                doors=period.doors,
                prior=prior,
                since=since,
                until=until,
                seed=seed,
            )
        )
    except (MixDataUnfit, NotConverged) as refused:
        return Mixed(None, [f"the mix model says nothing of {', '.join(units)}: {refused}"])


def of_people(period: Period, spends: Mapping[str, float], *, margin: float) -> OfPeople:
    """Compare people touched with people like them.

    How far those touched differ in what nobody recorded is unknown, but not in which direction: a
    channel that picks people who were likely to buy anyway (hot) looks better than it is, one that
    picks those unlikely to (cold) looks worse. So the comparison is a bound. Only of a channel
    that picks at random is it evidence of the effect itself.
    """
    ways = {one.name: one for one in period.channels}
    reached = [
        unit
        for unit in period.spending.units
        if ways[unit.channel].meets != "broadcast" and unit.unit in spends
    ]
    reached = sorted(reached, key=lambda unit: (-unit.spend, unit.unit))[:_MOST_UNITS]
    picks = {unit.unit: ways[unit.channel] for unit in reached}
    if all(way.picks == "unknown" for way in picks.values()):
        return OfPeople()
    compared = attributable(
        period.book,
        list(picks),
        by=period.by,
        since=period.since,
        until=period.until,
        currency=period.currency,
        door_worth=period.doors.worth,
    )
    said = [one for one in compared if picks[one.unit].picks != "unknown"]
    return OfPeople(
        bounds=[
            _bound(one, picks[one.unit], margin / spends[one.unit])
            for one in said
            if picks[one.unit].picks != "random"
        ],
        findings=[
            Finding(
                found=one.revenue * margin,
                se=one.se * margin,
                weights={one.unit: spends[one.unit]},
                drift={one.unit: _SHAPE},
            )
            for one in said
            if picks[one.unit].picks == "random"
        ],
        words={
            one.unit: _in_words(one, picks[one.unit], margin / spends[one.unit]) for one in said
        },
    )


def _bound(one: Attributable, way: Channel, scale: float) -> Bound:
    limit = (one.at_most if way.picks == "hot" else one.revenue) * scale
    return Bound(
        unit=one.unit,
        limit=limit,
        se=float(np.hypot(one.se * scale, _SHAPE * limit)),
        is_upper=way.picks == "hot",
    )


def _in_words(one: Attributable, way: Channel, scale: float) -> str:
    bought = one.at_most if way.picks == "hot" else one.revenue
    beside = f"beside people like them, those it reached bought {bought:+,.0f}"
    match way.picks:
        case "hot":
            most = f"it earns {bought * scale:.2g} for 1 at most"
            return f"{beside}: it picks people likely to buy, so {most}"
        case "cold":
            least = f"it earns {bought * scale:.2g} or more"
            return f"{beside}: it picks people unlikely to buy, so {least}"
        case _:
            return f"{beside}: it picks at random, so that is its effect"

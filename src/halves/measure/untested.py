"""What can be said of units that nobody withheld: by the mix model, and by people like them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from halves.measure.errors import MixDataUnfit, NotConverged
from halves.measure.evidence import Gathered, Period
from halves.measure.geo_weeks import geo_weeks
from halves.measure.mix_evidence import MixEvidence, mix_evidence
from halves.measure.posterior import Bound, Finding
from halves.measure.prior import Prior


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
    notes: Sequence[str] = ()

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
                tested={},
                seed=seed,
            )
        )
    except (MixDataUnfit, NotConverged) as refused:
        return Mixed(None, [f"the mix model says nothing of {', '.join(units)}: {refused}"])


def of_people(
    period: Period, gathered: Gathered, spends: Mapping[str, float], *, margin: float
) -> OfPeople:
    """Compare people touched with people like them, for what was not withheld."""
    return OfPeople()

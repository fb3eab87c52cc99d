"""Tests that could be run: whom or where to leave out, for how long, and what that would see."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import product
from typing import cast

import numpy as np

from halves.ledger import Channel, Ledger
from halves.measure.answer import Answer, UnitAnswer
from halves.measure.errors import MeasureError, NobodyReached, NoOutcomes
from halves.measure.geo_markets import GeoDesign, plan_geo_test
from halves.measure.period import Period
from halves.measure.planner import LENGTHS, SHARES, Reach, propose_holdout
from halves.measure.proposals import people_reached
from halves.measure.quantiles import normal_quantile
from halves.measure.region_proposals import WEEKS, panel_of
from halves.measure.spending import By
from halves.measure.trial_words import span
from halves.measure.which_half import period_of

_FOUND = normal_quantile(0.975) + normal_quantile(0.8)  # standard errors, found 8 times in 10
_ALL = 1_000_000


@dataclass(frozen=True)
class Design:
    """A test that could be run.

    Args:
        unit: what is withheld.
        share: the part of it that is withheld while the test runs, above 0 and below 1.
        length: how long.
        se: standard error of the revenue that the unit brings in the period, from such a test.
        people: how many it reaches by name, withheld or not; 0 for a test by regions.
        regions: where it is withheld; none for a test of people.

    Raises:
        ValueError: a share outside (0, 1), or a length or standard error that is not above 0.
    """

    unit: str
    share: float
    length: timedelta
    se: float
    people: int = 0
    regions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise ValueError(f"share must be between 0 and 1, got {self.share}")
        if not (self.length > timedelta(0) and self.se > 0):
            raise ValueError(f"length and se must be above 0, got {self.length} and {self.se}")

    @property
    def words(self) -> str:
        """From whom it is withheld, and for how long.

        >>> Design("mail", 0.2, timedelta(weeks=8), 9e3, people=4000).words
        'from 20% of the 4,000 people it reaches for 8 weeks'
        """
        whom = (
            f"in {' and '.join(self.regions)} ({self.share:.0%} of sales)"
            if self.regions
            else f"from {self.share:.0%} of the {self.people:,} people it reaches"
        )
        return f"{whom} for {span(self.length)}"


def possible_designs(
    book: Ledger, answer: Answer, *, channels: Sequence[Channel]
) -> tuple[dict[str, Sequence[Design]], dict[str, str]]:
    """Tests that could be run of each unit with spend, and why some units have none.

    Whom units reach by name, and the spread of what those bought, is read in one pass of the
    engine. Units that reach nobody by name can be left out of regions; how far those stray by
    chance is read off placebo tests in the period's own weeks, once for all units.

    Args:
        book: the ledger that the answer comes from.
        answer: what is believed today.
        channels: every channel in the ledger.

    Returns:
        Unit → designs, and unit → why not.
    """
    period = period_of(
        book,
        channels,
        answer.margin,
        answer.since,
        answer.until,
        cast(By, answer.by),
        answer.currency,
        lambda doing: None,
    )
    reached = people_reached(period)
    spent = [unit for unit in answer.units if unit.spend > 0]
    designs: dict[str, Sequence[Design]] = {}
    reasons = {}
    for unit in spent:
        if unit.unit in reached:
            designs[unit.unit], reasons[unit.unit] = _of_people(unit, reached[unit.unit], period)
    rest = [unit.unit for unit in spent if unit.unit not in reached]
    if rest:
        regional, why = _of_regions(period, seed=answer.seed)
        for name in rest:
            designs[name] = [replace(one, unit=name) for one in regional]
            reasons[name] = f"it reaches nobody by name, and {why}"
    return (
        {unit: some for unit, some in designs.items() if some},
        {unit: reasons[unit] for unit, some in designs.items() if not some},
    )


def _of_people(unit: UnitAnswer, reached: Reach, period: Period) -> tuple[list[Design], str]:
    """Holdouts of people, and why there is none if there is none."""
    designs, reason = [], ""
    for share, length in product(SHARES, LENGTHS):
        try:
            proposal = propose_holdout(
                unit.unit,
                reached=reached,
                spend=unit.spend,
                period=period.until - period.since,
                margin=1.0,
                shares=[share],
                lengths=[length],
            )
        except (NobodyReached, NoOutcomes) as refused:
            reason = str(refused)
            continue
        error = proposal.detectable / _FOUND
        designs.append(Design(unit.unit, share, length, error, people=reached.people))
    return designs, reason


def _of_regions(period: Period, *, seed: int) -> tuple[list[Design], str]:
    """Tests that leave out regions, the same for every unit, and why there is none."""
    panel = panel_of(period)
    if panel is None or period.facts.revenue <= 0:
        return [], "sales name no regions in which it could be left out"
    lengths = [weeks for weeks in WEEKS if 3 * weeks <= len(panel.days)]
    try:
        found = plan_geo_test(
            panel,
            lift=1.0,  # it only ranks, and the value of information ranks anew
            rng=np.random.default_rng(seed),
            lengths=lengths or WEEKS[:1],
            most_designs=_ALL,
        )
    except MeasureError as refused:
        return [], str(refused)
    sharpest: dict[tuple[int, int], GeoDesign] = {}
    for one in sorted(found, key=lambda one: -one.detectable_lift):
        sharpest[len(one.treated), one.days] = one
    return [
        Design(
            unit="",
            share=one.outcome_share,
            length=one.days * panel.step,
            se=one.detectable_lift * period.facts.revenue / _FOUND,
            regions=one.treated,
        )
        for one in sharpest.values()
    ], ""

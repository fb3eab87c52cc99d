"""What to test next where nobody is reached by name: leave some regions out for some weeks."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import ibis
import numpy as np

from halves.measure.answer import Proposal, UnitAnswer
from halves.measure.errors import MeasureError
from halves.measure.facts import SALES
from halves.measure.geo_markets import GeoDesign, plan_geo_test
from halves.measure.geo_panel import GeoPanel
from halves.measure.period import Period
from halves.measure.trial_words import rounded

_WEEK = timedelta(weeks=1)
WEEKS = (4, 8, 13)  # weeks


class RegionPlanner:
    """Plans geo tests from the period's own revenue by region and week, read once.

    Args:
        period: the ledger and the window.
        margin: profit for each 1 of revenue.
        seed: draws groups of regions, where there are very many.
    """

    def __init__(self, period: Period, *, margin: float, seed: int) -> None:
        self._period = period
        self._margin = margin
        self._seed = seed
        self._panel = panel_of(period)

    def propose(self, unit: UnitAnswer) -> Proposal | None:
        """The regions to leave out, for how long, and what it finds; None where none can be told.

        Args:
            unit: a unit that costs money.
        """
        revenue = self._period.facts.revenue
        if self._panel is None or revenue <= 0:
            return None
        pays_from = unit.spend / self._margin
        try:
            designs = plan_geo_test(
                self._panel,
                lift=pays_from / revenue,
                rng=np.random.default_rng(self._seed),
                lengths=[weeks for weeks in WEEKS if 3 * weeks <= len(self._panel.days)],
            )
        except (MeasureError, ValueError):
            return None
        return self._proposal(unit.unit, designs[0], pays_from)

    def _proposal(self, unit: str, design: GeoDesign, pays_from: float) -> Proposal:
        found = design.detectable_lift * self._period.facts.revenue
        money = f" {self._period.currency}" if self._period.currency else ""
        what = (
            f"{' and '.join(design.treated)} ({design.outcome_share:.0%} of sales) "
            f"for {design.days} weeks"
        )
        sees = (
            f"finds {rounded(found)}{money} or more over the period, "
            f"and it pays from {rounded(pays_from)}{money}"
        )
        return Proposal(
            withheld=unit,
            held_out_share=design.outcome_share,
            people=_people(self._period, design.treated),
            length=design.days * _WEEK,
            detectable=found,
            words=f"leave out {what}: {sees}"
            if found <= pays_from
            else f"no test by regions would settle it: even leaving out {what} {sees}",
        )


def panel_of(period: Period) -> GeoPanel | None:
    """Revenue by region and whole week; None where sales name no regions."""
    opens, weeks = _whole_weeks(period.since, period.until)
    rows = period.book.table("outcomes", currency=period.currency)
    rows = rows.filter(
        rows.kind.isin(SALES), rows.at >= opens, rows.at < opens + weeks * _WEEK, rows["value"] > 0
    )
    people = period.book.table("people").select("person_id", home="region")
    rows = rows.left_join(people, "person_id")
    region = ibis.coalesce(rows.region, rows.home)
    found = period.book.query(
        rows.group_by(region=region, week=rows.at.truncate("W").date())
        .aggregate(revenue=rows["value"].sum().cast("float64"))
        .filter(lambda group: group.region.notnull())
    ).to_pylist()
    regions = sorted({row["region"] for row in found})
    if not regions or not weeks:
        return None
    days = [opens.date() + place * _WEEK for place in range(weeks)]
    outcome = np.zeros((weeks, len(regions)))
    for row in found:
        outcome[days.index(row["week"]), regions.index(row["region"])] = row["revenue"]
    return GeoPanel(regions, days, outcome)


def _whole_weeks(since: datetime, until: datetime) -> tuple[datetime, int]:
    """The first Monday of the period, and how many whole weeks follow."""
    opens = since + timedelta(days=-since.weekday() % 7)
    return opens, max(0, (until - opens) // _WEEK)


def _people(period: Period, regions: Sequence[str]) -> int:
    people = period.book.table("people")
    there = people.filter(people.region.isin(regions))
    return int(period.book.query(there.aggregate(n=there.count())).column("n")[0].as_py())

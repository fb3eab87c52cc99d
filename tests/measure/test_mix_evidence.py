"""The mix model as evidence in the fusion: made-up weeks and regions with known increments."""

from datetime import date, timedelta

import numpy as np
import pytest

from halves import Channel
from halves.measure.doors import Doors
from halves.measure.fusion import fuse
from halves.measure.geo_weeks import GeoWeeks
from halves.measure.induced import CostOfDemand, cost_of_demand
from halves.measure.joint import Joint
from halves.measure.mix_evidence import mix_evidence
from halves.measure.prior import Prior
from halves.measure.spending import Exposure, Spending, UnitSpend

WEEKS, REGIONS, MARGIN, WORTH = 104, 6, 0.5, 40.0
BEGINS = date(2024, 1, 1)


def made_up(*, by_doors: float, directly: float, seed: int = 3) -> GeoWeeks:
    """Weeks in which 1 spent on radio earns `by_doors` through doors and `directly` in closing.

    The response is a straight line without carry-over, so that increments are spend times return.
    """
    rng = np.random.default_rng(seed)
    heads = rng.uniform(500, 1500, REGIONS)
    spend = heads * rng.gamma(4.0, 0.05, (WEEKS, REGIONS)) * (rng.random((WEEKS, REGIONS)) < 0.6)
    idle = heads * rng.gamma(4.0, 0.05, (WEEKS, REGIONS)) * (rng.random((WEEKS, REGIONS)) < 0.6)
    doors = rng.poisson(heads * 0.05 + spend * by_doors / MARGIN / WORTH).astype(float)
    deals = rng.poisson(doors * 0.4)
    revenue = deals * WORTH / 0.4 + spend * directly / MARGIN + rng.normal(0, heads * 0.05)
    return GeoWeeks(
        weeks=tuple(BEGINS + timedelta(days=7 * week) for week in range(WEEKS)),
        regions=tuple(f"r{place}" for place in range(REGIONS)),
        units=("radio", "posters"),
        spend=np.stack([spend, idle], axis=2),
        doors=doors,
        revenue=np.maximum(revenue, 0.0),
        missing=np.zeros((WEEKS, REGIONS), dtype=bool),
        population=heads,
    )


def fused(found: GeoWeeks) -> Joint:
    since = found.weeks[52]
    until = found.weeks[-1] + timedelta(days=7)
    spends = dict(zip(found.units, found.spend[52:].sum(axis=(0, 1)).tolist(), strict=True))
    doors = found.doors[52:].sum()
    evidence = mix_evidence(
        found,
        spends=spends,
        earns=dict.fromkeys(found.units, MARGIN),
        doors=Doors(int(doors), doors * WORTH, int(doors * 0.4), 0.0),
        prior=Prior(),
        since=since,
        until=until,
        seed=1,
    )
    return fuse(
        spends=spends,
        paths=dict.fromkeys(found.units, "many"),
        margin=MARGIN,
        findings=[],
        bounds=[],
        mixed=evidence,
        costs=CostOfDemand(dict.fromkeys(found.units, 0.0)),
        prior=Prior(),
        draws=4096,
        rng=np.random.default_rng(1),
    ).joint


@pytest.mark.parametrize(
    ("by_doors", "directly"), [(4.0, 0.0), (0.0, 4.0), (60.0, 0.0)], ids=["doors", "deals", "vast"]
)
def test_what_a_broadcast_earned_lies_in_its_interval_by_whichever_stage(by_doors, directly):
    """60 for 1 lies far outside of the mix model's own first prior, which is divided out.

    A straight line is read as a slightly bent one (docs/science.md), so a tenth is allowed for.
    """
    found = made_up(by_doors=by_doors, directly=directly)

    joint = fused(found)

    returns = joint.incremental * MARGIN / joint.spend
    low, high = np.quantile(returns[:, 0], [0.01, 0.99])
    truth = by_doors + directly
    assert low - 0.1 * truth < truth < high + 0.1 * truth
    assert high - low > 0.02 * truth
    assert len(np.unique(returns[:, 0])) > 200
    assert joint.opening[:, 0].mean() == pytest.approx(by_doors / truth, abs=0.3)
    assert (returns[:, 1] < 1).mean() > 0.8


def test_what_doors_make_others_spend_is_in_proportion_to_what_follows_demand():
    def unit(name: str, spend: float) -> UnitSpend:
        return UnitSpend(name, "one", name, Exposure(spend), {})

    spent = Spending([unit("call", 600.0), unit("ads", 300.0), unit("mail", 100.0)], 0.0, {}, {})
    ways = [
        Channel("call", path="one", picks="hot"),
        Channel("ads", path="many", picks="hot"),
        Channel("mail", path="many"),
    ]

    costs = cost_of_demand(spent, ways, revenue=3000.0)

    assert costs.rates == {"call": 0.1, "ads": 0.2, "mail": 0.3}
    drawn = costs.draw("mail", np.full(50_000, 1000.0), rng=np.random.default_rng(1))
    assert drawn.mean() == pytest.approx(0.75 * 0.3 * 1000, rel=0.01)

"""Plans for geo tests: what they promise, and whether it comes true on days they never saw."""

from datetime import date, timedelta

import numpy as np
import pytest

from halves.measure.errors import TooFewRegions
from halves.measure.geo import geo_lift
from halves.measure.geo_markets import plan_geo_test
from halves.measure.geo_panel import GeoPanel
from tests.measure.geolift import FOLDER, TREATED, panel

needs_geolift = pytest.mark.skipif(not FOLDER.exists(), reason="no shared/data/geolift here")


@needs_geolift
def test_geolifts_own_choice_sees_about_what_geolift_says():
    """Its walkthrough finds 8% in 15 days with a chance of 0.70, and passes 0.8 before 10%."""
    cities = panel("geolift_pretest")
    rng = np.random.default_rng(1)

    plan = plan_geo_test(
        cities, lift=0.08, rng=rng, sizes=[2], lengths=[15], candidates=TREATED, most_groups=100
    )

    (only,) = plan
    assert set(only.treated) == set(TREATED)
    assert only.days == 15
    assert 0.55 < only.power < 0.95
    assert 0.06 < only.detectable_lift < 0.10
    assert only.outcome_share == pytest.approx(0.0331, abs=0.0005)  # as published
    assert only.words.startswith("treat chicago, portland (3% of the outcome) for 15 days: finds")


def calm_and_wild(*, times=80, step=1):
    """Regions r0 to r11 hardly err, r12 to r29 a lot; r0 is the largest by far."""
    rng = np.random.default_rng(4)
    noise = np.where(np.arange(30) < 12, 0.01, 0.06)
    size = np.where(np.arange(30) == 0, 1000.0, 100.0)
    current = np.sin(np.arange(times) / 6)[:, None] / 10
    outcome = size * (1 + current + rng.normal(0, 1, (times, 30)) * noise)
    days = tuple(date(2026, 1, 5) + timedelta(days=step * place) for place in range(times))
    return GeoPanel(tuple(f"r{place}" for place in range(30)), days, outcome)


def plan(of, **options):
    wanted = {"lift": 0.03, "sizes": [1], "lengths": [14], "compare": "shares"}
    rng = np.random.default_rng(1)
    return plan_geo_test(of, rng=rng, most_groups=60, **wanted | options)


def test_calm_regions_come_first_and_the_giant_last_of_them():
    designs = plan(calm_and_wild(), most_designs=30)

    found = [int(design.treated[0][1:]) for design in designs if design.power >= 0.8]
    assert set(found) == set(range(12))
    assert found[-1] == 0
    rest = [design.detectable_lift for design in designs[len(found) :]]
    assert rest == sorted(rest)
    assert min(rest) > 0.03


def test_more_regions_and_more_days_see_more():
    designs = plan(calm_and_wild(), sizes=[1, 4], lengths=[7, 28], most_designs=10_000)

    def usual(size, length):
        kept = [
            design.detectable_lift
            for design in designs
            if (len(design.treated), design.days) == (size, length)
        ]
        return np.median(kept)

    assert usual(4, 28) < usual(1, 28) < usual(1, 7)
    assert usual(4, 28) < usual(4, 7)


def test_power_is_reached_at_the_detectable_lift():
    panel = calm_and_wild()
    first = plan(panel)[0]

    again = plan(panel, lift=first.detectable_lift, most_designs=30)

    same = next(design for design in again if design.treated == first.treated)
    assert same.power == pytest.approx(0.8, abs=0.02)


def test_only_candidates_are_treated():
    designs = plan(calm_and_wild(), sizes=[2], candidates=["r3", "r5", "r7"])

    assert {design.treated for design in designs} == {("r3", "r5"), ("r3", "r7"), ("r5", "r7")}


def test_weeks_are_called_weeks():
    weekly = calm_and_wild(step=7)

    assert " for 14 weeks: " in plan(weekly)[0].words


@needs_geolift
@pytest.mark.slow
def test_what_a_plan_promises_comes_true_on_days_it_never_saw():
    """Plan on the first days, plant the lift that is to be found 8 times in 10, look for it.

    Tests on the same days share their luck; over six dates the share found has a standard error
    of about 0.06.
    """
    cities = panel("geolift_pretest")
    rng = np.random.default_rng(3)
    planted, untouched, covered = [], [], []
    for cut in (56, 60, 64, 68, 72, 76):
        past = GeoPanel(cities.regions, cities.days[:cut], cities.outcome[:cut])
        designs = plan_geo_test(
            past, lift=0.08, rng=rng, sizes=[1, 2, 3], lengths=[14], most_groups=150
        )
        for design in designs:
            for lift in (0.0, design.detectable_lift):
                outcome = cities.outcome[: cut + 14].copy()
                outcome[cut:, [cities.place(name) for name in design.treated]] *= 1 + lift
                found = geo_lift(
                    GeoPanel(cities.regions, cities.days[: cut + 14], outcome),
                    treated=design.treated,
                    treated_from=cities.days[cut],
                    rng=rng,
                    most_placebos=150,
                )
                (planted if lift else untouched).append(found.p_value <= 0.05)
                covered.append(found.lift.low <= lift <= found.lift.high)
    assert np.mean(planted) == pytest.approx(0.8, abs=0.15)
    assert np.mean(untouched) <= 0.10
    assert np.mean(covered) >= 0.87


@pytest.mark.parametrize("quiet", [0.5, 0.8, 1.0])
def test_a_past_in_which_nothing_was_sold_for_long_plans_nothing_and_says_so(quiet):
    rng = np.random.default_rng(5)
    days = tuple(date(2024, 1, 1) + timedelta(days=place) for place in range(120))
    outcome = 50 + rng.normal(0, 2, (120, 20))
    outcome[: int(120 * quiet)] = 0
    panel = GeoPanel([f"r{place}" for place in range(20)], days, outcome)

    with pytest.raises(TooFewRegions, match="regions with outcomes"):
        plan_geo_test(panel, lift=0.1, rng=rng, sizes=[1, 2], lengths=[14])


def test_regions_that_began_late_are_left_out_of_the_plan():
    rng = np.random.default_rng(6)
    days = tuple(date(2024, 1, 1) + timedelta(days=place) for place in range(120))
    outcome = 50 + rng.normal(0, 2, (120, 24))
    outcome[:100, :4] = 0
    panel = GeoPanel([f"r{place}" for place in range(24)], days, outcome)

    designs = plan_geo_test(panel, lift=0.1, rng=rng, sizes=[1], lengths=[14], most_designs=40)

    treated = {name for one in designs for name in one.treated}
    assert treated == {f"r{place}" for place in range(4, 24)}
    assert all(np.isfinite(one.detectable_lift) for one in designs)

"""Geo tests that cannot be read say why, and what is missing."""

from datetime import date, timedelta

import numpy as np
import pytest

from halves.measure.errors import (
    DuplicateRows,
    MissingDays,
    NoSpread,
    NothingToCompare,
    TooFewDays,
    TooFewRegions,
    UnknownRegion,
)
from halves.measure.geo import geo_lift
from halves.measure.geo_markets import plan_geo_test
from halves.measure.geo_panel import GeoPanel

START = date(2026, 1, 5)


def days(count, step=1):
    return tuple(START + timedelta(days=step * place) for place in range(count))


def panel(times=40, regions=25, seed=1):
    rng = np.random.default_rng(seed)
    outcome = 100 + rng.normal(0, 5, (times, 1)) + rng.normal(0, 2, (times, regions))
    return GeoPanel([f"r{place}" for place in range(regions)], days(times), outcome)


def lift(of, treated=("r0",), treated_from=START + timedelta(days=30), **options):
    rng = np.random.default_rng(1)
    return geo_lift(of, treated=treated, treated_from=treated_from, rng=rng, **options)


@pytest.mark.parametrize("before", [0, 1, 7])
def test_a_history_of_a_few_days(before):
    with pytest.raises(TooFewDays, match=f"^{before} days lie before"):
        lift(panel(), treated_from=days(40)[before])


def test_a_test_that_has_not_begun():
    with pytest.raises(TooFewDays, match="no day from 2026-03-01 on: the panel ends on 2026-02-13"):
        lift(panel(), treated_from=date(2026, 3, 1))


def test_a_look_before_the_test():
    with pytest.raises(TooFewDays, match="no day from"):
        lift(panel(), until=days(40)[29])


def test_a_region_nobody_knows():
    with pytest.raises(UnknownRegion, match="no region 'atlantis' in the panel; it has r0, r1"):
        lift(panel(), treated=["r0", "atlantis"])


def test_nobody_treated():
    with pytest.raises(NothingToCompare, match="0 of 25 regions are treated"):
        lift(panel(), treated=[])


@pytest.mark.parametrize("left", [0, 1])
def test_hardly_anyone_left_to_compare_with(left):
    everyone = [f"r{place}" for place in range(25 - left)]

    with pytest.raises(NothingToCompare, match=f"and {left} others are left to compare with"):
        lift(panel(), treated=everyone)


def test_a_region_treated_twice():
    with pytest.raises(ValueError, match="treated names a region twice: r0, r0"):
        lift(panel(), treated=["r0", "r0"])


@pytest.mark.parametrize("value", [0.0, 100.0])
def test_a_treated_region_that_never_moved(value):
    still = panel()
    still.outcome[:30, 0] = value

    with pytest.raises(NoSpread, match=f"the outcome of r0 before 2026-02-04 is {value:g}"):
        lift(still)


def test_a_panel_that_never_moves():
    still = panel()
    still.outcome[:] = 7.0

    with pytest.raises(NoSpread, match="nothing there to follow"):
        lift(still)


def test_other_regions_that_never_moved_are_left_out_and_named():
    partly = panel()
    partly.outcome[:30, 3] = 0.0
    partly.outcome[:30, 4] = 50.0

    found = lift(partly)

    assert any("left out" in note and "r3, r4" in note for note in found.notes)
    assert not {"r3", "r4"} & set(found.weights)


def test_too_few_regions_for_an_interval_by_regions():
    few = panel(regions=8)

    with pytest.raises(TooFewRegions, match="compared with 8 regions, no effect can be ruled out"):
        lift(few, by="regions")
    assert lift(few).by == "days"


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_outcome_that_is_no_number(value):
    outcome = np.ones((3, 2))
    outcome[1, 1] = value

    with pytest.raises(MissingDays, match="1 outcomes are not numbers; the first is of 'west' on"):
        GeoPanel(("east", "west"), days(3), outcome)


def test_two_rows_of_one_region_and_day():
    with pytest.raises(DuplicateRows, match="region 'east' on 2026-01-05 has more than one row"):
        GeoPanel.from_rows(["east", "east"], [START, START], [1.0, 2.0])


def test_a_region_without_a_row_for_a_day():
    with pytest.raises(MissingDays, match="region 'west' on 2026-01-06 has no row"):
        GeoPanel.from_rows(["east", "west", "east"], [*days(1), *days(1), days(2)[1]], [1, 2, 3])


def test_a_day_missing_everywhere():
    gap = (*days(3), days(5)[4])

    with pytest.raises(MissingDays, match="1 apart; after 2026-01-07 comes 2026-01-09"):
        GeoPanel(("east", "west"), gap, np.ones((4, 2)))


def test_a_region_named_twice():
    with pytest.raises(DuplicateRows, match="region 'east' comes more than once"):
        GeoPanel(("east", "east"), days(2), np.ones((2, 2)))


def test_a_day_named_twice():
    with pytest.raises(DuplicateRows, match="day '2026-01-05' comes more than once"):
        GeoPanel(("east", "west"), (START, START), np.ones((2, 2)))


def test_days_that_run_backwards():
    with pytest.raises(ValueError, match="days must be in order"):
        GeoPanel(("east", "west"), days(3)[::-1], np.ones((3, 2)))


def test_a_shape_that_does_not_fit():
    with pytest.raises(ValueError, match=r"shape \(days, regions\) \(3, 2\), got \(2, 3\)"):
        GeoPanel(("east", "west"), days(3), np.ones((2, 3)))


def test_no_rows_at_all():
    with pytest.raises(ValueError, match="columns must be of one length above 0"):
        GeoPanel.from_rows([], [], [])


@pytest.mark.parametrize(
    ("options", "refusal", "said"),
    [
        ({"lift": 0.0}, ValueError, "lift must be above 0, got 0.0"),
        ({"sizes": []}, ValueError, "sizes must be at least 1"),
        ({"lengths": [0]}, ValueError, "lengths must be at least 1"),
        ({"lengths": [28]}, TooFewDays, "40 days are too few to pretend a test of 28"),
        ({"sizes": [24]}, TooFewRegions, "among 25 regions"),
        ({"candidates": ["r1"], "sizes": [2]}, TooFewRegions, "^1 candidates among 25"),
        ({"candidates": ["mars"]}, UnknownRegion, "no region 'mars'"),
    ],
)
def test_a_plan_that_cannot_be_made(options, refusal, said):
    wanted = {"lift": 0.05, "sizes": [1], "lengths": [7], **options}

    with pytest.raises(refusal, match=said):
        plan_geo_test(panel(), rng=np.random.default_rng(1), **wanted)

"""On real days in which nothing was done: false alarms, and how often intervals cover."""

import math
from dataclasses import dataclass

import numpy as np
import pytest

from halves.measure.geo import geo_lift
from halves.measure.geo_panel import GeoPanel
from tests.measure.geolift import FOLDER, panel

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="no shared/data/geolift here")


@dataclass(frozen=True)
class Tally:
    """Of tests on random regions and dates: p of nothing, and whether a planted lift is covered."""

    p_values: np.ndarray
    covered: np.ndarray
    errors: np.ndarray


def try_out(count, *, by, seed, placebos, compare, penalty=None):
    """Random groups of 1 to 5 cities, from a random day on, for 1 to 3 weeks; then a lift in it."""
    cities, rng = panel("geolift_pretest"), np.random.default_rng(seed)
    p_values, covered, errors = [], [], []
    for _ in range(count):
        length = int(rng.integers(7, 22))
        start = int(rng.integers(max(30, 2 * length), len(cities.days) - length + 1))
        treated = rng.choice(len(cities.regions), int(rng.integers(1, 6)), replace=False)
        planted = float(rng.uniform(-0.2, 0.4))
        for lift in (0.0, planted):
            outcome = cities.outcome[: start + length].copy()
            outcome[start:, treated] *= 1 + lift
            found = geo_lift(
                GeoPanel(cities.regions, cities.days[: start + length], outcome),
                treated=[cities.regions[place] for place in treated],
                treated_from=cities.days[start],
                rng=rng,
                by=by,
                compare=compare,
                penalty=penalty,
                most_placebos=placebos,
            )
            if lift:
                covered.append(found.lift.low <= lift <= found.lift.high)
                errors.append(found.lift.mean - lift)
            else:
                p_values.append(found.p_value)
    return Tally(np.array(p_values), np.array(covered), np.array(errors))


def most_by_luck(count, chance, *, sure=0.99):
    """The number that is passed by luck one time in a hundred, or less."""
    passed = 0.0
    for number in range(count + 1):
        passed += math.comb(count, number) * chance**number * (1 - chance) ** (count - number)
        if passed >= sure:
            return number
    return count


def test_the_allowance_for_luck_is_the_binomials():
    assert most_by_luck(1, 0.5) == 1
    assert most_by_luck(100, 0.05) == 11  # P(X <= 10) = 0.9885, P(X <= 11) = 0.9957


@pytest.mark.parametrize(("by", "count", "placebos"), [("regions", 12, 22), ("days", 8, 20)])
def test_nothing_is_seldom_found_and_what_was_planted_is_covered(by, count, placebos):
    tally = try_out(count, by=by, seed=11, placebos=placebos, compare="levels", penalty=1.0)

    assert (tally.p_values <= 0.05).sum() <= most_by_luck(count, 0.05)
    assert (~tally.covered).sum() <= most_by_luck(count, 0.10)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("by", "compare"), [("regions", "levels"), ("regions", "shares"), ("days", "levels")]
)
def test_intervals_cover_nine_times_in_ten(by, compare):
    count = 300

    tally = try_out(count, by=by, compare=compare, seed=12, placebos=100)

    assert (tally.p_values <= 0.05).sum() <= most_by_luck(count, 0.05)
    assert 0.87 <= tally.covered.mean() <= 0.95
    assert tally.errors.mean() == pytest.approx(0, abs=0.01)

"""GeoLift's walkthrough, done again: every figure that it publishes comes out."""

import numpy as np
import pytest

from halves.measure.geo import geo_lift
from tests.measure.geolift import FOLDER, TREATED, TREATED_FROM, panel

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="no shared/data/geolift here")


@pytest.fixture(scope="module")
def cities():
    return panel("geolift_test")


def lift(cities, **options):
    rng = np.random.default_rng(1)
    return geo_lift(cities, treated=TREATED, treated_from=TREATED_FROM, rng=rng, **options)


def test_without_augmentation_it_is_geolift_to_the_last_digit(cities):
    found = lift(cities, penalty=np.inf, most_placebos=40)

    assert found.days == 15
    assert found.per_region_day.mean == pytest.approx(155.556, abs=5e-4)
    assert found.total.mean == pytest.approx(4667, abs=0.5)
    assert found.lift.mean == pytest.approx(0.054, abs=5e-4)
    assert found.pre_fit.l2_imbalance == pytest.approx(909.489, abs=1e-3)
    assert found.pre_fit.scaled_l2_imbalance == pytest.approx(0.1636, abs=5e-5)
    published = {
        "austin": 0.0465,
        "baton rouge": 0.1335,
        "cincinnati": 0.2272,
        "dallas": 0.0739,
        "honolulu": 0.0673,
        "houston": 0.0046,
        "miami": 0.2028,
        "minneapolis": 0.09,
        "nashville": 0.0685,
        "new york": 0.0046,
        "reno": 0.0306,
        "san antonio": 0.0054,
        "san diego": 0.0451,
    }
    assert found.weights == pytest.approx(published, abs=5.1e-5)


def test_with_the_ridge_it_is_geolifts_best_model(cities):
    found = lift(cities)

    assert found.penalty == 1.0  # chosen, as GeoLift chose the largest of its own
    assert found.per_region_day.mean == pytest.approx(156.805, abs=5e-4)
    assert found.total.mean == pytest.approx(4704, abs=0.5)
    assert found.lift.mean == pytest.approx(0.055, abs=5e-4)
    assert found.pre_fit.l2_imbalance == pytest.approx(903.525, abs=1e-3)
    assert found.weights["oakland"] == pytest.approx(-0.001, abs=5e-5)
    assert found.weights["cincinnati"] == pytest.approx(0.2273, abs=5e-5)
    # GeoLift's jackknife gives -2,451 to 11,350.
    assert found.total.low == pytest.approx(-2451, abs=2500)
    assert found.total.high == pytest.approx(11350, abs=2500)
    assert found.placebos == 780  # all pairs of 40 cities


def test_one_day_by_moving_blocks_is_geolifts_conformal_p_value(cities):
    """GeoLift says of the first day: 108.8099, p 0.2857143 (26 / 91), -82.98 to 300.60.

    Its interval is read off a grid 9 wide.
    """
    found = lift(cities, until=TREATED_FROM, by="days", penalty=np.inf, most_placebos=40)

    assert found.days == 1
    assert found.per_region_day.mean == pytest.approx(108.8099, abs=5e-4)
    assert found.p_value == pytest.approx(26 / 91)
    assert found.per_region_day.low == pytest.approx(-82.98, abs=5)
    assert found.per_region_day.high == pytest.approx(300.60, abs=5)

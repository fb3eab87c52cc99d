"""Effects that differ between regions."""

import numpy as np
import pytest

from halves.measure.mix import mix
from halves.measure.mix_controls import Baseline
from halves.measure.mix_media import Grid, Media
from halves.measure.mix_project import Differences, project, rows_of
from tests.measure.mix_world import made_up

MANY = {"weeks": 60, "regions": 8, "share": (0.15, 0.1, 0.0), "noise": 0.03}


@pytest.fixture(scope="module")
def alike():
    return mix(made_up(seed=3, **MANY).data, seed=1)


@pytest.fixture(scope="module")
def apart():
    return mix(made_up(seed=3, apart=0.5, **MANY).data, seed=1)


def test_regions_that_differ_are_told_from_regions_that_do_not(alike, apart):
    assert alike.regional_spread.mean < 0.1
    assert 0.2 < apart.regional_spread.mean < 0.8


def test_the_whole_is_found_though_regions_differ(apart):
    truths = made_up(seed=3, apart=0.5, **MANY).increments
    for channel, truth in zip(apart.channels, truths, strict=True):
        assert channel.increment.low <= truth <= channel.increment.high


def test_differences_and_baseline_are_integrated_out_as_by_their_covariance():
    data = made_up(seed=5, weeks=30, regions=3).data
    rows = rows_of(Media(data, Grid(kept=2, bends=2)), Baseline(harmonics=1))
    loose = np.random.default_rng(1).standard_normal((30, 3, 4)) * rows.region_noise[:, None]

    found = project(rows, Differences(loose, np.array([0.0, 0.4])))

    by_region = [part.transpose(1, 0, 2).reshape(90, -1) for part in (rows.design, rows.few)]
    design, few = by_region
    outcome = rows.outcome.T.ravel()
    free = (loose / rows.region_noise[:, None]).transpose(1, 0, 2).reshape(90, -1)
    lags = np.abs(np.subtract.outer(np.arange(30), np.arange(30)))
    scales = []
    for place, (rho, spread) in enumerate(zip(found.correlations, found.spreads, strict=True)):
        errors = np.kron(np.eye(3), rho**lags / (1 - rho**2))
        covariance = errors + spread**2 * free @ free.T
        precision = np.linalg.inv(covariance)
        information = design.T @ precision @ design
        left = precision - precision @ design @ np.linalg.solve(information, design.T @ precision)
        assert found.outcome_square[place] == pytest.approx(outcome @ left @ outcome)
        np.testing.assert_allclose(found.with_outcome[place], few.T @ left @ outcome, atol=1e-9)
        np.testing.assert_allclose(found.squares[place], few.T @ left @ few, atol=1e-9)
        logs = [np.linalg.slogdet(part)[1] for part in (covariance, information)]
        scales.append(-sum(logs) / 2)
    np.testing.assert_allclose(np.diff(found.log_scale), np.diff(scales))

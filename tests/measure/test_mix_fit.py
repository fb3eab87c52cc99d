"""The model laid over the weeks, against worlds whose outcome without chance is known."""

import numpy as np
import pytest

from halves.measure.mix import mix
from halves.measure.mix_result import Fit

from .mix_world import made_up


@pytest.mark.parametrize("regions", [1, 4])
def test_the_fit_is_nearer_to_what_lay_behind_than_to_what_happened(regions: int):
    happened = made_up(seed=3, regions=regions).data
    behind = made_up(seed=3, regions=regions, noise=0.0).data.outcome.sum(axis=1)

    fit = mix(happened, seed=1).fit

    assert fit.weeks == happened.weeks
    assert fit.outcome == pytest.approx(happened.outcome.sum(axis=1))
    chance = np.std(fit.outcome - behind)
    assert np.std(fit.fitted - behind) < 0.5 * chance
    assert np.std(fit.residuals) == pytest.approx(chance, rel=0.15)
    assert fit.noise == pytest.approx(chance, rel=0.2)
    assert 0.84 <= fit.within <= 0.97
    assert fit.explained == pytest.approx(1 - chance**2 / np.var(fit.outcome), abs=0.06)


def test_residuals_that_follow_the_last_week_s_are_told():
    weeks = made_up(seed=1).data.weeks[:6]
    zigzag = np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0])

    fit = Fit(weeks, outcome=10 + zigzag, fitted=np.full(6, 10.0), noise=0.5)

    assert fit.carried == pytest.approx(-1.0)
    assert fit.within == 0.0
    assert fit.reach == pytest.approx(0.82, abs=0.01)

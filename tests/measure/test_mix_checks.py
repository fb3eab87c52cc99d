"""R̂ and effective draws against closed forms and a naive loop."""

import numpy as np
import pytest

from halves.measure.mix_checks import effective_draws, r_hat
from halves.measure.mix_normal import draw_above, log_bump, normal_quantiles
from halves.measure.quantiles import normal_quantile


def autoregressive(rho, *, chains=8, draws=4000, seed=1):
    """Draws of which each is `rho` times the one before, plus noise."""
    rng = np.random.default_rng(seed)
    found = np.empty((chains, draws, 1))
    state = rng.standard_normal(chains) / np.sqrt(1 - rho**2)
    for draw in range(draws):
        state = rho * state + rng.standard_normal(chains)
        found[:, draw, 0] = state
    return found


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_draws_that_follow_each_other_are_worth_fewer(rho):
    draws = autoregressive(rho)

    found = effective_draws(draws)[0]

    # The mean's; tails of a correlated chain are worth at least as much, but not far more.
    assert found == pytest.approx(draws.size * (1 - rho) / (1 + rho), rel=0.2)


def test_r_hat_is_the_textbooks_on_ranks():
    draws = np.random.default_rng(2).gumbel(size=(4, 50, 1)) + np.arange(4).reshape(4, 1, 1) / 4
    halves = np.concatenate([draws[:, :25, 0], draws[:, 25:, 0]])
    ranks = np.array([[(halves < one).sum() + 1 for one in chain] for chain in halves])
    scores = np.array(
        [
            [normal_quantile((rank - 0.375) / (halves.size + 0.25)) for rank in chain]
            for chain in ranks
        ]
    )
    within = np.mean([np.var(chain, ddof=1) for chain in scores])
    between = 25 * np.var([np.mean(chain) for chain in scores], ddof=1)

    assert r_hat(draws)[0] == pytest.approx(np.sqrt((24 / 25 * within + between / 25) / within))


def test_chains_of_different_width_are_told_apart_though_their_middles_agree():
    draws = np.random.default_rng(3).standard_normal((4, 1000, 1))
    draws[0] *= 3

    assert r_hat(draws)[0] > 1.05


def test_a_quantity_that_never_moves_is_taken_as_it_is():
    draws = np.zeros((4, 100, 1))

    assert r_hat(draws)[0] == 1.0
    assert effective_draws(draws)[0] == 400


def test_a_quantity_that_is_mostly_zero_is_ranked_with_ties():
    rng = np.random.default_rng(4)
    draws = np.where(rng.random((8, 500, 1)) < 0.9, 0.0, rng.gamma(2.0, size=(8, 500, 1)))

    assert r_hat(draws)[0] < 1.01
    assert 2500 < effective_draws(draws)[0] < 6000


def test_chains_stuck_on_either_side_of_a_spike_disagree():
    draws = np.random.default_rng(5).gamma(2.0, size=(4, 500, 1))
    draws[2:] = 0.0

    assert r_hat(draws)[0] > 1.5


def test_quantiles_of_arrays_are_pythons():
    shares = np.array([1e-300, 1e-12, 0.001, 0.05, 0.3, 0.5, 0.8, 0.99, 1 - 1e-10])

    expected = [normal_quantile(share) for share in shares]
    np.testing.assert_allclose(normal_quantiles(shares), expected, rtol=1e-12, atol=1e-15)


def test_the_weight_of_a_half_normal_is_its_integral():
    points = np.linspace(0, 60, 600_001)
    for z in (-25.0, -4.0, -0.3, 0.0, 0.7, 6.0, 30.0):
        # ∫ exp(zx - x²/2) dx over the positive half, over that of a standard normal.
        top = max(z, 0.0) ** 2 / 2
        integral = np.exp(z * points - points**2 / 2 - top).sum() - np.exp(-top) / 2
        expected = np.log(integral * 1e-4 * np.sqrt(2 / np.pi)) + top
        assert log_bump(np.array([z]))[0] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("floor", [-2.0, -0.1, 0.4, 3.0, 12.0])
def test_draws_above_a_floor_have_the_mean_of_the_tail(floor):
    drawn = draw_above(np.full(40_000, floor), np.random.default_rng(6))

    points = floor + np.linspace(0, 12, 200_001)
    density = np.exp(-(points**2 - floor**2) / 2)
    mean = (points * density).sum() / density.sum()
    assert drawn.min() >= floor
    assert drawn.mean() == pytest.approx(mean, abs=5 * drawn.std() / 200)

"""Simulation-based calibration: truths drawn from the prior fall anywhere among the draws.

Talts et al. (2018), Validating Bayesian Inference Algorithms with Simulation-Based Calibration.
"""

from dataclasses import replace

import numpy as np
import pytest

from halves.measure.mix import Effort, mix
from halves.measure.mix_controls import Baseline
from halves.measure.mix_media import Grid
from halves.measure.mix_prior import MixPrior
from tests.measure.mix_world import made_up

CHI_SQUARE_999 = {4: 18.467, 9: 27.877}  # NIST/SEMATECH e-Handbook, 1.3.6.7.4
WEEKS = 80
PRIOR = MixPrior(at_zero=0.25, share=0.05, noise=0.03, noise_shape=5.0, grid=Grid(kept=4, bends=4))


def drawn_from_prior(seed, channels):
    """Data whose every unknown was drawn from the prior, and the truth."""
    rng = np.random.default_rng(seed)
    grid = PRIOR.grid
    many = {"kept": (0.5,) * channels, "half": (1.0,) * channels, "share": (0.0,) * channels}
    data = made_up(seed=seed, weeks=WEEKS, **many).data
    spend = data.spend[:, 0]
    outcome = error(rng) + 0.05 * np.sin(2 * np.pi * np.arange(WEEKS) / 52.18)
    shares = np.abs(rng.standard_normal(channels)) * PRIOR.share
    shares[rng.random(channels) < PRIOR.at_zero] = 0.0
    for channel, share in enumerate(shares):
        shape = rng.choice(len(grid.log_chances), p=np.exp(grid.log_chances))
        scaled = spend[:, channel] / spend[spend[:, channel] > 0, channel].mean()
        state, felt = scaled[:4].mean(), []
        for week in scaled:
            state = grid.kept_shares[shape] * state + (1 - grid.kept_shares[shape]) * week
            felt.append(state / (state + grid.half_points[shape]))
        outcome += share * np.array(felt) / np.mean(felt)
    # Effects are shares of the outcome itself; the level is free, so it makes the average one.
    outcome += 1 - outcome.mean()
    assert outcome.min() > 0
    return replace(data, outcome=outcome[:, None] * 1000, population=None), shares * 1000 * WEEKS


def error(rng):
    rho = rng.integers(10) / 10
    variance = PRIOR.noise_shape * PRIOR.noise**2 / rng.gamma(PRIOR.noise_shape)
    errors = [rng.standard_normal() / np.sqrt(1 - rho**2)]
    for _ in range(WEEKS - 1):
        errors.append(rho * errors[-1] + rng.standard_normal())
    return np.sqrt(variance) * np.array(errors)


def ranks(worlds, channels):
    """Where each truth stands among the draws, from 0 to 1, ties broken by chance."""
    found = []
    for seed in range(worlds):
        data, truths = drawn_from_prior(seed, channels)
        answer = mix(
            data,
            seed=seed,
            prior=PRIOR,
            baseline=Baseline(harmonics=1),
            effort=Effort(chains=6, first=160, enough=200),
        )
        rng = np.random.default_rng(seed)
        for channel, truth in zip(answer.channels, truths, strict=True):
            draws = channel.increment_draws
            below, same = (draws < truth - 1e-9).mean(), (np.abs(draws - truth) <= 1e-9).mean()
            found.append(below + same * rng.random())
    return np.array(found)


def assert_flat(found, bins):
    counts = np.bincount(np.minimum((found * bins).astype(int), bins - 1), minlength=bins)
    expected = len(found) / bins
    assert ((counts - expected) ** 2 / expected).sum() < CHI_SQUARE_999[bins - 1], counts


def test_truths_fall_anywhere_among_the_draws():
    assert_flat(ranks(12, channels=3), bins=5)


@pytest.mark.slow
def test_truths_fall_anywhere_among_the_draws_over_many_worlds():
    found = ranks(400, channels=3)

    assert_flat(found, bins=10)
    assert 0.87 < (np.abs(found - 0.5) <= 0.45).mean() < 0.95

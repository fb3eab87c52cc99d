"""The mix model's posterior against integrals worked out by other means."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from halves.measure.mix import Effort, mix
from halves.measure.mix_controls import Baseline
from halves.measure.mix_data import LiftTest
from halves.measure.mix_media import Grid
from halves.measure.mix_prior import MixPrior
from tests.measure.mix_world import made_up

PLENTY = Effort(chains=12, first=480, enough=2000)
COARSE = Grid(kept=3, bends=2)
NOISE, SHARE, AT_ZERO, NOISE_SHAPE = 0.05, 0.2, 0.25, 3.0
PRIOR = MixPrior(at_zero=AT_ZERO, share=SHARE, noise=NOISE, noise_shape=NOISE_SHAPE, grid=COARSE)


def by_hand(data, shapes, *, functional=None, found=0.0, se=1.0):
    """Mean, standard deviation and P(zero) of a channel's share of the outcome, by brute force.

    The errors' covariance is written out week by week, the trend integrated out by its closed
    form, and coefficient, σ and ρ summed over fine grids.
    """
    weeks = len(data.weeks)
    outcome = data.outcome[:, 0] / data.outcome.mean()
    trend = np.stack([np.ones(weeks), np.arange(weeks)], axis=1)
    betas, sigmas = np.linspace(0, 1.2, 601), np.geomspace(0.01, 0.3, 160)
    lags = np.abs(np.subtract.outer(np.arange(weeks), np.arange(weeks)))
    logs = np.empty((len(shapes), 10, len(sigmas), len(betas)))
    for place, rho in enumerate(np.arange(10) / 10):
        precision = np.linalg.inv(rho**lags / (1 - rho**2))
        information = trend.T @ precision @ trend
        left = precision - precision @ trend @ np.linalg.solve(information, trend.T @ precision)
        scale = np.linalg.slogdet(precision)[1] / 2 - np.linalg.slogdet(information)[1] / 2
        for shape, column in enumerate(shapes):
            residual = outcome[:, None] - np.outer(column, betas)
            square = (residual * (left @ residual)).sum(axis=0)
            logs[shape, place] = scale - square / (2 * sigmas[:, None] ** 2)
    # The inverse gamma of σ², as a density of log σ.
    logs -= ((weeks - 2) * np.log(sigmas) + 2 * NOISE_SHAPE * np.log(sigmas))[:, None]
    logs -= (NOISE_SHAPE * NOISE**2 / sigmas**2)[:, None]
    logs += COARSE.log_chances[:, None, None, None]
    if functional is not None:
        would_be = functional[:, None] * betas
        logs -= ((found - would_be) ** 2 / (2 * se**2))[:, None, None, :]
    chances = np.exp(logs - logs.max()).sum(axis=(1, 2)).sum(axis=0)
    slab = chances * np.exp(-((betas / SHARE) ** 2) / 2) * np.sqrt(2 / np.pi) / SHARE
    slab *= (1 - AT_ZERO) * (betas[1] - betas[0])
    slab[0] /= 2  # trapezoids
    spike = AT_ZERO * chances[0]
    mean = (betas * slab).sum() / (slab.sum() + spike)
    square = (betas**2 * slab).sum() / (slab.sum() + spike)
    return mean, np.sqrt(square - mean**2), spike / (slab.sum() + spike)


def shapes_by_hand(spend, usual):
    """Carry-over and saturation on the coarse grid, as loops, each with the scale that it has."""
    shapes = []
    for kept, half in zip(COARSE.kept_shares, COARSE.half_points, strict=True):
        state, felt = spend[:4].mean(), []
        for week in spend:
            state = kept * state + (1 - kept) * week
            felt.append(state / usual / (state / usual + half))
        shapes.append(felt)
    return np.array(shapes)


@pytest.fixture(scope="module")
def one_channel():
    """Little data, so that everything is uncertain and priors matter."""
    data = made_up(seed=8, weeks=40, kept=(0.5,), half=(1.0,), share=(0.1,), noise=0.05).data
    return replace(data, population=None)


def agree(channel, total, by_hand):
    mean, sd, p_zero = by_hand
    slack = 4 / np.sqrt(channel.effective_draws)
    shares = channel.increment_draws / total
    assert shares.mean() == pytest.approx(mean, abs=slack * sd)
    assert shares.std() == pytest.approx(sd, rel=2 * slack)
    assert channel.p_zero == pytest.approx(p_zero, abs=slack * np.sqrt(p_zero * (1 - p_zero)))


def test_a_single_channel_agrees_with_numerical_integration(one_channel):
    spend = one_channel.spend[:, 0, 0]
    felt = shapes_by_hand(spend, spend[spend > 0].mean())

    answer = mix(one_channel, seed=1, prior=PRIOR, baseline=Baseline(harmonics=0), effort=PLENTY)

    expected = by_hand(one_channel, felt / felt.mean(axis=1, keepdims=True))
    agree(answer.channels[0], one_channel.outcome.sum(), expected)


def test_a_test_of_some_weeks_enters_as_exactly_what_was_withheld(one_channel):
    spend = one_channel.spend[:, 0, 0]
    usual, total = spend[spend > 0].mean(), one_channel.outcome.sum()
    felt = shapes_by_hand(spend, usual)
    halved = np.where((np.arange(40) >= 10) & (np.arange(40) < 18), spend / 2, spend)
    lost = (felt - shapes_by_hand(halved, usual))[:, 10:22].sum(axis=1) / felt.sum(axis=1)
    since = one_channel.weeks[10]
    test = LiftTest.holdout(
        one_channel,
        "spring",
        channels=["channel_0"],
        since=since,
        until=since + timedelta(weeks=8),
        counted_until=since + timedelta(weeks=12),
        share=0.5,
        people=0.3,
        found=0.3 * 0.02 * total,
        se=0.3 * 0.004 * total,
    )

    answer = mix(
        one_channel,
        seed=1,
        tests=[test],
        prior=PRIOR,
        baseline=Baseline(harmonics=0),
        effort=PLENTY,
    )

    felt /= felt.mean(axis=1, keepdims=True)
    expected = by_hand(one_channel, felt, functional=lost, found=0.02, se=0.004)
    agree(answer.channels[0], total, expected)
    assert expected[1] < by_hand(one_channel, felt)[1]  # the test did tell something


def steady(channels, regions=1):
    """Spend that never changes, of which the outcome can tell nothing; so only tests do."""
    world = made_up(seed=2, weeks=60, regions=regions)
    spend = np.ones((60, regions, channels)) * world.data.population[:, None]
    names = tuple(f"channel_{place}" for place in range(channels))
    return replace(world.data, spend=spend, channels=names)


def spike_and_half_normal(points):
    """Chances of the points, of which the first is the spike."""
    slab = np.exp(-((points / SHARE) ** 2) / 2)
    slab[0] /= 2
    chances = slab / slab.sum() * (1 - AT_ZERO)
    return np.concatenate([[AT_ZERO], chances]), np.concatenate([[0.0], points])


def test_a_test_of_some_regions_is_scaled_to_what_they_spent():
    data = steady(1, regions=3)
    part = (data.population[0] / data.population.sum()) * 30 / 60
    total = data.outcome.sum()
    test = LiftTest.holdout(
        data,
        "one region for half the time",
        channels=["channel_0"],
        regions=["region_0"],
        since=data.weeks[30],
        until=data.weeks[-1] + timedelta(days=7),
        found=0.12 * part * total,
        se=0.04 * part * total,
    )
    quick = replace(PRIOR, grid=Grid(kept=1, most_kept=1e-9, bends=2))  # nothing carries over

    answer = mix(data, seed=1, tests=[test], prior=quick, effort=PLENTY)

    chances, shares = spike_and_half_normal(np.linspace(0, 1, 4001))
    chances = chances * np.exp(-(((shares - 0.12) / 0.04) ** 2) / 2)
    chances /= chances.sum()
    mean = chances @ shares
    sd = np.sqrt(chances @ shares**2 - mean**2)
    agree(answer.channels[0], total, (mean, sd, chances[0]))


def test_a_test_of_two_channels_at_once_tells_of_their_sum():
    data = steady(2)
    total = data.outcome.sum()
    test = LiftTest.holdout(
        data,
        "both",
        channels=["channel_0", "channel_1"],
        since=data.weeks[0],
        until=data.weeks[-1] + timedelta(days=7),
        found=0.3 * total,
        se=0.02 * total,
    )

    answer = mix(data, seed=1, tests=[test], prior=PRIOR, effort=PLENTY)

    chances, shares = spike_and_half_normal(np.linspace(0, 1, 1001))
    both = np.add.outer(shares, shares)
    joint = np.outer(chances, chances) * np.exp(-(((both - 0.3) / 0.02) ** 2) / 2)
    joint /= joint.sum()
    mean = joint.sum(axis=1) @ shares
    sd = np.sqrt(joint.sum(axis=1) @ shares**2 - mean**2)
    for channel in answer.channels:
        agree(channel, total, (mean, sd, joint[0].sum()))
    sums = sum(channel.increment_draws for channel in answer.channels) / total
    assert sums.mean() == pytest.approx((joint * both).sum(), abs=0.002)
    assert sums.std() == pytest.approx(
        np.sqrt((joint * both**2).sum() - (joint * both).sum() ** 2), rel=0.1
    )

"""The mix model through its front door."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from halves.measure.mix import mix
from tests.measure.mix_world import made_up


@pytest.fixture(scope="module")
def world():
    return made_up(seed=4)


@pytest.fixture(scope="module")
def answer(world):
    return mix(world.data, seed=1)


def test_what_channels_brought_lies_within_their_intervals(world, answer):
    for channel, truth in zip(answer.channels, world.increments, strict=True):
        assert channel.increment.low <= truth <= channel.increment.high


def test_an_idle_channel_is_likely_to_do_nothing_and_a_strong_one_is_not(answer):
    assert answer["channel_2"].p_zero > 0.5
    assert answer["channel_0"].p_zero < 0.01


def test_chains_agree_about_all_that_is_reported(answer):
    assert answer.r_hat <= 1.01
    assert answer.effective_draws >= 400


def test_the_same_seed_gives_the_same_answer(world, answer):
    again = mix(world.data, seed=1)

    for one, other in zip(answer.channels, again.channels, strict=True):
        np.testing.assert_array_equal(one.increment_draws, other.increment_draws)


@pytest.mark.parametrize(("money", "outcomes"), [(1e6, 1.0), (1e-6, 1e6)])
def test_units_do_not_matter(world, answer, money, outcomes):
    data = replace(
        world.data, spend=world.data.spend * money, outcome=world.data.outcome * outcomes
    )

    other = mix(data, seed=1)

    for one, same in zip(answer.channels, other.channels, strict=True):
        assert same.returned.mean == pytest.approx(one.returned.mean * outcomes / money, rel=0.01)
        assert same.marginal.mean == pytest.approx(one.marginal.mean * outcomes / money, rel=0.01)
        assert same.p_zero == pytest.approx(one.p_zero, abs=0.01)


def test_a_period_reports_its_own_spend_and_effect(world, answer):
    weeks = world.data.weeks
    parts = [
        mix(world.data, seed=1, since=since, until=until)["channel_0"]
        for since, until in ((None, weeks[100]), (weeks[100], None))
    ]

    whole = answer["channel_0"]
    assert sum(part.spend for part in parts) == pytest.approx(whole.spend)
    # The first part's carry-over into the second counts for neither, and is small.
    increments = sum(part.increment.mean for part in parts)
    assert 0.9 * whole.increment.mean < increments < whole.increment.mean


def test_the_prior_is_handed_on_for_whoever_joins_it_with_other_evidence(world, answer):
    for channel in answer.channels:
        assert channel.p_zero_before == 0.25
        assert channel.scale_before == pytest.approx(0.2 * world.data.outcome.sum())


def test_the_curve_passes_through_the_increment_and_slopes_as_the_marginal(answer):
    for channel in answer.channels:
        places = {multiple: place for place, multiple in enumerate(channel.multiples)}
        curve = channel.curve_draws
        np.testing.assert_allclose(curve[:, places[1.0]], channel.increment_draws)
        slope = (curve[:, places[1.1]] - curve[:, places[0.9]]) / (0.2 * channel.spend)
        np.testing.assert_allclose(slope.mean(), channel.marginal.mean, rtol=0.01)


def test_regions_tell_more_than_their_sum():
    world = made_up(seed=6, weeks=80, regions=5)
    data = world.data
    nation = replace(
        data,
        regions=("nation",),
        spend=data.spend.sum(axis=1, keepdims=True),
        outcome=data.outcome.sum(axis=1, keepdims=True),
        population=None,
    )

    by_region, at_large = mix(data, seed=1), mix(nation, seed=1)

    for channel, truth in zip(by_region.channels, world.increments, strict=True):
        assert channel.increment.low <= truth <= channel.increment.high
    widths = [
        answer["channel_0"].increment.high - answer["channel_0"].increment.low
        for answer in (by_region, at_large)
    ]
    assert widths[0] < 0.7 * widths[1]


def test_a_noisy_region_does_not_drown_the_others():
    world = made_up(seed=7, weeks=104, regions=4)
    shaken = np.array(world.data.outcome)
    rng = np.random.default_rng(1)
    shaken[:, 0] *= np.exp(0.5 * rng.standard_normal(104))

    calm = mix(world.data, seed=1)["channel_1"].increment
    other = mix(replace(world.data, outcome=shaken), seed=1)["channel_1"].increment

    assert other.high - other.low < 2 * (calm.high - calm.low)


def test_errors_that_follow_last_weeks_are_recognised():
    followed = made_up(seed=9, rho=0.8, share=(0.1, 0.1, 0.0))
    loose = made_up(seed=9, rho=0.0, share=(0.1, 0.1, 0.0))

    assert mix(followed.data, seed=1).carried_noise.low > 0.4
    assert mix(loose.data, seed=1).carried_noise.mean < 0.2


def test_what_else_moves_the_outcome_is_taken_out(world, answer):
    price = np.random.default_rng(2).standard_normal(world.data.outcome.shape)
    days = tuple(week + timedelta(days=3) for week in world.data.weeks[20::52])
    moved = world.data.outcome + 3000 * price
    moved[20::52] += 9000

    known = replace(world.data, outcome=moved, controls={"price": price}, holidays={"fair": days})
    other = mix(known, seed=1)

    for channel in other.channels:
        expected = answer[channel.channel].increment
        slack = 0.15 * (expected.high - expected.low) + 0.001 * world.data.outcome.sum()
        assert channel.increment.mean == pytest.approx(expected.mean, abs=slack)
    assert other.noise.mean == pytest.approx(answer.noise.mean, rel=0.1)

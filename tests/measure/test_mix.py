"""The mix model through its front door."""

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

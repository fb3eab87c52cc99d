"""Bad input: a clear refusal, or an answer that says how little is known."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from halves.measure.errors import (
    MixDataUnfit,
    NeverSpent,
    NotConverged,
    OutcomeFlat,
    TooFewWeeks,
    WeeksUneven,
)
from halves.measure.mix import Effort, mix
from halves.measure.mix_data import LiftTest
from tests.measure.mix_world import made_up


@pytest.fixture(scope="module")
def data():
    return made_up(seed=4, weeks=104).data


def with_value(values, value, place):
    changed = values.copy()
    changed[place] = value
    return changed


def first_weeks(data, weeks):
    return replace(
        data, weeks=data.weeks[:weeks], spend=data.spend[:weeks], outcome=data.outcome[:weeks]
    )


def test_one_week_is_too_few(data):
    with pytest.raises(TooFewWeeks, match="got 1"):
        first_weeks(data, 1)


def test_a_dozen_weeks_leave_nothing_to_tell_noise_by(data):
    with pytest.raises(TooFewWeeks, match="12 weeks in 1 regions leave 6"):
        mix(first_weeks(data, 12), seed=1)


def test_few_weeks_give_a_wide_answer(data):
    many, few = mix(data, seed=1), mix(first_weeks(data, 20), seed=1)

    for one, other in zip(many.channels, few.channels, strict=True):
        assert other.return_draws.std() > 1.5 * one.return_draws.std()
        assert other.learned < one.learned


@pytest.mark.parametrize("bad", [np.nan, np.inf, -5.0])
def test_spend_that_is_no_amount_is_shown_with_its_week(data, bad):
    with pytest.raises(MixDataUnfit, match=rf"spend on channel_1 .* got {bad} in the week of 2023"):
        replace(data, spend=with_value(data.spend, bad, (3, 0, 1)))


@pytest.mark.parametrize("bad", [np.nan, -5.0])
def test_an_outcome_that_is_missing_or_negative_is_shown_with_its_week(data, bad):
    with pytest.raises(MixDataUnfit, match=rf"outcome .* got {bad} in the week of 2023-01-23"):
        replace(data, outcome=with_value(data.outcome, bad, (3, 0)))


def test_a_control_with_a_hole_is_shown(data):
    with pytest.raises(MixDataUnfit, match="price must be a number, got nan"):
        replace(data, controls={"price": np.full(data.outcome.shape, np.nan)})


def test_a_gap_and_a_week_twice_are_refused(data):
    for weeks in (7 * 2, 0):
        shifted = (*data.weeks[:5], data.weeks[4] + timedelta(days=weeks), *data.weeks[6:])
        with pytest.raises(WeeksUneven, match="2023-01-30 and then"):
            replace(data, weeks=shifted)


def test_a_channel_that_never_spent_is_refused_by_name(data):
    with pytest.raises(NeverSpent, match="channel_2"):
        replace(data, spend=data.spend * [1.0, 1.0, 0.0])


def test_a_channel_that_spent_nothing_in_the_period_has_no_return_there(data):
    paused = replace(data, spend=with_value(data.spend, 0.0, (slice(50, None), 0, 0)))

    with pytest.raises(NeverSpent, match="channel_0 spent nothing in the period"):
        mix(paused, seed=1, since=data.weeks[50])


@pytest.mark.parametrize("value", [0.0, 7.0])
def test_an_outcome_that_never_moves_is_refused(data, value):
    with pytest.raises(OutcomeFlat, match=f"{value:g} in the first"):
        replace(data, outcome=np.full_like(data.outcome, value))


def test_an_outcome_that_is_nothing_but_trend_is_refused(data):
    with pytest.raises(OutcomeFlat, match="nothing is left"):
        mix(replace(data, outcome=np.linspace(1, 2, 104)[:, None]), seed=1)


def test_shapes_that_do_not_fit_are_refused(data):
    with pytest.raises(ValueError, match=r"outcome must have shape \(104, 1\), got \(104,\)"):
        replace(data, outcome=data.outcome[:, 0])


def test_a_region_without_outcome_is_refused_by_name():
    data = replace(made_up(seed=4, weeks=60, regions=2).data, population=None)

    with pytest.raises(MixDataUnfit, match="outcome of region_1 must be above 0"):
        replace(data, outcome=data.outcome * [1.0, 0.0])


def test_constant_spend_teaches_nothing(data):
    answer = mix(replace(data, spend=data.spend * [1.0, 1.0, 0.0] + [0.0, 0.0, 50.0]), seed=1)

    channel = answer["channel_2"]
    assert channel.p_zero == pytest.approx(channel.p_zero_before, abs=0.05)
    assert channel.learned < 0.3
    assert channel.increment.high > 0.2 * data.outcome.sum()


def test_channels_that_move_alike_share_the_doubt(data):
    twin = replace(data, spend=data.spend[..., [0, 0, 1]])

    answer = mix(twin, seed=1)

    one, other = answer["channel_0"], answer["channel_1"]
    sums = one.increment_draws + other.increment_draws
    assert one.increment_draws.std() > 1.5 * sums.std()
    assert one.increment.mean == pytest.approx(other.increment.mean, rel=0.25)
    assert min(one.increment.low, other.increment.low) < 0.1 * sums.mean()


def test_chains_that_disagree_are_not_reported(data):
    with pytest.raises(NotConverged, match="after 8 sweeps"):
        mix(data, seed=1, effort=Effort(chains=4, first=8, most=8))


def test_a_test_of_an_unknown_channel_or_no_week_is_refused(data):
    window = {"since": data.weeks[3], "until": data.weeks[5], "found": 1.0, "se": 1.0}
    with pytest.raises(ValueError, match="radio is none of channel_0"):
        LiftTest.holdout(data, "trial", channels=["radio"], **window)
    with pytest.raises(ValueError, match="no week begins"):
        LiftTest.holdout(
            data, "trial", channels=["channel_0"], **window | {"until": date(2020, 1, 1)}
        )
    with pytest.raises(ValueError, match=r"se above 0, got 1\.0 and 0\.0"):
        LiftTest.holdout(data, "trial", channels=["channel_0"], **window | {"se": 0.0})


def test_a_test_on_other_data_is_refused(data):
    other = first_weeks(data, 60)
    test = LiftTest.holdout(
        other,
        "trial",
        channels=["channel_0"],
        since=data.weeks[3],
        until=data.weeks[5],
        found=1.0,
        se=1.0,
    )

    with pytest.raises(ValueError, match=r"trial: spend instead must have shape \(104, 1, 3\)"):
        mix(data, seed=1, tests=[test])


def test_names_must_differ(data):
    with pytest.raises(ValueError, match="channels must be named once each"):
        replace(data, channels=("tv", "tv", "radio"))

"""Geo tests whose effect is known, and the same numbers by naive loops."""

from datetime import date, timedelta

import numpy as np
import pytest

from halves.measure.geo import geo_lift
from halves.measure.geo_panel import GeoPanel

START = date(2026, 1, 5)
TIMES, BEFORE, REGIONS = 75, 60, 24


def made_up(seed, *, lift=0.0, treated=(), step=1):
    """Regions of all sizes that follow two currents, each with errors that linger."""
    rng = np.random.default_rng(seed)
    currents = np.cumsum(rng.normal(0, 0.02, (TIMES, 2)), axis=0)
    errors = rng.normal(0, 0.02, (TIMES, REGIONS))
    for time in range(1, TIMES):
        errors[time] += 0.5 * errors[time - 1]
    size = rng.uniform(50, 500, REGIONS)
    outcome = size * (1 + currents @ rng.uniform(0, 1, (2, REGIONS)) + errors)
    outcome[BEFORE:, list(treated)] *= 1 + lift
    days = tuple(START + timedelta(days=step * place) for place in range(TIMES))
    return GeoPanel(tuple(f"r{place}" for place in range(REGIONS)), days, outcome)


def found(panel, treated, **options):
    names = [f"r{place}" for place in treated]
    rng = np.random.default_rng(7)
    return geo_lift(panel, treated=names, treated_from=panel.days[BEFORE], rng=rng, **options)


@pytest.mark.parametrize("by", ["regions", "days"])
@pytest.mark.parametrize("compare", ["levels", "shares"])
@pytest.mark.parametrize("lift", [-0.3, 0.5])
def test_a_planted_lift_is_found(by, compare, lift):
    panel = made_up(17, lift=lift, treated=[2, 5])

    answer = found(panel, [2, 5], by=by, compare=compare, most_placebos=60)

    assert answer.lift.low < lift < answer.lift.high
    assert answer.lift.mean == pytest.approx(lift, abs=0.08)
    assert answer.lift.excludes(0)
    assert answer.p_value <= 0.05
    # In total: what was sold, less what would have been without.
    sold = panel.outcome[BEFORE:, [2, 5]].sum()
    planted = sold - sold / (1 + lift)
    assert answer.total.low < planted < answer.total.high
    assert answer.total.mean == pytest.approx(planted, rel=0.3)


def test_what_was_planted_where_nothing_was_is_not_found():
    answer = found(made_up(16), [2, 5], most_placebos=60)

    assert not answer.lift.excludes(0)
    assert answer.p_value > 0.05


def test_the_parts_of_an_answer_fit_together():
    panel = made_up(5, lift=0.2, treated=[1, 2, 3])

    answer = found(panel, [1, 2, 3], most_placebos=60)

    assert answer.days == TIMES - BEFORE
    assert (answer.treated_from, answer.last_day) == (panel.days[BEFORE], panel.days[-1])
    assert answer.total.mean == pytest.approx(answer.per_day.mean * 15)
    assert answer.per_day.high == pytest.approx(answer.per_region_day.high * 3)
    assert answer.actual == pytest.approx(panel.outcome[:, 1:4].sum(axis=1))
    gap = answer.actual - answer.expected
    assert gap[BEFORE:].sum() == pytest.approx(answer.total.mean)
    assert gap[:BEFORE].mean() == pytest.approx(0, abs=1e-9)
    assert answer.lift.mean == pytest.approx(answer.total.mean / answer.expected[BEFORE:].sum())
    misfit = np.sqrt((gap[:BEFORE] ** 2).mean())
    assert answer.pre_fit.misfit == pytest.approx(misfit / answer.actual[:BEFORE].mean())
    assert sum(answer.weights.values()) == pytest.approx(1)
    width = answer.total.high - answer.total.low
    assert answer.standard_error == pytest.approx(width / 3.2897, rel=1e-4)


def test_the_interval_by_regions_is_the_naive_loops():
    """Take each effect out of the treated region and rank its gap among all regions'."""
    panel = made_up(6, lift=0.1, treated=[4])
    options = {"compare": "shares", "penalty": np.inf}
    answers = [found(panel, [region], by="days", **options) for region in range(REGIONS)]
    answer = found(panel, [4], **options)
    mean = panel.outcome[:BEFORE].mean(axis=0)
    misfits = np.array([one.pre_fit.misfit for one in answers])

    def rank(effect):
        shares = (panel.outcome / mean)[BEFORE:].mean(axis=0)
        shares[4] -= effect
        gaps = [
            shares[region]
            - sum(weight * shares[int(name[1:])] for name, weight in one.weights.items())
            for region, one in enumerate(answers)
        ]
        usual = answer.moderation * np.median(misfits) ** 2
        scaled = np.abs(gaps) / np.sqrt(misfits**2 + usual)
        return (scaled >= scaled[4] * (1 - 1e-9)).mean()

    base = mean[4] * answer.days
    assert rank(0.0) == pytest.approx(answer.p_value)
    for end, inwards in ((answer.total.low / base, 1), (answer.total.high / base, -1)):
        assert rank(end + inwards * 1e-6) > 0.1
        assert rank(end - inwards * 1e-6) <= 0.1


def test_the_p_value_by_days_is_the_naive_loops():
    panel = made_up(8, lift=0.04, treated=[4])

    answer = found(panel, [4], by="days", penalty=np.inf)

    # Fitted on all days by pretending that the test is yet to come.
    more = np.vstack([panel.outcome, panel.outcome[-1:]])
    days = (*panel.days, panel.days[-1] + timedelta(days=1))
    later = GeoPanel(panel.regions, days, more)
    rng = np.random.default_rng(1)
    whole = geo_lift(later, treated=["r4"], treated_from=days[-1], rng=rng, penalty=np.inf)
    gap = (whole.actual - whole.expected)[:-1]
    stretches = [abs(sum(gap[(first + i) % TIMES] for i in range(15))) for first in range(TIMES)]
    naive = np.mean([stretch >= stretches[BEFORE] - 1e-6 for stretch in stretches])
    assert answer.p_value == pytest.approx(naive)
    assert answer.placebos == TIMES


def test_weeks_count_seven_days():
    daily, weekly = made_up(9, lift=0.2, treated=[0]), made_up(9, lift=0.2, treated=[0], step=7)

    by_day, by_week = found(daily, [0]), found(weekly, [0])

    assert by_week.total == by_day.total
    assert by_week.per_day.mean == pytest.approx(by_day.per_day.mean / 7)


def test_units_do_not_matter():
    panel = made_up(10, lift=0.1, treated=[0, 1])
    in_millionths = GeoPanel(panel.regions, panel.days, panel.outcome * 1e6)

    plain, scaled = (found(one, [0, 1], most_placebos=60) for one in (panel, in_millionths))

    assert scaled.p_value == plain.p_value
    assert scaled.penalty == plain.penalty
    for end in ("mean", "low", "high"):
        assert getattr(scaled.lift, end) == pytest.approx(getattr(plain.lift, end), rel=1e-6)
        assert getattr(scaled.total, end) == pytest.approx(getattr(plain.total, end) * 1e6)


def test_the_order_of_regions_does_not_matter():
    panel = made_up(11, lift=0.1, treated=[3])
    turned = GeoPanel(panel.regions[::-1], panel.days, panel.outcome[:, ::-1])

    plain, again = found(panel, [3]), found(turned, [3])

    assert again.total.mean == pytest.approx(plain.total.mean)
    assert again.p_value == plain.p_value
    assert again.weights == pytest.approx(plain.weights, abs=1e-9)


def test_the_same_dice_give_the_same_answer():
    panel = made_up(12, lift=0.1, treated=[3, 4, 5])

    first, second = (found(panel, [3, 4, 5], most_placebos=50) for _ in range(2))

    assert (first.total, first.p_value) == (second.total, second.p_value)
    assert first.placebos == 50


def test_half_of_the_regions_may_be_treated():
    half = list(range(REGIONS // 2))

    answer = found(made_up(13, lift=0.1, treated=half), half, most_placebos=60)

    assert answer.lift.low < 0.1 < answer.lift.high
    assert answer.lift.excludes(0)


def test_sales_that_stop_altogether():
    answer = found(made_up(14, lift=-1.0, treated=[2]), [2])

    assert answer.lift.mean == pytest.approx(-1)
    assert answer.lift.excludes(0)


def test_a_short_history_is_said():
    panel = made_up(15)
    short = GeoPanel(panel.regions, panel.days[45:], panel.outcome[45:])
    rng = np.random.default_rng(1)

    answer = geo_lift(short, treated=["r1"], treated_from=panel.days[BEFORE], rng=rng)

    assert answer.notes == (
        "only 15 days lie before the test of 15: the control is made on little",
    )


def test_the_words_say_where_when_and_how_much():
    answer = found(made_up(3, lift=0.5, treated=[2, 5]), [2, 5], most_placebos=40)

    assert answer.words.startswith("r2 and r5 from 2026-03-06 to 2026-03-20: ")
    assert " more than without (+4" in answer.words or " more than without (+5" in answer.words
    assert "90% between" in answer.words

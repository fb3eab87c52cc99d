"""What each path brings alone, what needed both, and that nobody is sure of it untested."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from halves import Ledger, which_half
from halves.measure.joint import Joint
from halves.measure.synergy import Crossing, Synergy, synergy
from halves.simulate import Company, simulate, truth

DRAWS = 8_192


def joint(
    incremental: list[float],
    *,
    opening: list[float],
    paths: tuple[str, ...] = ("many", "one"),
    spread: float = 0.0,
) -> Joint:
    """What is believed of some units: exactly, or give or take a share."""
    ones = np.ones((DRAWS, len(incremental)))
    noise = np.random.default_rng(5).standard_normal(ones.shape)
    return Joint(
        units=tuple(f"{path} {place}" for place, path in enumerate(paths)),
        paths=paths,
        spend=np.full(len(paths), 10.0),
        margin=0.5,
        incremental=incremental * (1 + spread * noise),
        induced=ones * 0,
        opening=ones * opening,
        half=ones,
    )


def asked(believed: Joint, *crossings: Crossing, seed: int = 1) -> Synergy:
    found = synergy(
        believed,
        revenue=1000.0,
        revenue_se=0.0,
        crossings=crossings,
        rng=np.random.default_rng(seed),
    )
    assert found is not None
    return found


def test_a_funnel_worked_by_hand():
    """Marketing opens 40% of doors, sales closes half of what is closed.

    Without sales 1,000 · 0.5 are left, without marketing 1,000 · 0.6. With neither, 0.6 of the
    doors are closed half as often: 300. So 1,000 − 500 − 600 + 300 = 200 needed both.
    """
    found = asked(joint([400.0, 500.0], opening=[1.0, 0.0]))

    assert found.both.mean == pytest.approx(1000)
    assert found.many_alone.mean == pytest.approx(500)
    assert found.one_alone.mean == pytest.approx(600)
    assert found.funnel.mean == found.funnel.low == found.funnel.high == pytest.approx(200)


def test_a_channel_that_opens_and_closes_shares_both_with_the_other_path():
    """Marketing keeps 0.8 of doors and 0.75 of closings, sales 0.9 of doors and 0.5 of closings.

    The funnel makes 1,000 · (0.2 · 0.5 + 0.1 · 0.25) = 125 of what needed both.
    """
    believed = joint([400.0, 550.0], opening=[0.2 / 0.4, 0.1 / 0.55])

    found = asked(believed)

    assert found.funnel.mean == pytest.approx(125)
    assert found.many_alone.mean == pytest.approx(450)
    assert found.one_alone.mean == pytest.approx(600)


def test_two_paths_that_only_open_doors_make_no_funnel():
    found = asked(joint([300.0, 200.0], opening=[1.0, 1.0]))

    assert found.funnel.high == pytest.approx(0, abs=1e-9)
    assert found.rest.low < 0 < found.rest.high


def test_units_of_one_path_lose_a_customer_of_both_once():
    """Two openers of half of all doors leave a quarter, on average; which, nobody knows exactly."""
    found = asked(
        joint([500.0, 500.0, 100.0], opening=[1.0, 1.0, 1.0], paths=("many", "many", "one"))
    )

    assert found.one_alone.mean == pytest.approx(250, rel=0.05)
    assert found.one_alone.low < 225
    assert found.one_alone.high > 275


def test_one_unit_on_a_path_is_the_path():
    found = asked(joint([500.0, 100.0], opening=[1.0, 1.0]))

    assert found.one_alone.low == found.one_alone.high == pytest.approx(500)


@given(
    st.tuples(st.floats(-300, 900), st.floats(-300, 900), st.floats(-300, 900)),
    st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)),
    st.integers(0, 2**30),
)
def test_shapleys_shares_add_up_to_what_both_paths_brought(brought, opening, seed):
    believed = joint(list(brought), opening=list(opening), paths=("many", "one", "many"))

    found = asked(believed, seed=seed)

    v11, v10 = found.both.mean, found.many_alone.mean
    v01, v00 = found.one_alone.mean, found.neither.mean
    assert found.many.mean + found.one.mean == pytest.approx(v11 - v00, abs=1e-6)
    assert found.many.mean == pytest.approx(((v11 - v01) + (v10 - v00)) / 2, abs=1e-6)
    assert found.one.mean == pytest.approx(((v11 - v10) + (v01 - v00)) / 2, abs=1e-6)
    assert found.needed_both.mean == pytest.approx(v11 - v10 - v01 + v00, abs=1e-6)
    assert found.funnel.mean + found.rest.mean == pytest.approx(found.needed_both.mean, abs=1e-6)
    assert found.neither.low >= -1e-6


def test_a_path_that_does_nothing_has_no_share_and_no_part_in_the_other():
    found = asked(joint([400.0, 0.0], opening=[1.0, 0.5]))

    assert found.one.mean == pytest.approx(0)
    assert found.needed_both.mean == pytest.approx(0)
    assert found.many.mean == pytest.approx(400)


def test_nobody_is_sure_of_the_rest_without_trials_that_crossed():
    """However surely each unit is known, κ is as wide as was said beforehand."""
    believed = joint([400.0, 500.0], opening=[1.0, 0.0])

    found = asked(believed)

    assert not found.is_tested
    assert found.learned == 0
    half = (found.rest.high - found.rest.low) / 2
    assert half == pytest.approx(1.645 * 0.5 * 1000 * 0.4 * 0.5, rel=0.05)


def crossing(found: float, *, se: float, share: float = 1.0) -> Crossing:
    return Crossing(
        many=("many 0",), one=("one 1",), found=found, se=se, share=share, people=10_000
    )


@pytest.mark.parametrize("kappa", [-0.4, 0.0, 0.6])
def test_trials_that_crossed_say_what_the_rest_is(kappa: float):
    """Of 200 that a funnel makes, and κ · 200 more, the trials saw a half."""
    believed = joint([400.0, 500.0], opening=[1.0, 0.0])
    untested = asked(believed)

    found = asked(believed, crossing(0.5 * (200 + kappa * 200), se=5.0, share=0.5))

    assert found.is_tested
    assert found.rest.low < kappa * 200 < found.rest.high
    width = [one.rest.high - one.rest.low for one in (found, untested)]
    assert width[0] < 0.75 * width[1]


def test_a_crossing_is_weighed_by_its_error():
    believed = joint([400.0, 500.0], opening=[1.0, 0.0])
    widths = [
        one.rest.high - one.rest.low
        for one in (asked(believed, crossing(300.0, se=se)) for se in (5.0, 100.0, 10_000.0))
    ]

    assert widths[0] < widths[1] < widths[2]
    assert asked(believed, crossing(300.0, se=10_000.0)).learned < 0.01
    assert widths[2] == pytest.approx(
        asked(believed).rest.high - asked(believed).rest.low, rel=0.03
    )


def test_the_rest_given_a_crossing_is_bayes_rule_on_a_grid():
    """A naive grid over κ: N(0, ½²) above the floor that revenue sets, times the likelihood."""
    believed = joint([400.0, 500.0], opening=[1.0, 0.0])
    found = asked(believed, crossing(160.0, se=60.0, share=0.8))

    kappa = np.linspace(-3, 3, 60_001)
    expected = 0.8 * 200
    error = 60.0**2 + (0.25 * expected) ** 2
    log = -(kappa**2) / 2 / 0.5**2 - (160.0 - expected - 0.8 * kappa * 200) ** 2 / error / 2
    chances = np.where(200 + 200 * kappa >= 1000 * (0.4 + 0.5 - 1), np.exp(log), 0)
    chances /= chances.sum()
    below = chances.cumsum()
    low, high = (kappa[np.searchsorted(below, q)] for q in (0.05, 0.95))

    assert found.rest.mean == pytest.approx(200 * (chances @ kappa), abs=2.5)
    # Precisions add up: 0.5⁻² beforehand, and the slope squared over the error.
    assert found.learned == pytest.approx(1 - 4 / (4 + 160**2 / error), rel=1e-6)
    assert found.rest.low == pytest.approx(200 * low, abs=4)
    assert found.rest.high == pytest.approx(200 * high, abs=4)


def test_draws_that_a_crossing_cannot_have_come_from_weigh_less():
    """If sales may do nothing, a large interaction says that they do something."""
    believed = joint([400.0, 500.0], opening=[1.0, 0.0])
    half_nothing = believed.incremental.copy()
    half_nothing[::2, 1] = 0.0
    believed = replace(believed, incremental=half_nothing)

    before, after = asked(believed), asked(believed, crossing(200.0, se=20.0))

    assert before.many_alone.mean == pytest.approx(750, rel=0.02)
    assert after.many_alone.mean == pytest.approx(500, rel=0.02)


def test_revenue_is_not_below_zero_without_both_paths():
    found = asked(joint([800.0, 700.0], opening=[1.0, 1.0], spread=0.1))

    assert found.neither.low >= 0


def test_luck_of_the_period_widens_all_four():
    believed = joint([400.0, 500.0], opening=[1.0, 0.0])

    lucky = synergy(believed, revenue=1000.0, revenue_se=50.0, rng=np.random.default_rng(1))

    assert lucky is not None
    assert lucky.both.high - lucky.both.low == pytest.approx(2 * 1.645 * 50, rel=0.05)
    assert lucky.many_alone.high - lucky.many_alone.low == pytest.approx(1.645 * 50, rel=0.05)


def test_amounts_in_another_unit_of_money_change_nothing_else():
    believed = joint([400.0, 300.0], opening=[0.7, 0.2], spread=0.3)
    cents = replace(believed, incremental=believed.incremental * 100, spend=believed.spend * 100)
    plain = asked(believed, crossing(100.0, se=40.0))

    found = synergy(
        cents,
        revenue=100_000.0,
        revenue_se=0.0,
        crossings=[crossing(10_000.0, se=4_000.0)],
        rng=np.random.default_rng(1),
    )

    assert found is not None
    for name in ("many_alone", "one_alone", "neither", "rest", "many"):
        assert getattr(found, name).low == pytest.approx(100 * getattr(plain, name).low)


def test_with_spend_on_one_path_or_without_revenue_there_is_no_answer():
    rng = np.random.default_rng(1)
    believed = joint([400.0, 500.0], opening=[1.0, 0.0])
    alone = joint([400.0], opening=[1.0], paths=("many",))

    assert synergy(alone, revenue=1000.0, revenue_se=0.0, rng=rng) is None
    assert synergy(believed, revenue=0.0, revenue_se=0.0, rng=rng) is None


def held(seed: int, folder) -> list[bool]:
    """Of a company drawn by chance: whether the intervals of v₁₀, v₀₁ and v₀₀ hold the truth."""
    company = Company.random(seed=seed, people=6_000)
    book = Ledger.create(folder)
    simulate(company, seed=seed).write(book)
    book.compact()
    found = which_half(
        book,
        channels=company.channels,
        margin=company.margin,
        since=company.since,
        until=company.until,
        seed=1,
    ).paths
    known = truth(company, seed=seed, units=[])
    assert found is not None
    return [
        not found.many_alone.excludes(known.v10),
        not found.one_alone.excludes(known.v01),
        not found.neither.excludes(known.v00),
    ]


@pytest.mark.slow
def test_the_paths_alone_are_as_uncertain_as_is_said(tmp_path):
    """Three intervals of six companies: 90% of 18 is 16, give or take 2 by company."""
    intervals = [one for seed in range(221, 227) for one in held(seed, tmp_path / f"book {seed}")]

    assert sum(intervals) >= 13

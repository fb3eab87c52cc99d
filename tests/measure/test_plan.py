"""Planning a budget, against every plan of small worlds tried one by one."""

import itertools
import time

import numpy as np
import pytest

from halves.measure.joint import Joint
from halves.measure.plan import LOCKED, Limits, by_region, plan


def world(units: int, *, draws: int = 2000, seed: int = 1) -> Joint:
    """Units of which some may harm, so that expected curves need not be concave."""
    rng = np.random.default_rng(seed)
    shape = (draws, units)
    spend = rng.uniform(50, 400, units)
    returns = rng.normal(rng.uniform(0, 3, units), 1.0, shape)
    return Joint(
        units=tuple(f"u{place}" for place in range(units)),
        paths=("many",) * units,
        spend=spend,
        margin=0.5,
        incremental=returns * spend / 0.5,
        induced=np.zeros(shape),
        opening=np.ones(shape),
        half=np.exp(rng.normal(0, 1, shape)),
    )


@pytest.mark.parametrize("seed", range(6))
def test_no_plan_tried_one_by_one_brings_more(seed):
    joint = world(3, seed=seed, draws=300)
    budget = 0.8 * joint.spend.sum()

    best = max(
        (joint.earned_at(np.array(tried)) - joint.spend * tried).sum(axis=1).mean()
        for tried in itertools.product(np.linspace(0, 2, 41), repeat=3)
        if joint.spend @ tried <= budget
    )

    advised = plan(joint, budget=budget)
    today = joint.profit.sum(axis=1).mean()
    assert advised.advised <= budget + 1e-6
    assert advised.change.mean + today >= best - 1e-3 * abs(best)


def test_regret_is_what_the_best_plan_of_each_draw_would_add():
    joint = world(2, draws=40)
    budget = 0.7 * joint.spend.sum()
    first, second = np.meshgrid(np.linspace(0, 2, 401), np.linspace(0, 2, 401))
    tried = np.stack([first.ravel(), second.ravel()])
    tried = tried[:, joint.spend @ tried <= budget]
    profits = sum(
        joint.earned[:, [u]] * tried[u] * (1 + joint.half[:, [u]]) / (tried[u] + joint.half[:, [u]])
        - joint.spend[u] * tried[u]
        for u in range(2)
    )

    advised = plan(joint, budget=budget)

    wanted = profits.max(axis=1).mean() - profits.mean(axis=0).max()
    assert advised.regret == pytest.approx(wanted, rel=0.01)


def test_a_locked_unit_stays_and_limits_hold():
    joint = world(4)

    advised = plan(joint, limits={"u0": LOCKED, "u1": Limits(0.5, 0.75)})

    assert advised.units[0].advised == pytest.approx(joint.spend[0])
    assert 0.5 <= advised.units[1].advised / joint.spend[1] <= 0.75


def test_least_spends_beyond_the_budget_are_refused():
    joint = world(2)

    with pytest.raises(ValueError, match="least spends come to"):
        plan(joint, budget=1.0, limits={"u0": LOCKED})


def test_thirty_units_in_twelve_regions_take_less_than_five_seconds():
    whole = world(30)
    shares = {unit: {f"r{place}": 1 / 12 for place in range(12)} for unit in whole.units}
    started = time.process_time()

    parts = plan(by_region(whole, shares))

    assert time.process_time() - started < 5
    assert (len(parts.units), whole.draws) == (360, 2000)
    assert parts.change.mean == pytest.approx(plan(whole).change.mean, rel=0.01)


def test_a_plan_for_a_quarter_is_a_quarter_of_the_year_s():
    joint = world(3)

    year, quarter = plan(joint), plan(joint, fraction=0.25)

    assert quarter.budget == pytest.approx(year.budget / 4)
    assert quarter.change.low == pytest.approx(year.change.low / 4)
    for long, short in zip(year.units, quarter.units, strict=True):
        assert short.today == pytest.approx(long.today / 4)
        assert short.advised == pytest.approx(long.advised / 4)


def test_a_larger_budget_is_not_spent_where_it_would_not_pay():
    joint = world(3)
    all_of_it = 10 * joint.spend.sum()

    advised = plan(joint, budget=all_of_it)

    # no draw's best can be beaten by more money than each unit takes by itself
    alone = sum(
        max(
            (joint.earned_at(np.full(3, x)) - joint.spend * x)[:, unit].mean()
            for x in np.linspace(0, 2, 401)
        )
        for unit in range(3)
    )
    assert advised.advised <= 2 * joint.spend.sum()
    gained = advised.change.mean + joint.profit.sum(axis=1).mean()
    assert gained == pytest.approx(alone, rel=1e-3)


def test_a_unit_more_than_half_again_as_large_is_marked_as_beyond_what_was_seen():
    joint = world(2)

    advised = plan(joint, limits={"u0": Limits(1.6, 1.6), "u1": Limits(1.4, 1.4)}, budget=1e9)

    assert [unit.is_extrapolated for unit in advised.units] == [True, False]
    assert advised.extrapolated == pytest.approx(advised.units[0].change.mean)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"fraction": 0.0}, "fraction must be above 0, got 0.0"),
        ({"budget": -5.0}, "budget must be above 0, got -5.0"),
        ({"limits": {"tv": LOCKED}}, "limits name units that are not there: tv"),
    ],
)
def test_what_cannot_be_planned_is_refused_by_name(options, words):
    with pytest.raises(ValueError, match=words):
        plan(world(2), **options)


def test_regions_whose_shares_do_not_add_up_are_refused():
    with pytest.raises(ValueError, match="shares of 'u0' must be above 0 and add up to 1"):
        by_region(world(2), {"u0": {"North": 0.5, "South": 0.4}})

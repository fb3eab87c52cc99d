"""What to test next, against tests run one by one on small worlds of which everything is known."""

import math
from datetime import timedelta

import numpy as np
import pytest

from halves.measure.designs import Design
from halves.measure.evidence import DRIFT
from halves.measure.joint import Joint
from halves.measure.next_test import NextTest, rank_tests

YEAR, WEEK = timedelta(days=364), timedelta(weeks=1)
MARGIN, SPEND = 0.5, 100.0


def believing(*effects: list[float], half: float = 1.0) -> Joint:
    """Units of 100 spend each, and the revenue that they bring by draw."""
    incremental = np.array(effects, dtype=float).T
    nothing = np.zeros_like(incremental)
    return Joint(
        units=tuple(f"u{place}" for place in range(len(effects))),
        paths=("many",) * len(effects),
        spend=np.full(len(effects), SPEND),
        margin=MARGIN,
        incremental=incremental,
        induced=nothing,
        opening=nothing,
        half=nothing + half,
    )


def holdout(*, share: float = 0.2, weeks: int = 8, se: float = 80.0, unit: str = "u0") -> Design:
    return Design(unit, share, weeks * WEEK, se, people=1000)


def best(joint: Joint, *designs: Design, **options: object) -> NextTest:
    options = {"period": YEAR, "horizon": YEAR} | options
    return rank_tests(joint, {"u0": designs}, **options).tests[0]


def by_simulation(joint: Joint, design: Design, *, runs: int = 20_000) -> float:
    """What is gained over the rest of the year, found test by test."""
    rng = np.random.default_rng(5)
    seen = (1 - design.share) * (design.length / YEAR)
    spread = [math.hypot(design.se, DRIFT * (1 - seen) * one) for one in joint.incremental[:, 0]]
    gained = 0.0
    blind = [max(0.0, float(one)) for one in joint.profit.mean(axis=0)]
    for run in range(runs):
        truth = run % joint.draws
        found = rng.normal(joint.incremental[truth, 0], spread[truth])
        fits = [
            math.exp(-(((found - one) / error) ** 2) / 2) / error
            for one, error in zip(joint.incremental[:, 0], spread, strict=True)
        ]
        for unit in range(len(joint.units)):
            believed = sum(
                fit * profit for fit, profit in zip(fits, joint.profit[:, unit], strict=True)
            ) / sum(fits)
            gained += max(0.0, believed) - blind[unit]
    return gained / runs * (1 - design.length / YEAR)


@pytest.mark.parametrize(
    ("effects", "se"),
    [
        ([0, 0, 150, 420], 60.0),  # expected to pay
        ([0, 0, 0, 450], 90.0),  # expected to lose
        ([-60, 0, 190, 230, 1500], 250.0),  # hardly seen
        ([100, 180, 220, 300], 5.0),  # nearly certain
    ],
)
def test_it_is_worth_what_tests_run_one_by_one_bring(effects, se):
    joint, design = believing(effects), holdout(se=se)

    wanted = by_simulation(joint, design)

    assert wanted > 0.5
    assert best(joint, design).gain == pytest.approx(wanted, rel=0.05, abs=0.2)


def test_what_a_test_says_of_another_unit_counts_too():
    rng = np.random.default_rng(2)
    first = rng.normal(210, 60, 60)
    joint = believing(list(first), list(420 - first))  # what one brings, the other does not
    design = holdout(se=40.0)

    wanted = by_simulation(joint, design, runs=8_000)

    alone = best(believing(list(first)), design).gain
    assert best(joint, design).gain == pytest.approx(wanted, rel=0.05)
    assert wanted > 1.5 * alone


@pytest.mark.parametrize("effects", [[20.0, 40.0, 60.0], [400.0, 500.0, 900.0]])
def test_of_a_unit_surely_wasted_or_surely_working_no_test_is_worth_it(effects):
    found = rank_tests(
        believing(effects),
        {"u0": [holdout(share=share, se=20.0) for share in (0.05, 0.2, 0.5)]},
        period=YEAR,
        horizon=YEAR,
    )

    assert found.best is None
    assert found.tests[0].gain == pytest.approx(0, abs=1e-9)
    assert found.tests[0].perfect == pytest.approx(0, abs=1e-9)
    assert found.tests[0].words.startswith("no test of u0 is worth its cost")


def test_knowing_more_is_never_worth_less_than_nothing_nor_more_than_the_truth():
    rng = np.random.default_rng(7)
    for _ in range(60):
        joint = believing(*rng.normal(rng.uniform(0, 400), 150, (2, 400)).tolist())
        design = holdout(se=float(10 ** rng.uniform(0, 4)), weeks=int(rng.integers(2, 27)))
        one = best(joint, design, multiples=(0.0, 0.5, 1.0, 1.5))
        assert 0 <= one.gain <= one.perfect * (1 + 1e-9) + 1e-9
        assert one.price >= -1e-9


def test_the_sharper_test_is_worth_more():
    joint = believing([0, 0, 150, 420])

    gains = [best(joint, holdout(se=se)).gain for se in (400.0, 200.0, 100.0, 50.0, 10.0)]

    assert gains == sorted(gains)
    assert gains[-1] > 2 * gains[0] > 0


def test_withholding_what_works_costs_its_profit_where_it_is_withheld():
    joint = believing([200, 400])  # profit of 0 or 100: 50 expected

    one = best(joint, holdout(share=0.2, weeks=8))

    assert one.now == 1
    assert one.cost == pytest.approx(0.2 * 8 / 52 * 50)
    assert one.delay == 0
    assert one.net == pytest.approx(one.gain - one.cost)


def test_withholding_what_loses_money_saves_some_but_less_than_cutting_it_at_once():
    joint = believing([0, 0, 0, 300])  # a loss of 62.5 expected

    one = best(joint, holdout(share=0.3, weeks=8))

    assert one.now == 0
    assert one.cost == pytest.approx(-0.3 * 8 / 52 * 62.5)
    assert one.price == pytest.approx(0.7 * 8 / 52 * 62.5)  # on those from whom it is not withheld
    assert " of profit beside cutting it at once, worth " in one.words


def test_power_is_how_often_an_effect_that_breaks_even_is_noticed():
    rng = np.random.default_rng(3)
    pays_from, se = SPEND / MARGIN, 80.0

    noticed = np.abs(rng.normal(pays_from, se, 200_000)) > 1.959964 * se

    one = best(believing([0, 400]), holdout(se=se))
    assert one.pays_from == pays_from
    assert one.power == pytest.approx(noticed.mean(), abs=0.005)


def test_the_chance_that_it_changes_a_decision_is_how_often_it_does():
    joint, design = believing([0, 100, 150, 700]), holdout(se=120.0)
    rng = np.random.default_rng(4)
    seen = (1 - design.share) * (design.length / YEAR)
    spread = np.hypot(design.se, DRIFT * (1 - seen) * joint.incremental[:, 0])
    truths = rng.integers(4, size=100_000)
    found = rng.normal(joint.incremental[truths, 0], spread[truths])
    fits = np.exp(-(((found[:, None] - joint.incremental[:, 0]) / spread) ** 2) / 2) / spread

    cuts = (fits @ joint.profit[:, 0]) < 0

    assert best(joint, design).p_changes == pytest.approx(cuts.mean(), abs=0.01)


def test_the_best_test_comes_first_and_the_best_design_of_each_is_chosen():
    joint = believing([190, 210], [0, 500], [400, 500])
    sharp, blunt = holdout(unit="u1", se=50.0), holdout(unit="u1", se=5000.0)

    found = rank_tests(
        joint,
        {"u0": [holdout()], "u1": [blunt, sharp], "u2": [holdout(unit="u2")]},
        period=YEAR,
        horizon=YEAR,
        currency="USD",
    )

    assert found.best is found.tests[0]
    assert found.best.design is sharp
    assert [one.net for one in found.tests] == sorted(
        (one.net for one in found.tests), reverse=True
    )
    # a loss of 100 or a profit of 150: 25 expected, of which 0.2 · 8 / 52 is not earned
    assert found.best.words.startswith(
        "withhold u1 from 20% of the 1,000 people it reaches for 8 weeks: costs about 0.77 USD of "
        "profit, worth "
    )


def test_a_longer_horizon_makes_knowing_worth_more_and_a_short_one_leaves_no_time():
    joint = believing([0, 0, 150, 420])
    year = best(joint, holdout(weeks=8)).gain

    two = best(joint, holdout(weeks=8), horizon=2 * YEAR).gain
    short = rank_tests(joint, {"u0": [holdout(weeks=8)]}, period=YEAR, horizon=8 * WEEK)

    assert two / year == pytest.approx((104 - 8) / (52 - 8))
    assert short.tests == ()
    assert short.untestable == {"u0": "no test of it is over within 8 weeks"}


def test_deciding_on_the_amount_is_worth_at_least_as_much_as_keeping_or_cutting():
    joint = believing([0, 100, 300, 700])

    simple = best(joint, holdout(se=50.0))
    free = best(joint, holdout(se=50.0), multiples=(0.0, 0.5, 1.0, 1.5, 2.0))

    def after(one: NextTest) -> float:
        """Profit of the rest of the year: the best of today, and what better decisions add."""
        rest = 44 / 52
        profits = [
            (joint.earned_at(np.array([x])) - joint.spend * x).mean()
            for x in ((0.0, 1.0) if one is simple else (0.0, 0.5, 1.0, 1.5, 2.0))
        ]
        return rest * max(profits) + one.gain

    assert after(free) >= after(simple)


def test_a_horizon_or_multiples_that_make_no_sense_are_refused():
    joint = believing([0, 400])

    with pytest.raises(ValueError, match="horizon must be above 0"):
        best(joint, holdout(), horizon=timedelta(0))
    with pytest.raises(ValueError, match="1 among them, got"):
        best(joint, holdout(), multiples=(0.0, 2.0))

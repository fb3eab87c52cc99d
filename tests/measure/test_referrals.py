"""How often people bring others, against a loop and against what is drawn."""

import numpy as np
import pytest

from halves.measure.referrals import YEAR, Watched, hazard, poisson


def test_the_function_is_that_of_a_loop_over_days():
    dice = np.random.default_rng(3)
    people = []
    for _one in range(60):
        days = float(dice.integers(5, 400))
        times = np.sort(dice.integers(0, 400, dice.poisson(1.5)).astype(float))
        people.append(Watched(days, tuple(float(t) for t in times if t <= days)))

    found = hazard(people, days=(90, 365)).by_day

    for until, interval in found.items():
        total = 0.0
        variance = 0.0
        shares = [0.0] * len(people)
        for day in range(int(until) + 1):
            watched = [i for i, one in enumerate(people) if one.days >= day]
            came = [people[i].brought.count(float(day)) for i in watched]
            if sum(came):
                total += sum(came) / len(watched)
                for i, n in zip(watched, came, strict=True):
                    shares[i] += (n - sum(came) / len(watched)) / len(watched)
        variance = sum(one**2 for one in shares)
        assert interval.mean == pytest.approx(total)
        reach = np.exp(1.6449 * np.sqrt(variance) / total)
        assert interval.high >= total * reach * 0.999
        assert interval.low <= total / reach * 1.001


def test_poisson_s_interval_is_the_published_one():
    # Garwood's 90% limits as tabulated, such as by Pearson and Hartley, table 40.
    assert poisson(0)[1] == pytest.approx(2.996, abs=1e-3)
    assert poisson(1) == pytest.approx((0.0513, 4.744), abs=1e-3)
    assert poisson(10) == pytest.approx((5.425, 16.96), abs=5e-3)


def test_the_interval_holds_the_truth_where_a_few_bring_many():
    dice, inside = np.random.default_rng(7), 0
    for _time in range(150):
        people = []
        for rate in dice.gamma(0.5, 0.6, 200):  # mean 0.3 a year, a few far above
            days = float(dice.uniform(30, 700))
            n = dice.poisson(rate * days / YEAR)
            people.append(Watched(days, tuple(sorted(dice.uniform(0, days, n)))))
        found = hazard(people).a_year
        inside += found.low <= 0.3 <= found.high
    assert inside / 150 >= 0.86


def test_nobody_watched_is_refused():
    with pytest.raises(ValueError, match="nobody"):
        hazard([Watched(0.0)])
    with pytest.raises(ValueError, match="watched from"):
        Watched(3.0, (4.0,))


def test_nobody_brought_is_a_range_and_not_zero():
    found = hazard([Watched(YEAR)] * 10)
    assert found.a_year.mean == 0
    assert found.a_year.high == pytest.approx(2.996 / 10, abs=1e-3)

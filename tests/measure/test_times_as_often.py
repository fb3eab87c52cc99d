"""Two variants beside each other: true at every look, for a handful of successes too."""

import math

import numpy as np
import pytest

from halves.measure.times_as_often import times_as_often
from tests.measure import hillstrom


def by_hand(some, of, ratio, *, imagined=12):
    """What a bet against a ratio has won: one success after another, each bet on what was seen."""
    usual = of[0] / sum(of)
    coin = ratio * usual / (ratio * usual + 1 - usual)
    seen, wealth = [imagined * usual, imagined * (1 - usual)], 1.0
    for which in (0,) * some[0] + (1,) * some[1]:
        wealth *= seen[which] / sum(seen) / (coin if which == 0 else 1 - coin)
        seen[which] += 1
    return wealth


@pytest.mark.parametrize(
    ("some", "of"), [((3, 9), (40, 40)), ((60, 41), (700, 300)), ((1, 1), (5, 9))]
)
def test_the_interval_ends_where_a_bet_against_it_has_won_ten_times_its_stake(some, of):
    found = times_as_often(some, of)

    assert found.low < found.mean < found.high
    for end in (found.low, found.high):
        assert by_hand(some, of, end) == pytest.approx(10, rel=1e-6)
    assert by_hand(some, of, found.mean) < 1


def test_where_one_never_succeeded_the_interval_has_no_end_on_that_side():
    none_of_first, none_of_second = (
        times_as_often((0, 14), (50, 50)),
        times_as_often((14, 0), (50, 50)),
    )

    assert (none_of_first.low, none_of_first.mean) == (0, 0)
    assert none_of_first.high < 1 < none_of_second.low
    assert (none_of_second.mean, none_of_second.high) == (math.inf, math.inf)
    assert times_as_often((0, 0), (50, 50)) is None


@pytest.mark.parametrize(("some", "of"), [((1, 1), (0, 5)), ((-1, 1), (5, 5))])
def test_what_cannot_be_is_refused(some, of):
    with pytest.raises(ValueError, match="cannot be compared"):
        times_as_often(some, of)


@pytest.mark.parametrize("share", [0.05, 0.4])
def test_of_two_that_work_alike_hardly_ever_one_is_called_better_however_often_one_looks(share):
    """Looked at after each ten people, two hundred times a run."""
    rng, wrong, runs = np.random.default_rng(20_261), 0, 120
    for _ in range(runs):
        first = rng.random(2_000) < 0.5
        did = rng.random(2_000) < share
        counts = [np.cumsum(who)[9::10] for who in (first & did, ~first & did, first, ~first)]
        looks = (
            times_as_often((a, b), (n, m))
            for a, b, n, m in zip(*(one.tolist() for one in counts), strict=True)
            if n and m
        )
        wrong += any(look is not None and look.excludes(1) for look in looks)
    assert wrong / runs <= 0.1


@pytest.mark.skipif(
    not hillstrom.FILE.exists(), reason="the Hillstrom file is not in ../shared/data"
)
def test_of_hillstrom_s_two_mails_that_on_men_s_things_brings_more_people_to_the_shop():
    """As published 18.3% and 15.1% came by."""
    raw = hillstrom.columns()
    got = [raw["segment"] == hillstrom.MAILS[name] for name in ("mens", "womens")]
    people = tuple(int(one.sum()) for one in got)
    came = tuple(int(raw["visit"][one].sum()) for one in got)
    bought = tuple(int(raw["conversion"][one].sum()) for one in got)

    found = times_as_often(came, people)
    assert found.mean == pytest.approx(0.1828 / 0.1514, abs=0.001)
    assert 1.1 < found.low < found.mean < found.high < 1.32
    assert times_as_often(bought, people).low > 1

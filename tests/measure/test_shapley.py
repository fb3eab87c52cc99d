"""The Shapley rule: fair shares, exact for any number of units."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.measure import naive_claims as naive
from tests.measure.naive_claims import Journey, Outcome, Touch
from tests.measure.paths import START, Path, claimed


def over_all_orders(paths: list[Path]) -> dict[str, float]:
    """Average each unit's addition over every order in which the units may join."""
    walked = [
        Journey([Touch("ada", START, word) for word in path.split()], Outcome("ada", START, value))
        for path, value in paths
        if value
    ]
    units = sorted({word for path, _ in paths for word in path.split()})
    return naive.shapley_by_orders(walked, units)


def test_two_coalitions_by_hand() -> None:
    # v(A) = 50, v(B) = 0, v(AB) = 150: A adds 50 first or 150 second, B adds 0 or 100.
    assert claimed([("A", 50.0), ("A B", 100.0)], "shapley") == {"A": 100.0, "B": 50.0}


def test_coming_again_earns_nothing_more() -> None:
    assert claimed([("A B A A", 90.0)], "shapley") == {"A": 45.0, "B": 45.0}


steps = st.lists(st.sampled_from("ABCDE"), min_size=1, max_size=7).map(" ".join)
values = st.none() | st.integers(-9, 9).map(float)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(steps, values), min_size=1, max_size=8))
def test_shares_are_the_mean_addition_over_all_orders_of_joining(paths: list[Path]) -> None:
    assert claimed(paths, "shapley") == pytest.approx(over_all_orders(paths), abs=1e-9)


@pytest.mark.parametrize("units", [25, 64, 400])
def test_a_journey_of_many_units_is_shared_by_all_of_them(units: int) -> None:
    words = [f"channel_{place:03d}" for place in range(units)]
    shares = claimed([(" ".join(words), 100.0), (words[0], 1.0)], "shapley")
    assert shares.pop(words[0]) == pytest.approx(100 / units + 1)
    assert list(shares.values()) == pytest.approx([100 / units] * (units - 1))

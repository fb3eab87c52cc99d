"""The Markov rule: shares by removal effect, solved exactly."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halves.measure.errors import TooManyUnits
from tests.measure import naive_claims as naive
from tests.measure.naive_claims import Journey, Outcome, Touch
from tests.measure.paths import START, Path, claimed


def cut_out_one_by_one(paths: list[Path]) -> dict[str, float]:
    """Solve the chain again without each unit."""
    walked = [
        Journey(
            [Touch("ada", START, word) for word in path.split()],
            Outcome("ada", START, value) if value else None,
        )
        for path, value in paths
    ]
    return naive.claims(walked, "markov", of="value", half_life=timedelta(days=1))


def test_the_worked_example_of_three_paths() -> None:
    # Bryl (2016), Marketing Multi-Channel Attribution model with R: one path of three converts;
    # without C1 half of that is lost, without C2 or C3 all.
    paths = [("C1 C2 C3", 1.0), ("C1", None), ("C2 C3", None)]
    assert claimed(paths, "markov") == pytest.approx({"C1": 0.2, "C2": 0.4, "C3": 0.4})


def test_value_follows_the_mean_credit_after_each_last_touch() -> None:
    # Half of all journeys end after A, worth 10; half after B, worth 30 in the mean; none meet.
    paths = [("A", 10.0), ("B", 20.0), ("B", 40.0), ("A", 10.0)]
    assert claimed(paths, "markov") == pytest.approx({"A": 20.0, "B": 60.0})


def test_coming_to_a_unit_again_at_once_changes_nothing() -> None:
    once = [("A B", 5.0), ("A C", None), ("C B", 1.0), ("C", None)]
    again = [("A A A B", 5.0), ("A C C", None), ("C B B", 1.0), ("C C C C", None)]
    assert claimed(again, "markov") == pytest.approx(claimed(once, "markov"))


steps = st.lists(st.sampled_from("ABCDEF"), min_size=1, max_size=8).map(" ".join)
values = st.none() | st.integers(1, 9).map(float)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(steps, values), min_size=1, max_size=20))
def test_one_inverse_finds_what_cutting_out_each_unit_finds(paths: list[Path]) -> None:
    expected = cut_out_one_by_one(paths)
    found = claimed(paths, "markov")
    assert found == pytest.approx({unit: expected.get(unit, 0.0) for unit in found}, abs=1e-9)


def test_hundreds_of_units_are_solved_too() -> None:
    rng = np.random.default_rng(1)
    words = [f"campaign_{place:03d}" for place in range(300)]
    paths: list[Path] = [
        (" ".join(rng.choice(words, rng.integers(1, 6))), value)
        for value in rng.choice([None, 10.0, 30.0], 1_500, p=[0.6, 0.2, 0.2])
    ]
    assert claimed(paths, "markov", by="campaign") == pytest.approx(cut_out_one_by_one(paths))


def test_more_units_than_a_matrix_holds_are_refused_by_number() -> None:
    paths: list[Path] = [(f"campaign_{place}", 1.0) for place in range(5_001)]
    with pytest.raises(TooManyUnits, match=r"5,001: more than 5,000"):
        claimed(paths, "markov", by="campaign")
    assert sum(claimed(paths, "linear", by="campaign").values()) == 5_001

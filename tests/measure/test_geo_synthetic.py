"""The synthetic control's weights, against the long way round."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from halves.measure.synthetic import mix_to_match, nearest_in_hull


def least_by_trying_all(corners: np.ndarray) -> float:
    """The hull's least distance from the origin: every set of corners, each solved by itself."""
    least = np.inf
    for size in range(1, len(corners) + 1):
        for some in combinations(range(len(corners)), size):
            base = corners[some[0]]
            moves = np.array([corners[one] - base for one in some[1:]]).reshape(-1, len(base))
            steps = np.linalg.lstsq(moves.T, -base, rcond=None)[0]
            weights = np.append(1 - steps.sum(), steps)
            if (weights >= -1e-9).all():
                least = min(least, float(np.linalg.norm(base + steps @ moves)))
    return least


@given(
    seed=st.integers(0, 2**32 - 1),
    corners=st.integers(2, 6),
    dimensions=st.integers(1, 5),
    away=st.floats(-3, 3),
)
def test_no_mix_lies_nearer_than_the_one_found(seed, corners, dimensions, away):
    points = np.random.default_rng(seed).normal(away, 1, (corners, dimensions))

    weights = nearest_in_hull(points @ points.T)

    assert weights.sum() == pytest.approx(1)
    assert weights.min() >= 0
    assert np.linalg.norm(weights @ points) == pytest.approx(least_by_trying_all(points), abs=1e-3)


def test_regions_that_move_alike_share_their_weight():
    same = np.array([[1.0, 2.0], [1.0, 2.0], [9.0, 9.0]])

    assert nearest_in_hull(same @ same.T) == pytest.approx([0.5, 0.5, 0], abs=1e-6)


def test_regions_that_never_move_are_mixed_evenly():
    assert nearest_in_hull(np.zeros((4, 4))) == pytest.approx([0.25] * 4)


def test_the_ridge_is_the_papers_formula_day_by_day():
    """Ben-Michael, Feller and Rothstein's estimator with X of days, not sums of products."""
    rng = np.random.default_rng(2)
    outcome = rng.normal(0, 1, (12, 9)) + rng.normal(0, 2, (12, 1))
    outcome -= outcome.mean(axis=0)
    own = np.zeros(9)
    own[:2] = 0.5

    found = mix_to_match(outcome.T @ outcome, own, penalties=[0.1])[0]

    controls = outcome[:, 2:].T  # (region, day), as in the paper
    centred = controls - controls.mean(axis=0)
    ridge = 0.1 * np.linalg.norm(centred, 2) ** 2
    misfit = outcome @ own - controls.T @ found.simplex[2:]
    by_day = np.linalg.solve(centred.T @ centred + ridge * np.eye(12), misfit)
    assert found.augmented[2:] == pytest.approx(found.simplex[2:] + centred @ by_day)
    assert found.augmented.sum() == pytest.approx(1)
    assert found.augmented[:2] == pytest.approx([0, 0])
    ridged = outcome @ (own - found.augmented)
    assert np.linalg.norm(ridged) < np.linalg.norm(misfit)


@pytest.mark.parametrize("penalty", [0.0, -1.0, np.nan])
def test_a_penalty_is_above_zero(penalty):
    with pytest.raises(ValueError, match="penalty must be above 0, got"):
        mix_to_match(np.eye(3), np.array([1.0, 0, 0]), penalties=[penalty])


def test_somebody_must_be_left_to_mix():
    with pytest.raises(ValueError, match="no region is left outside the group"):
        mix_to_match(np.eye(2), np.array([0.5, 0.5]), penalties=[1.0])

"""Whether the weighted score holds the truth where answering depends on who one is."""

import numpy as np
import pytest

from halves.measure.recommend import Asked, recommend


def _asked(dice, size=600):
    """New customers in the south are less pleased, and answer more seldom."""
    people = []
    for _one in range(size):
        region = "south" if dice.random() < 0.4 else "north"
        tenure = float(dice.exponential(2.0))
        pleased = 0.3 + 0.25 * (region == "north") + 0.06 * min(tenure, 4)
        score = int(np.clip(dice.binomial(10, 0.55 + 0.4 * pleased), 0, 10))
        odds = -1.8 + 0.9 * (region == "north") + 0.35 * min(tenure, 4)
        answers = dice.random() < 1 / (1 + np.exp(-odds))
        people.append((score, Asked(score if answers else None, {"region": region, "t": tenure})))
    return people


def test_coverage_where_response_depends_on_what_is_known():
    dice = np.random.default_rng(11)
    many = np.array([score for score, _one in _asked(dice, 60_000)])
    truth = 100 * ((many >= 9).mean() - (many <= 6).mean())
    inside = raw_inside = 0
    for _time in range(200):
        found = recommend([one for _score, one in _asked(dice)])
        inside += found.weighted.low <= truth <= found.weighted.high
        raw_inside += found.raw.low <= truth <= found.raw.high
    assert inside / 200 >= 0.88
    assert raw_inside < inside - 20  # without weights the answer is wrong


def test_with_answers_alike_the_weights_are_even():
    people = [Asked(n % 11, {}) for n in range(44)] + [Asked(None, {})] * 56
    found = recommend(people)
    assert found.weighted.mean == pytest.approx(found.raw.mean)
    assert found.response == pytest.approx(0.44)
    assert found.effective == pytest.approx(44)


def test_a_handful_of_answers_is_no_score():
    found = recommend([Asked(10, {})] * 9 + [Asked(None, {})])
    assert found.raw is None
    assert found.weighted is None


def test_a_score_outside_is_refused():
    with pytest.raises(ValueError, match="0 to 10"):
        Asked(11, {})

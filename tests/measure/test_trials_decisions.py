"""A queue that rolls its dice many times for one person."""

from collections import defaultdict
from datetime import timedelta

import numpy as np
import pytest

from halves.measure.trials import trial
from tests.measure.made_up_trial import DAY, END, HOUR, START, MadeUp, people


def test_a_decision_has_the_outcomes_up_to_the_next(tmp_path):
    made_up = MadeUp(withheld=("call",))
    for person in ("ada", "ben"):
        made_up.assign(person, "treated", decision_id=f"{person} 1", at=START + DAY)
        made_up.assign(person, "held_out", decision_id=f"{person} 2", at=START + 9 * DAY)
    made_up.sell("ada", 500.0, at=START + HOUR)  # before any decision
    made_up.sell("ada", 8.0, at=START + DAY)
    made_up.sell("ada", 2.0, at=START + 9 * DAY - HOUR)
    made_up.sell("ben", 4.0, at=START + 9 * DAY)
    made_up.sell("ben", 500.0, at=END)
    made_up.touch("ada", channel="call", at=START + 2 * DAY)
    made_up.touch("ada", channel="call", at=START + 10 * DAY)

    found = trial(made_up.write(tmp_path), "spring")

    assert found.per_decision
    assert found.treated.mean.mean == pytest.approx((8 + 2) / 2)
    assert found.held_out.mean.mean == pytest.approx(4 / 2)
    assert (found.treated.touches, found.held_out.touches) == (1, 1)
    assert "of 4 decisions" in found.words
    assert any("up to the next" in note for note in found.notes)


def _rolled(rng: np.random.Generator) -> tuple[MadeUp, list[tuple[str, bool, float, float]]]:
    """Eager people are called more often, and buy more whatever is done."""
    made_up = MadeUp(withheld=("call",))
    rows = []
    for person in people(25):
        eager = rng.gamma(1.0)
        for day in range(1, 1 + rng.integers(1, 6)):
            chance = 0.8 if eager > 1 else 0.4
            treated = bool(rng.random() < chance)
            propensity = chance if treated else 1 - chance
            at = START + 7 * day * DAY
            arm = "treated" if treated else "held_out"
            made_up.assign(person, arm, decision_id=f"{person} {day}", at=at, propensity=propensity)
            value = round(float(10 * eager + rng.gamma(1.0, 5.0) + 4 * treated), 2)
            made_up.sell(person, value, at=at + HOUR)
            rows.append((person, treated, propensity, value))
    return made_up, rows


def test_a_persons_decisions_go_together(tmp_path):
    made_up, rows = _rolled(np.random.default_rng(8))

    found = trial(made_up.write(tmp_path), "spring", covariate_window=timedelta(0))

    # The long way: one loop over decisions for the means, one for each person's influence.
    weights, sums = {True: 0.0, False: 0.0}, {True: 0.0, False: 0.0}
    for _, treated, propensity, value in rows:
        weights[treated] += 1 / propensity
        sums[treated] += value / propensity
    means = {arm: sums[arm] / weights[arm] for arm in (True, False)}
    counts = {arm: sum(row[1] == arm for row in rows) for arm in (True, False)}
    influence = defaultdict(lambda: {True: 0.0, False: 0.0})
    for person, treated, propensity, value in rows:
        influence[person][treated] += (value - means[treated]) / propensity / weights[treated]
    variance = 0.0
    for arm in (True, False):
        squares = sum(one[arm] ** 2 for one in influence.values())
        variance += squares * counts[arm] / (counts[arm] - 1)
    variance -= 2 * sum(one[True] * one[False] for one in influence.values())
    variance *= len(influence) / (len(influence) - 1)

    assert found.effect.mean == pytest.approx(means[True] - means[False])
    assert found.standard_error == pytest.approx(variance**0.5)
    assert found.degrees_of_freedom == 24


def test_what_a_person_did_before_helps_all_their_decisions(tmp_path):
    rng = np.random.default_rng(8)
    made_up = MadeUp(withheld=("call",))
    for person in people(60):
        past = float(rng.integers(0, 20)) ** 2
        if past:
            made_up.sell(person, past, at=START - 9 * DAY)
        for day in (1, 8, 15):
            arm = "treated" if rng.random() < 0.5 else "held_out"
            made_up.assign(person, arm, decision_id=f"{person} {day}", at=START + day * DAY)
            made_up.sell(person, past**0.5 + rng.gamma(1.0), at=START + (day + 1) * DAY)

    found = trial(made_up.write(tmp_path), "spring")

    assert found.covariates[0] == "value_deal_closed"
    # A gamma of shape 1 has variance 1; what the past foretells varies 20²/12 = 33 times as much.
    assert found.variance_reduction > 0.9
    assert not found.effect.excludes(0.0)

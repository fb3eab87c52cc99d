"""Which answers win: nothing is claimed where nothing is there; what is planted is found.

Seeds were fixed before any of it was run; simulated talks were what the method was made on.
"""

import numpy as np
import pytest

from halves.measure.answers import (
    NO_WINNER,
    WINS,
    Talks,
    answers_that_win,
    benjamini_hochberg,
    held_by,
    winners,
)
from halves.measure.answers_robust import prepare
from tests.measure.talks import needs_dialogues, persuasion, planted, shuffled

Q = 0.1


def q_values(talks: Talks, prepared=None) -> np.ndarray:
    """As `answers_that_win` has them, without the shrunk effects, which claims do not need."""
    ready = prepared or prepare(
        talks.given, talks.concern, talks.seller, talks.covariates, talks.decision, seed=1
    )
    return benjamini_hochberg(ready.effects(talks.won).p_values)


@needs_dialogues
def test_nothing_is_claimed_on_real_labels_where_nothing_is():
    talks = persuasion()
    found = answers_that_win(talks, seed=1)

    assert talks.given.shape == (300, 25)
    assert winners(found) == []
    assert {one.verdict for one in found} == {NO_WINNER}
    assert min(one.q_value for one in found) >= Q


@needs_dialogues
@pytest.mark.parametrize("times", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_with_outcomes_dealt_anew_false_claims_are_few(times):
    talks = persuasion()
    prepared = prepare(
        talks.given, talks.concern, talks.seller, talks.covariates, talks.decision, seed=1
    )
    claimed = sum(
        bool((q_values(shuffled(talks, seed), prepared) < Q).any()) for seed in range(times)
    )
    print(f"claims in {claimed} of {times}")

    # Where nothing is true, the share of false claims is how often anything is claimed at all.
    assert claimed <= Q * times + (0 if times > 100 else 2)


def found_and_false(seeds: range, **said) -> tuple[float, float]:
    """The share of what is planted that is found, and of what is claimed that is false."""
    power, false = [], []
    for seed in seeds:
        claimed = q_values(planted(seed, **said)) < Q
        power.append(claimed[:2].mean())
        false.append(claimed[2:].sum() / max(claimed.sum(), 1))
    print(f"power {np.mean(power):.3f}, false {np.mean(false):.3f}")
    return float(np.mean(power)), float(np.mean(false))


@pytest.mark.parametrize("times", [15, pytest.param(200, marks=pytest.mark.slow)])
def test_what_is_worth_fifteen_points_is_found_among_a_thousand(times):
    power, false = found_and_false(range(1_000, 1_000 + times))

    assert power >= 0.8
    assert false <= Q + (0.02 if times > 100 else 0.06)


@pytest.mark.slow
def test_with_planted_outcomes_dealt_anew_false_claims_are_few():
    talks = planted(7)
    prepared = prepare(
        talks.given, talks.concern, talks.seller, talks.covariates, talks.decision, seed=1
    )
    claimed = sum(
        bool((q_values(shuffled(talks, seed), prepared) < Q).any()) for seed in range(200)
    )

    assert claimed <= Q * 200


@needs_dialogues
@pytest.mark.slow
def test_what_is_planted_into_real_labels_is_found():
    """A thousand dialogues drawn from the 300, whose labels go together as they do."""
    real, found, often = persuasion(), [], []
    shares = real.given.mean(axis=0)
    usual = np.flatnonzero((shares > 0.3) & (shares < 0.7))
    for seed in range(15):
        rng = np.random.default_rng(2_000 + seed)
        rows, label = rng.integers(300, size=1_000), usual[seed % len(usual)]
        given = real.given[rows]
        won = rng.random(1_000) < 0.4 + 0.15 * given[:, label]
        talks = Talks(
            given, won, real.concern[rows], real.seller[rows], real.covariates[rows],
            np.arange(1_000),
        )  # fmt: skip
        claimed = q_values(talks) < Q
        found.append(bool(claimed[label]))
        often.append((claimed.sum() - claimed[label]) / max(claimed.sum(), 1))
    print(f"power {np.mean(found):.3f}, false {np.mean(often):.3f}")

    assert np.mean(found) >= 0.8
    assert np.mean(often) <= Q + 0.03


def test_a_claim_has_its_size_and_each_concern_its_own():
    talks = planted(11)
    found = answers_that_win(talks, seed=1)

    assert found[0].verdict == WINS
    assert found[0].effect.low < 0.15 < found[0].effect.high
    assert set(found[0].by_concern) == set(range(6))
    covered = [one.low < 0.15 < one.high for one in found[0].by_concern.values()]
    assert sum(covered) >= 4  # of six intervals of 90%
    assert found[5].verdict == NO_WINNER


def test_an_answer_that_few_were_given_is_not_judged():
    talks = planted(3, rows=200)
    talks.given[:, 0] = False
    talks.given[:12, 0] = True
    first = answers_that_win(talks, seed=1)[0]

    assert (first.effect, first.q_value, first.verdict) == (None, 1.0, NO_WINNER)


def test_shapes_that_do_not_fit_are_refused():
    one = np.zeros(2, dtype=np.int64)
    with pytest.raises(ValueError, match="concern has 3 rows, won has 2"):
        Talks(np.zeros((2, 1), bool), np.zeros(2, bool), np.zeros(3, np.int64), one,
              np.zeros((2, 0)), one)  # fmt: skip


def test_who_never_said_it_is_a_range_between_what_was_voiced_and_what_asking_shows():
    assert held_by(people=100, voiced=10, asked=50, voiced_when_asked=25).low == 10
    few = held_by(people=100, voiced=10, asked=5, voiced_when_asked=3)
    many = held_by(people=100, voiced=10, asked=50, voiced_when_asked=30)
    assert 10 < many.high < few.high <= 100
    with pytest.raises(ValueError, match="voiced 11"):
        held_by(people=10, voiced=11, asked=0, voiced_when_asked=0)

"""Looking early: false alarms over many simulated tests of nothing against nothing."""

import math
from dataclasses import dataclass

import numpy as np
import pytest

from halves.measure.sequence import ConfidenceSequence, score_error

RUNS, LOOKS = 2_000, 30
SHARES = np.arange(1, LOOKS + 1) / LOOKS
ALPHA = 0.05


def normal(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.standard_normal(shape)


def revenue(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """One in ten buys, and some of them a lot."""
    return (rng.random(shape) < 0.1) * rng.lognormal(3.0, 1.0, shape)


@dataclass
class Looks:
    """What each run (row) saw at each look (column)."""

    effect: np.ndarray
    error: np.ndarray  # Welch's
    safe_error: np.ndarray
    information: np.ndarray


def look(y: np.ndarray, held_out: np.ndarray, counts: np.ndarray) -> Looks:
    """Difference of means over the units so far, when so many have joined."""
    means, variances, rows = [], [], []
    for arm in (~held_out, held_out):
        count = arm.cumsum(axis=1)[:, counts - 1]
        total = (y * arm).cumsum(axis=1)[:, counts - 1]
        square = (y * y * arm).cumsum(axis=1)[:, counts - 1]
        means.append(total / count)
        variances.append((square - total**2 / count) / (count - 1) / count)
        rows.append(count)
    return Looks(
        effect=means[0] - means[1],
        error=np.sqrt(variances[0] + variances[1]),
        safe_error=score_error(*variances, n_treated=rows[0], n_held_out=rows[1]),
        information=rows[0] * rows[1] / (rows[0] + rows[1]),
    )


def alarms(effect: np.ndarray, error: np.ndarray, share: np.ndarray) -> float:
    """How many runs leave the sequence at some look.

    As a trial does it, the end is foreseen from the look: here in units of its own variance.
    """
    limits = [
        ConfidenceSequence.planned(variance=1 / passed, alpha=ALPHA).boundary(np.ones(1))[0]
        for passed in share
    ]
    return float((np.abs(effect) >= np.array(limits) * error).any(axis=1).mean())


def alarms_by_z(effect: np.ndarray, error: np.ndarray) -> float:
    """How many runs look significant at some look to an ordinary test."""
    return float((np.abs(effect) >= 1.959964 * error).any(axis=1).mean())


@pytest.mark.parametrize(
    ("draw", "units", "share"),
    [(normal, 1_500, 0.5), (normal, 3_000, 0.15), (revenue, 6_000, 0.5), (revenue, 9_000, 0.15)],
)
def test_people_who_join_one_by_one_raise_few_false_alarms(draw, units, share):
    rng = np.random.default_rng(4)
    counts = np.linspace(units / LOOKS, units, LOOKS).astype(int)
    by_sequence, by_z = [], []
    for _ in range(RUNS // 200):  # in parts, to bound memory
        y = draw(rng, (200, units))
        held_out = rng.random((200, units)) < share
        found = look(y, held_out, counts)
        by_sequence.append(alarms(found.effect, found.safe_error, counts / units))
        by_z.append(alarms_by_z(found.effect, found.error))

    assert np.mean(by_sequence) <= ALPHA
    assert np.mean(by_z) >= 0.20


def _purchases(rng: np.random.Generator, runs: int, units: int) -> np.ndarray:
    """Repeat buyers: what each of them bought between looks; shape (runs, units, looks)."""
    eager = rng.gamma(0.5, 8.0, (runs, units, 1))
    orders = rng.poisson(eager / LOOKS, (runs, units, LOOKS))
    return orders * rng.lognormal(3.0, 0.8, (runs, units, 1))


@pytest.fixture(scope="module")
def repeat_buyers():
    """Scores of people who were all assigned at the start and buy again and again."""
    rng = np.random.default_rng(6)
    score, by_person, by_purchase = [], [], []
    for _ in range(RUNS // 100):
        bought = _purchases(rng, 100, 600)
        total = bought.cumsum(axis=2)
        arm = np.where(rng.random((100, 600, 1)) < 0.5, 0.5, -0.5)
        centred = total - total.mean(axis=1, keepdims=True)
        score.append((arm * centred).sum(axis=1))
        by_person.append(np.sqrt((arm**2 * centred**2).sum(axis=1)))
        by_purchase.append(np.sqrt((arm**2 * bought**2).sum(axis=1).cumsum(axis=1)))
    return tuple(np.concatenate(parts) for parts in (score, by_person, by_purchase))


def test_repeat_buyers_raise_few_false_alarms_when_each_counts_once(repeat_buyers):
    score, by_person, _ = repeat_buyers

    assert alarms(score, by_person, SHARES) <= ALPHA
    assert alarms_by_z(score, by_person) >= 0.15


def test_counting_each_purchase_by_itself_would_break_the_promise(repeat_buyers):
    score, _, by_purchase = repeat_buyers

    assert alarms(score, by_purchase, SHARES) > 2 * ALPHA


def test_the_price_of_looking_is_a_wider_interval():
    # Thirty looks, 5%, two-sided: 1.56 times an ordinary interval's width at the planned end.
    sequence = ConfidenceSequence.planned(variance=400.0, alpha=ALPHA)

    assert sequence.boundary(np.array([400.0]))[0] / 20.0 / 1.959964 == pytest.approx(
        1.55, abs=0.02
    )


def test_no_other_mixture_is_narrower_at_the_planned_end():
    planned = ConfidenceSequence.planned(variance=100.0, alpha=0.1)
    at_end = np.array([100.0])

    others = [
        ConfidenceSequence(mixture=planned.mixture * factor, alpha=0.1).boundary(at_end)[0]
        for factor in (0.2, 0.5, 0.9, 1.1, 2.0, 5.0)
    ]

    assert min(others) > planned.boundary(at_end)[0]
    # Howard et al. (2021): V/rho = -W(-alpha²/e) - 1 with Lambert's lower branch, so x e^-x holds.
    x = 100.0 / planned.mixture + 1
    assert x * math.exp(-x) == pytest.approx(0.1**2 / math.e, rel=1e-9)


@pytest.mark.parametrize("planned_for", [1 / 3, 3.0])
def test_a_plan_that_was_wrong_costs_little(planned_for):
    best, other = (
        ConfidenceSequence.planned(variance=variance, alpha=0.1).boundary(np.ones(1))[0]
        for variance in (1.0, planned_for)
    )

    assert best < other < 1.05 * best


def test_an_effect_is_found_and_held():
    rng = np.random.default_rng(9)
    held = []
    for _ in range(300):
        y = rng.standard_normal(4_000)
        held_out = rng.random(4_000) < 0.5
        y += 0.2 * ~held_out
        counts = np.linspace(400, 4_000, 10).astype(int)
        found = look(y[None, :], held_out[None, :], counts)
        sequence = ConfidenceSequence.planned(variance=1_000.0, alpha=0.1)
        intervals = [
            sequence.around(effect, standard_error=error, information=information)
            for effect, error, information in zip(
                found.effect[0], found.safe_error[0], found.information[0], strict=True
            )
        ]
        held.append(not any(interval.excludes(0.2) for interval in intervals))
        assert intervals[-1].excludes(0.0)

    assert np.mean(held) >= 0.9


@pytest.mark.parametrize(
    "wrong", [{"mixture": 0.0}, {"mixture": math.nan}, {"mixture": 1.0, "alpha": 0.0}]
)
def test_what_cannot_be_a_sequence_is_refused(wrong):
    with pytest.raises(ValueError, match="must be"):
        ConfidenceSequence(**wrong)

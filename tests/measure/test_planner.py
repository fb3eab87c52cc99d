"""What a holdout could find, said beforehand, and whether it then does."""

from datetime import timedelta
from itertools import product

import numpy as np
import pytest

from halves.measure.errors import NobodyReached, NoOutcomes
from halves.measure.planner import Reach, plan_holdout, propose_holdout, reach
from halves.measure.sequence import ConfidenceSequence
from tests.measure.made_up_trial import DAY, END, START, MadeUp

YEAR = timedelta(days=364)


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


@pytest.mark.parametrize(
    ("share", "error", "detectable"), [(0.05, 510, 1_430), (0.15, 279, 780), (0.50, 117, 328)]
)
def test_the_larger_the_holdout_the_smaller_the_effect_it_finds(share, error, detectable):
    # Thousands, for 100,000 people whose outcomes have a standard deviation of 370 each.
    design = plan_holdout(people=100_000, sd=370.0, share=share, rng=rng())

    assert round(design.se_total / 1e3) == error
    assert design.mde_one_look / 1e3 == pytest.approx(detectable, rel=0.002)
    assert design.n_held_out == 100_000 * share
    assert design.mde_one_look < design.mde_sequence < 1.5 * design.mde_one_look


def _revenue(rng: np.random.Generator, runs: int, people: int) -> np.ndarray:
    """One in five buys, 100 or so."""
    return (rng.random((runs, people)) < 0.2) * rng.gamma(4.0, 25.0, (runs, people))


def _effects(looks: int, *, share: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Totals found in tests of a true effect, people joining as time goes: runs by looks."""
    rng = np.random.default_rng(3)
    runs, people = 1_600, 4_000
    sd = float(_revenue(rng, 100, people).std())
    design = plan_holdout(people=people, sd=sd, share=share, looks=looks, rng=rng)
    wanted = design.mde_one_look if looks == 1 else design.mde_sequence
    effects, errors = [], []
    for _ in range(runs // 100):
        y = _revenue(rng, 100, people)
        # Arms are alternated in blocks, so that both grow in step.
        held_out = np.tile(np.arange(people) % 20 < 20 * share, (100, 1))
        y = y + ~held_out * wanted / design.n_treated
        counts = np.linspace(people / looks, people, looks).astype(int)
        means = [
            (y * arm).cumsum(axis=1)[:, counts - 1] / arm.cumsum(axis=1)[:, counts - 1]
            for arm in (~held_out, held_out)
        ]
        effects.append(means[0] - means[1])
        counted = [arm.cumsum(axis=1)[:, counts - 1] for arm in (~held_out, held_out)]
        errors.append(sd * np.sqrt(1 / counted[0] + 1 / counted[1]))
    return np.concatenate(effects), np.concatenate(errors), counts / people


@pytest.mark.parametrize("share", [0.15, 0.5])
def test_what_one_look_is_said_to_find_it_finds_8_times_in_10(share):
    effects, errors, _ = _effects(1, share=share)

    assert (effects[:, 0] > 1.959964 * errors[:, 0]).mean() == pytest.approx(0.8, abs=0.03)


def test_what_a_sequence_is_said_to_find_it_finds_8_times_in_10():
    effects, errors, passed = _effects(30, share=0.5)

    # In units of the final score's standard deviation: V is the share of people so far.
    boundary = ConfidenceSequence.planned(variance=1.0, alpha=0.05).boundary(passed)
    score = effects / errors * np.sqrt(passed)
    assert (score > boundary).any(axis=1).mean() == pytest.approx(0.8, abs=0.03)


def test_one_look_by_the_sequence_costs_what_its_boundary_says():
    design = plan_holdout(people=1_000, sd=1.0, share=0.5, looks=1, rng=rng())
    boundary = ConfidenceSequence.planned(variance=1.0, alpha=0.05).boundary(np.ones(1))[0]

    assert design.mde_sequence / design.se_total == pytest.approx(boundary + 0.8416, abs=0.03)


def test_the_same_seed_plans_the_same():
    first, second = (plan_holdout(people=999, sd=2.0, share=0.3, rng=rng()) for _ in range(2))

    assert first == second


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"share": 0.0}, "share must be between 0 and 1, got 0.0"),
        ({"share": 1.0}, "share must be between 0 and 1, got 1.0"),
        ({"sd": 0.0}, "sd must be above 0"),
        ({"sd": float("nan")}, "sd must be above 0"),
        ({"people": 1}, "leaves an arm with nobody"),
        ({"looks": 0}, "looks must be at least 1, got 0"),
    ],
)
def test_a_plan_that_is_none_is_refused(wrong, said):
    with pytest.raises(ValueError, match=said):
        plan_holdout(**({"people": 100, "sd": 1.0, "share": 0.2, "rng": rng()} | wrong))


def test_the_cheapest_holdout_that_would_settle_it_is_proposed():
    reached = Reach(people=50_000, sd=80.0)
    shares, lengths = (0.1, 0.3, 0.5), tuple(timedelta(weeks=weeks) for weeks in (4, 13, 26))

    found = propose_holdout(
        "email",
        reached=reached,
        spend=120_000.0,
        period=YEAR,
        margin=0.4,
        shares=shares,
        lengths=lengths,
    )

    def detectable(share: float, length: timedelta) -> float:
        in_time = length / YEAR
        held_out, treated = 50_000 * share, 50_000 * (1 - share)
        a_head = 2.8016 * 80 * in_time**0.5 * (1 / held_out + 1 / treated) ** 0.5
        return a_head * 50_000 / in_time

    fit = [pair for pair in product(shares, lengths) if detectable(*pair) <= 300_000]
    cheapest = min(fit, key=lambda pair: pair[0] * pair[1])
    assert (found.held_out_share, found.length) == cheapest
    assert found.detectable == pytest.approx(detectable(*cheapest), rel=1e-4)
    assert found.detectable <= 120_000 / 0.4
    assert found.people == 50_000
    assert found.words.startswith("hold out ")
    assert found.words.endswith("over the period, and it pays from 300,000")


def test_what_no_holdout_can_find_is_said_to_be_so():
    found = propose_holdout(
        "banner",
        reached=Reach(people=900, sd=500.0),
        spend=1_000.0,
        period=YEAR,
        margin=0.5,
        currency="EUR",
    )

    assert (found.held_out_share, found.length) == (0.5, timedelta(weeks=26))
    assert found.detectable > 2_000
    assert found.words.startswith(
        "no holdout would settle it: even 50% of the 900 people it reaches for 26 weeks finds "
    )
    assert found.words.endswith("EUR or more over the period, and it pays from 2,000 EUR")


def test_what_is_probably_wasted_is_withheld_from_half():
    found = propose_holdout(
        "calls",
        reached=Reach(people=50_000, sd=80.0),
        spend=120_000.0,
        period=YEAR,
        margin=0.4,
        p_wasted=0.7,
    )

    assert found.held_out_share == 0.5


@pytest.mark.parametrize(
    ("reached", "refusal", "said"),
    [
        (Reach(people=3, sd=1.0), NobodyReached, "'tv' reached 3 people by name"),
        (Reach(people=99, sd=0.0), NoOutcomes, "nobody whom 'tv' reached has an outcome"),
    ],
)
def test_a_holdout_of_nobody_is_not_proposed(reached, refusal, said):
    with pytest.raises(refusal, match=said):
        propose_holdout("tv", reached=reached, spend=1.0, period=YEAR, margin=0.5)


def test_shares_too_small_for_the_few_it_reaches_are_refused():
    with pytest.raises(NobodyReached, match=r"of the 20 people .* the shares 1%, 5% holds out two"):
        propose_holdout(
            "tv",
            reached=Reach(people=20, sd=1.0),
            spend=1.0,
            period=YEAR,
            margin=0.5,
            shares=(0.01, 0.05),
        )


@pytest.mark.parametrize("wrong", ["spend", "margin", "period"])
def test_a_proposal_needs_a_cost_a_margin_and_a_period(wrong):
    values = {
        "spend": 1.0,
        "margin": 0.5,
        "period": YEAR,
        wrong: 0 * YEAR if wrong == "period" else 0,
    }

    with pytest.raises(ValueError, match=f"{wrong} of 'tv' must be above 0"):
        propose_holdout("tv", reached=Reach(people=99, sd=1.0), **values)


def test_the_ledger_knows_whom_each_unit_reached(tmp_path):
    made_up = MadeUp()
    for person, channel, campaign in (
        ("ada", "email", "spring"),
        ("ada", "email", "autumn"),
        ("ben", "email", "spring"),
        ("cyd", "email", None),
        ("ada", "call", None),
    ):
        made_up.touch(person, channel=channel, campaign=campaign)
    made_up.touch("dan", at=END)
    made_up.sell("ada", 30.0)
    made_up.sell("ada", 30.0)
    made_up.sell("ben", 30.0)
    made_up.sell("ben", 900.0, at=END)
    made_up.sell("cyd", 900.0, kind="renewed")
    book = made_up.write(tmp_path)

    by_channel = reach(book, by="channel", since=START, until=END)
    by_campaign = reach(book, by="campaign", since=START - DAY, until=END)

    assert by_channel["email"].people == 3
    assert by_channel["email"].sd == pytest.approx(np.std([60.0, 30.0, 0.0]))
    assert by_channel["call"] == Reach(people=1, sd=0.0)
    assert {name: one.people for name, one in by_campaign.items()} == {"spring": 2, "autumn": 1}

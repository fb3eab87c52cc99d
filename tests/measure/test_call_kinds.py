"""Whom calls move: levels of kinds that lean on each other, and what a trial says of each kind."""

import numpy as np
import pytest

from halves.measure.call_gain import DOUBT
from halves.measure.call_kinds import APART, Seen, levels_of
from halves.measure.trial_kinds import found_by_kind, together
from halves.measure.trials import trial
from tests.measure.made_up_trial import DAY, HOUR, START, MadeUp, people

EIGHT = {  # Rubin (1981): what coaching did in eight schools, and its standard error
    "A": (28, 15),
    "B": (8, 10),
    "C": (-3, 16),
    "D": (7, 11),
    "E": (-1, 9),
    "F": (1, 11),
    "G": (18, 10),
    "H": (12, 18),
}


def test_levels_are_what_a_sampler_of_the_same_model_draws():
    seen = {"door": (3.0, 0.8), "deal": (0.2, 0.5), "interest": (6.0, 4.0)}
    levels = levels_of(
        {kind: Seen(1.0, 0.5, y, s) for kind, (y, s) in seen.items()} | {"new": Seen(1.0, 0.5)},
        margin=1.0,
    )
    # The long way: draw from the prior, weigh by the likelihood.
    rng = np.random.default_rng(1)
    size = 2_000_000
    spread = APART * np.abs(rng.standard_cauchy(size))
    middle = 1 + DOUBT * rng.standard_normal(size)
    drawn = {kind: middle + spread * rng.standard_normal(size) for kind in levels.own}
    log = sum(-0.5 * ((drawn[kind] - y) / s) ** 2 for kind, (y, s) in seen.items())
    weights = np.exp(log) / np.exp(log).sum()

    for kind, draws in drawn.items():
        order = np.argsort(draws)
        passed = np.cumsum(weights[order])
        low, high = draws[order][np.searchsorted(passed, [0.05, 0.95])]
        own = levels.own[kind]
        # Of a kind that nothing was seen of, the tails are the Cauchy's: only the middle is sure.
        if kind != "new":
            assert own.interval.mean == pytest.approx(float(weights @ draws), abs=0.06)
            assert (own.interval.low, own.interval.high) == pytest.approx((low, high), abs=0.15)


def test_no_kind_is_said_to_gain_because_another_does():
    def chance(**more) -> float:
        seen = {"deal": Seen(40.0, 5.0, 30.0, 30.0)} | more
        return levels_of(seen, margin=0.5).own["deal"].p_wasted

    # A call pays from 10; its own dice show 30 give or take 30: 25 in 100 that it does not.
    assert chance() == pytest.approx(0.25, abs=0.01)
    sure = {kind: Seen(40.0, 5.0, 160.0, 8.0) for kind in ("door", "promise", "interest")}
    assert chance(**sure) == pytest.approx(0.25, abs=0.01)


def test_eight_schools_come_out_as_in_the_book():
    # Gelman et al. (2013), section 5.5: with a wide spread, school A's middle is about 11 points
    # and the rest lie from 5 to 10; the scale here has those points for one level.
    seen = {
        school: Seen(guessed=10.0, cost=0.0, found=float(y), error=float(s))
        for school, (y, s) in EIGHT.items()
    }

    own = {
        school: one.interval.mean * 10 for school, one in levels_of(seen, margin=1.0).own.items()
    }

    assert own["A"] == pytest.approx(11, abs=1.5)
    assert max(own, key=own.get) == "A"
    assert all(4.5 < one < 11 for school, one in own.items() if school != "A")


def test_with_few_data_all_kinds_have_one_level_and_with_many_each_its_own():
    def gap(error: float) -> float:
        own = levels_of(
            {"door": Seen(40, 5, 160, error), "deal": Seen(40, 5, 0, error)}, margin=0.5
        ).own
        return own["door"].interval.mean - own["deal"].interval.mean

    gaps = [gap(error) for error in (2000.0, 200.0, 40.0, 4.0)]

    assert gaps == sorted(gaps)
    assert gaps[0] < 0.1
    assert gaps[-1] == pytest.approx(4.0, abs=0.02)


def test_a_kind_that_nothing_is_seen_of_has_the_common_level_and_the_widest_interval():
    seen = {"door": Seen(40, 5, 120, 10), "deal": Seen(40, 5, 100, 10), "new": Seen(40, 5)}

    levels = levels_of(seen, margin=0.5)

    new = levels.own["new"].interval
    assert new.mean == pytest.approx(levels.common.mean)
    assert all(
        new.high - new.low >= one.interval.high - one.interval.low for one in levels.own.values()
    )


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"guessed": 0.0, "cost": 1.0}, "guessed must be above 0"),
        ({"guessed": 1.0, "cost": -1.0}, "cost not below"),
        ({"guessed": 1.0, "cost": 1.0, "found": 1.0}, "a standard error above 0, got None"),
    ],
)
def test_what_cannot_be_is_refused(said, words):
    with pytest.raises(ValueError, match=words):
        Seen(**said)


def test_levels_of_no_kind_are_refused():
    with pytest.raises(ValueError, match="at least one kind"):
        levels_of({}, margin=0.5)


def _rolled(rng: np.random.Generator) -> tuple[MadeUp, dict[str, str]]:
    """Dice for people who knock, and for people with a deal; some are of both kinds in turn."""
    made_up, kinds = MadeUp(withheld=("call",)), {}
    for place, person in enumerate(people(60)):
        for day in (1, 20):
            kind = "door" if (place + day) % 3 else "deal"
            chance = 0.7 if place % 2 else 0.5
            treated = bool(rng.random() < chance)
            arm, share = ("treated", chance) if treated else ("held_out", 1 - chance)
            at, name = START + day * DAY, f"{person} {day}"
            made_up.assign(person, arm, decision_id=name, at=at, propensity=share)
            made_up.sell(person, round(float(rng.gamma(2.0, 5.0)) + 9 * treated, 2), at=at + HOUR)
            kinds[name] = kind
    return made_up, kinds


def test_a_kinds_effect_is_that_of_a_trial_of_its_decisions_alone(tmp_path):
    made_up, kinds = _rolled(np.random.default_rng(3))
    book = made_up.write(tmp_path / "all")
    found = found_by_kind(book, trial(book, "spring"), kinds, currency=None)

    # The long way: 1 / chance weighted means of each kind's own decisions.
    rows = book.read("assignments").to_pylist()
    sales = {
        (row["person_id"], row["at"] - HOUR): float(row["value"])
        for row in book.read("outcomes").to_pylist()
    }
    assert set(found) == {"door", "deal"}
    for kind, one in found.items():
        means = {}
        for arm in ("treated", "held_out"):
            own = [r for r in rows if r["arm"] == arm and kinds[r["decision_id"]] == kind]
            weights = [1 / row["propensity"] for row in own]
            values = [sales[row["unit_id"], row["at"]] for row in own]
            means[arm] = np.average(values, weights=weights)
        assert one.effect == pytest.approx(means["treated"] - means["held_out"], abs=2.5)
        assert one.treated + one.held_out == list(kinds.values()).count(kind)
        assert one.error > 0


def test_a_sale_after_the_next_decision_is_not_the_first_ones_whatever_kind_that_is(tmp_path):
    made_up = MadeUp(withheld=("call",))
    for place, person in enumerate(people(12)):
        arm = "treated" if place % 2 else "held_out"
        made_up.assign(person, arm, decision_id=f"{person} 1", at=START + DAY)
        made_up.assign(person, arm, decision_id=f"{person} 2", at=START + 9 * DAY)
        made_up.sell(person, 100.0 + place, at=START + 10 * DAY)
    kinds = {f"{person} {n}": ("door", "deal")[n - 1] for person in people(12) for n in (1, 2)}
    book = made_up.write(tmp_path)

    found = found_by_kind(book, trial(book, "spring"), kinds, currency=None)

    assert (found["door"].fewest, found["deal"].fewest) == (0, 6)
    # Nobody with a door bought: nothing is seen, give or take a sale in each arm.
    assert found["door"].effect == 0
    assert pytest.approx(found["door"].error, rel=0.01) == 105 * (2 / 36) ** 0.5


def test_decisions_whose_kind_was_not_kept_are_left_out(tmp_path):
    made_up, kinds = _rolled(np.random.default_rng(4))
    some = {name: kind for name, kind in kinds.items() if kind == "door"}
    book = made_up.write(tmp_path)
    result = trial(book, "spring")

    alone = found_by_kind(book, result, some, currency=None)

    both = found_by_kind(book, result, kinds, currency=None)
    assert set(alone) == {"door"}
    assert alone["door"].effect == pytest.approx(both["door"].effect)
    assert alone["door"].error == pytest.approx(both["door"].error)
    assert found_by_kind(book, result, {}, currency=None) == {}


def test_a_young_season_without_sales_does_not_outweigh_the_old(tmp_path):
    made_up, kinds = _rolled(np.random.default_rng(5))
    book = made_up.write(tmp_path)
    old = found_by_kind(book, trial(book, "spring"), kinds, currency=None)["door"]
    young = type(old)(effect=0.0, error=0.001, treated=2, held_out=2, fewest=0)

    assert together([old, young]).effect == pytest.approx(old.effect, rel=0.1)

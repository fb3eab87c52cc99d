"""What a trial counts, and for whom."""

from datetime import timedelta

import numpy as np
import pytest

from halves.measure.trials import trial
from tests.measure.made_up_trial import DAY, END, HOUR, START, MadeUp, lin_by_row, people


def test_only_outcomes_from_the_start_up_to_the_end_count(tmp_path):
    made_up = MadeUp()
    made_up.assign_halves(people(8))
    made_up.sell("p0", 1.0, at=START)
    made_up.sell("p0", 2.0, at=END - timedelta(microseconds=1))
    made_up.sell("p0", 100.0, at=START - timedelta(microseconds=1))
    made_up.sell("p0", 100.0, at=END)
    made_up.sell("p1", 100.0, kind="renewed")
    made_up.sell("p5", 4.0)

    found = trial(made_up.write(tmp_path), "spring")

    assert found.treated.mean.mean == pytest.approx(3 / 4)
    assert found.held_out.mean.mean == pytest.approx(4 / 4)
    assert (found.treated.deals_closed, found.held_out.deals_closed) == (2, 1)
    assert found.total.mean == pytest.approx(4 * (3 / 4 - 1))


def test_who_joins_late_counts_from_that_moment(tmp_path):
    made_up = MadeUp()
    made_up.assign_halves(people(7))
    made_up.assign("late", "held_out", at=START + 3 * DAY)
    made_up.sell("late", 100.0, at=START + 2 * DAY)
    made_up.sell("late", 8.0, at=START + 3 * DAY)
    made_up.sell("p0", 4.0)

    found = trial(made_up.write(tmp_path), "spring")

    assert found.held_out.mean.mean == pytest.approx(8 / 4)


def test_who_was_assigned_and_bought_nothing_counts_as_zero(tmp_path):
    made_up = MadeUp()
    made_up.assign_halves(people(20))
    made_up.sell("p0", 30.0)
    made_up.sell("p15", 10.0)

    found = trial(made_up.write(tmp_path), "spring")

    assert (found.n_treated, found.n_held_out) == (10, 10)
    assert found.effect.mean == pytest.approx(3.0 - 1.0)


def test_looking_early_sees_only_what_was_known(tmp_path):
    made_up = MadeUp()
    made_up.assign_halves(people(40))
    made_up.assign("tomorrow", "treated", at=START + 20 * DAY)
    for person, day in (("p0", 1), ("p1", 30), ("p25", 2)):
        made_up.sell(person, 10.0, at=START + day * DAY)
    book = made_up.write(tmp_path)

    early = trial(book, "spring", of="outcomes", until=START + 14 * DAY)
    late = trial(book, "spring", of="outcomes")

    assert (early.treated.deals_closed, late.treated.deals_closed) == (1, 2)
    assert (early.n_treated, late.n_treated) == (20, 21)
    assert early.until == START + 14 * DAY
    assert early.planned_until == END
    assert "for 2 weeks of 8 weeks" in early.words
    assert late.always_valid.low < late.effect.low
    assert late.always_valid.high > late.effect.high
    assert trial(book, "spring", until=END + 99 * DAY).until == END


def test_the_interval_for_many_looks_is_the_mixtures(tmp_path):
    made_up = MadeUp()
    made_up.assign_halves(people(4_000))
    for place in range(0, 4_000, 5):
        made_up.sell(f"p{place}", 10.0 + place % 3)

    found = trial(made_up.write(tmp_path), "spring", until=START + 14 * DAY)

    # By hand: 1,000 units of information; a quarter of the time has passed; alpha 0.1, for which
    # x - log(1 + x) = -2 log 0.1 at x = 6.6383.
    by_t = (found.effect.high - found.effect.mean) / found.standard_error / 1.644854
    variance = (found.standard_error * by_t * 1_000) ** 2
    mixture = variance / 0.25 / 6.6383
    total = variance + mixture
    margin = (total * np.log(total / (mixture * 0.1**2))) ** 0.5 / 1_000
    assert found.always_valid.mean == found.effect.mean
    assert found.always_valid.high - found.effect.mean == pytest.approx(margin, rel=1e-4)
    assert found.effect.mean - found.always_valid.low == pytest.approx(margin, rel=1e-4)


def test_a_refund_takes_money_back_and_is_no_deal(tmp_path):
    made_up = MadeUp()
    made_up.assign_halves(people(8))
    made_up.sell("p0", 50.0)
    made_up.sell("p0", -20.0)
    made_up.sell("p4", None)
    book = made_up.write(tmp_path)

    assert trial(book, "spring").treated.mean.mean == pytest.approx(30 / 4)
    assert trial(book, "spring", of="outcomes").treated.mean.mean == pytest.approx(1 / 4)
    assert trial(book, "spring", of="outcomes").held_out.deals_closed == 1


def test_a_window_of_refunds_alone_is_money_lost(tmp_path):
    made_up = MadeUp()
    made_up.assign_halves(people(8))
    made_up.sell("p0", -20.0)

    assert trial(made_up.write(tmp_path), "spring").effect.mean == pytest.approx(-5.0)


def test_merged_people_stay_who_was_randomised(tmp_path):
    made_up = MadeUp()
    made_up.assign_halves(people(8))
    made_up.sell("p0", 10.0)
    made_up.sell("p7", 6.0)
    book = made_up.write(tmp_path)
    before = trial(book, "spring")
    book.merge("p0", into="p7", at=END, batch="one person")

    assert trial(book, "spring") == before


def test_touches_of_what_was_withheld_are_counted_in_both_arms(tmp_path):
    made_up = MadeUp(withheld=("email", "spring sale"))
    made_up.assign_halves(people(8))
    made_up.touch("p0", cost=0.5)
    made_up.touch("p0", cost=0.25, at=END - HOUR)
    made_up.touch("p1", channel="call", campaign="spring sale", cost=3.0)
    made_up.touch("p1", channel="call", campaign="other", cost=90.0)
    made_up.touch("p2", at=START - HOUR, cost=90.0)
    made_up.touch("p5", cost=0.5)
    made_up.sell("p0", 1.0)
    made_up.sell("p5", 1.0)

    found = trial(made_up.write(tmp_path), "spring")

    assert (found.treated.touches, found.treated.reached) == (3, 2)
    assert found.treated.cost == pytest.approx(3.75)
    assert (found.held_out.touches, found.held_out.cost) == (1, 0.5)
    assert found.contamination == pytest.approx(1 / 4)
    assert any("1 held out (25.0%) got what was to be withheld" in note for note in found.notes)


def test_accounts_are_found_through_their_people(tmp_path):
    made_up = MadeUp(unit_kind="account")
    made_up.assign_halves(["a0", "a1", "b0", "b1"])
    made_up.people = [
        {"person_id": "ada", "account_id": "a0", "since": START},
        {"person_id": "ben", "account_id": "b0", "since": START},
    ]
    made_up.sell("ada", 10.0)
    made_up.sell("ada", 4.0, account_id="a1")
    made_up.sell("ben", 6.0)
    made_up.sell("cyd", 2.0, account_id="b1")
    made_up.touch("ada")

    found = trial(made_up.write(tmp_path), "spring")

    assert found.unit_kind == "account"
    assert found.treated.mean.mean == pytest.approx((10 + 4) / 2)
    assert found.held_out.mean.mean == pytest.approx((6 + 2) / 2)
    assert found.treated.reached == 1


def test_few_regions_get_students_interval(tmp_path):
    made_up = MadeUp(unit_kind="region", withheld=("tv",))
    regions = [f"r{place}" for place in range(8)]
    made_up.assign_halves(regions)
    sales = [12.0, 15.0, 11.0, 18.0, 9.0, 10.0, 8.0, 13.0]
    for region, amount in zip(regions, sales, strict=True):
        made_up.sell(f"someone in {region}", amount, region=region)

    found = trial(made_up.write(tmp_path), "spring")

    # R: t.test(c(12, 15, 11, 18), c(9, 10, 8, 13), conf.level = 0.9) by hand: means 14 and 10,
    # variances 10 and 14/3, df = (10/4 + 14/12)² / ((10/4)²/3 + (14/12)²/3) = 5.2994
    error = (10 / 4 + 14 / 12) ** 0.5
    assert found.effect.mean == pytest.approx(4.0)
    assert found.standard_error == pytest.approx(error)
    assert found.degrees_of_freedom == pytest.approx(5.2993, abs=1e-3)
    # tables: t(0.95) is 2.015 with 5 degrees of freedom, 1.943 with 6
    assert 1.943 < (found.effect.high - 4.0) / error < 2.015
    assert found.covariates == ()


def test_money_is_converted_when_a_currency_is_named(tmp_path):
    made_up = MadeUp()
    made_up.assign_halves(people(8))
    made_up.sell("p0", 10.0, currency="EUR")
    made_up.sell("p6", 10.0, currency="USD")
    made_up.rates = [{"day": (START + DAY).date(), "currency": "EUR", "rate": 1.5}]

    found = trial(made_up.write(tmp_path), "spring", currency="USD")

    assert found.treated.mean.mean == pytest.approx(15 / 4)
    assert found.currency == "USD"
    assert "more USD from deals than without" in found.words


def test_unequal_chances_are_weighed(tmp_path):
    rng = np.random.default_rng(3)
    made_up = MadeUp()
    treated = rng.random(60) < np.where(np.arange(60) < 30, 0.8, 0.4)
    chance = np.where(np.arange(60) < 30, 0.8, 0.4)
    propensity = np.where(treated, chance, 1 - chance)
    y = np.round(rng.gamma(1.0, 20.0, 60) + 30 * (np.arange(60) < 30), 2)
    for place, person in enumerate(people(60)):
        arm = "treated" if treated[place] else "held_out"
        made_up.assign(person, arm, propensity=propensity[place])
        made_up.sell(person, y[place])

    found = trial(made_up.write(tmp_path), "spring", covariate_window=timedelta(0))

    variance = 0.0
    means = []
    for arm in (treated, ~treated):
        weight = 1 / propensity[arm]
        means.append((weight * y[arm]).sum() / weight.sum())
        squares = (weight**2 * (y[arm] - means[-1]) ** 2).sum() / weight.sum() ** 2
        variance += squares * arm.sum() / (arm.sum() - 1)
    assert found.treated.mean.mean == pytest.approx(means[0])
    assert found.effect.mean == pytest.approx(means[0] - means[1])
    assert found.standard_error == pytest.approx(variance**0.5)


def _with_a_past(rng: np.random.Generator, rows: int) -> tuple[MadeUp, dict[str, np.ndarray]]:
    """People whose past purchases and visits foretell what they buy."""
    made_up = MadeUp()
    made_up.assign_halves(people(rows))
    treated = (np.arange(rows) < rows / 2).astype(float)
    bought = rng.gamma(1.0, 50.0, rows).round(2) * (rng.random(rows) < 0.7)
    visits = rng.poisson(2.0, rows)
    y = (20 + 3 * np.sqrt(bought) + 5 * visits + 10 * treated + rng.gamma(1, 8, rows)).round(2)
    for place, person in enumerate(people(rows)):
        if bought[place]:
            made_up.sell(person, bought[place], at=START - 30 * DAY)
        for day in range(visits[place]):
            made_up.touch(person, at=START - (1 + day) * DAY, path="self", channel="page")
        made_up.sell(person, y[place])
    return made_up, {"y": y, "treated": treated, "bought": bought, "visits": visits}


def test_the_past_sharpens_the_comparison_as_a_regression_by_row_would(tmp_path):
    rows = 400
    made_up, data = _with_a_past(np.random.default_rng(5), rows)
    past = np.column_stack(
        [np.sqrt(data["bought"]), data["bought"] > 0, np.sqrt(data["visits"])]
    ).astype(float)

    found = trial(made_up.write(tmp_path), "spring")
    effect, error = lin_by_row(data["y"], data["treated"], past)

    assert found.covariates == ("value_deal_closed", "count_deal_closed", "touches_self")
    assert found.effect.mean == pytest.approx(effect, rel=1e-9)
    assert found.standard_error == pytest.approx(error, rel=0.03)
    assert found.variance_reduction > 0.5
    assert found.effect.low < 10 < found.effect.high
    plain = data["y"][: rows // 2].mean() - data["y"][rows // 2 :].mean()
    assert found.unadjusted.mean == pytest.approx(plain)


def test_the_past_ends_at_the_covariate_window(tmp_path):
    made_up, _ = _with_a_past(np.random.default_rng(5), 60)
    book = made_up.write(tmp_path)

    assert trial(book, "spring", covariate_window=29 * DAY).covariates == ("touches_self",)
    assert trial(book, "spring", covariate_window=timedelta(0)).covariates == ()


def test_a_past_that_tells_nothing_new_is_left_out(tmp_path):
    made_up = MadeUp()
    made_up.assign_halves(people(100))
    for place, person in enumerate(people(100)):
        made_up.touch(person, at=START - DAY)  # the same for everyone
        for _ in range(place % 3):
            made_up.sell(person, 1.0, at=START - DAY)  # value and count are one number
        if place < 3:
            made_up.sell(person, 1.0, at=START - DAY, kind="referred")  # a few people only
        made_up.sell(person, place % 7)

    assert trial(made_up.write(tmp_path), "spring").covariates == ("value_deal_closed",)


def test_an_arm_in_which_nobody_bought_is_not_certain(tmp_path):
    made_up = MadeUp()
    made_up.assign_halves(people(40))
    for person in people(8):
        made_up.sell(person, 10.0)

    found = trial(made_up.write(tmp_path), "spring", of="outcomes")

    spread = 0.4 * 0.6 * 20 / 19
    assert found.effect.mean == pytest.approx(0.4)
    assert found.standard_error == pytest.approx((2 * spread / 20) ** 0.5)
    assert found.held_out.mean.high > 0
    assert found.ratio is None
    assert any("only 0 deals" in note for note in found.notes)


def test_arms_that_do_not_fit_their_chances_are_pointed_out(tmp_path):
    made_up = MadeUp()
    for place, person in enumerate(people(200)):
        made_up.assign(person, "treated" if place < 150 else "held_out")
    made_up.sell("p0", 10.0)
    made_up.sell("p199", 10.0)

    found = trial(made_up.write(tmp_path), "spring")

    assert any("sizes do not fit the propensities" in note for note in found.notes)


def test_less_and_fewer_are_said_in_words(tmp_path):
    made_up = MadeUp()
    made_up.assign_halves(people(200))
    for person in people(200)[100:160]:
        made_up.sell(person, 10.0)
    made_up.sell("p0", 10.0)

    found = trial(made_up.write(tmp_path), "spring", of="outcomes")

    assert found.words == (
        "held out 50% of 200 people for 8 weeks: 59 fewer deals than without, 90% between 51 and 67"
    )

"""The answer through the front door, on ledgers small enough to work out by hand."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from halves import Ledger, which_half
from halves.measure import Answer, Prior
from halves.measure.answer import UnitAnswer
from halves.measure.errors import PeriodEmpty, UndeclaredChannels
from tests.measure.shop import (
    CALL,
    EMAIL,
    OPENS,
    SINCE,
    TV,
    UNTIL,
    WEEK,
    lift,
    mails,
    money,
    open_shop,
    sales,
    spend,
)

CHANNELS = [EMAIL, CALL, TV]
A_SALE = sales(["p1"], np.array([100.0]))


def asked(book: Ledger, **options: object) -> Answer:
    book.compact()  # as an import leaves it; reading is quicker
    options = {
        "channels": CHANNELS,
        "margin": 0.5,
        "currency": "USD",
        "since": SINCE,
        "until": UNTIL,
        "seed": 1,
        **options,
    }
    return which_half(book, **options)


def unit(answer: Answer, name: str) -> UnitAnswer:
    return next(one for one in answer.units if one.unit == name)


def by_brute_force(found: float, se: float, drift: float, spend: float) -> tuple[float, float]:
    """Mean of Δ and chance of waste at margin 0.5: prior draws, weighed by the likelihood."""
    returns = Prior().draw(3_000_000, rng=np.random.default_rng(6))
    brought = returns * spend / 0.5
    variance = se**2 + (drift * brought) ** 2
    weights = np.exp(-((found - brought) ** 2) / variance / 2) / np.sqrt(variance)
    weights /= weights.sum()
    return float(brought @ weights), float(weights[returns < 1].sum())


def test_a_trial_speaks_for_the_whole_period(book: Ledger):
    shop = open_shop(book, worth=1.5)
    # by hand: the test withheld a third of the period's mails, so that its loss counts threefold
    times = len(shop.treated) * shop.mails / shop.mails_in_test
    found = (shop.treated.mean() - shop.alone.mean()) * times
    error = np.sqrt(
        shop.treated.var(ddof=1) / len(shop.treated) + shop.alone.var(ddof=1) / len(shop.alone)
    )
    wanted = by_brute_force(found, error * times, 0.25 * 2 / 3, spend=shop.mails * 1.0)

    email = unit(asked(book), "email")

    assert email.spend == shop.mails == 12_000
    assert email.incremental.mean == pytest.approx(wanted[0], rel=0.01)
    assert email.p_wasted == pytest.approx(wanted[1], abs=0.01)


@pytest.mark.parametrize(("worth", "verdict"), [(8.0, "working"), (0.0, "wasted")])
def test_a_mail_that_costs_one_is_judged_by_what_it_is_worth(book, worth, verdict):
    open_shop(book, people=6000, worth=worth, cost=1.0 if worth else 3.0)

    answer = asked(book)

    email = unit(answer, "email")
    assert email.verdict == verdict
    assert email.incremental.low <= worth * 36_000 <= email.incremental.high
    assert email.evidence.startswith("held out 50% of 6,000 people for 4 weeks: with it, ")
    assert answer.wasted_share.mean == pytest.approx(email.p_wasted)


def test_what_nothing_withheld_is_unknown_whatever_the_prior_says(book):
    book.append("outcomes", A_SALE, batch="a sale")
    book.append("spend", spend("tv", 1000), batch="tv")
    sure_of_waste = Prior(at_zero=0.98, below_zero=0.01)

    tv = unit(asked(book, prior=sure_of_waste), "tv")

    assert tv.p_wasted > 0.98
    assert tv.verdict == "unknown"
    assert not tv.is_tested
    assert tv.evidence == "nothing was withheld: nobody can tell yet"


def test_an_untested_unit_keeps_the_prior_s_interval(book):
    book.append("outcomes", A_SALE, batch="a sale")
    book.append("spend", spend("tv", 1000), batch="tv")
    draws = Prior().draw(2_000_000, rng=np.random.default_rng(2)) * 1000 / 0.5

    tv = unit(asked(book), "tv").incremental

    assert tv.low == pytest.approx(np.quantile(draws, 0.05), abs=0.01 * 1000 / 0.5)
    assert tv.high == pytest.approx(np.quantile(draws, 0.95), rel=0.02)


def test_the_three_bars_add_up_to_all_spend_and_untested_spend_is_wasted_as_expected(book):
    book.append("outcomes", sales(["p1"], np.array([1e6])), batch="a large sale")
    book.append("spend", spend("tv", 1000), batch="tv")
    book.append("spend", spend("email", 3000), batch="email")
    book.append("spend", spend("call", 6000, path="one"), batch="calls")

    answer = asked(book)

    assert answer.spend_by_verdict == {"working": 0, "wasted": 0, "unknown": 10_000}
    assert answer.wasted_share.mean == pytest.approx(Prior().chance_of_loss, abs=0.015)
    assert answer.wasted_share.low == pytest.approx(0.0, abs=0.11)
    assert answer.wasted_share.high == pytest.approx(1.0, abs=0.11)


def test_each_penny_counts_once_and_only_in_its_period(book):
    book.append("spend", spend("email", 100, day=SINCE), batch="first day")
    book.append("spend", spend("email", 1000, day=SINCE - timedelta(days=1)), batch="before")
    book.append("spend", spend("email", 1000, day=UNTIL), batch="after")
    book.append("touches", mails(["p1", "p2"], 1, 0.25), batch="mails")
    book.append("touches", mails(["p1", "p2"], 1, 0.25), batch="the same mails again")
    book.append("touches", mails(["p1", "p2"], 40, 0.25), batch="mails after")

    assert unit(asked(book), "email").spend == 100.5


def test_amounts_are_converted_to_the_reporting_currency(book):
    rates = {"day": [SINCE], "currency": ["EUR"], "rate": [1.25]}
    book.append("rates", pa.table(rates), batch="rates")
    book.append("spend", spend("tv", 100, currency="EUR"), batch="tv")

    answer = asked(book)

    assert answer.currency == "USD"
    assert answer.spend == 125


def test_channels_that_nobody_declared_are_all_named(book):
    book.append("spend", spend("radio", 10), batch="radio")
    book.append("spend", spend("podcast", 10), batch="podcast")
    book.append("touches", mails(["p1"], 0, 1.0), batch="mails")

    with pytest.raises(UndeclaredChannels, match="email, podcast, radio"):
        asked(book, channels=[TV])


def test_declared_channels_without_spend_or_touches_are_left_out(book):
    book.append("spend", spend("tv", 10), batch="tv")

    assert [one.unit for one in asked(book).units] == ["tv"]


def test_what_costs_nothing_is_never_wasted_and_that_is_said(book):
    open_shop(book, worth=0.0, cost=0.0)

    answer = asked(book)

    email = unit(answer, "email")
    assert email.spend == 0
    assert email.verdict == "unknown"
    assert email.p_wasted is None
    assert email.incremental.low < 0 < email.incremental.high
    assert answer.wasted_share is None
    assert any("no spend is recorded for email" in note for note in answer.notes)


def test_sales_without_a_value_leave_money_unknown_and_count_deals(book, tmp_path):
    priced = Ledger.create(tmp_path / "priced")
    open_shop(priced)
    for table in ("experiments", "assignments", "touches"):
        rows = priced.read(table).drop_columns(["batch"])
        book.append(table, rows, batch=table)
    buyers = [f"p{place:05d}" for place in range(0, 900)] + ["p01000", "p01002", "p01004"]
    book.append("outcomes", sales(buyers, None), batch="sales")

    answer = asked(book)

    email = unit(answer, "email")
    assert email.verdict == "unknown"
    assert email.incremental is None
    assert email.p_wasted is None
    # 453 of 1,000 bought against 450: 1.645 · 1,000 · √(0.453·0.547/1,000 + 0.45·0.55/1,000) = 37
    assert email.evidence.endswith("with it, 3 more deals, give or take 37")
    assert any("none of the 903 sales carries a value" in note for note in answer.notes)


def test_nobody_tells_money_of_a_ledger_that_sold_nothing(book):
    book.append("spend", spend("tv", 1000), batch="tv")

    answer = asked(book)

    assert unit(answer, "tv").verdict == "unknown"
    assert answer.wasted_share is None
    assert "nothing was sold in the period, so that no revenue can be told" in answer.notes


@pytest.mark.slow
def test_the_same_seed_gives_the_same_answer(book):
    open_shop(book)
    book.append("spend", spend("tv", 4000), batch="tv")
    book.append("spend", spend("call", 2000, path="one"), batch="calls")
    book.append("lifts", lift(["tv", "call"], 9000.0, 2000.0), batch="study")

    assert asked(book) == asked(book)
    assert asked(book, seed=2).table != asked(book).table


@pytest.mark.slow
def test_money_a_million_times_as_large_gives_the_same_verdicts(tmp_path):
    answers = []
    for scale in (1.0, 1e6):
        book = Ledger.create(tmp_path / f"{scale}")
        open_shop(book, scale=scale)
        book.append("spend", spend("tv", 400 * scale), batch="tv")
        answers.append(asked(book))

    small, large = answers
    assert large.wasted_share.mean == pytest.approx(small.wasted_share.mean, abs=1e-9)
    for ours, theirs in zip(small.units, large.units, strict=True):
        assert theirs.p_wasted == pytest.approx(ours.p_wasted, rel=1e-6)
        assert theirs.incremental.mean == pytest.approx(1e6 * ours.incremental.mean, rel=1e-6)


def test_outcomes_own_margins_go_before_the_company_s(book):
    open_shop(book, margin=0.2)

    assert asked(book).margin == pytest.approx(0.2)


def test_a_lift_is_scaled_by_the_spend_it_withheld(book):
    open_shop(book)
    book.append("spend", spend("tv", 8000), batch="tv")
    study = lift(["tv"], 3000.0, 200.0, spend_withheld=money(np.array([1000.0]))[0].as_py())
    book.append("lifts", study, batch="study")
    # an eighth of the spend was withheld: 24,000 ± 1,600 and a drift of 0.25 · 7/8
    wanted = by_brute_force(24_000, 1600, 0.25 * 7 / 8, spend=8000)

    tv = unit(asked(book), "tv")

    assert tv.incremental.mean == pytest.approx(wanted[0], rel=0.01)
    assert tv.p_wasted == pytest.approx(wanted[1], abs=0.01)
    assert tv.evidence == (
        "platform, 2026-01-01 to 2026-01-29: for what was withheld, 3,000 more revenue, "
        "give or take 330"
    )


@pytest.mark.slow
def test_a_regional_lift_is_scaled_by_the_region_s_share_of_spend(book):
    open_shop(book)
    book.append("spend", spend("tv", 2000, region="north"), batch="north")
    book.append("spend", spend("tv", 6000, region="south"), batch="south")
    book.append("lifts", lift(["tv"], 3000.0, 200.0, region="north"), batch="study")
    wanted = by_brute_force(12_000, 800, 0.25 * 3 / 4, spend=8000)

    assert unit(asked(book), "tv").incremental.mean == pytest.approx(wanted[0], rel=0.01)


def test_a_lift_in_deals_counts_what_a_deal_is_worth(book):
    shop = open_shop(book)
    book.append("spend", spend("tv", 8000), batch="tv")
    deals = lift(["tv"], 100.0, 10.0, outcome="deal_closed")
    book.append("lifts", deals, batch="study")
    worth = np.concatenate([shop.treated, shop.alone]).mean()
    wanted = by_brute_force(100 * worth, 10 * worth, 0.0, spend=8000)

    assert unit(asked(book), "tv").incremental.mean == pytest.approx(wanted[0], rel=0.01)


def test_a_lift_that_cannot_be_scaled_is_left_out_and_that_is_said(book):
    open_shop(book)
    book.append("spend", spend("tv", 8000, region="north"), batch="north")
    book.append("lifts", lift(["tv"], 3000.0, 200.0, region="south"), batch="study")

    answer = asked(book)

    assert not unit(answer, "tv").is_tested
    assert any("'study of tv' is not used" in note and "south" in note for note in answer.notes)


def test_several_pieces_of_evidence_multiply(book):
    open_shop(book)
    book.append("spend", spend("tv", 8000), batch="tv")
    for name, found in (("a", 20_000.0), ("b", 24_000.0)):
        study = lift(["tv"], found, 4000.0, lift_id=name)
        book.append("lifts", study, batch=name)
    wanted = by_brute_force(22_000, 4000 / np.sqrt(2), 0.0, spend=8000)

    tv = unit(asked(book), "tv")

    assert tv.incremental.mean == pytest.approx(wanted[0], rel=0.01)
    assert "; " in tv.evidence


@pytest.mark.slow
def test_a_test_of_two_channels_says_more_of_their_sum_than_of_either(book):
    open_shop(book)
    book.append("spend", spend("tv", 5000), batch="tv")
    book.append("spend", spend("call", 5000, path="one"), batch="calls")
    book.append("lifts", lift(["tv", "call"], 60_000.0, 1000.0), batch="study")

    answer = asked(book)

    tv, call = unit(answer, "tv"), unit(answer, "call")
    assert tv.incremental.mean + call.incremental.mean == pytest.approx(60_000, rel=0.02)
    for one in (tv, call):
        assert one.incremental.high - one.incremental.low > 20_000
        assert one.evidence.endswith("(call, tv together)")


def test_nothing_brought_by_two_channels_together_is_brought_by_neither(book):
    open_shop(book)
    book.append("spend", spend("tv", 5000), batch="tv")
    book.append("spend", spend("call", 5000, path="one"), batch="calls")
    book.append("lifts", lift(["tv", "call"], 0.0, 500.0), batch="study")

    answer = asked(book)

    assert unit(answer, "tv").verdict == unit(answer, "call").verdict == "wasted"


def test_an_experiment_that_ended_before_the_period_is_no_evidence(book):
    open_shop(book)

    later = asked(book, since=date(2026, 1, 29))

    assert not unit(later, "email").is_tested


def test_an_experiment_on_something_unknown_is_named(book):
    open_shop(book, withheld=["billboards"])

    answer = asked(book)

    assert not unit(answer, "email").is_tested
    assert (
        "the test 'winter' is not used: it withheld billboards, which is no channel that ran in "
        "the period"
    ) in answer.notes


def test_a_holdout_that_leaked_entirely_is_no_evidence(book):
    open_shop(book)
    everyone = [f"p{place:05d}" for place in range(1, 2000, 2)]
    for week in range(4):
        book.append("touches", mails(everyone, week, 1.0), batch=f"leak {week}")

    answer = asked(book)

    assert not unit(answer, "email").is_tested
    assert any("nothing was withheld" in note for note in answer.notes)


def test_a_half_leaked_holdout_withheld_half_as_much(book, tmp_path):
    open_shop(book, worth=5.0)
    leaky = Ledger.create(tmp_path / "leaky")
    open_shop(leaky, worth=5.0)
    everyone = [f"p{place:05d}" for place in range(1, 2000, 2)]
    for week in range(2):
        leaky.append("touches", mails(everyone, week, 1.0), batch=f"leak {week}")

    tight, loose = (unit(asked(one), "email") for one in (book, leaky))

    # as much was lost for half the mails withheld: each mail is worth about twice as much
    assert loose.incremental.mean / loose.spend == pytest.approx(
        2 * tight.incremental.mean / tight.spend, rel=0.1
    )


def test_by_campaign_common_costs_are_laid_on_the_campaigns_by_their_touches(book):
    people = [f"p{place}" for place in range(30)]
    book.append("touches", mails(people[:10], 0, 0.0, campaign="spring"), batch="spring")
    book.append("touches", mails(people, 1, 0.0, campaign="summer"), batch="summer")
    book.append("spend", spend("email", 400), batch="making them")

    answer = asked(book, by="campaign")

    assert {one.unit: one.spend for one in answer.units} == {"summer": 300, "spring": 100}
    assert any("400 of email's spend names no campaign" in note for note in answer.notes)


def test_a_test_of_a_channel_informs_all_its_campaigns_together(book):
    open_shop(book)
    for week, name in ((0, "spring"), (5, "summer")):
        ids = [f"q{place}" for place in range(100)]
        book.append("touches", mails(ids, week, 1.0, campaign=name), batch=name)

    answer = asked(book, by="campaign")

    assert {one.unit for one in answer.units} == {"email (no campaign)", "spring", "summer"}
    assert unit(answer, "spring").evidence.endswith("(email (no campaign), spring together)")
    assert not unit(answer, "summer").is_tested  # it ran after the test


def test_a_test_of_one_campaign_is_no_test_of_its_channel(book):
    open_shop(book, withheld=["spring"])
    book.append("touches", mails(["q1"], 0, 1.0, campaign="spring"), batch="spring")

    answer = asked(book)

    assert not unit(answer, "email").is_tested
    assert any("only a part of email: spring" in note for note in answer.notes)


def test_visits_are_no_unit(book):
    open_shop(book)
    visit = mails(["p00001"], 3, 0.0).drop_columns(["path", "channel"])
    visit = visit.append_column("path", [["self"]]).append_column("channel", [["site"]])
    book.append("touches", visit.set_column(0, "touch_id", [["visit"]]), batch="visits")

    assert [one.unit for one in asked(book, by="campaign").units] == ["email (no campaign)"]


def test_regions_held_out_are_read_by_what_was_spent_in_each(book):
    regions = [f"r{place}" for place in range(16)]
    treated = regions[:8]
    assigned = {
        "experiment": ["dark"] * 16,
        "unit_kind": ["region"] * 16,
        "unit_id": regions,
        "arm": ["treated"] * 8 + ["held_out"] * 8,
        "propensity": [0.5] * 16,
        "at": pa.array([OPENS] * 16),
    }
    design = {
        "experiment": ["dark"],
        "withheld": [["tv"]],
        "unit_kind": ["region"],
        "starts": pa.array([OPENS]),
        "ends": pa.array([OPENS + 4 * WEEK]),
    }
    book.append("experiments", pa.table(design), batch="design")
    book.append("assignments", pa.table(assigned), batch="dice")
    for region in treated:
        book.append("spend", spend("tv", 100, region=region), batch=f"tv {region}")
    rng = np.random.default_rng(3)
    values = np.where(np.arange(16) < 8, 1300, 1000) + rng.normal(0, 20, 16).round(2)
    sales = {
        "outcome_id": regions,
        "person_id": [f"someone in {region}" for region in regions],
        "region": regions,
        "at": pa.array([OPENS + WEEK] * 16),
        "kind": ["deal_closed"] * 16,
        "value": money(values),
        "source": ["till"] * 16,
    }
    book.append("outcomes", pa.table(sales), batch="sales")
    by_hand = 8 * (values[:8].mean() - values[8:].mean())

    tv = unit(asked(book), "tv")

    assert tv.spend == 800
    assert tv.incremental.mean == pytest.approx(by_hand, rel=0.02)
    assert tv.verdict == "working"


def test_claims_by_every_rule_stand_beside_the_effect(book):
    shop = open_shop(book)

    claimed = unit(asked(book), "email").claims

    assert set(claimed) == {
        "first_touch",
        "last_touch",
        "linear",
        "position",
        "time_decay",
        "markov",
        "shapley",
    }
    # only those who were mailed before they bought can be claimed: those treated
    assert claimed["last_touch"] == pytest.approx(shop.treated.sum())


def test_an_unknown_unit_comes_with_the_experiment_that_would_settle_it(book):
    open_shop(book, withheld=["billboards"])

    email = unit(asked(book), "email")

    assert email.proposal.withheld == "email"
    assert email.proposal.people == 2000
    assert email.proposal.detectable > 0


def test_weeks_count_doors_and_deals(book):
    open_shop(book)
    doors = {
        "outcome_id": ["d1", "d2"],
        "person_id": ["p00001", "p00002"],
        "at": pa.array([OPENS, OPENS + WEEK]),
        "kind": ["door_opened"] * 2,
        "source": ["site"] * 2,
    }
    book.append("outcomes", pa.table(doors), batch="doors")

    weeks = asked(book).weeks

    assert weeks[0].starts == date(2025, 12, 29)  # the Monday of that week
    assert [week.doors_opened for week in weeks[:3]] == [1, 1, 0]
    assert sum(week.deals_closed for week in weeks) == 2000
    assert len(weeks) == 9


def test_the_table_is_as_documented(book):
    open_shop(book)

    table = asked(book).table

    assert table.column_names == [
        "unit",
        "path",
        "spend",
        "incremental_mean",
        "incremental_low",
        "incremental_high",
        "p_wasted",
        "verdict",
        "evidence",
    ]
    assert table.num_rows == 1


def test_an_empty_period_says_where_the_ledger_is(book):
    open_shop(book)

    with pytest.raises(PeriodEmpty, match="2026-01-01 until 2026-02-20"):
        asked(book, since=date(2020, 1, 1), until=date(2021, 1, 1))
    with pytest.raises(PeriodEmpty, match="must end after it starts"):
        asked(book, until=SINCE)


@pytest.mark.parametrize("margin", [0.0, 1.2, -0.5])
def test_a_margin_that_is_none_is_refused(book, margin):
    with pytest.raises(ValueError, match=str(margin)):
        asked(book, margin=margin)

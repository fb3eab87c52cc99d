"""A trial on real data: Hillstrom's two e-mails, against the published file itself."""

import functools
import statistics

import numpy as np
import pytest

from halves.ledger import Ledger
from halves.measure.quantiles import student_quantile
from halves.measure.trials import trial
from tests.measure import hillstrom
from tests.measure.made_up_trial import lin_by_row

NONE = "No E-Mail"

pytestmark = pytest.mark.skipif(
    not hillstrom.FILE.exists(), reason="the Hillstrom file is not in ../shared/data"
)


@pytest.fixture(scope="module")
def raw():
    return hillstrom.columns()


@pytest.fixture(scope="module")
def book(raw, tmp_path_factory):
    book = Ledger.create(tmp_path_factory.mktemp("hillstrom") / "book")
    hillstrom.write(book, raw)
    return book


@pytest.fixture(scope="module")
def look(book):
    """Each trial is read once for all tests."""
    return functools.cache(functools.partial(trial, book))


def test_the_arms_are_as_published(look):
    mens = look("mens")
    womens = look("womens")

    assert round(mens.treated.mean.mean, 2) == 1.42
    assert round(womens.treated.mean.mean, 2) == 1.08
    assert round(mens.held_out.mean.mean, 2) == round(womens.held_out.mean.mean, 2) == 0.65


@pytest.mark.parametrize(("name", "visits"), [("mens", 18.3), ("womens", 15.1)])
def test_visits_are_as_published(look, name, visits):
    found = look(name, outcome="door_opened", of="outcomes")

    assert round(100 * found.treated.mean.mean, 1) == visits
    assert round(100 * found.held_out.mean.mean, 1) == 10.6
    assert found.effect.mean == pytest.approx((visits - 10.6) / 100, abs=0.002)
    assert found.effect.excludes(0.0)


@pytest.mark.parametrize("name", ["mens", "womens"])
def test_the_unadjusted_interval_is_that_of_two_means(look, raw, name):
    found = look(name)
    arms = [raw["spend"][raw["segment"] == segment] for segment in (hillstrom.MAILS[name], NONE)]

    effect = statistics.fmean(arms[0].tolist()) - statistics.fmean(arms[1].tolist())
    variances = [statistics.variance(arm.tolist()) / len(arm) for arm in arms]
    error = sum(variances) ** 0.5
    centred = [arm - arm.mean() for arm in arms]
    kurtoses = [(one**4).mean() / (one**2).mean() ** 2 for one in centred]
    freedoms = [2 * len(arm) / (kurtosis - 1) for arm, kurtosis in zip(arms, kurtoses, strict=True)]
    freedom = sum(variances) ** 2 / sum(
        variance**2 / free for variance, free in zip(variances, freedoms, strict=True)
    )

    assert found.unadjusted.mean == pytest.approx(effect, rel=1e-9)
    assert found.unadjusted_standard_error == pytest.approx(error, rel=1e-9)
    reach = student_quantile(0.95, degrees_of_freedom=freedom) * error
    assert found.unadjusted.low == pytest.approx(effect - reach, rel=1e-6)
    assert found.unadjusted.high == pytest.approx(effect + reach, rel=1e-6)
    assert 1.645 * error < reach < 1.70 * error


@pytest.mark.parametrize(
    ("name", "column", "outcome", "of", "covariate"),
    [
        ("mens", "spend", "deal_closed", "value", "value_deal_closed"),
        ("womens", "visit", "door_opened", "outcomes", "value_others"),
    ],
)
def test_the_adjusted_effect_is_lins_row_by_row(look, raw, name, column, outcome, of, covariate):
    found = look(name, outcome=outcome, of=of)
    is_in = np.isin(raw["segment"], [hillstrom.MAILS[name], NONE])
    treated = (raw["segment"][is_in] == hillstrom.MAILS[name]).astype(float)
    past = np.sqrt(raw["history"][is_in])[:, None]

    effect, error = lin_by_row(raw[column][is_in], treated, past)

    assert found.covariates == (covariate,)
    assert found.effect.mean == pytest.approx(effect, rel=1e-9)
    assert found.standard_error == pytest.approx(error, rel=1e-3)
    assert found.variance_reduction > 0


def test_the_ratio_has_the_interval_of_a_bootstrap(look, raw):
    found = look("mens", covariate_window=hillstrom.MAILED - hillstrom.MAILED)
    rng = np.random.default_rng(1)
    treated = raw["spend"][raw["segment"] == "Mens E-Mail"]
    held_out = raw["spend"][raw["segment"] == NONE]

    again = [
        rng.choice(treated, len(treated)).mean() / rng.choice(held_out, len(held_out)).mean() - 1
        for _ in range(1_000)
    ]

    assert found.covariates == ()
    assert found.ratio.mean == pytest.approx(treated.mean() / held_out.mean() - 1)
    assert found.ratio.low == pytest.approx(np.quantile(again, 0.05), abs=0.08)
    assert found.ratio.high == pytest.approx(np.quantile(again, 0.95), abs=0.12)


def test_what_was_mailed_is_counted_with_its_cost(look):
    found = look("mens")

    assert found.treated.touches == found.treated.reached == found.n_treated == 21_307
    assert found.treated.cost == pytest.approx(213.07)
    assert found.held_out.touches == found.held_out.reached == 0
    assert found.contamination == 0


def test_a_leader_can_read_it(look):
    assert look("mens", of="outcomes").words == (
        "held out 50% of 42,613 people for 2 weeks: 145 more deals than without, "
        "90% between 113 and 177"
    )
    assert look("womens").words == (
        "held out 50% of 42,693 people for 2 weeks: 9,050 more USD from deals than without, "
        "90% between 4,430 and 13,700"
    )

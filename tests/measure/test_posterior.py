"""What is believed is what Bayes' rule says, by closed forms and by brute force."""

import numpy as np
import pytest

from halves.measure.posterior import Bound, Finding, believe, joint_draws
from halves.measure.prior import Prior

FLAT = Prior(at_zero=0.0, below_zero=0.0, centre=10.0, width=8.0)


def finding(found: float, se: float, *, drift: float = 0.0, **weights: float) -> Finding:
    return Finding(found, se, weights, dict.fromkeys(weights, drift))


def brute_force(prior: Prior, findings: list[Finding], units: list[str], size: int = 2_000_000):
    """Draws from the prior, weighed by the likelihood: slow, and plainly right."""
    rng = np.random.default_rng(5)
    returns = {unit: prior.draw(size, rng=rng) for unit in units}
    log = np.zeros(size)
    for one in findings:
        parts = {unit: weight * returns[unit] for unit, weight in one.weights.items()}
        variance = one.se**2 + sum((one.drift[unit] * part) ** 2 for unit, part in parts.items())
        log += -((one.found - sum(parts.values())) ** 2) / variance / 2 - np.log(variance) / 2
    weights = np.exp(log - log.max())
    return returns, weights / weights.sum()


def test_before_any_test_the_prior_s_chance_of_loss_is_believed():
    belief = believe(Prior(), [])
    draws = Prior().draw(2_000_000, rng=np.random.default_rng(3))

    assert belief.chance_of_loss == pytest.approx(Prior().chance_of_loss, abs=1e-4)
    assert belief.chance_of_loss == pytest.approx(0.353, abs=0.005)
    assert belief.chance_of_loss == pytest.approx((draws < 1).mean(), abs=2e-3)
    # 0.2 about zero, 0.1 on half a normal below it, 0.7 lognormal: the mean in closed form
    mean = 0.7 * 6.0 * np.exp(1.25**2 / 2) - 0.1 * 1.0 * np.sqrt(2 / np.pi)
    assert belief.mean == pytest.approx(mean, rel=2e-3)
    assert belief.quantile(0.95) == pytest.approx(np.quantile(draws, 0.95), rel=0.015)


def test_two_tests_and_a_flat_prior_give_the_conjugate_normal():
    tests = [finding(3000.0, 100.0, tv=1000.0), finding(3300.0, 200.0, tv=1000.0)]
    precision = 1 / 0.1**2 + 1 / 0.2**2
    mean, sd = (3.0 / 0.1**2 + 3.3 / 0.2**2) / precision, precision**-0.5

    belief = believe(FLAT, tests)

    # the lognormal's slope moves the mean by about sd² × (1/3), hence the tolerance
    assert belief.mean == pytest.approx(mean, abs=0.004)
    assert belief.quantile(0.05) == pytest.approx(mean - 1.645 * sd, abs=0.01)
    assert belief.quantile(0.95) == pytest.approx(mean + 1.645 * sd, abs=0.01)


@pytest.mark.parametrize(("found", "se"), [(0.0, 40.0), (90.0, 30.0), (250.0, 60.0), (-60.0, 30.0)])
def test_the_grid_agrees_with_brute_force(found: float, se: float):
    tests = [finding(found, se, drift=0.2, tv=100.0)]
    returns, weights = brute_force(Prior(), tests, ["tv"])

    belief = believe(Prior(), tests)

    assert belief.mean == pytest.approx(returns["tv"] @ weights, abs=0.01)
    assert belief.chance_of_loss == pytest.approx(weights[returns["tv"] < 1].sum(), abs=4e-3)


def test_a_finding_far_narrower_than_the_prior_is_still_resolved():
    belief = believe(Prior(), [finding(1234.5678, 1e-4, tv=1000.0)])

    assert belief.mean == pytest.approx(1.2345678, abs=1e-7)


def test_a_finding_far_out_in_the_tails_is_believed():
    for found in (500_000.0, -9_000.0):
        belief = believe(Prior(), [finding(found, 10.0, tv=1000.0)])
        assert belief.mean == pytest.approx(found / 1000, rel=0.01)


def test_drift_widens_what_a_test_of_a_short_window_says():
    sure = believe(FLAT, [finding(300.0, 1.0, tv=100.0)])
    drifting = believe(FLAT, [finding(300.0, 1.0, drift=0.25, tv=100.0)])

    assert drifting.interval().high - drifting.interval().low > 20 * (
        sure.interval().high - sure.interval().low
    )


def test_a_test_of_two_channels_informs_their_sum_as_brute_force_says():
    both = [finding(150.0, 20.0, drift=0.1, tv=100.0, radio=50.0)]
    alone = [finding(20.0, 15.0, radio=50.0)]
    returns, weights = brute_force(Prior(), both + alone, ["tv", "radio"], size=2_000_000)
    beliefs = {"tv": believe(Prior(), []), "radio": believe(Prior(), alone)}

    draws = joint_draws(beliefs, both, draws=16_384, rng=np.random.default_rng(1))

    for unit in ("tv", "radio"):
        assert draws[unit].mean() == pytest.approx(returns[unit] @ weights, abs=0.03)
        assert (draws[unit] < 1).mean() == pytest.approx(
            weights[returns[unit] < 1].sum(), abs=0.015
        )
    total = 100 * draws["tv"] + 50 * draws["radio"]
    wanted = 100 * returns["tv"] + 50 * returns["radio"]
    mean = wanted @ weights
    assert total.mean() == pytest.approx(mean, abs=1)
    assert total.std() == pytest.approx(np.sqrt((wanted - mean) ** 2 @ weights), rel=0.04)


def test_chained_tests_of_pairs_agree_with_brute_force():
    pairs = [finding(220.0, 30.0, a=100.0, b=100.0), finding(120.0, 30.0, b=100.0, c=100.0)]
    returns, weights = brute_force(Prior(), pairs, ["a", "b", "c"], size=2_000_000)
    beliefs = {unit: believe(Prior(), []) for unit in "abc"}

    draws = joint_draws(beliefs, pairs, draws=16_384, rng=np.random.default_rng(1))

    for unit in "abc":
        assert draws[unit].mean() == pytest.approx(returns[unit] @ weights, abs=0.04)
        assert (draws[unit] < 1).mean() == pytest.approx(weights[returns[unit] < 1].sum(), abs=0.02)


def test_a_sharp_test_of_a_sum_leaves_its_parts_uncertain():
    beliefs = {unit: believe(FLAT, []) for unit in ("tv", "radio")}
    sharp = [finding(400.0, 1.0, tv=100.0, radio=100.0)]

    draws = joint_draws(beliefs, sharp, draws=8192, rng=np.random.default_rng(2))

    assert (draws["tv"] + draws["radio"]).std() < 0.03
    assert draws["tv"].std() > 0.5


def test_with_no_joint_test_units_are_independent():
    beliefs = {"a": believe(Prior(), [finding(90.0, 30.0, a=100.0)]), "b": believe(Prior(), [])}

    draws = joint_draws(beliefs, [], draws=20_000, rng=np.random.default_rng(4))

    assert abs(np.corrcoef(draws["a"] < 1, draws["b"] < 1)[0, 1]) < 0.03


def test_a_unit_called_wasted_is_wasted_nine_times_in_ten():
    """Decisions are calibrated when truths come from the prior: Bayes' rule promises it."""
    rng = np.random.default_rng(11)
    truths = Prior().draw(3000, rng=rng)
    spread = np.exp(rng.uniform(np.log(0.05), np.log(2), size=3000))
    chances = np.array(
        [
            believe(
                Prior(), [finding(truth + se * rng.standard_normal(), se, u=1.0)]
            ).chance_of_loss
            for truth, se in zip(truths, spread, strict=True)
        ]
    )

    wasted, working = chances >= 0.9, chances <= 0.1
    assert wasted.sum() > 300
    assert working.sum() > 300
    assert (truths[wasted] < 1).mean() >= 0.93
    assert (truths[working] < 1).mean() <= 0.07
    # and in between, chances are frequencies: within three standard errors in every fifth
    for low in (0.1, 0.3, 0.5, 0.7):
        band = (chances > low) & (chances <= low + 0.2)
        error = np.sqrt(0.25 / band.sum())
        assert abs((truths[band] < 1).mean() - chances[band].mean()) < 3 * error


def test_the_wasted_share_covers_the_truth_nine_times_in_ten():
    rng = np.random.default_rng(12)
    spends = np.array([50.0, 20.0, 20.0, 10.0])
    covered = 0
    for _ in range(300):
        truths = Prior().draw(4, rng=rng)
        beliefs = {
            str(place): believe(
                Prior(), [finding(truth + 0.7 * rng.standard_normal(), 0.7, **{str(place): 1.0})]
            )
            for place, truth in enumerate(truths)
        }
        draws = joint_draws(beliefs, [], draws=2000, rng=rng)
        shares = spends @ np.array([draws[str(p)] < 1 for p in range(4)]) / 100
        low, high = np.quantile(shares, [0.05, 0.95])
        covered += low <= spends[truths < 1].sum() / 100 <= high

    assert covered / 300 >= 0.87  # a share of four units takes 16 values, so it covers more


def test_a_prior_that_is_no_chance_is_refused():
    with pytest.raises(ValueError, match=r"at_zero.*1\.2"):
        Prior(at_zero=1.2)
    with pytest.raises(ValueError, match=r"width.*0"):
        Prior(width=0)


@pytest.mark.parametrize("is_upper", [True, False])
def test_a_bound_leaves_what_draws_of_effect_and_bias_leave(is_upper):
    """The bias is lognormal about 2.5, or, with a chance of 0.15, is none."""
    rng = np.random.default_rng(8)
    prior, limit, se = Prior(), 3.0, 0.4
    truths = prior.draw(4_000_000, rng=rng)
    bias = 2.5 * np.exp(1.25 * rng.standard_normal(truths.size))
    bias = np.where(rng.random(truths.size) < 0.15, 0.0, bias) * (1 if is_upper else -1)
    weights = np.exp(-(((limit - truths - bias) / se) ** 2) / 2)
    weights /= weights.sum()

    belief = believe(prior, [], [Bound("u", limit, se, is_upper)])

    assert belief.mean == pytest.approx(float(truths @ weights), rel=0.01)
    assert belief.chance_of_loss == pytest.approx(float(weights[truths < 1].sum()), abs=0.005)


def test_people_likely_to_buy_who_bought_hardly_more_show_waste():
    low = believe(Prior(), [], [Bound("u", 0.3, 0.1, is_upper=True)])
    high = believe(Prior(), [], [Bound("u", 12.0, 0.5, is_upper=True)])

    assert low.chance_of_loss > 0.95
    assert high.chance_of_loss < 0.5
    assert high.quantile(0.95) < 13.0

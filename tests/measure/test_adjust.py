"""Lin's adjustment from sums of products: does a 90% interval hold the truth 9 times in 10?"""

from collections.abc import Callable

import numpy as np
import pytest

from halves.measure.adjust import Adjusted, Sums, adjust
from tests.measure.made_up_trial import lin_by_row

Draw = Callable[[np.random.Generator, int], tuple[np.ndarray, np.ndarray]]


def adjusted(y: np.ndarray, treated: np.ndarray, x: np.ndarray, covariates: int) -> Adjusted:
    z = np.column_stack([np.ones(len(y)), y, x])
    arms = [z[treated], z[~treated]]
    sums = [
        Sums(
            rows=len(arm),
            plain=arm.sum(axis=0),
            products=arm.T @ arm,
            cubes=(arm**3).sum(axis=0),
            fourths=(arm**4).sum(axis=0),
        )
        for arm in arms
    ]
    size = z.shape[1]
    spread = np.zeros((2 * size, 2 * size))
    spread[:size, :size], spread[size:, size:] = sums[0].products, sums[1].products
    return adjust(*sums, spread=spread, clusters=None, covariates=covariates)


def normal(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    x = rng.standard_normal((rows, 3))
    return 2 + x @ np.array([1.0, 0.5, 0.0]) + rng.standard_normal(rows), x


def uneven(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """The spread grows with the past, and the line is no line."""
    x = rng.gamma(2.0, 1.0, (rows, 2))
    return x[:, 0] ** 1.5 + rng.standard_normal(rows) * (0.5 + x[:, 0]), x


def revenue(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Few buy, and some of them a lot; who bought before buys more often."""
    likely = rng.gamma(1.0, 0.1, rows).clip(max=0.9)
    past = rng.poisson(5 * likely)
    amounts = rng.lognormal(3.0, 1.0, rows)
    return (rng.random(rows) < likely) * amounts, np.sqrt(past)[:, None].astype(float)


def coverage(draw: Draw, *, rows: int, share: float, runs: int, seed: int) -> tuple[float, float]:
    """How often the interval held the truth, and by how much adjustment cut the variance."""
    rng = np.random.default_rng(seed)
    held, effects = 0, []
    for _ in range(runs):
        y, x = draw(rng, rows)
        treated = np.ones(rows, bool)
        treated[rng.permutation(rows)[: round(rows * share)]] = False
        found = adjusted(y + 0.3 * treated, treated, x, x.shape[1])
        plain = adjusted(y + 0.3 * treated, treated, x, 0)
        held += not found.interval.excludes(0.3)
        effects.append((found.effect, plain.effect))
    variances = np.var(np.array(effects), axis=0)
    return held / runs, 1 - variances[0] / variances[1]


@pytest.mark.parametrize(
    ("draw", "rows", "share", "least_cut"),
    [(normal, 300, 0.2, 0.4), (uneven, 1_000, 0.15, 0.3), (revenue, 4_000, 0.15, 0.02)],
)
def test_the_interval_holds_the_truth_nine_times_in_ten(draw, rows, share, least_cut):
    held, cut = coverage(draw, rows=rows, share=share, runs=1_000, seed=11)

    assert 0.88 <= held <= 0.92
    assert cut > least_cut


@pytest.mark.slow
@pytest.mark.parametrize(
    ("draw", "low", "high"),
    [
        (normal, 0.885, 0.915),
        (uneven, 0.885, 0.915),
        (revenue, 0.88, 0.945),  # a few dozen sales: the tails are Student's, and that is rough
    ],
)
@pytest.mark.parametrize(("rows", "share"), [(400, 0.5), (1_000, 0.2), (4_000, 0.1)])
def test_the_interval_holds_the_truth_over_many_runs(draw, low, high, rows, share):
    held, _ = coverage(draw, rows=rows, share=share, runs=4_000, seed=12)

    assert low <= held <= high


def test_a_few_sales_in_a_small_holdout_widen_the_interval():
    treated = np.arange(1_000) >= 200
    y = np.zeros(1_000)
    y[:10], y[200:280] = 1.0, 1.0

    found = adjusted(y, treated, np.zeros((1_000, 0)), 0)

    # One in 20 of 200 and one in 10 of 800: kurtosis of a rare event is 1/(p(1-p)) - 3.
    variances = np.array([0.1 * 0.9 / 799, 0.05 * 0.95 / 199])
    freedoms = [2 * 800 / (1 / 0.09 - 4), 2 * 200 / (1 / 0.0475 - 4)]
    expected = variances.sum() ** 2 / (variances**2 / freedoms).sum()
    assert found.variance == pytest.approx(variances.sum(), rel=1e-9)
    assert found.degrees_of_freedom == pytest.approx(expected, rel=1e-6)


def test_effects_that_vary_with_the_past_do_not_mislead():
    rng = np.random.default_rng(2)
    x = rng.standard_normal((2_000, 2))
    treated = rng.random(2_000) < 0.7
    y = x[:, 0] + treated * (1 + 2 * x[:, 1]) + rng.standard_normal(2_000)

    effect, error = lin_by_row(y, treated.astype(float), x)
    found = adjusted(y, treated, x, 2)

    assert found.effect == pytest.approx(effect, rel=1e-9)
    assert found.standard_error == pytest.approx(error, rel=0.01)


def test_what_sets_a_few_apart_is_no_covariate():
    rng = np.random.default_rng(2)
    y, treated = rng.standard_normal(200), np.arange(200) < 100
    x = np.zeros((200, 4))
    x[[0, 150], 0] = 1e6  # a whale in each arm
    x[:, 1] = 1.0
    x[[1, 2, 3, 197, 198, 199], 1] = 0.0  # all but three did
    x[:, 2] = rng.standard_normal(200) + 5
    x[::8, 3] = 1.0  # one in eight did

    assert adjusted(y, treated, x, 4).covariates == (2, 3)


def test_large_numbers_lose_no_digits_that_matter():
    rng = np.random.default_rng(2)
    y, treated = rng.standard_normal(500), rng.random(500) < 0.5
    x = rng.standard_normal((500, 1))

    small = adjusted(y, treated, x, 1)
    large = adjusted(1e5 + y, treated, 100 + x, 1)

    assert large.effect == pytest.approx(small.effect, abs=1e-4)
    assert large.standard_error == pytest.approx(small.standard_error, rel=1e-3)

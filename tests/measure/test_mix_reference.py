"""The mix model against NUTS, where its own environment has been set up."""

import pytest

from bench.mix_reference import CASES, ENVIRONMENT, compare


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_nuts_finds_the_same_posterior(case):
    if not ENVIRONMENT.exists():
        pytest.skip("needs bench/.envs/numpyro, see bench/mix_reference.py")

    found = compare(CASES[case])

    for side in ("ours", "nuts"):
        assert found[side]["effective"] >= 4000
        assert found[side]["r_hat"] <= 1.01
    for row in found["rows"]:
        assert abs(row["means apart, in sd"]) < 0.1, row
        assert row["ours, P(zero)"] == pytest.approx(row["nuts, P(zero)"], abs=0.01), row
        assert 0.9 < row["sd ratio"] < 1.1, row

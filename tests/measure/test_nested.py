"""Campaigns of a channel, against draws of level and own part weighed by hand."""

import numpy as np
import pytest

from halves.measure.nested import nest
from halves.measure.posterior import Finding, believe, joint_draws
from halves.measure.prior import Prior


def finding(found: float, se: float, **weights: float) -> Finding:
    return Finding(found, se, weights, dict.fromkeys(weights, 0.0))


def by_brute_force(tests: list[Finding], units: str, size: int = 1_500_000):
    """Draws of a level for all and a part for each, weighed by the tests' likelihood."""
    rng, prior = np.random.default_rng(4), Prior()
    level = rng.standard_normal(size) * prior.width * np.sqrt(0.5)
    returns = {}
    for unit in units:
        own = rng.standard_normal(size) * prior.width * np.sqrt(0.5)
        kind = rng.random(size)
        up = prior.centre * np.exp(level + own)
        idle = prior.nothing * rng.standard_normal(size)
        harm = -prior.harm * np.abs(rng.standard_normal(size))
        down = kind < prior.at_zero + prior.below_zero
        returns[unit] = np.where(kind < prior.at_zero, idle, np.where(down, harm, up))
    log = sum(
        -(((one.found - sum(w * returns[u] for u, w in one.weights.items())) / one.se) ** 2) / 2
        for one in tests
    )
    weights = np.exp(log - np.max(log))
    return returns, weights / weights.sum()


def test_a_test_of_one_campaign_moves_its_sibling_as_bayes_rule_says():
    tests = [finding(900.0, 60.0, a=100.0)]
    returns, weights = by_brute_force(tests, "ab")

    found = nest(Prior(), ["a", "b"], tests, [])
    losses = found.chances @ [one.chance_of_loss for one in found.beliefs["b"]]
    means = found.chances @ [one.mean for one in found.beliefs["b"]]

    assert losses == pytest.approx(float(weights[returns["b"] < 1].sum()), abs=0.01)
    assert means == pytest.approx(float(returns["b"] @ weights), rel=0.05)
    assert losses < believe(Prior(), []).chance_of_loss - 0.02


def test_alone_a_campaign_keeps_the_prior():
    found = nest(Prior(), ["a"], [], [])
    alone = believe(Prior(), [])

    losses = found.chances @ [one.chance_of_loss for one in found.beliefs["a"]]

    assert losses == pytest.approx(alone.chance_of_loss, abs=0.005)


def test_a_test_of_two_siblings_together_is_drawn_within_their_nest():
    alone, both = [finding(700.0, 50.0, a=100.0)], [finding(900.0, 80.0, b=100.0, c=100.0)]
    returns, weights = by_brute_force([*alone, *both], "abc", size=3_000_000)

    drawn = joint_draws(
        {},
        both,
        draws=8192,
        rng=np.random.default_rng(1),
        nests=[nest(Prior(), ["a", "b", "c"], alone, [])],
    )

    for unit in "abc":
        wanted = float(returns[unit] @ weights)
        spread = float(np.sqrt(((returns[unit] - wanted) ** 2) @ weights))
        assert drawn[unit].mean() == pytest.approx(wanted, abs=0.08 * spread)
    assert np.corrcoef(drawn["b"], drawn["c"])[0, 1] < -0.8

"""The sampler: many chains at once, one channel at a time, its coefficient integrated out.

Given everything else, a channel's shape has finitely many values and its coefficient is a normal
cut off at zero, so both are drawn exactly; no effect at all is one more value. What a lift test
says of a coefficient is normal as well and enters the same sums. With residual r, noise σ², test
k's finding t_k ± s_k and what it would find at coefficient one, F_gk:

    A_g = m_g'm_g/σ² + 1/τ² + Σ_k F_gk²/s_k²
    b_g = m_g'r/σ²          + Σ_k F_gk (t_k - what the other channels make of it)/s_k²
    log weight(g) = log p(g) - ½ log(A_g τ²) + b_g²/(2A_g) + log 2Φ(b_g/√A_g)

The metric (ρ and the spread between regions) is drawn with σ² integrated out, and σ² after it.

Source:
    Ritter and Tanner (1992), Facilitating the Gibbs Sampler: the Gibbs Stopper and the
    Griddy-Gibbs Sampler; George and McCulloch (1997), Approaches for Bayesian Variable Selection,
    for the spike with the coefficient integrated out.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halves.measure.mix_data import Floats
from halves.measure.mix_normal import draw_above, log_bump
from halves.measure.mix_project import Projected

OFF = -1


@dataclass(frozen=True, eq=False)
class Problem:
    """Data and prior, as the sampler sees them.

    Args:
        projected: the data.
        log_chances: (shape,), of each shape beforehand, given that there is an effect.
        at_zero: (channel,), chance of no effect beforehand.
        spread: (channel,), τ of each coefficient.
        noise_shape: of the inverse gamma prior on σ².
        noise_scale: of the same; σ² is noise_scale / (noise_shape - 1) on average.
        found: (test,), each test's finding over its standard error.
        functionals: (channel, shape, test), what it would be at coefficient one.
    """

    projected: Projected
    log_chances: Floats
    at_zero: Floats
    spread: Floats
    noise_shape: float
    noise_scale: float
    found: Floats
    functionals: Floats


@dataclass(eq=False)
class Chains:
    """Where all chains stand; the first axis of everything is the chain."""

    shape: NDArray[np.intp]  # (chain, channel), -1 for no effect
    beta: Floats  # (chain, channel)
    few: Floats  # (chain, all few), coefficients of the few columns
    found: Floats  # (chain, channel, test), what each channel makes of each test
    metric: NDArray[np.intp]  # (chain,), which ρ and spread between regions
    variance: Floats  # (chain,)


def start(problem: Problem, *, chains: int, rng: np.random.Generator) -> Chains:
    """Chains that begin far apart: drawn from the prior, with much or little noise."""
    channels = len(problem.spread)
    projected = problem.projected
    shape = rng.choice(len(problem.log_chances), (chains, channels), p=np.exp(problem.log_chances))
    beta = np.abs(rng.standard_normal((chains, channels))) * problem.spread
    shape = np.where(rng.random((chains, channels)) < problem.at_zero, OFF, shape)
    state = Chains(
        shape=shape,
        beta=np.where(shape == OFF, 0.0, beta),
        few=np.zeros((chains, projected.starts[-1])),
        found=np.zeros((chains, channels, len(problem.found))),
        metric=rng.integers(len(projected.log_scale), size=chains),
        variance=projected.noise**2 * np.exp(rng.uniform(-1, 1, chains)),
    )
    for channel in range(channels):
        put(problem, state, channel, state.shape[:, channel], state.beta[:, channel])
    return state


@dataclass(frozen=True, eq=False)
class Slab:
    """One channel given all else: each shape's coefficient, and its weight against no effect."""

    precision: Floats  # (chain, shape), A
    pull: Floats  # (chain, shape), b
    log_weight: Floats  # (chain, shape)
    variance: Floats  # (chain,), σ²

    @property
    def log_total(self) -> Floats:
        """Shape (chain,): weight of all shapes together."""
        top = self.log_weight.max(axis=1)
        return np.asarray(top + np.log(np.exp(self.log_weight - top[:, None]).sum(axis=1)))


def slab_of(problem: Problem, state: Chains, squares: Floats, channel: int) -> Slab:
    """What the rest leaves to a channel that has been taken out of the state."""
    projected = problem.projected
    low, high = projected.starts[channel], projected.starts[channel + 1]
    others = (squares[:, low:high] @ state.few[:, :, None])[..., 0]
    left = projected.with_outcome[state.metric, low:high] - others
    variance = state.variance[:, None]
    spread = problem.spread[channel]
    precision = projected.shape_squares[state.metric, channel] / variance + spread**-2
    pull = left @ projected.weights[channel] / variance
    if len(problem.found):
        functional = problem.functionals[channel]
        precision += (functional**2).sum(axis=1)
        pull += (problem.found - state.found.sum(axis=1)) @ functional.T
    prior = problem.log_chances + np.log1p(-problem.at_zero[channel])
    weight = prior - np.log(precision * spread**2) / 2 + log_bump(pull / np.sqrt(precision))
    return Slab(precision, pull, weight, state.variance)


def draw_from(
    slab: Slab, rng: np.random.Generator, at_zero: float = 0.0
) -> tuple[NDArray[np.intp], Floats]:
    """Draw a shape and its coefficient, or no effect where that has a chance."""
    everyone = np.arange(len(slab.log_weight))
    with np.errstate(divide="ignore"):
        spike = np.log(at_zero)
    top = np.maximum(slab.log_weight.max(axis=1), spike)[:, None]
    below = np.cumsum(np.exp(slab.log_weight - top), axis=1)
    # The spike comes after the last shape, so that a point beyond all of them lands on it.
    point = rng.random(len(everyone)) * (below[:, -1] + np.exp(spike - top[:, 0]))
    shape = (below <= point[:, None]).sum(axis=1)
    shape[shape == below.shape[1]] = OFF
    precision, pull = slab.precision[everyone, shape], slab.pull[everyone, shape]
    root = np.sqrt(precision)
    beta = (pull / root + draw_above(-pull / root, rng)) / root
    return shape, np.where(shape == OFF, 0.0, beta)


def put(
    problem: Problem, state: Chains, channel: int, shape: NDArray[np.intp], beta: Floats
) -> None:
    """Set one channel in all chains."""
    low, high = problem.projected.starts[channel], problem.projected.starts[channel + 1]
    state.shape[:, channel], state.beta[:, channel] = shape, beta
    state.few[:, low:high] = problem.projected.weights[channel].T[shape] * beta[:, None]
    state.found[:, channel] = problem.functionals[channel, shape] * beta[:, None]


def draw_noise(problem: Problem, state: Chains, rng: np.random.Generator) -> None:
    """Draw the metric with σ² integrated out, and σ² after it."""
    projected = problem.projected
    fit = np.einsum("rbk,bk->br", state.few @ projected.squares, state.few)
    left = projected.outcome_square - 2 * state.few @ projected.with_outcome.T + fit
    scale = problem.noise_scale + np.maximum(left, 0) / 2
    freedom = problem.noise_shape + projected.freedom / 2
    log_weight = projected.log_scale - freedom * np.log(scale)
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    below = np.cumsum(weight, axis=1)
    point = rng.random(len(below)) * below[:, -1]
    state.metric = np.minimum((below <= point[:, None]).sum(axis=1), below.shape[1] - 1)
    state.variance = scale[np.arange(len(below)), state.metric] / rng.gamma(
        freedom, size=len(below)
    )

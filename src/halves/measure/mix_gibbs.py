"""The sampler: many chains at once, one channel at a time, its coefficient integrated out.

Given everything else, a channel's shape has finitely many values and its coefficient is a normal
cut off at zero, so both are drawn exactly; no effect at all is one more value. What a lift test
says of a coefficient is normal as well and enters the same sums. With residual r, noise σ², test
k's finding t_k ± s_k and what it would find at coefficient one, F_gk:

    A_g = m_g'm_g/σ² + 1/τ² + Σ_k F_gk²/s_k²
    b_g = m_g'r/σ²          + Σ_k F_gk (t_k - what the other channels make of it)/s_k²
    log weight(g) = log p(g) - ½ log(A_g τ²) + b_g²/(2A_g) + log 2Φ(b_g/√A_g)

ρ is drawn with σ² integrated out, and σ² after it.

Source:
    Ritter and Tanner (1992), Facilitating the Gibbs Sampler: the Gibbs Stopper and the
    Griddy-Gibbs Sampler; George and McCulloch (1997), Approaches for Bayesian Variable Selection,
    for the spike with the coefficient integrated out.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halves.measure.mix_controls import Projected
from halves.measure.mix_data import Floats
from halves.measure.mix_normal import draw_above, log_bump

_OFF = -1


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
    rho: NDArray[np.intp]  # (chain,)
    variance: Floats  # (chain,)


@dataclass(frozen=True, eq=False)
class Trace:
    """Draws, in order: (chain, sweep, ...)."""

    shape: NDArray[np.intp]
    beta: Floats
    rho: NDArray[np.intp]
    sigma: Floats

    @property
    def sweeps(self) -> int:
        """How many."""
        return int(self.sigma.shape[1])

    def after(self, sweeps: int) -> "Trace":
        """Without the first so many sweeps."""
        return Trace(
            self.shape[:, sweeps:],
            self.beta[:, sweeps:],
            self.rho[:, sweeps:],
            self.sigma[:, sweeps:],
        )

    def then(self, later: "Trace") -> "Trace":
        """These draws and the ones after them."""
        return Trace(
            np.concatenate([self.shape, later.shape], axis=1),
            np.concatenate([self.beta, later.beta], axis=1),
            np.concatenate([self.rho, later.rho], axis=1),
            np.concatenate([self.sigma, later.sigma], axis=1),
        )


def start(problem: Problem, *, chains: int, rng: np.random.Generator) -> Chains:
    """Chains that begin far apart: drawn from the prior, with much or little noise."""
    channels = len(problem.spread)
    projected = problem.projected
    shape = rng.choice(len(problem.log_chances), (chains, channels), p=np.exp(problem.log_chances))
    beta = np.abs(rng.standard_normal((chains, channels))) * problem.spread
    shape = np.where(rng.random((chains, channels)) < problem.at_zero, _OFF, shape)
    state = Chains(
        shape=shape,
        beta=np.where(shape == _OFF, 0.0, beta),
        few=np.zeros((chains, projected.starts[-1])),
        found=np.zeros((chains, channels, len(problem.found))),
        rho=rng.integers(len(projected.log_scale), size=chains),
        variance=projected.noise**2 * np.exp(rng.uniform(-1, 1, chains)),
    )
    for channel in range(channels):
        _put(problem, state, channel, state.shape[:, channel], state.beta[:, channel])
    return state


def run(problem: Problem, state: Chains, *, sweeps: int, rng: np.random.Generator) -> Trace:
    """Let all chains go on for so many sweeps; the state is moved in place."""
    chains, channels = state.beta.shape
    trace = Trace(
        shape=np.empty((chains, sweeps, channels), dtype=np.intp),
        beta=np.empty((chains, sweeps, channels)),
        rho=np.empty((chains, sweeps), dtype=np.intp),
        sigma=np.empty((chains, sweeps)),
    )
    for sweep in range(sweeps):
        squares = problem.projected.squares[state.rho]
        for channel in range(channels):
            _draw_channel(problem, state, squares, channel, rng)
        _draw_noise(problem, state, rng)
        trace.shape[:, sweep] = state.shape
        trace.beta[:, sweep] = state.beta
        trace.rho[:, sweep] = state.rho
        trace.sigma[:, sweep] = np.sqrt(state.variance)
    return trace


@dataclass(frozen=True, eq=False)
class _Slab:
    """One channel given all else: each shape's coefficient, and its weight against no effect."""

    precision: Floats  # (chain, shape), A
    pull: Floats  # (chain, shape), b
    log_weight: Floats  # (chain, shape)


def _slab(problem: Problem, state: Chains, squares: Floats, channel: int) -> _Slab:
    """What the rest leaves to a channel that has been taken out of the state."""
    projected = problem.projected
    low, high = projected.starts[channel], projected.starts[channel + 1]
    others = (squares[:, low:high] @ state.few[:, :, None])[..., 0]
    left = projected.with_outcome[state.rho, low:high] - others
    variance = state.variance[:, None]
    spread = problem.spread[channel]
    precision = projected.shape_squares[state.rho, channel] / variance + spread**-2
    pull = left @ projected.weights[channel] / variance
    if len(problem.found):
        functional = problem.functionals[channel]
        precision += (functional**2).sum(axis=1)
        pull += (problem.found - state.found.sum(axis=1)) @ functional.T
    prior = problem.log_chances + np.log1p(-problem.at_zero[channel])
    weight = prior - np.log(precision * spread**2) / 2 + log_bump(pull / np.sqrt(precision))
    return _Slab(precision, pull, weight)


def _draw_channel(
    problem: Problem, state: Chains, squares: Floats, channel: int, rng: np.random.Generator
) -> None:
    everyone = np.arange(len(state.beta))
    _put(problem, state, channel, np.full(len(everyone), _OFF), np.zeros(len(everyone)))
    slab = _slab(problem, state, squares, channel)
    with np.errstate(divide="ignore"):
        spike = np.log(problem.at_zero[channel])
    top = np.maximum(slab.log_weight.max(axis=1), spike)[:, None]
    below = np.cumsum(np.exp(slab.log_weight - top), axis=1)
    total = below[:, -1] + np.exp(spike - top[:, 0])
    # The spike comes after the last shape, so that a point beyond all of them lands on it.
    point = rng.random(len(everyone)) * total
    shape = (below <= point[:, None]).sum(axis=1)
    shape[shape == below.shape[1]] = _OFF
    precision, pull = slab.precision[everyone, shape], slab.pull[everyone, shape]
    root = np.sqrt(precision)
    beta = np.where(shape == _OFF, 0.0, (pull / root + draw_above(-pull / root, rng)) / root)
    _put(problem, state, channel, shape, beta)


def _put(
    problem: Problem, state: Chains, channel: int, shape: NDArray[np.intp], beta: Floats
) -> None:
    low, high = problem.projected.starts[channel], problem.projected.starts[channel + 1]
    state.shape[:, channel], state.beta[:, channel] = shape, beta
    state.few[:, low:high] = problem.projected.weights[channel].T[shape] * beta[:, None]
    state.found[:, channel] = problem.functionals[channel, shape] * beta[:, None]


def _draw_noise(problem: Problem, state: Chains, rng: np.random.Generator) -> None:
    projected = problem.projected
    fit = np.einsum("rbk,bk->br", state.few @ projected.squares, state.few)
    left = projected.outcome_square - 2 * state.few @ projected.with_outcome.T + fit
    scale = problem.noise_scale + np.maximum(left, 0) / 2
    freedom = problem.noise_shape + projected.freedom / 2
    log_weight = projected.log_scale - freedom * np.log(scale)
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    below = np.cumsum(weight, axis=1)
    point = rng.random(len(below)) * below[:, -1]
    state.rho = np.minimum((below <= point[:, None]).sum(axis=1), below.shape[1] - 1)
    state.variance = scale[np.arange(len(below)), state.rho] / rng.gamma(freedom, size=len(below))

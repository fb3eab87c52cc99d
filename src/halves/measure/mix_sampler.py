"""Many sweeps of the sampler, and what it drew."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halves.ledger.heeding import look_up
from halves.measure.mix_data import Floats
from halves.measure.mix_gibbs import OFF, Chains, Problem, draw_from, draw_noise, put, slab_of
from halves.measure.mix_trades import pair_chances, trade


@dataclass(frozen=True, eq=False)
class Trace:
    """Draws, in order: (chain, sweep, ...)."""

    shape: NDArray[np.intp]
    beta: Floats
    metric: NDArray[np.intp]
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
            self.metric[:, sweeps:],
            self.sigma[:, sweeps:],
        )

    def then(self, later: "Trace") -> "Trace":
        """These draws and the ones after them."""
        return Trace(
            np.concatenate([self.shape, later.shape], axis=1),
            np.concatenate([self.beta, later.beta], axis=1),
            np.concatenate([self.metric, later.metric], axis=1),
            np.concatenate([self.sigma, later.sigma], axis=1),
        )


def run(problem: Problem, state: Chains, *, sweeps: int, rng: np.random.Generator) -> Trace:
    """Let all chains go on for so many sweeps; the state is moved in place."""
    chains, channels = state.beta.shape
    trace = Trace(
        shape=np.empty((chains, sweeps, channels), dtype=np.intp),
        beta=np.empty((chains, sweeps, channels)),
        metric=np.empty((chains, sweeps), dtype=np.intp),
        sigma=np.empty((chains, sweeps)),
    )
    pairs = _pairs(problem, sweeps, rng)
    for sweep in range(sweeps):
        look_up()
        squares = problem.projected.squares[state.metric]
        for channel in range(channels):
            put(problem, state, channel, np.full(chains, OFF), np.zeros(chains))
            slab = slab_of(problem, state, squares, channel)
            put(problem, state, channel, *draw_from(slab, rng, problem.at_zero[channel]))
        for pair in pairs[sweep : sweep + 1]:
            trade(problem, state, squares, pair, rng)
        draw_noise(problem, state, rng)
        trace.shape[:, sweep] = state.shape
        trace.beta[:, sweep] = state.beta
        trace.metric[:, sweep] = state.metric
        trace.sigma[:, sweep] = np.sqrt(state.variance)
    return trace


def _pairs(problem: Problem, sweeps: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    """The pair that is tried in each sweep; none if there is but one channel."""
    channels = len(problem.spread)
    if channels < 2:
        return []
    drawn = rng.choice(channels**2, size=sweeps, p=pair_chances(problem).ravel())
    return [(int(place) // channels, int(place) % channels) for place in drawn]

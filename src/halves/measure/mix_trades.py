"""Moves of two channels at once, for channels that rise and fall together.

One at a time they could trade their effect only in small steps, since each one alone has to fit
what the other leaves.
"""

import numpy as np
from numpy.typing import NDArray

from halves.measure.mix_data import Floats
from halves.measure.mix_gibbs import OFF, Chains, Problem, Slab, draw_from, put, slab_of

_EVEN = 0.02  # so that no pair is left out


def pair_chances(problem: Problem) -> Floats:
    """Shape (channel, channel): how often each pair is tried; pairs that move alike more often."""
    projected = problem.projected
    likely = int(problem.log_chances.argmax())
    channels = len(problem.spread)
    stacked = np.zeros((channels, projected.starts[-1]))
    for channel in range(channels):
        low, high = projected.starts[channel], projected.starts[channel + 1]
        stacked[channel, low:high] = projected.weights[channel][:, likely]
    products = stacked @ projected.squares[0] @ stacked.T
    sizes = np.sqrt(np.maximum(np.diag(products), np.finfo(float).tiny))
    alike = np.triu((products / np.outer(sizes, sizes)) ** 2 + _EVEN, 1)
    return np.asarray(alike / alike.sum())


def trade(
    problem: Problem,
    state: Chains,
    squares: Floats,
    pair: tuple[int, int],
    rng: np.random.Generator,
) -> None:
    """Redraw two channels together, in all chains.

    Where at most one of them has an effect, which one has it, if any, and its shape and size are
    drawn at once, given that they do not both have one. Where both have one, it is shifted from
    one to the other along the direction in which the data say least.
    """
    shapes, betas = state.shape[:, pair].copy(), state.beta[:, pair].copy()
    both = (shapes != OFF).all(axis=1)
    nothing = np.zeros(len(both))
    for channel in pair:
        put(problem, state, channel, np.full(len(both), OFF), nothing)
    slabs = [slab_of(problem, state, squares, channel) for channel in pair]
    new_shapes, new_betas = _either(problem, slabs, pair, rng)
    shifted = _shifted(problem, squares, pair, slabs, shapes, betas, rng)
    for place, channel in enumerate(pair):
        shape = np.where(both, shapes[:, place], new_shapes[:, place])
        beta = np.where(both, shifted[:, place], new_betas[:, place])
        put(problem, state, channel, shape, beta)


def _either(
    problem: Problem, slabs: list[Slab], pair: tuple[int, int], rng: np.random.Generator
) -> tuple[NDArray[np.intp], Floats]:
    """Neither, the one or the other, given the rest."""
    # Without a spike both always have an effect, and what is drawn here is not used.
    chances = np.maximum(problem.at_zero, np.finfo(float).tiny)
    odds = [
        slab.log_total - np.log(chances[channel]) for slab, channel in zip(slabs, pair, strict=True)
    ]
    logs = np.stack([np.zeros_like(odds[0]), *odds], axis=1)
    below = np.cumsum(np.exp(logs - logs.max(axis=1, keepdims=True)), axis=1)
    chosen = (below <= (rng.random(len(below)) * below[:, -1])[:, None]).sum(axis=1) - 1
    shapes, betas = np.full((len(chosen), 2), OFF), np.zeros((len(chosen), 2))
    for place, slab in enumerate(slabs):
        shape, beta = draw_from(slab, rng)
        mine = chosen == place
        shapes[mine, place], betas[mine, place] = shape[mine], beta[mine]
    return shapes, betas


def _shifted(
    problem: Problem,
    squares: Floats,
    pair: tuple[int, int],
    slabs: list[Slab],
    shapes: NDArray[np.intp],
    betas: Floats,
    rng: np.random.Generator,
) -> Floats:
    """Both coefficients after one slice along the flattest direction, shapes as they are."""
    everyone = np.arange(len(shapes))
    one, other = (slab.precision[everyone, shapes[:, place]] for place, slab in enumerate(slabs))
    pulls = [slab.pull[everyone, shapes[:, place]] for place, slab in enumerate(slabs)]
    cross = _cross(problem, squares, pair, slabs, shapes)
    angle = np.arctan2(2 * cross, one - other) / 2
    way = np.stack([-np.sin(angle), np.cos(angle)], axis=1)
    curvature = one * way[:, 0] ** 2 + 2 * cross * way[:, 0] * way[:, 1] + other * way[:, 1] ** 2
    curvature = np.maximum(curvature, problem.spread.max() ** -2)  # so it is, but for rounding
    slope = np.stack(
        [
            pulls[0] - one * betas[:, 0] - cross * betas[:, 1],
            pulls[1] - cross * betas[:, 0] - other * betas[:, 1],
        ],
        axis=1,
    )
    centre = (slope * way).sum(axis=1) / curvature
    reach = np.sqrt(centre**2 + 2 * rng.standard_exponential(len(centre)) / curvature)
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = -betas / way
    low = np.maximum(centre - reach, np.where(way > 0, ends, -np.inf).max(axis=1))
    high = np.minimum(centre + reach, np.where(way < 0, ends, np.inf).min(axis=1))
    step = low + (high - low) * rng.random(len(low))
    return np.asarray(np.maximum(betas + step[:, None] * way, 0.0))


def _cross(
    problem: Problem,
    squares: Floats,
    pair: tuple[int, int],
    slabs: list[Slab],
    shapes: NDArray[np.intp],
) -> Floats:
    projected = problem.projected
    starts = [slice(projected.starts[c], projected.starts[c + 1]) for c in pair]
    few = [projected.weights[c].T[shapes[:, place]] for place, c in enumerate(pair)]
    inner = (squares[:, starts[0], starts[1]] @ few[1][:, :, None])[..., 0]
    tests = [problem.functionals[c, shapes[:, place]] for place, c in enumerate(pair)]
    in_tests = (tests[0] * tests[1]).sum(axis=1)
    return np.asarray((few[0] * inner).sum(axis=1) / slabs[0].variance + in_tests)

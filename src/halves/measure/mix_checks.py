"""Whether chains agree, and how many independent draws they are worth."""

import numpy as np

from halves.measure.mix_data import Floats
from halves.measure.mix_normal import normal_quantiles

# A quantity that hardly ever moves cannot be ranked; it is taken as it is.
_TAILS = (0.05, 0.95)


def r_hat(draws: Floats) -> Floats:
    """Rank-normalised split R̂, the larger of that of the draws and that of their distance
    from the middle: close to 1 if all chains tell the same, halves of chains included.

    Args:
        draws: shape (chain, draw, quantity), at least 4 draws.

    Returns:
        Shape (quantity,); 1 for a quantity that is the same in all draws.

    Source:
        Vehtari et al. (2021), Rank-Normalization, Folding, and Localization: An Improved R̂ for
        Assessing Convergence of MCMC, equations 1 to 4 and 14.

    >>> calm = np.random.default_rng(1).standard_normal((4, 500, 1))
    >>> bool(r_hat(calm)[0] < 1.01), bool(r_hat(calm + np.arange(4).reshape(4, 1, 1))[0] > 1.5)
    (True, True)
    """
    halves = _split(draws)
    folded = np.abs(halves - np.median(halves, axis=(0, 1)))
    return np.maximum(_plain_r_hat(_rank_normal(halves)), _plain_r_hat(_rank_normal(folded)))


def effective_draws(draws: Floats) -> Floats:
    """How many independent draws would tell as much: the least of the middle and both tails.

    Args:
        draws: shape (chain, draw, quantity), at least 4 draws.

    Returns:
        Shape (quantity,); all draws for a quantity that is the same in all of them.

    Source:
        Vehtari et al. (2021), sections 3.2 and 4.3: bulk-ESS, and tail-ESS at 5% and 95%.

    >>> calm = np.random.default_rng(1).standard_normal((4, 500, 1))
    >>> bool(1000 < effective_draws(calm)[0] < 3000)
    True
    """
    halves = _split(draws)
    least = _plain_ess(_rank_normal(halves))
    for cut in np.quantile(halves, _TAILS, axis=(0, 1)):
        least = np.minimum(least, _plain_ess((halves <= cut).astype(np.float64)))
    return least


def _split(draws: Floats) -> Floats:
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, -half:]])


def _rank_normal(draws: Floats) -> Floats:
    flat = draws.reshape(-1, draws.shape[-1])
    count = len(flat)
    order = np.argsort(flat, axis=0, kind="stable")
    rising = np.take_along_axis(flat, order, axis=0)
    ranks = np.empty_like(flat)
    for quantity in range(flat.shape[1]):
        # Ties, above all no effect at all, share their average rank.
        first = np.flatnonzero(np.diff(rising[:, quantity], prepend=-np.inf))
        ends = np.append(first[1:], count)
        ranks[order[:, quantity], quantity] = np.repeat((first + 1 + ends) / 2, ends - first)
    return normal_quantiles((ranks - 3 / 8) / (count + 1 / 4)).reshape(draws.shape)


def _plain_r_hat(draws: Floats) -> Floats:
    count = draws.shape[1]
    within = draws.var(axis=1, ddof=1).mean(axis=0)
    between = draws.mean(axis=1).var(axis=0, ddof=1)
    moves = np.ptp(draws, axis=(0, 1)) > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.sqrt((count - 1) / count + between / within)
    return np.where(moves, ratio, 1.0)


def _plain_ess(draws: Floats) -> Floats:
    """Geyer's initial monotone sequence over the chains' average autocorrelation."""
    chains, count, quantities = draws.shape
    covariance = _autocovariance(draws).mean(axis=0)
    within = covariance[0] * count / (count - 1)
    between = draws.mean(axis=1).var(axis=0, ddof=1)
    whole = within * (count - 1) / count + between
    moves = np.ptp(draws, axis=(0, 1)) > 0
    scale = np.where(moves, whole, 1.0)
    rho = 1 - (within - covariance * count / (count - 1)) / scale
    rho[0] = 1.0
    pairs = rho[: count // 2 * 2].reshape(-1, 2, quantities).sum(axis=1)
    positive = np.cumprod(pairs > 0, axis=0)
    monotone = np.minimum.accumulate(np.where(positive, pairs, 0.0), axis=0)
    time = np.maximum(2 * monotone.sum(axis=0) - 1, 1 / np.log10(chains * count))
    return np.where(moves, chains * count / time, float(chains * count))


def _autocovariance(draws: Floats) -> Floats:
    """Shape (chain, lag, quantity), over the number of draws at every lag."""
    count = draws.shape[1]
    length = 1 << (2 * count - 1).bit_length()
    waves = np.fft.rfft(draws - draws.mean(axis=1, keepdims=True), length, axis=1)
    return np.asarray(np.fft.irfft(np.abs(waves) ** 2, length, axis=1)[:, :count] / count)

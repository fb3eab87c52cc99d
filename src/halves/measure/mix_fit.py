"""How the mix model fits week by week: what happened beside what it says, all regions together."""

import numpy as np

from halves.measure.mix_data import Floats
from halves.measure.mix_media import Media
from halves.measure.mix_project import Rows
from halves.measure.mix_result import Fit
from halves.measure.mix_sampler import Trace


def fit_of(media: Media, rows: Rows, trace: Trace, correlations: Floats, *, noise: float) -> Fit:
    """Lay the model's mean over the weeks.

    The few columns lack what the baseline explains of media, and the baseline is fitted to what
    they leave, so that both together are whole.

    Args:
        media: the data.
        rows: the same in columns.
        trace: draws.
        correlations: (metric,), ρ of each.
        noise: standard deviation of a week's outcome around the model, all regions together.
    """
    few = np.concatenate([_few(rows, trace, place) for place in range(len(rows.weights))])
    brought = rows.few @ few
    rho = float(correlations[trace.metric].mean())
    design, left = (_whitened(part, rho) for part in (rows.design, rows.outcome - brought))
    flat = design.reshape(-1, design.shape[-1])
    baseline = rows.design @ np.linalg.lstsq(flat, left.ravel(), rcond=None)[0]
    heads = rows.region_noise * media.size
    return Fit(
        weeks=media.data.weeks,
        outcome=media.data.outcome.sum(axis=1),
        fitted=(brought + baseline) @ heads,
        noise=noise,
    )


def _few(rows: Rows, trace: Trace, channel: int) -> Floats:
    """Mean coefficients of a channel's few columns."""
    weights = rows.weights[channel]
    shape, beta = trace.shape[..., channel].ravel(), trace.beta[..., channel].ravel()
    each = np.bincount(shape[shape >= 0], beta[shape >= 0], minlength=weights.shape[1])
    return np.asarray(weights @ each / beta.size)


def _whitened(columns: Floats, rho: float) -> Floats:
    """Less ρ times the last week's, by region (Prais and Winsten 1954)."""
    first = columns[:1] * np.sqrt(1 - rho**2)
    return np.concatenate([first, columns[1:] - rho * columns[:-1]])

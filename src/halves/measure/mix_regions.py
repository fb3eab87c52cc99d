"""Channels work better in some regions than in others, and nobody says by how much.

Each region's effect may differ from the common one. The differences of a channel are normal, with
one relative spread for all channels, and weigh up to nothing over the regions, so that the common
coefficient still stands for the whole increment. They are integrated out like the baseline, only
that their prior is not flat: a row for each difference says that it is about zero. What they need
to know beforehand, the usual size and shape of each channel's effect, is read from a first fit
that leaves them out.

Source:
    Sun et al. (2017), Geo-level Bayesian Hierarchical Media Mix Modeling, for effects that differ;
    pseudo-rows for a normal prior are those of Theil and Goldberger (1961).
"""

import numpy as np

from halves.measure.mix_data import Floats
from halves.measure.mix_media import Media
from halves.measure.mix_project import Differences
from halves.measure.mix_sampler import Trace

FEWEST = 3  # regions, below which a spread cannot be told


def differences(media: Media, first: Trace, correlations: Floats) -> Differences:
    """Read off a first fit what differences between regions would look like."""
    time, region = media.data.outcome.shape
    parts = []
    for channel in range(len(media.data.channels)):
        drawn = first.shape[..., channel].ravel()
        drawn = drawn[drawn >= 0]
        counts = np.bincount(drawn, minlength=len(media.grid.log_chances))
        likely = int((counts + np.exp(media.grid.log_chances)).argmax())
        shape = media.shapes(channel, media.data.spend[..., channel])[likely]
        usual = float(first.beta[..., channel].mean())
        free = _weighing_up(shape.sum(axis=0) * media.size)
        parts.append(shape[:, :, None] * free * usual)
    columns = np.concatenate(parts, axis=2) / float(first.sigma.mean())
    seen = np.unique(first.metric)
    near = np.abs(np.subtract.outer(np.arange(len(correlations)), seen)).min(axis=1) <= 1
    return Differences(columns.reshape(time, region, -1), correlations[near])


def _weighing_up(weights: Floats) -> Floats:
    """Shape (region, region - 1): orthonormal differences that weigh up to nothing."""
    return np.asarray(np.linalg.qr(weights[:, None], mode="complete")[0][:, 1:])

"""The baseline taken out of everything, once and for all.

Its coefficients have flat priors, so they integrate out exactly: what is left is the outcome and
the media less what the baseline explains of each, in the metric of the errors. Errors follow last
week's, each region on its own, with one correlation ρ; each ρ on a grid has its own metric and its
own projection. Shapes on the grid are all but combinations of a few dozen columns, so only those
few are projected, and the sampler never sees the weeks again.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from halves.ledger.heeding import look_up
from halves.measure.errors import OutcomeFlat, TooFewWeeks
from halves.measure.mix_controls import Baseline, columns, orthonormal
from halves.measure.mix_data import Floats
from halves.measure.mix_media import Media

CORRELATIONS = np.arange(10) / 10
SPREADS = np.array([0.0, 0.1, 0.2, 0.4, 0.8])  # of effects between regions, as shares
_LEAST_FREEDOM = 8  # weeks to spare, below which the noise cannot be told at all
# A direction this much weaker than the strongest is left out. Shapes lose 0.7% of their size at
# most, a median of 0.2%, which moves an effect by as small a part of its standard error.
_SAME = 1e-6
_NOTHING = 1e-20  # share of a shape's square that is rounding: the baseline explains it all
_FLAT = 1e-16  # share of the outcome's square that is rounding
_REGION_FREEDOM = 8.0  # weeks' worth of belief that regions are equally noisy a head


@dataclass(frozen=True, eq=False)
class Differences:
    """What regional differences of all channels look like, at a relative spread of one.

    Args:
        columns: shape (time, region, column), outcome a head, for a difference of one standard
            deviation of the noise.
        correlations: the values of ρ that the first fit leaves in play.
    """

    columns: Floats
    correlations: Floats


@dataclass(frozen=True, eq=False)
class Projected:
    """All that the sampler needs of the data; one of each for every metric.

    A metric is a correlation ρ of errors together with a spread of effects between regions.
    A few columns U stand for all shapes: shape g of channel c is U[:, of c] @ weights[c][:, g].
    """

    starts: tuple[int, ...]  # where each channel's few columns begin, and the end of the last
    weights: tuple[Floats, ...]  # per channel, (few, shape)
    correlations: Floats  # (metric,), ρ
    spreads: Floats  # (metric,), of effects between regions, as a share of the effect
    squares: Floats  # (metric, all few, all few), U'U
    with_outcome: Floats  # (metric, all few), U'y
    outcome_square: Floats  # (metric,), y'y
    shape_squares: Floats  # (metric, channel, shape), m_g'm_g
    log_scale: Floats  # (metric,), logarithm of the likelihood's scale
    freedom: int  # rows less coefficients of the baseline
    region_noise: Floats  # (region,), how noisy a head is in each; mean square one
    noise: float  # standard deviation of y, baseline and its last week taken out


@dataclass(frozen=True, eq=False)
class Rows:
    """One data set in columns, a head, over how noisy its region is; (time, region, column)."""

    few: Floats
    weights: tuple[Floats, ...]
    outcome: Floats
    design: Floats
    region_noise: Floats  # (region,)

    @property
    def freedom(self) -> int:
        """Rows less coefficients of the baseline."""
        return int(self.outcome.size - self.design.shape[-1])


def rows_of(media: Media, baseline: Baseline) -> Rows:
    """Lay out a data set: its outcome, its baseline, and the few columns that span its media.

    Raises:
        TooFewWeeks: hardly more rows than the baseline has coefficients.
        OutcomeFlat: an outcome that the baseline explains to the last digit.
    """
    data = media.data
    design = orthonormal(columns(data, baseline))
    freedom = design[..., 0].size - design.shape[-1]
    if freedom < _LEAST_FREEDOM:
        raise TooFewWeeks(
            f"{len(data.weeks)} weeks in {len(data.regions)} regions leave {freedom} to spare "
            f"after the baseline's {design.shape[-1]} coefficients; "
            f"at least {_LEAST_FREEDOM} are needed"
        )
    outcome = data.outcome / media.size
    noisy = _noise_of_regions(outcome, design)
    few, weights = _few_columns(media, design, noisy)
    return Rows(few, weights, outcome / noisy, design / noisy[:, None], noisy)


def project(rows: Rows, differences: Differences | None = None) -> Projected:
    """Take the baseline, and regional differences, out of the outcome and of every shape."""
    starts = np.cumsum([0, *(len(part) for part in rows.weights)])
    blocks = [(int(low), int(high)) for low, high in pairwise(starts)]
    metrics, inner, log_scale = _in_all_metrics(rows, differences)
    squares = inner[:, :-1, :-1]
    return Projected(
        starts=tuple(int(start) for start in starts),
        weights=rows.weights,
        correlations=metrics[:, 0],
        spreads=metrics[:, 1],
        squares=squares,
        with_outcome=inner[:, :-1, -1],
        outcome_square=inner[:, -1, -1],
        shape_squares=np.stack(
            [
                ((squares[:, low:high, low:high] @ part) * part).sum(axis=1)
                for part, (low, high) in zip(rows.weights, blocks, strict=True)
            ],
            axis=1,
        ),
        log_scale=log_scale,
        freedom=rows.freedom,
        region_noise=rows.region_noise,
        noise=float(np.sqrt(inner[:, -1, -1].min() / rows.freedom)),
    )


def _noise_of_regions(outcome: Floats, design: Floats) -> Floats:
    """Shape (region,): how noisy a head is in each region, with mean square one.

    Taken once, from what the baseline leaves, and shrunk: a region with twice the noise should
    not count the same, and its exact weight matters little.
    """
    flat = design.reshape(-1, design.shape[-1])
    left = outcome.ravel() - flat @ (flat.T @ outcome.ravel())
    square = (left.reshape(outcome.shape) ** 2).mean(axis=0)
    if square.mean() <= _FLAT * (outcome**2).mean():
        raise OutcomeFlat("the baseline explains the outcome to the last digit: nothing is left")
    weeks = len(outcome)
    shrunk = (weeks * square + _REGION_FREEDOM * square.mean()) / (weeks + _REGION_FREEDOM)
    return np.asarray(np.sqrt(shrunk / shrunk.mean()))


def _few_columns(media: Media, design: Floats, noisy: Floats) -> tuple[Floats, tuple[Floats, ...]]:
    """Columns (time, region, all few) that span every channel's shapes, and each one's weights.

    What the baseline explains of a shape is of no account under any ρ, so it is left out first and
    the few need only span the rest.
    """
    spans, weights = [], []
    known = (design / noisy[:, None]).reshape(-1, design.shape[-1])
    basis = np.linalg.qr(known)[0]
    for channel in range(len(media.data.channels)):
        look_up()
        spend = media.data.spend[..., channel]
        shapes = (media.shapes(channel, spend) / noisy).reshape(len(media.grid.log_chances), -1)
        whole = (shapes**2).sum(axis=1)
        shapes -= (shapes @ basis) @ basis.T
        square = (shapes**2).sum(axis=1)
        told = square > _NOTHING * whole
        span = _span(shapes[told] / np.sqrt(square[told])[:, None])
        spans.append(span)
        weights.append(span.T @ shapes.T)
    few = np.concatenate(spans, axis=1)
    return few.reshape(*media.data.outcome.shape, -1), tuple(weights)


def _span(shapes: Floats) -> Floats:
    """Orthonormal columns, (row, few), of which all shapes (shape, row) are combinations."""
    if not len(shapes):
        return np.empty((shapes.shape[1], 0))
    # Of the two squares of a matrix the smaller one tells as much, at less cost.
    tall = shapes.shape[0] < shapes.shape[1]
    sizes, turns = np.linalg.eigh(shapes @ shapes.T if tall else shapes.T @ shapes)
    enough = sizes > _SAME * sizes[-1]
    return shapes.T @ (turns[:, enough] / np.sqrt(sizes[enough])) if tall else turns[:, enough]


def _in_all_metrics(rows: Rows, differences: Differences | None) -> tuple[Floats, Floats, Floats]:
    """Metrics, (metric, 2), as ρ and spread; products of all columns without the baseline; scales.

    A scale is the logarithm of the likelihood's with the baseline integrated out: half that of the
    errors' precision, less half that of the baseline's own information. Differences are taken out
    as the baseline is, only that one more row for each says that it is about nothing.
    """
    seen = np.concatenate([rows.few, rows.outcome[..., None]], axis=2)
    fixed, wanted = rows.design.shape[2], seen.shape[2]
    parts, correlations, spreads = [seen, rows.design], CORRELATIONS, SPREADS[:1]
    if differences is not None:
        parts.append(differences.columns / rows.region_noise[:, None])
        correlations, spreads = differences.correlations, SPREADS
    lags = _lagged(np.concatenate(parts, axis=2))
    metrics, inner, scales = [], [], []
    for rho in correlations:
        look_up()
        whole = lags[0] - rho * lags[1] + rho**2 * lags[2]
        for spread in spreads:
            weight = np.ones(len(whole))
            weight[wanted + fixed :] = spread
            products = whole * weight * weight[:, None]
            known = products[wanted:, wanted:] + np.diag(np.arange(len(whole) - wanted) >= fixed)
            cross = products[wanted:, :wanted]
            inner.append(products[:wanted, :wanted] - cross.T @ np.linalg.solve(known, cross))
            precision = len(rows.region_noise) * np.log1p(-(rho**2))
            scales.append((precision - np.linalg.slogdet(known)[1]) / 2)
            metrics.append((rho, spread))
    return np.array(metrics), np.array(inner), np.array(scales)


def _lagged(all_columns: Floats) -> tuple[Floats, Floats, Floats]:
    """What the products of columns are made of in the metric of any ρ.

    With errors that follow last week's, the precision is tridiagonal in each region: 1 at both
    ends, 1 + ρ² between them, -ρ beside (Prais and Winsten 1954), over the variance of what is new.
    """
    width = all_columns.shape[2]
    flat = all_columns.reshape(-1, width)
    later = all_columns[1:].reshape(-1, width)
    earlier = all_columns[:-1].reshape(-1, width)
    between = all_columns[1:-1].reshape(-1, width)
    beside = later.T @ earlier
    return flat.T @ flat, beside + beside.T, between.T @ between

"""What moves the outcome besides spend, projected out of everything once and for all.

The baseline's coefficients have flat priors, so they integrate out exactly: what is left is the
outcome and the media less what the baseline explains of each, in the metric of the errors. Errors
follow last week's, each region on its own, with one correlation ρ; each ρ on a grid has its own
metric and its own projection. Shapes on the grid are all but combinations of a few dozen columns,
so only those few are projected, and the sampler never sees the weeks again.
"""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np

from halves.measure.errors import OutcomeFlat, TooFewWeeks
from halves.measure.mix_data import Floats, MixData
from halves.measure.mix_media import Media

CORRELATIONS = np.arange(10) / 10
_YEAR_WEEKS = 365.25 / 7
_LEAST_FREEDOM = 8  # weeks to spare, below which the noise cannot be told at all
_SAME = 1e-9  # share of a column's square that is lost when it is written in the few
_DEPENDENT = 1e-8
_REGION_FREEDOM = 8.0  # weeks' worth of belief that regions are equally noisy a head


@dataclass(frozen=True)
class Baseline:
    """What the baseline may do.

    Args:
        harmonics: waves a year, each with sine and cosine; 0 for none.
        bends: how often the trend may change its slope, at even distances; it is linear with 0.
    """

    harmonics: int = 2
    bends: int = 0


@dataclass(frozen=True, eq=False)
class Projected:
    """All that the sampler needs of the data; one of each for every ρ.

    A few columns U stand for all shapes: shape g of channel c is U[:, of c] @ weights[c][:, g].
    """

    starts: tuple[int, ...]  # where each channel's few columns begin, and the end of the last
    weights: tuple[Floats, ...]  # per channel, (few, shape)
    squares: Floats  # (ρ, all few, all few), U'U
    with_outcome: Floats  # (ρ, all few), U'y
    outcome_square: Floats  # (ρ,), y'y
    shape_squares: Floats  # (ρ, channel, shape), m_g'm_g
    log_scale: Floats  # (ρ,), logarithm of what ρ does to the likelihood's scale
    freedom: int  # rows less coefficients of the baseline
    region_noise: Floats  # (region,), how noisy a head is in each; mean square one
    noise: float  # standard deviation of y, baseline and its last week taken out


def project(media: Media, baseline: Baseline, correlations: Floats = CORRELATIONS) -> Projected:
    """Take the baseline out of the outcome and of every shape, for every ρ.

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
    few, weights = _few_columns(media, noisy)
    starts = np.cumsum([0, *(len(part) for part in weights)])
    rows = np.concatenate([few, (outcome / noisy)[..., None]], axis=2)
    parts = [_inner(rows, design / noisy[:, None], rho) for rho in correlations]
    inner = np.array([part[0] for part in parts])
    squares = inner[:, :-1, :-1]
    outcome_square = inner[:, -1, -1]
    blocks = [(int(low), int(high)) for low, high in pairwise(starts)]
    return Projected(
        starts=tuple(int(start) for start in starts),
        weights=weights,
        squares=squares,
        with_outcome=inner[:, :-1, -1],
        outcome_square=outcome_square,
        shape_squares=np.stack(
            [
                np.einsum(
                    "kg,rkl,lg->rg", part, squares[:, low:high, low:high], part, optimize=True
                )
                for part, (low, high) in zip(weights, blocks, strict=True)
            ],
            axis=1,
        ),
        log_scale=np.array([part[1] for part in parts]),
        freedom=freedom,
        region_noise=noisy,
        noise=float(np.sqrt(outcome_square.min() / freedom)),
    )


def columns(data: MixData, baseline: Baseline) -> Floats:
    """The baseline's columns, a head: shape (time, region, coefficient).

    Each region has its own level and trend; season, holidays and controls act a head alike.
    """
    time, region = data.outcome.shape
    progress = np.linspace(-1, 1, time) if time > 1 else np.zeros(1)
    knots = np.linspace(-1, 1, baseline.bends + 2)[1:-1]
    own = [np.ones(time), progress, *(np.maximum(progress - knot, 0) for knot in knots)]
    each = np.einsum("tk,rs->trks", np.array(own).T, np.eye(region)).reshape(time, region, -1)
    angle = 2 * np.pi * np.arange(time) / _YEAR_WEEKS
    waves = [f(angle * turn) for turn in range(1, baseline.harmonics + 1) for f in (np.sin, np.cos)]
    days = [[_holds(week, days) for week in data.weeks] for days in data.holidays.values()]
    shared = np.array([*waves, *days], dtype=np.float64).reshape(-1, time)
    common = np.broadcast_to(shared.T[:, None, :], (time, region, len(shared)))
    controls = [values[..., None] for values in data.controls.values()]
    return np.concatenate([each, common, *controls], axis=2)


def orthonormal(design: Floats) -> Floats:
    """The same span in orthonormal columns, without those that depend on others."""
    flat = design.reshape(-1, design.shape[-1])
    norms = np.linalg.norm(flat, axis=0)
    left, sizes, _ = np.linalg.svd(flat / np.where(norms > 0, norms, 1.0), full_matrices=False)
    kept = left[:, sizes > _DEPENDENT * sizes[0]]
    return np.asarray(kept.reshape(*design.shape[:-1], -1))


def _noise_of_regions(outcome: Floats, design: Floats) -> Floats:
    """Shape (region,): how noisy a head is in each region, with mean square one.

    Taken once, from what the baseline leaves, and shrunk: a region with twice the noise should
    not count the same, and its exact weight matters little.
    """
    flat = design.reshape(-1, design.shape[-1])
    left = outcome.ravel() - flat @ (flat.T @ outcome.ravel())
    square = (left.reshape(outcome.shape) ** 2).mean(axis=0)
    if square.mean() <= _DEPENDENT**2 * (outcome**2).mean():
        raise OutcomeFlat("the baseline explains the outcome to the last digit: nothing is left")
    weeks = len(outcome)
    shrunk = (weeks * square + _REGION_FREEDOM * square.mean()) / (weeks + _REGION_FREEDOM)
    return np.asarray(np.sqrt(shrunk / shrunk.mean()))


def _few_columns(media: Media, noisy: Floats) -> tuple[Floats, tuple[Floats, ...]]:
    """Columns (time, region, all few) that span every channel's shapes, and each one's weights."""
    spans, weights = [], []
    for channel in range(len(media.data.channels)):
        spend = media.data.spend[..., channel]
        shapes = (media.shapes(channel, spend) / noisy).reshape(len(media.grid.log_chances), -1)
        span = _span(shapes)
        spans.append(span)
        weights.append(span.T @ shapes.T)
    few = np.concatenate(spans, axis=1)
    return few.reshape(*media.data.outcome.shape, -1), tuple(weights)


def _span(shapes: Floats) -> Floats:
    """Orthonormal columns, (row, few), of which all shapes (shape, row) are combinations."""
    # Of the two squares of a matrix the smaller one tells as much, at less cost.
    tall = shapes.shape[0] < shapes.shape[1]
    sizes, turns = np.linalg.eigh(shapes @ shapes.T if tall else shapes.T @ shapes)
    enough = sizes > _SAME * sizes[-1]
    return shapes.T @ (turns[:, enough] / np.sqrt(sizes[enough])) if tall else turns[:, enough]


def _inner(rows: Floats, design: Floats, rho: float) -> tuple[Floats, float]:
    """Products of all columns without the baseline at one ρ, and the log of its scale.

    The scale is that of the likelihood with the baseline integrated out: half the logarithm of
    the errors' precision, less half that of the baseline's own information.
    """
    seen, known = whiten(rows, rho), whiten(design, rho)
    flat = seen.reshape(-1, seen.shape[-1])
    basis, triangle = np.linalg.qr(known.reshape(-1, known.shape[-1]))
    left = flat - basis @ (basis.T @ flat)
    scale = rows.shape[1] * np.log1p(-(rho**2)) / 2 - np.log(np.abs(np.diag(triangle))).sum()
    return left.T @ left, float(scale)


def whiten(rows: Floats, rho: float) -> Floats:
    """Make errors that follow last week's independent; rows are (time, region, column).

    Source:
        Prais and Winsten (1954), Trend Estimators and Serial Correlation: the first week is kept.
    """
    first = np.sqrt(1 - rho**2) * rows[:1]
    return np.concatenate([first, rows[1:] - rho * rows[:-1]])


def _holds(week: date, days: tuple[date, ...]) -> bool:
    return any(0 <= (day - week).days < 7 for day in days)

"""From the sampler's draws to what is reported of a period, and whether it may be reported."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from halves.measure.mix_checks import effective_draws, r_hat
from halves.measure.mix_data import Floats
from halves.measure.mix_fit import fit_of
from halves.measure.mix_gibbs import Problem
from halves.measure.mix_media import Media
from halves.measure.mix_project import Rows
from halves.measure.mix_result import ChannelMix, Mix, summed
from halves.measure.mix_sampler import Trace

MULTIPLES = np.array([0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0])
_P_ZERO, _INCREMENT, _MARGINAL, _CURVE = 0, 1, 2, 3


@dataclass(frozen=True, eq=False)
class Period:
    """Some weeks of a data set, and what each shape makes of their spend at coefficient one.

    Args:
        media: the shapes.
        weeks: shape (time,), which belong to it.
        effects: shape (channel, shape), outcome that the spend brings.
        slopes: shape (channel, shape), outcome for one more unit of spend.
        curves: shape (channel, shape, multiple), outcome at multiples of the spend.
    """

    media: Media
    weeks: NDArray[np.bool_]
    effects: Floats
    slopes: Floats
    curves: Floats

    @classmethod
    def of(cls, media: Media, weeks: NDArray[np.bool_]) -> "Period":
        """Work out what each shape makes of these weeks."""
        channels = range(len(media.data.channels))
        return cls(
            media,
            weeks,
            effects=np.array([media.effects(channel, weeks) for channel in channels]),
            slopes=np.array([media.slopes(channel, weeks) for channel in channels]),
            curves=np.array([media.curve(channel, weeks, MULTIPLES) for channel in channels]),
        )


@dataclass(frozen=True, eq=False)
class Report:
    """All quantities of all draws, with their checks.

    Args:
        values: shape (chain, draw, channel, quantity): whether zero, increment, marginal, curve.
        noise: shape (chain, draw, 3), the errors' standard deviation, ρ, spread between regions.
        value_r_hat: shape (channel, quantity).
        value_draws: the same shape, effective draws.
        noise_r_hat: shape (3,).
        noise_draws: the same shape, effective draws.
    """

    values: Floats
    noise: Floats
    value_r_hat: Floats
    value_draws: Floats
    noise_r_hat: Floats
    noise_draws: Floats

    @classmethod
    def of(cls, period: Period, problem: Problem, trace: Trace) -> "Report":
        """Turn draws of shapes and coefficients into what is reported, and check it."""
        values = _values(period, trace)
        rho = problem.projected.correlations[trace.metric]
        spread = problem.projected.spreads[trace.metric]
        noise = np.stack([trace.sigma / np.sqrt(1 - rho**2), rho, spread], axis=2)
        flat = values.reshape(*values.shape[:2], -1)
        shape = values.shape[2:]
        return cls(
            values,
            noise,
            value_r_hat=r_hat(flat).reshape(shape),
            value_draws=effective_draws(flat).reshape(shape),
            noise_r_hat=r_hat(noise),
            noise_draws=effective_draws(noise),
        )

    @property
    def r_hat(self) -> float:
        """The largest of all."""
        return float(max(self.value_r_hat.max(), self.noise_r_hat.max()))

    @property
    def effective_draws(self) -> float:
        """The least of all."""
        return float(min(self.value_draws.min(), self.noise_draws.min()))

    @property
    def worst_channel(self) -> int:
        """Place of the channel that agrees least."""
        return int(self.value_r_hat.max(axis=1).argmax())


def told(period: Period, problem: Problem, report: Report, rows: Rows, trace: Trace) -> Mix:
    """The answer for a period."""
    data = period.media.data
    inside = [week for week, chosen in zip(data.weeks, period.weeks, strict=True) if chosen]
    sizes = period.media.size * problem.projected.region_noise
    noise = summed(report.noise[..., 0].ravel() * float(np.sqrt((sizes**2).sum())))
    return Mix(
        channels=tuple(
            _channel(period, problem, report, channel) for channel in range(len(data.channels))
        ),
        since=inside[0],
        until=inside[-1] + timedelta(days=7),
        noise=noise,
        carried_noise=summed(report.noise[..., 1].ravel()),
        regional_spread=summed(report.noise[..., 2].ravel()),
        r_hat=report.r_hat,
        effective_draws=report.effective_draws,
        sweeps=report.values.shape[1],
        fit=fit_of(period.media, rows, trace, problem.projected.correlations, noise=noise.mean),
    )


def _channel(period: Period, problem: Problem, report: Report, channel: int) -> ChannelMix:
    data = period.media.data
    values = report.values[:, :, channel].reshape(-1, report.values.shape[-1])
    return ChannelMix(
        channel=data.channels[channel],
        spend=float(data.spend[period.weeks, :, channel].sum()),
        increment_draws=values[:, _INCREMENT],
        marginal_draws=values[:, _MARGINAL],
        multiples=MULTIPLES,
        curve_draws=values[:, _CURVE:],
        p_zero=float(values[:, _P_ZERO].mean()),
        p_zero_before=float(problem.at_zero[channel]),
        scale_before=float(
            problem.spread[channel] * (np.exp(problem.log_chances) @ period.effects[channel])
        ),
        learned=1 - float(values[:, _INCREMENT].var() / _variance_before(period, problem, channel)),
        r_hat=float(report.value_r_hat[channel].max()),
        effective_draws=float(report.value_draws[channel].min()),
    )


def _variance_before(period: Period, problem: Problem, channel: int) -> float:
    """Variance of the increment over the prior: spike, half-normal and shapes together."""
    chances = np.exp(problem.log_chances) * (1 - problem.at_zero[channel])
    effects, spread = period.effects[channel], problem.spread[channel]
    mean = spread * np.sqrt(2 / np.pi) * float(chances @ effects)
    return float(spread**2 * (chances @ effects**2) - mean**2)


def _values(period: Period, trace: Trace) -> Floats:
    tables = np.concatenate(
        [period.effects[..., None], period.slopes[..., None], period.curves], axis=2
    )
    values = np.empty((*trace.beta.shape, tables.shape[2] + 1))
    values[..., _P_ZERO] = trace.shape < 0
    for channel, table in enumerate(tables):
        shape, beta = trace.shape[..., channel], trace.beta[..., channel]
        values[:, :, channel, _INCREMENT:] = table[shape] * beta[..., None]
    return values

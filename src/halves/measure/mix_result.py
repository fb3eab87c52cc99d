"""The mix model's answer: draws, intervals, and how far to trust the sampler."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from halves.measure.interval import Interval
from halves.measure.mix_data import Floats

_NORMAL_90 = 1.6449


@dataclass(frozen=True, eq=False)
class ChannelMix:
    """What the model says of one channel over the period.

    Draws are in the same order for all channels, so that sums over channels can be taken draw by
    draw. A return is outcome, in the outcome's unit, for one unit of spend.

    Args:
        channel: its name.
        spend: over the period.
        increment_draws: outcome of the period that would have been lost without it.
        marginal_draws: outcome for one more unit of spend, laid on as the period's spend was.
        multiples: shape (point,), of the period's spend.
        curve_draws: shape (draw, point), outcome at these multiples, against none.
        p_zero: chance of no effect at all.
        p_zero_before: the same before the data.
        scale_before: scale of the half-normal that the increment was before the data, if there was
            any effect; exact for the whole period, an average over shapes for a part.
        learned: share of the prior's variance of the increment that the data took away.
        r_hat: the largest over all that is reported of this channel.
        effective_draws: the least over the same.
    """

    channel: str
    spend: float
    increment_draws: Floats
    marginal_draws: Floats
    multiples: Floats
    curve_draws: Floats
    p_zero: float
    p_zero_before: float
    scale_before: float
    learned: float
    r_hat: float
    effective_draws: float

    @property
    def return_draws(self) -> Floats:
        """Outcome for each unit of spend."""
        return self.increment_draws / self.spend

    @property
    def increment(self) -> Interval:
        """Outcome that would have been lost without the channel."""
        return summed(self.increment_draws)

    @property
    def returned(self) -> Interval:
        """Outcome for each unit of spend."""
        return summed(self.return_draws)

    @property
    def marginal(self) -> Interval:
        """Outcome for one more unit of spend."""
        return summed(self.marginal_draws)

    @property
    def curve(self) -> tuple[Interval, ...]:
        """Outcome at each of the multiples."""
        return tuple(summed(draws) for draws in self.curve_draws.T)


@dataclass(frozen=True, eq=False)
class Fit:
    """What happened each week, and what the model says of it.

    Args:
        weeks: first day of each.
        outcome: shape (time,), what happened, all regions together.
        fitted: shape (time,), baseline and channels at the posterior's mean.
        noise: standard deviation of a week's outcome around the model.
    """

    weeks: tuple[date, ...]
    outcome: Floats
    fitted: Floats
    noise: float

    @property
    def residuals(self) -> Floats:
        """Shape (time,): what happened less what the model says."""
        return self.outcome - self.fitted

    @property
    def reach(self) -> float:
        """Half the width of the band in which nine weeks in ten should lie."""
        return _NORMAL_90 * self.noise

    @property
    def within(self) -> float:
        """Share of weeks inside that band."""
        return float((np.abs(self.residuals) <= self.reach).mean())

    @property
    def explained(self) -> float:
        """Share of the outcome's variance over the weeks that the model explains."""
        return 1 - float(self.residuals.var() / self.outcome.var())

    @property
    def carried(self) -> float:
        """Correlation of a week's residual with the last one's."""
        left = self.residuals
        return float(np.corrcoef(left[1:], left[:-1])[0, 1])


@dataclass(frozen=True)
class ChannelChecks:
    """How far to trust the sampler of one channel, and what the data told; as in `ChannelMix`."""

    channel: str
    r_hat: float
    effective_draws: float
    p_zero_before: float
    p_zero: float
    learned: float


@dataclass(frozen=True, eq=False)
class Checks:
    """What is kept of a model once its draws are gone: its fit, and whether its chains agreed.

    Args:
        channels: in the data's order.
        r_hat: the largest of all reported quantities.
        effective_draws: the least of all.
        fit: what happened beside what the model says.
    """

    channels: tuple[ChannelChecks, ...]
    r_hat: float
    effective_draws: float
    fit: Fit


@dataclass(frozen=True, eq=False)
class Mix:
    """What the model says: of each channel, of the noise, and how far to trust the sampler.

    Args:
        channels: in the data's order.
        since: first day of the period.
        until: first day after its last week.
        noise: standard deviation of a week's outcome around the model, all regions together.
        carried_noise: correlation of a region's error with its last week's.
        regional_spread: standard deviation of effects between regions, as a share of the effect;
            0 with fewer than three regions.
        r_hat: the largest of all reported quantities.
        effective_draws: the least of all.
        sweeps: kept, in each chain.
        fit: what happened beside what the model says, by week of all the data.
    """

    channels: tuple[ChannelMix, ...]
    since: date
    until: date
    noise: Interval
    carried_noise: Interval
    regional_spread: Interval
    r_hat: float
    effective_draws: float
    sweeps: int
    fit: Fit

    @property
    def checks(self) -> Checks:
        """How far to trust it."""
        told = tuple(
            ChannelChecks(
                one.channel,
                one.r_hat,
                one.effective_draws,
                one.p_zero_before,
                one.p_zero,
                one.learned,
            )
            for one in self.channels
        )
        return Checks(told, self.r_hat, self.effective_draws, self.fit)

    def __getitem__(self, channel: str) -> ChannelMix:
        """One channel, by name."""
        for one in self.channels:
            if one.channel == channel:
                return one
        raise KeyError(channel)


def summed(draws: Floats) -> Interval:
    """The mean of draws, and the interval that leaves 5% of them out on each side.

    >>> summed(np.arange(101.0))
    Interval(mean=50.0, low=5.0, high=95.0)
    """
    low, high = np.quantile(draws, [0.05, 0.95])
    return Interval(mean=float(draws.mean()), low=float(low), high=float(high))

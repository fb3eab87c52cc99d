"""What spend does before it is multiplied: it carries over, and it saturates, on a grid.

Every shape on the grid is scaled so that its average over the data is one outcome of the common
level. A channel's coefficient is then its share of the whole outcome, whatever the shape and
the units, and a prior on it is a prior on the increment.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from halves.ledger.heeding import look_up
from halves.measure.mix_data import Floats, LiftTest, MixData

_LEAD_IN_WEEKS = 4


@dataclass(frozen=True)
class Grid:
    """The shapes that a channel's response may have, and how likely each is beforehand.

    A week keeps the share α of what was carried into it; a carried spend of s, in multiples of
    the channel's usual week, then counts as s/(s + h): h is where half of the most is reached.
    Beforehand α has density 2(1-α), so that short memories are likelier, and log h is normal.

    Args:
        kept: how many values of α, in the middle of as many equal cells.
        most_kept: upper end of α, below 1.
        bends: how many values of h, in the middle of as many cells equal in log h.
        lowest: lower end of h.
        highest: upper end of h; there a channel is as good as linear.
        middle: median of h beforehand, before the ends cut it off.
        spread: standard deviation of log h beforehand.

    Source:
        Jin et al. (2017), Bayesian Methods for Media Mix Modeling with Carryover and Shape
        Effects; the ranges are ours.

    >>> Grid(kept=2, bends=2).kept_shares
    array([0.225, 0.225, 0.675, 0.675])
    """

    kept: int = 20
    most_kept: float = 0.9
    bends: int = 20
    lowest: float = 0.1
    highest: float = 10.0
    middle: float = 1.5
    spread: float = 1.0

    @cached_property
    def kept_shares(self) -> Floats:
        """Shape (shape,): α of each."""
        cells = (np.arange(self.kept) + 0.5) / self.kept
        return np.repeat(cells * self.most_kept, self.bends)

    @cached_property
    def half_points(self) -> Floats:
        """Shape (shape,): h of each."""
        cells = (np.arange(self.bends) + 0.5) / self.bends
        ends = np.log([self.lowest, self.highest])
        return np.tile(np.exp(ends[0] + cells * (ends[1] - ends[0])), self.kept)

    @cached_property
    def log_chances(self) -> Floats:
        """Shape (shape,): logarithm of each one's chance; the chances sum to one."""
        away = np.log(self.half_points / self.middle) / self.spread
        weights = np.log1p(-self.kept_shares) - away**2 / 2
        return np.asarray(weights - np.log(np.exp(weights).sum()))


@dataclass(frozen=True, eq=False)
class Media:
    """The shapes of one data set: all that the sampler needs to know of spend."""

    data: MixData
    grid: Grid
    size: Floats = field(init=False)
    usual: Floats = field(init=False)  # (channel,), spend a head in a week that has any
    average: Floats = field(init=False)  # (channel, shape), what scales each shape to one

    def __post_init__(self) -> None:
        size = self.data.size
        a_head = self.data.spend / size[:, None]
        usual = a_head.sum(axis=(0, 1)) / (a_head > 0).sum(axis=(0, 1))
        object.__setattr__(self, "size", size)
        object.__setattr__(self, "usual", usual)
        object.__setattr__(self, "average", np.ones((len(usual), len(self.grid.kept_shares))))
        everywhere = np.ones(len(self.data.weeks), dtype=np.bool_)
        spend = np.moveaxis(self.data.spend, 2, 0)
        total = [self._total(place, one, everywhere) for place, one in enumerate(spend)]
        object.__setattr__(self, "average", np.array(total) / (size.sum() * len(everywhere)))

    def shapes(self, channel: int, spend: Floats) -> Floats:
        """Shape (shape, time, region): a head's outcome at coefficient one.

        Args:
            channel: its place.
            spend: shape (time, region), money.
        """
        kept, back = np.unique(self.grid.kept_shares, return_inverse=True)
        carried = carry_over(spend / (self.size * self.usual[channel]), kept)[back]
        half = self.grid.half_points[:, None, None]
        average = self.average[channel][:, None, None]
        return np.asarray(carried / ((carried + half) * average))

    def effects(self, channel: int, weeks: NDArray[np.bool_]) -> Floats:
        """Shape (shape,): outcome that the channel's spend in these weeks brings within them."""
        spend = self.data.spend[..., channel]
        without = np.where(weeks[:, None], 0.0, spend)
        return self._total(channel, spend, weeks) - self._total(channel, without, weeks)

    def slopes(self, channel: int, weeks: NDArray[np.bool_]) -> Floats:
        """Shape (shape,): outcome for one more unit of money, laid on as these weeks' spend is."""
        look_up()
        spend = self.data.spend[..., channel]
        scale = self.size * self.usual[channel]
        kept, back = np.unique(self.grid.kept_shares, return_inverse=True)
        carried = carry_over(spend / scale, kept)[back]
        moved = carry_over(spend * weeks[:, None] / scale, kept)[back]
        half = self.grid.half_points[:, None, None]
        slope = ((half * moved / (carried + half) ** 2) * self.size)[:, weeks].sum(axis=(1, 2))
        return np.asarray(slope / (self.average[channel] * spend[weeks].sum()))

    def curve(self, channel: int, weeks: NDArray[np.bool_], multiples: Floats) -> Floats:
        """Shape (shape, multiple): outcome at multiples of these weeks' spend, against none."""
        spend = self.data.spend[..., channel]
        levels = [
            self._total(channel, np.where(weeks[:, None], spend * multiple, spend), weeks)
            for multiple in (0.0, *multiples)
        ]
        return np.array(levels[1:]).T - levels[0][:, None]

    def withheld(self, channel: int, test: LiftTest) -> Floats:
        """Shape (shape,): what a test would have found at coefficient one."""
        spend, instead = self.data.spend[..., channel], test.instead[..., channel]
        if (instead == spend).all():
            return np.zeros(len(self.grid.kept_shares))
        recorded = self._total(channel, spend, test.weeks)
        return (recorded - self._total(channel, instead, test.weeks)) * test.people

    def _total(self, channel: int, spend: Floats, weeks: NDArray[np.bool_]) -> Floats:
        """Shape (shape,): outcome in some weeks at coefficient one."""
        look_up()
        kept, back = np.unique(self.grid.kept_shares, return_inverse=True)
        carried = carry_over(spend / (self.size * self.usual[channel]), kept)[:, weeks]
        # One shape after the other, since all of them at once are larger than what is near.
        total = [
            (one / (one + half)).sum(axis=0) @ self.size
            for one, half in (
                (carried[at], half) for at, half in zip(back, self.grid.half_points, strict=True)
            )
        ]
        return np.asarray(np.array(total) / self.average[channel])


def carry_over(spend: Floats, kept: Floats) -> Floats:
    """Let each week keep a share of what was carried into it, and take the rest as new.

    Weeks before the first are taken to be like the first four on average: spend that had been
    going on all along does not look like a launch.

    Args:
        spend: shape (time, region).
        kept: shape (share,), 0 <= α < 1.

    Returns:
        Shape (share, time, region), of the same total as the spend but for the two ends.

    Source:
        Geometric adstock, Broadbent (1979), One Way TV Advertisements Work.

    >>> carry_over(np.array([[0.0], [0.0], [0.0], [0.0], [8.0], [0.0]]), np.array([0.5]))[0].T
    array([[0., 0., 0., 0., 4., 2.]])
    """
    carried = np.empty((len(kept), *spend.shape))
    state = np.broadcast_to(spend[:_LEAD_IN_WEEKS].mean(axis=0), (len(kept), spend.shape[1]))
    for week, new in enumerate(spend):
        state = carried[:, week] = kept[:, None] * state + (1 - kept)[:, None] * new
    return carried

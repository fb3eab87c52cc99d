"""What is believed of every channel before the mix model sees data."""

from dataclasses import dataclass, field

import numpy as np

from halves.measure.mix_media import Grid


@dataclass(frozen=True)
class MixPrior:
    """What is believed of every channel before the data.

    Args:
        at_zero: chance of no effect at all.
        share: otherwise the channel's part of the whole outcome is half-normal, folded at zero,
            with this standard deviation before folding; one for all channels, or one for each.
        noise_shape: of the inverse gamma prior on the errors' variance.
        noise: standard deviation of the errors at the prior's heart, as a share of the average
            outcome; by default what the baseline leaves.
        grid: shapes of the response.

    Raises:
        ValueError: a chance or a size out of range.

    >>> MixPrior(at_zero=1.0)
    Traceback (most recent call last):
    ValueError: at_zero must be a chance in [0, 1), got 1.0
    """

    at_zero: float = 0.25
    share: float | tuple[float, ...] = 0.2
    noise_shape: float = 1.5
    noise: float | None = None
    grid: Grid = field(default_factory=Grid)

    def __post_init__(self) -> None:
        if not 0 <= self.at_zero < 1:
            raise ValueError(f"at_zero must be a chance in [0, 1), got {self.at_zero}")
        for name in ("share", "noise_shape"):
            if not np.all(np.asarray(getattr(self, name)) > 0):
                raise ValueError(f"{name} must be above 0, got {getattr(self, name)}")
        if self.noise is not None and not self.noise > 0:
            raise ValueError(f"noise must be above 0, got {self.noise}")

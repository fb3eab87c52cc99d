"""A number and how sure we are of it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Interval:
    """A mean with a 90% interval around it, all three in one unit.

    Raises:
        ValueError: `low` above `high`.

    >>> Interval(mean=1.2, low=0.9, high=1.6).excludes(0.0)
    True
    """

    mean: float
    low: float
    high: float

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError(f"low must not exceed high, got {self.low} and {self.high}")

    def excludes(self, value: float) -> bool:
        """Say whether a value lies outside the interval."""
        return value < self.low or value > self.high

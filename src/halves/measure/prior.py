"""What is believed of a unit's return before anything was withheld.

A return here is margin × incremental revenue / spend: 1 is break-even, whatever the currency.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halves.measure.mix_normal import normal_quantiles

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Prior:
    """A spike at no effect, a lognormal return, and a small tail where contact harms.

    The centre and width are chosen so that the prior takes little of a side, and rather the unit's:
    one of which nothing is known loses money with a chance of 0.35, since companies mostly stop
    what never works, and cutting what earns costs more than keeping what does not. The middle 90%
    of the returns above zero runs from 0.8 to 47: wide enough for a mail that costs next to
    nothing.

    Args:
        at_zero: chance that the unit does next to nothing.
        below_zero: chance that it harms.
        centre: median of the returns above zero.
        width: standard deviation of their logarithm.
        harm: spread of the returns below zero, as half of a normal's standard deviation.
        nothing: what is next to nothing: standard deviation of such returns around zero.

    Raises:
        ValueError: chances outside [0, 1), or a centre, width, harm or nothing that is not
            positive.

    >>> round(Prior().chance_of_loss, 2)
    0.35
    """

    at_zero: float = 0.2
    below_zero: float = 0.1
    centre: float = 6.0
    width: float = 1.25
    harm: float = 1.0
    nothing: float = 0.04

    def __post_init__(self) -> None:
        for name in ("at_zero", "below_zero"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} must be a chance in [0, 1), got {getattr(self, name)}")
        if self.above_zero <= 0:
            raise ValueError(f"at_zero + below_zero must be below 1, got {1 - self.above_zero}")
        for name in ("centre", "width", "harm", "nothing"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0, got {getattr(self, name)}")

    @property
    def above_zero(self) -> float:
        """Chance that the unit has an effect for the good."""
        return 1 - self.at_zero - self.below_zero

    @property
    def chance_of_loss(self) -> float:
        """Chance of a return below 1."""
        below_par = 0.5 * (1 + math.erf(-math.log(self.centre) / self.width / math.sqrt(2)))
        return self.at_zero + self.below_zero + self.above_zero * below_par

    @property
    def words(self) -> str:
        """The prior in a sentence, for a report."""
        low, high = (self.centre * math.exp(z * self.width) for z in (-1.645, 1.645))
        return (
            f"before any test, a {self.at_zero:.0%} chance of no effect, "
            f"{self.below_zero:.0%} of harm, and otherwise a return of {self.centre:g} "
            f"({low:.2g} to {high:.2g}) for each 1 spent"
        )

    def log_density(self, returns: Floats) -> Floats:
        """Logarithm of the density away from zero; the spike about zero is not in it."""
        up = returns > 0
        size = np.where(returns == 0, np.nan, np.abs(returns))
        away = (np.log(size) - math.log(self.centre)) / self.width
        above = math.log(self.above_zero / (self.width * math.sqrt(2 * math.pi))) - np.log(size)
        below = log_chance(self.below_zero) + math.log(math.sqrt(2 / math.pi) / self.harm)
        return np.where(up, above - away**2 / 2, below - (size / self.harm) ** 2 / 2)

    def near_zero(self, size: int) -> Floats:
        """Returns that are next to nothing, shape (size,): equally likely, and rising."""
        return self.nothing * normal_quantiles((np.arange(size) + 0.5) / size)

    def edges(self) -> Floats:
        """Where to cut the line so that every cell holds little of the prior."""
        scores = np.concatenate([[-8.0], np.linspace(-5, 5, 601), [8.0]])
        above = self.centre * np.exp(self.width * scores)
        below = -self.harm * np.linspace(6, 0, 121)
        return np.concatenate([below, above, [1.0]])

    def draw(self, size: int, *, rng: np.random.Generator) -> Floats:
        """Draw returns, for checks by simulation."""
        kind = rng.random(size)
        above = self.centre * np.exp(self.width * rng.standard_normal(size))
        below = -self.harm * np.abs(rng.standard_normal(size))
        down = kind < self.at_zero + self.below_zero
        idle = self.nothing * rng.standard_normal(size)
        return np.where(kind < self.at_zero, idle, np.where(down, below, above))


def log_chance(chance: float) -> float:
    """The logarithm of a chance, which may be none at all."""
    return math.log(chance) if chance else -math.inf

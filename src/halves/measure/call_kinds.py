"""Whom calls move: one level for each kind of person, leaning on the others while data are few.

People are on a call list for different reasons: a deal is open, they knocked, a promise is late.
That calls move one kind tells a little of the others and no more. So each kind's level is drawn
from one spread of levels, whose middle and width the dice teach too: with few data all kinds
have the common level, with many each has its own.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from halves.measure.adjust import Floats
from halves.measure.call_gain import DOUBT, Level, level_of
from halves.measure.interval import Interval

APART = 1.0  # half of all spreads between kinds are below it, before evidence; a level is about 1
_SPREADS = APART * np.tan((np.arange(200) + 0.5) / 200 * math.pi / 2)  # equally likely beforehand
_HALVINGS = 60


@dataclass(frozen=True)
class Seen:
    """What the dice showed of one kind of person.

    Args:
        guessed: revenue that a call was expected to bring, on average of those drawn; above 0.
        cost: of a decision to call; money, at least 0.
        found: revenue that one brought on average, as the trial says; None where it cannot tell.
        error: its standard error, above 0; None with `found`.
    """

    guessed: float
    cost: float
    found: float | None = None
    error: float | None = None

    def __post_init__(self) -> None:
        if not self.guessed > 0 or self.cost < 0:
            raise ValueError(
                f"guessed must be above 0 and cost not below, got {self.guessed} and {self.cost}"
            )
        if self.found is not None and (self.error is None or not self.error > 0):
            raise ValueError(f"what was found needs a standard error above 0, got {self.error}")


@dataclass(frozen=True)
class Levels:
    """What calls bring to each kind of person, as multiples of the guess.

    Args:
        common: middle of all kinds, those that were never called among them.
        own: kind → its level; `p_wasted` is the chance that a call of this kind loses money, as
            all kinds together or its own dice alone say, whichever is in more doubt.
        spread: how far kinds' levels lie apart (their standard deviation), on average.
    """

    common: Interval
    own: Mapping[str, Level]
    spread: float


def levels_of(seen: Mapping[str, Seen], *, margin: float) -> Levels:
    """Learn a level for each kind of person, all of them together.

    What the dice found of kind k, over its guess, is yₖ ~ N(λₖ, sₖ²). Levels are λₖ ~ N(μ, τ²)
    around a middle μ ~ N(1, `DOUBT`²), with a spread τ ~ half-Cauchy(`APART`). Given τ all is
    normal: μ | τ, y has precision 1/`DOUBT`² + Σ 1/(sₖ² + τ²), and

        λₖ | τ, y ~ N(μ̂ + wₖ(yₖ − μ̂), wₖ·sₖ² + (1 − wₖ)²·Var μ),   wₖ = τ²/(τ² + sₖ²).

    τ is summed over 200 values that are equally likely beforehand, weighed by how well each
    foretells y. A kind of which nothing was found has wₖ = 0 and the width of τ more.

    Levels lean on each other, for that earns more. Verdicts do not: that calls move one kind is
    no ground to say that they move another, so that its own dice must say so too.

    Args:
        seen: kind → what its dice showed; at least one kind.
        margin: profit for each 1 of revenue, above 0.

    Returns:
        Levels with 90% intervals (equal tails).

    Raises:
        ValueError: no kind, or an argument out of range.

    Source:
        The normal hierarchical model: Gelman et al. (2013), Bayesian Data Analysis, section 5.4;
        the half-Cauchy spread: Gelman (2006), Prior Distributions for Variance Parameters.

    >>> few = {"door": Seen(40.0, 5.0, 120.0, 200.0), "deal": Seen(40.0, 5.0, 0.0, 200.0)}
    >>> [round(one.interval.mean, 1) for one in levels_of(few, margin=0.5).own.values()]
    [1.6, 1.3]
    >>> many = {"door": Seen(40.0, 5.0, 120.0, 8.0), "deal": Seen(40.0, 5.0, 0.0, 8.0)}
    >>> [round(one.interval.mean, 1) for one in levels_of(many, margin=0.5).own.values()]
    [3.0, 0.0]
    """
    if not seen:
        raise ValueError("levels need at least one kind of person, and got none")
    if not margin > 0:
        raise ValueError(f"margin must be above 0, got {margin}")
    found = np.array([math.nan if s.found is None else s.found / s.guessed for s in seen.values()])
    error = np.array([math.inf if s.error is None else s.error / s.guessed for s in seen.values()])
    middle, doubt, chance = _middles(found, error)
    common = _Mixed(chance, middle, np.sqrt(doubt))
    own: dict[str, Level] = {}
    for place, (kind, one) in enumerate(seen.items()):
        mixed = _level(found[place], error[place], middle, doubt, chance)
        pays = one.cost / (margin * one.guessed)  # the multiple from which a call earns its cost
        p_wasted = mixed.below(pays)
        if one.found is not None:
            alone = level_of(**asdict(one), margin=margin).p_wasted
            p_wasted = min(p_wasted, alone, key=lambda chance: abs(chance - 0.5))
        own[kind] = Level(interval=mixed.interval(), p_wasted=p_wasted)
    return Levels(common=common.interval(), own=own, spread=float(chance @ _SPREADS))


def _middles(found: Floats, error: Floats) -> tuple[Floats, Floats, Floats]:
    """Of each spread: the middle of all kinds, its variance, and the spread's own chance."""
    known = np.isfinite(found)
    y, squared = found[known], error[known] ** 2
    precision = 1 / (squared + _SPREADS[:, None] ** 2)  # shape (spread, kind)
    doubt = 1 / (1 / DOUBT**2 + precision.sum(axis=1))
    middle = doubt * (1 / DOUBT**2 + precision @ y)
    log = 0.5 * (np.log(precision).sum(axis=1) + np.log(doubt))
    log -= 0.5 * (precision @ y**2 - middle**2 / doubt)
    chance = np.exp(log - log.max())
    return middle, doubt, chance / chance.sum()


def _level(found: float, error: float, middle: Floats, doubt: Floats, chance: Floats) -> "_Mixed":
    if not math.isfinite(found):
        return _Mixed(chance, middle, np.sqrt(doubt + _SPREADS**2))
    own = _SPREADS**2 / (_SPREADS**2 + error**2)
    variance = own * error**2 + (1 - own) ** 2 * doubt
    return _Mixed(chance, middle + own * (found - middle), np.sqrt(variance))


@dataclass(frozen=True)
class _Mixed:
    """Normal distributions, one for each spread, weighed by the spread's chance."""

    chance: Floats
    mean: Floats
    spread: Floats

    def below(self, bound: float) -> float:
        """How likely a value below the bound is."""
        scaled = (self.mean - bound) / (self.spread * math.sqrt(2))
        return float(self.chance @ np.array([0.5 * math.erfc(one) for one in scaled]))

    def interval(self) -> Interval:
        """The mean, and the 90% interval with equal tails."""
        return Interval(float(self.chance @ self.mean), self._quantile(0.05), self._quantile(0.95))

    def _quantile(self, share: float) -> float:
        low = float((self.mean - 10 * self.spread).min())
        high = float((self.mean + 10 * self.spread).max())
        for _ in range(_HALVINGS):
            half = (low + high) / 2
            low, high = (half, high) if self.below(half) < share else (low, half)
        return (low + high) / 2

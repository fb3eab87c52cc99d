"""What calling a person is expected to bring: a documented guess, put right by the dice.

Before anything is measured, a call is taken to raise the log-odds that a deal closes by `SHIFT`,
for everyone alike. Who gains most follows from that: a call moves most where the deal is worth
much and open either way. How much calls really bring is then learned from the queue's own dice:
all guesses are multiplied by one level, 1 before any evidence, and 0 where calls do nothing.
"""

import math
from dataclasses import dataclass

import numpy as np

from halves.measure.interval import Interval
from halves.measure.quantiles import normal_quantile

SHIFT = 0.2  # of the log-odds that a deal closes: an assumption, which the dice replace
INTEREST_DAYS = 30.0  # after so many days interest that somebody showed counts half
DOUBT = 10.0  # standard deviation of the level before evidence: next to nothing is known of it
_WIDE = normal_quantile(0.95)


def moved_by_a_call(value: float, chance: float, *, shift: float = SHIFT) -> float:
    """Expected revenue that a call adds to a deal; money.

    Args:
        value: of the deal, at least 0; money.
        chance: that it closes without the call, 0 to 1.
        shift: what the call adds to the log-odds.

    Raises:
        ValueError: an argument out of range.

    Source:
        The logistic response: a shift of the log-odds moves a chance most where it is even.

    >>> round(moved_by_a_call(1000.0, 0.5), 2), round(moved_by_a_call(1000.0, 0.95), 2)
    (49.83, 8.69)
    """
    if not (value >= 0 and math.isfinite(value)):
        raise ValueError(f"value must be at least 0, got {value}")
    if not 0 <= chance <= 1:
        raise ValueError(f"chance must be from 0 to 1, got {chance}")
    if chance in (0.0, 1.0):
        return 0.0
    odds = chance / (1 - chance) * math.exp(shift)
    return value * (odds / (1 + odds) - chance)


def freshness(days: float | None) -> float:
    """How much interest that somebody showed still counts, from 0.25 to 1.

    Args:
        days: since they last came by, asked or answered by themselves; None if they never did.

    Raises:
        ValueError: days below 0.

    >>> freshness(0.0), freshness(30.0), freshness(None)
    (1.0, 0.625, 0.25)
    """
    if days is None:
        return 0.25
    if days < 0:
        raise ValueError(f"days must not be below 0, got {days}")
    return float(0.25 + 0.75 * 0.5 ** (days / INTEREST_DAYS))


@dataclass(frozen=True)
class Level:
    """What calls really bring, as a multiple of the guess.

    Args:
        interval: of the multiple.
        p_wasted: probability that a call brings less than it costs.
    """

    interval: Interval
    p_wasted: float


def level_of(
    *,
    guessed: float,
    cost: float,
    margin: float,
    found: float | None = None,
    error: float | None = None,
) -> Level:
    """Put the guess right by what the dice found: a normal prior around 1, weighed by precision.

    Args:
        guessed: revenue that a call was expected to bring, on average of those drawn; above 0.
        cost: of a call; money.
        margin: profit for each 1 of revenue, above 0.
        found: revenue that a call brought on average, as the trial says; None before any.
        error: its standard error, above 0; None with `found`.

    Raises:
        ValueError: an argument out of range.

    Source:
        The conjugate normal update: Gelman et al. (2013), Bayesian Data Analysis, section 2.5.

    >>> level_of(guessed=40.0, cost=5.0, margin=0.5).interval.mean
    1.0
    >>> now = level_of(guessed=40.0, cost=5.0, margin=0.5, found=0.0, error=10.0)
    >>> round(now.interval.mean, 3), round(now.p_wasted, 2)
    (0.001, 0.84)
    """
    if not guessed > 0 or not margin > 0 or cost < 0:
        raise ValueError(
            "guessed and margin must be above 0 and cost not below, "
            f"got {guessed}, {margin}, {cost}"
        )
    mean, variance = 1.0, DOUBT**2
    if found is not None:
        if error is None or not error > 0:
            raise ValueError(f"what was found needs a standard error above 0, got {error}")
        seen = (error / guessed) ** 2
        mean = (mean / variance + found / guessed / seen) / (1 / variance + 1 / seen)
        variance = 1 / (1 / variance + 1 / seen)
    spread = math.sqrt(variance)
    pays = cost / (margin * guessed)  # the multiple from which a call earns its cost
    return Level(
        interval=Interval(mean=mean, low=mean - _WIDE * spread, high=mean + _WIDE * spread),
        p_wasted=0.5 * math.erfc((mean - pays) / (spread * math.sqrt(2))),
    )


def decisions_until(error: float, decisions: int, *, within: float) -> int:
    """How many more decisions until the interval is no wider than ± `within`.

    Args:
        error: standard error of the effect so far, above 0; money a call.
        decisions: it was read from, at least 1.
        within: half of the 90% interval that is wanted, above 0; money a call.

    Returns:
        How many more; 0 if it is that narrow already.

    Raises:
        ValueError: an argument out of range.

    Source:
        A standard error falls with the root of the number of decisions.

    >>> decisions_until(10.0, 100, within=8.224)
    301
    """
    if not (error > 0 and within > 0 and decisions >= 1):
        raise ValueError(f"all must be above 0, got {error}, {decisions}, {within}")
    needed = decisions * (_WIDE * error / within) ** 2
    return max(0, int(np.ceil(round(needed - decisions, 6))))

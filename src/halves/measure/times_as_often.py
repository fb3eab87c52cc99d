"""Two variants that chance shared out: how many times as often one works, safe to look at early."""

import math
from collections.abc import Callable

from halves.measure.interval import Interval

_IMAGINED = 12.0  # successes that the mixture stands for: quick to see 1.2 to 2 times
_STEPS = 60  # of a bisection


def times_as_often(
    some: tuple[int, int], of: tuple[int, int], *, sureness: float = 0.9
) -> Interval | None:
    """How many times as often the first of two variants works, however often one looks.

    People are shared out by chance. If both work alike, each success is a coin that falls on the
    first variant as often as people got it; if the first works r times as often, its odds are r
    times that. The interval holds every r that a bet against it has not beaten: a beta mixture
    over coins, whose wealth exceeds 1/α at any time with probability at most α. It is exact: no
    sum is taken for normal, so that it holds for a handful of successes too.

    Args:
        some: successes of the first and of the second, at least 0 each.
        of: people who got each, at least 1; of the same days, so that all other things are equal.
        sureness: how often the interval holds the truth at all looks together, 0 to 1.

    Returns:
        The ratio as it was counted (0, or infinite, where one has none), and its interval, from 0
        to infinity; None before anything succeeded.

    Raises:
        ValueError: fewer people than 1, successes below 0, or a sureness outside 0 to 1.

    Source:
        Robbins (1970), Statistical Methods Related to the Law of the Iterated Logarithm; Lindon and
        Malek (2022), Anytime-Valid Inference for Multinomial Count Data, for arms of a test.

    >>> found = times_as_often((130, 100), (1_000, 1_000))
    >>> round(found.mean, 2), round(found.low, 2), round(found.high, 2)
    (1.3, 0.9, 1.89)
    >>> times_as_often((0, 0), (10, 10)) is None
    True
    """
    if min(of) < 1 or min(some) < 0 or not 0 < sureness < 1:
        raise ValueError(f"of {of} people, {some} cannot be compared with sureness {sureness}")
    first, second = some
    if not first + second:
        return None
    usual = of[0] / (of[0] + of[1])
    wealth = _wealth(first, second, usual)
    limit, counted = -math.log(1 - sureness), first / (first + second)
    low = _edge(wealth, counted, 0.0, limit) if first else 0.0
    high = _edge(wealth, counted, 1.0, limit) if second else 1.0
    low, middle, high = (_ratio(share, of) for share in (low, counted, high))
    return Interval(mean=middle, low=low, high=high)


def _wealth(first: int, second: int, usual: float) -> Callable[[float], float]:
    """The logarithm of what a bet against a coin has won, by how often the coin says `first`."""
    a, b = _IMAGINED * usual, _IMAGINED * (1 - usual)
    mixed = _log_beta(a + first, b + second) - _log_beta(a, b)
    return lambda share: mixed - first * math.log(share) - second * math.log1p(-share)


def _edge(wealth: Callable[[float], float], inside: float, end: float, limit: float) -> float:
    """Where the bet begins to have won, between what was counted and an end."""
    outside = end
    inside = min(max(inside, 1e-12), 1 - 1e-12)
    for _ in range(_STEPS):
        middle = (inside + outside) / 2
        if 0 < middle < 1 and wealth(middle) < limit:
            inside = middle
        else:
            outside = middle
    return inside


def _ratio(share: float, of: tuple[int, int]) -> float:
    return math.inf if share >= 1 else share / (1 - share) * of[1] / of[0]


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)

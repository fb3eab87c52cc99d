"""What the next weeks bring if they go on as the last ones went."""

import math
from collections.abc import Sequence
from statistics import fmean, stdev

from halves.measure.interval import Interval
from halves.measure.quantiles import student_quantile

FEWEST = 6  # weeks; from fewer no spread is told


def ahead(weeks: Sequence[float], *, length: float) -> Interval | None:
    """The total of weeks to come, with the interval in which it lies 9 times in 10.

    Weeks are taken as alike and independent: no trend, no season. What is never below zero is not
    foreseen below it.

    Args:
        weeks: totals of whole weeks that passed, 0 or more.
        length: how many weeks are foreseen, 0 or more; may be a part of one.

    Returns:
        The total; None with fewer than six weeks.

    Source:
        The prediction interval of a sum of future draws from a normal distribution whose mean and
        variance are estimated, as in Hahn and Meeker (1991), Statistical Intervals, section 4.

    >>> ahead([10, 12, 8, 10, 12, 8], length=0)
    Interval(mean=0.0, low=0.0, high=0.0)
    >>> found = ahead([10, 12, 8, 10, 12, 8], length=1)  # 10 ± 2.015 · √3.2 · √(1 + 1/6)
    >>> round(found.low, 2), round(found.high, 2)
    (6.11, 13.89)
    """
    if length < 0:
        raise ValueError(f"length must be at least 0, got {length}")
    if len(weeks) < FEWEST:
        return None
    total = fmean(weeks) * length
    sure = student_quantile(0.95, degrees_of_freedom=len(weeks) - 1)
    reach = sure * stdev(weeks) * math.sqrt(length + length**2 / len(weeks))
    return Interval(mean=total, low=max(0.0, total - reach), high=total + reach)

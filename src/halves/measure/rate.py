"""A share of counted things, and how sure it is."""

import math

from halves.measure.interval import Interval
from halves.measure.quantiles import normal_quantile


def rate(some: int, of: int, *, sureness: float = 0.9) -> Interval | None:
    """How many in 1, with an interval that holds also for few things and for shares near 0 and 1.

    Args:
        some: those that were counted, 0 to `of`.
        of: all of them.
        sureness: how often such intervals hold the truth, 0 to 1.

    Returns:
        The share as it was counted, and its interval; None where there is nothing to count.

    Raises:
        ValueError: `some` outside 0 to `of`.

    Source:
        Wilson (1927), Probable Inference, the Law of Succession, and Statistical Inference. The
        figures are those of Newcombe (1998), Two-sided confidence intervals, table I.

    >>> found = rate(81, 263, sureness=0.95)
    >>> round(found.mean, 4), round(found.low, 4), round(found.high, 4)
    (0.308, 0.2553, 0.3662)
    """
    if not 0 <= some <= of:
        raise ValueError(f"of {of} things, 0 to {of} can be counted, got {some}")
    if not of:
        return None
    z = normal_quantile((1 + sureness) / 2)
    share, size = some / of, z * z / of
    middle = share + size / 2
    reach = z * math.sqrt(share * (1 - share) / of + size / (4 * of))
    low, high = (middle - reach) / (1 + size), (middle + reach) / (1 + size)
    return Interval(mean=share, low=min(max(low, 0.0), share), high=max(min(high, 1.0), share))

"""Quantiles of the normal and Student's t, without SciPy."""

import math
from statistics import NormalDist

_NORMAL = NormalDist()
_NEARLY_NORMAL = 1000.0  # beyond this many degrees of freedom two terms of an expansion suffice
_TINY = 1e-300


def normal_quantile(probability: float) -> float:
    """The value below which a standard normal falls with this probability.

    >>> round(normal_quantile(0.95), 4)
    1.6449
    """
    return _NORMAL.inv_cdf(probability)


def student_quantile(probability: float, *, degrees_of_freedom: float) -> float:
    """The value below which Student's t falls with this probability.

    Args:
        probability: between 0 and 1, both excluded.
        degrees_of_freedom: above 0; need not be whole (Welch and Satterthwaite's are not).

    Returns:
        The quantile, to about ten digits.

    Raises:
        ValueError: a probability or degrees of freedom out of range.

    Source:
        The distribution function by the regularised incomplete beta function, inverted by
        Newton's method; far out, the Cornish-Fisher expansion (Abramowitz and Stegun 26.7.5).

    >>> round(student_quantile(0.95, degrees_of_freedom=8), 3)
    1.86
    """
    if not 0 < probability < 1:
        raise ValueError(f"probability must be between 0 and 1, got {probability}")
    if not degrees_of_freedom > 0:
        raise ValueError(f"degrees_of_freedom must be above 0, got {degrees_of_freedom}")
    if probability < 0.5:
        return -student_quantile(1 - probability, degrees_of_freedom=degrees_of_freedom)
    if degrees_of_freedom > _NEARLY_NORMAL:
        return _nearly_normal(normal_quantile(probability), degrees_of_freedom)
    value = normal_quantile(probability)
    for _ in range(200):
        # Newton's method: above zero the distribution is concave and its tails are heavier than
        # the normal's, so steps from there go up to the quantile and never past it.
        below = student_distribution(value, degrees_of_freedom=degrees_of_freedom)
        step = (probability - below) / _density(value, degrees_of_freedom)
        value += step
        if abs(step) <= 1e-12 * (1 + value):
            break
    return value


def student_distribution(value: float, *, degrees_of_freedom: float) -> float:
    """The probability that Student's t falls below a value.

    >>> round(student_distribution(1.8595, degrees_of_freedom=8), 4)
    0.95
    """
    share = degrees_of_freedom / (degrees_of_freedom + value * value)
    tail = _incomplete_beta(share, degrees_of_freedom / 2, 0.5) / 2
    return 1 - tail if value > 0 else tail


def _density(value: float, degrees_of_freedom: float) -> float:
    half = degrees_of_freedom / 2
    front = math.exp(math.lgamma(half + 0.5) - math.lgamma(half))
    front /= math.sqrt(degrees_of_freedom * math.pi)
    return float(front * (1 + value * value / degrees_of_freedom) ** -(half + 0.5))


def _nearly_normal(z: float, degrees_of_freedom: float) -> float:
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    return z + first / degrees_of_freedom + second / degrees_of_freedom**2


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function, by Lentz's continued fraction."""
    if x in (0.0, 1.0):
        return x
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    # The fraction converges fast on this side of the mean only; the other is its mirror.
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, _inverse(1 - (a + b) * x / (a + 1))
    result = d
    for m in range(1, 1000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for step in (even, odd):
            d = _inverse(1 + step * d)
            c = 1 + step / c
            c = c if abs(c) > _TINY else _TINY
            result *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return result


def _inverse(value: float) -> float:
    return 1 / (value if abs(value) > _TINY else _TINY)

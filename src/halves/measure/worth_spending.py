"""What customers spend at a time: the gamma-gamma model.

What a customer spends at a time varies by a gamma distribution of shape p around a level of their
own; the levels vary between customers by an inverse gamma distribution (q, γ). How much someone
spends is taken to say nothing about how often they buy.
"""

import math
from dataclasses import dataclass

import numpy as np

from halves.measure.worth_fit import Fitted, Floats, HistoriesUnfit, TooFewRepeatBuyers, maximum

LEAST_PRICED = 50


@dataclass(frozen=True)
class Spendings:
    """Customers counted by how often they bought again and what they then spent at a time.

    Args:
        times: repeat purchases with a known value; at least 1.
        mean: mean value of those; money, above 0.
        customers: how many.

    Raises:
        ValueError: arrays of different length, or a value out of range.
    """

    times: Floats
    mean: Floats
    customers: Floats

    def __post_init__(self) -> None:
        lengths = [len(column) for column in (self.times, self.mean, self.customers)]
        if len(set(lengths)) != 1:
            raise ValueError(f"spendings must be of one length, got {lengths}")
        if lengths[0] and not (self.times.min() >= 1 and self.mean.min() > 0):
            raise ValueError("spendings are of customers who bought again, at a mean above 0")

    @property
    def total(self) -> int:
        """How many customers there are."""
        return int(self.customers.sum())

    @property
    def correlation(self) -> float:
        """Of how often with how much; the model takes it to be 0. 0 where either never varies."""
        weight = self.customers / self.customers.sum()
        times, mean = self.times - weight @ self.times, self.mean - weight @ self.mean
        spread = math.sqrt(float(weight @ times**2) * float(weight @ mean**2))
        return float(weight @ (times * mean)) / spread if spread else 0.0


@dataclass(frozen=True)
class Spending:
    """The gamma-gamma model's parameters.

    Args:
        p: shape of what one customer spends, time after time.
        q: shape of the spread between customers; above 1, or the mean would have no end.
        gamma: scale of that spread, money.

    Raises:
        ValueError: a parameter that is not above 0.
    """

    p: float
    q: float
    gamma: float

    def __post_init__(self) -> None:
        if not min(self.p, self.q, self.gamma) > 0:
            raise ValueError(f"parameters must be above 0, got {self}")

    def log_likelihood(self, of: Spendings) -> float:
        """Of all customers' mean spending, by equation (1a) of the note."""
        own, place = np.unique(of.times, return_inverse=True)
        px = self.p * own
        by_times = np.array([math.lgamma(v + self.q) - math.lgamma(v) for v in px])
        by_times += self.q * math.log(self.gamma) - math.lgamma(self.q) + px * np.log(own)
        px = px[place]
        each = by_times[place] + (px - 1) * np.log(of.mean)
        each -= (px + self.q) * np.log(self.gamma + of.times * of.mean)
        return float(of.customers @ each)

    @property
    def mean(self) -> float:
        """What a customer of whom nothing is known spends at a time, in expectation; money."""
        return self.p * self.gamma / (self.q - 1)

    def expected(self, times: Floats, mean: Floats) -> Floats:
        """What customers spend at a time, in expectation: their own mean, drawn to everyone's.

        Args:
            times: repeat purchases with a known value, each customer's; at least 0.
            mean: mean value of those; any number where there are none.

        Returns:
            Shape (customer,), money a purchase.
        """
        return np.asarray(
            self.p * (self.gamma + times * mean) / (self.p * times + self.q - 1), dtype=np.float64
        )


def fit_spending(of: Spendings) -> tuple[Spending, Fitted]:
    """Find the parameters under which the spending is most likely.

    Args:
        of: what customers who came back spent.

    Returns:
        The model, and its log-parameters (p, q, γ) with their covariance.

    Raises:
        TooFewRepeatBuyers: fewer than 50 customers.
        HistoriesUnfit: spending so uneven that its mean has no end, or no maximum.

    Source:
        Fader and Hardie (2013), The Gamma-Gamma Model of Monetary Value.

    >>> rng = np.random.default_rng(1)
    >>> level = rng.gamma(4.0, size=2000) / 60  # inverse of what each spends
    >>> times = rng.integers(1, 6, 2000).astype(float)
    >>> seen = Spendings(times, rng.gamma(6.0 * times) / level / times, np.ones(2000))
    >>> round(fit_spending(seen)[0].mean)  # 6 · 60 / (4 - 1)
    120
    """
    if of.total < LEAST_PRICED:
        raise TooFewRepeatBuyers(
            f"{of.total:,} customers came back and spent a known sum; what people spend can be "
            f"told from {LEAST_PRICED} such customers on: wait, or add values to the outcomes"
        )
    scale = float(of.customers @ of.mean) / of.total
    start = np.log([3.0, 3.0, scale])
    fitted = maximum(
        lambda logs: Spending(*np.exp(logs)).log_likelihood(of), start, customers=of.total
    )
    model = Spending(*(float(value) for value in np.exp(fitted.logs)))
    if model.q <= 1:
        raise HistoriesUnfit(
            f"what customers spend is too uneven for a mean: q is {model.q:.2f} and must be above "
            "1; a few very large sales may belong to another kind of customer: leave them out"
        )
    return model, fitted

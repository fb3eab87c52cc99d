"""How often customers buy and when they stop: the BG/NBD model of repeat buying.

A customer buys at a rate λ of their own, drawn from a gamma distribution (r, α), and after each
purchase stops for good with a chance p of their own, drawn from a beta distribution (a, b).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from halves.measure.worth_fit import Fitted, Floats, HistoriesUnfit, TooFewRepeatBuyers, maximum

LEAST_REPEAT_BUYERS = 50
_LEAST_NODES, _MOST_NODES = 16, 160  # points at which an average over p is taken
_TIME_NODES = 20  # points at which purchases over time are added up


@dataclass(frozen=True)
class Histories:
    """Customers counted by what is known of their buying, one entry for all who are alike.

    Args:
        repeats: days with a purchase after the first; at least 0.
        recency: weeks from the first purchase to the last; 0 without repeats.
        age: weeks from the first purchase to the end of what is known; at least `recency`.
        customers: how many have this history.

    Raises:
        ValueError: arrays of different length, a negative number, or a last purchase that is
            later than the end.
    """

    repeats: Floats
    recency: Floats
    age: Floats
    customers: Floats

    def __post_init__(self) -> None:
        columns = (self.repeats, self.recency, self.age, self.customers)
        lengths = [len(column) for column in columns]
        if len(set(lengths)) != 1:
            raise ValueError(f"histories must be of one length, got {lengths}")
        if lengths[0] and min(float(column.min()) for column in columns) < 0:
            raise ValueError("histories must not be negative")
        if (self.recency > self.age).any():
            raise ValueError("a last purchase must not be later than the end")

    @property
    def total(self) -> int:
        """How many customers there are."""
        return int(self.customers.sum())

    @property
    def repeat_buyers(self) -> int:
        """How many bought on more than one day."""
        return int(self.customers[self.repeats > 0].sum())


@dataclass(frozen=True)
class Buying:
    """The BG/NBD model's parameters; time in weeks.

    Args:
        r, alpha: shape and rate (weeks) of the gamma distribution of buying rates.
        a, b: of the beta distribution of the chance to stop after a purchase.

    Raises:
        ValueError: a parameter that is not above 0.
    """

    r: float
    alpha: float
    a: float
    b: float

    def __post_init__(self) -> None:
        if not min(self.r, self.alpha, self.a, self.b) > 0:
            raise ValueError(f"parameters must be above 0, got {self}")

    def log_likelihood(self, of: Histories) -> float:
        """Of all customers' histories, by equation (6) of the paper."""
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        own, place = np.unique(of.repeats, return_inverse=True)
        by_repeats = _log_gamma(r + own) - math.lgamma(r) + r * math.log(alpha)
        by_repeats += _log_gamma(b + own) - math.lgamma(b)
        by_repeats += math.lgamma(a + b) - _log_gamma(a + b + own)
        still = -(r + of.repeats) * np.log(alpha + of.age)
        is_repeat = of.repeats > 0
        gone = np.full(len(still), -np.inf)
        x = of.repeats[is_repeat]
        gone[is_repeat] = math.log(a) - np.log(b + x - 1)
        gone[is_repeat] -= (r + x) * np.log(alpha + of.recency[is_repeat])
        return float(of.customers @ (by_repeats[place] + np.logaddexp(still, gone)))

    def alive(self, of: Histories) -> Floats:
        """The chance that each has not stopped; 1 for who has not come back yet.

        The model lets people stop only after a purchase, and after the first one not at once.
        """
        x = of.repeats
        is_repeat = x > 0
        odds = np.zeros(len(x))  # of having stopped
        longer = np.log((self.alpha + of.age[is_repeat]) / (self.alpha + of.recency[is_repeat]))
        log_odds = math.log(self.a) - np.log(self.b + x[is_repeat] - 1)
        log_odds += (self.r + x[is_repeat]) * longer
        odds[is_repeat] = np.exp(np.minimum(log_odds, 700.0))
        return np.asarray(1 / (1 + odds))

    def purchases(self, of: Histories, *, weeks: float, discount: float = 0.0) -> Floats:
        """How often each will buy within some weeks, in expectation.

        The mean over those still alive is an average over p of purchases at the rate λ until one
        stops: ∫ (r+x)·(α+T)^(r+x) / (α+T+p·s)^(r+x+1) ds, taken by Gauss and Jacobi's quadrature.
        Equation (10) of the paper is the same without discount, but 0/0 at a = 1.

        Args:
            of: the histories.
            weeks: how far to look ahead, at least 0.
            discount: continuous rate a week at which later purchases count less.

        Returns:
            Shape (history,), days with a purchase, each worth exp(-discount · weeks away).
        """
        found = self._by_age(of, lambda x, age: self._when_alive(x, age, weeks, discount))
        return np.asarray(self.alive(of) * found)

    def variance(self, of: Histories, *, weeks: float) -> Floats:
        """Of each customer's purchases within some weeks: chance, and not knowing λ and p.

        Of those alive, E[N(N-1)] = 2 ∫ λ²·(1-p)·s·exp(-λ·p·s) ds: two purchases s apart from now
        need a customer who did not stop at the first.
        """
        pairs = self._by_age(of, lambda x, age: self._pairs_when_alive(x, age, weeks))
        mean = self.purchases(of, weeks=weeks)
        return np.asarray(self.alive(of) * pairs + mean - mean**2)

    def _by_age(self, of: Histories, work: Callable[[float, Floats], Floats]) -> Floats:
        """Work something out once for all who bought as often and are as old."""
        ages, which = np.unique(np.stack([of.repeats, of.age]), axis=1, return_inverse=True)
        found = np.empty(ages.shape[1])
        for x in np.unique(ages[0]):
            is_own = ages[0] == x
            found[is_own] = work(float(x), ages[1, is_own])
        return np.asarray(found[which.reshape(-1)])

    def _nodes(self, weeks: float) -> int:
        """How many points over p keep ten digits: (α + p·weeks) ** -r bends more sharply near 0,
        the longer the horizon is against α.
        """
        return min(
            max(_LEAST_NODES, 12 + math.ceil(6 * math.sqrt(weeks / self.alpha))), _MOST_NODES
        )

    def _when_alive(self, x: float, age: Floats, weeks: float, discount: float) -> Floats:
        p, share = _beta_nodes(self.a, self.b + x, self._nodes(weeks))
        shape, scale = self.r + x, (self.alpha + age)[:, None]
        if discount == 0:
            ahead = -np.expm1(-shape * np.log1p(p * weeks / scale)) / p
            return np.asarray(ahead @ share)
        u, width = _times(weeks / scale)
        still = np.exp(-(shape + 1) * np.log1p(p * np.expm1(u)[:, :, None])) @ share
        worth = np.exp(u - discount * scale * np.expm1(u))
        return np.asarray(shape * (still * worth * width).sum(axis=1))

    def _pairs_when_alive(self, x: float, age: Floats, weeks: float) -> Floats:
        p, share = _beta_nodes(self.a, self.b + x, self._nodes(weeks))
        shape = self.r + x
        u, width = _times(weeks / (self.alpha + age)[:, None])
        still = np.exp(-(shape + 2) * np.log1p(p * np.expm1(u)[:, :, None])) @ (share * (1 - p))
        return np.asarray(
            2 * shape * (shape + 1) * (still * np.expm1(u) * np.exp(u) * width).sum(axis=1)
        )


def fit_buying(of: Histories) -> tuple[Buying, Fitted]:
    """Find the parameters under which the histories are most likely.

    Args:
        of: customers' histories.

    Returns:
        The model, and its log-parameters (r, α, a, b) with their covariance.

    Raises:
        TooFewRepeatBuyers: fewer than 50 customers came back.
        HistoriesUnfit: the likelihood has no maximum.

    Source:
        Fader, Hardie and Lee (2005), "Counting Your Customers" the Easy Way.

    >>> repeats, recency = np.array([0.0, 1.0, 3.0]), np.array([0.0, 9.0, 30.0])
    >>> seen = Histories(repeats, recency, np.full(3, 40.0), np.array([900.0, 80.0, 20.0]))
    >>> model, _ = fit_buying(seen)
    >>> round(float(seen.customers @ model.purchases(seen, weeks=40)))
    97
    """
    if of.repeat_buyers < LEAST_REPEAT_BUYERS:
        raise TooFewRepeatBuyers(
            f"{of.repeat_buyers:,} of {of.total:,} customers bought on more than one day; how "
            f"often people come back can be told from {LEAST_REPEAT_BUYERS} such customers on: "
            "wait, or read more history"
        )
    age = float(of.customers @ of.age) / of.total
    if not age > 0:
        raise HistoriesUnfit("every customer's first purchase is on the last day")
    start = np.log([1.0, age, 1.0, 3.0])
    fitted = maximum(
        lambda logs: Buying(*np.exp(logs)).log_likelihood(of), start, customers=of.total
    )
    return Buying(*(float(value) for value in np.exp(fitted.logs))), fitted


def _log_gamma(values: Floats) -> Floats:
    return np.array([math.lgamma(value) for value in values])


def _times(until: Floats) -> tuple[Floats, Floats]:
    """Where to look at time s to sum it up, as u = log(1 + s), and the width of each look.

    Even steps of u: many early, when most is bought, and few later. The width is of u.
    """
    at, width = _time_nodes()
    far = np.log1p(until)
    return far * (at + 1) / 2, far * width / 2


@cache
def _time_nodes() -> tuple[Floats, Floats]:
    at, width = np.polynomial.legendre.leggauss(_TIME_NODES)
    return at, width


@lru_cache(maxsize=4096)  # asked again for each parameter that leaves a and b alone
def _beta_nodes(a: float, b: float, size: int) -> tuple[Floats, Floats]:
    """Points and shares that average a smooth function over a beta distribution.

    Source: Golub and Welsch (1969), from the recurrence of Jacobi's polynomials.
    """
    n, total = np.arange(1.0, size), a + b - 2
    middle = ((a - 1) ** 2 - (b - 1) ** 2) / ((2 * n + total) * (2 * n + total + 2))
    ahead = np.append(1.0, (n[1:] + total) / (2 * n[1:] + total - 1))  # 0/0 at first if a + b = 1
    beside = 4 * n * (n + a - 1) * (n + b - 1) * ahead
    beside = np.sqrt(beside / (2 * n + total + 1)) / (2 * n + total)
    matrix = np.diag(np.append((a - b) / (a + b), middle)) + np.diag(beside, 1)
    at, vectors = np.linalg.eigh(matrix, UPLO="U")
    return np.clip((at + 1) / 2, 1e-300, 1.0), np.asarray(vectors[0] ** 2)

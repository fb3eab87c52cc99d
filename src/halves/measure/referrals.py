"""How often customers bring others, and when: recurrent events of people who are still watched."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from halves.measure.interval import Interval
from halves.measure.quantiles import normal_quantile

YEAR = 365.25
_Z = normal_quantile(0.95)


@dataclass(frozen=True)
class Watched:
    """One person: for how many days since they became a customer, and when they brought someone.

    Raises:
        ValueError: days below 0, or somebody brought before the first or after the last of them.
    """

    days: float
    brought: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not (self.days >= 0 and math.isfinite(self.days)):
            raise ValueError(f"days must be at least 0, got {self.days}")
        for day in self.brought:
            if not 0 <= day <= self.days:
                raise ValueError(f"brought on day {day}, but watched from 0 to {self.days}")


@dataclass(frozen=True)
class Hazard:
    """How often people bring others.

    Args:
        people: who are watched.
        brought: by all of them.
        a_year: how many one person brings in a year of being watched.
        by_day: how many a person brought by that day since their start; only days that somebody
            is still watched on.
    """

    people: int
    brought: int
    a_year: Interval
    by_day: dict[float, Interval]


def hazard(people: Sequence[Watched], *, days: Sequence[float] = (30, 90, 180, 365)) -> Hazard:
    """The rate of referrals per person and time, right-censored, with 90% intervals.

    By a day: the mean cumulative function, the sum over the days of those brought per person still
    watched. Its variance is the robust one, which holds also where a few bring many. By the year:
    those brought over the years watched; its interval is the wider one of Poisson's exact one and
    the robust one.

    Args:
        people: one each, those who brought nobody too.
        days: since their start, for which the number is wanted.

    Raises:
        ValueError: nobody was watched for any time.

    Source:
        Nelson (1995), Confidence Limits for Recurrence Data; Lawless and Nadeau (1995), Some Simple
        Robust Methods for the Analysis of Recurrent Events; Garwood (1936) for Poisson's.

    >>> found = hazard([Watched(365.25, (10.0,)), Watched(365.25), Watched(100.0)], days=(30,))
    >>> round(found.a_year.mean, 3), round(found.by_day[30].mean, 3)
    (0.44, 0.333)
    """
    years = sum(one.days for one in people) / YEAR
    if not years > 0:
        raise ValueError("nobody was watched for any time")
    last = max(one.days for one in people)
    brought = sum(len(one.brought) for one in people)
    by_day = _cumulative(people, [day for day in days if 0 < day <= last])
    return Hazard(len(people), brought, _a_year(people, brought, years), by_day)


def poisson(count: int) -> tuple[float, float]:
    """The exact 90% interval of a Poisson mean of which so many were counted.

    >>> [round(one, 3) for one in poisson(4)]
    [1.366, 9.154]
    """
    if count < 0:
        raise ValueError(f"count must be at least 0, got {count}")
    low = 0.0 if count == 0 else _where(lambda mean: 1 - _below(count, mean), count, 0.05)
    high = _where(lambda mean: 1 - _below(count + 1, mean), count, 0.95)
    return low, high


def _where(rises: Callable[[float], float], count: int, level: float) -> float:
    low, high = 0.0, count + 10 * math.sqrt(count + 1) + 10
    for _step in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if rises(middle) < level else (low, middle)
    return (low + high) / 2


def _below(count: int, mean: float) -> float:
    """The chance of fewer than so many."""
    if mean <= 0:
        return 1.0
    start = math.log(mean)
    terms = (math.exp(n * start - mean - math.lgamma(n + 1)) for n in range(count))
    return min(math.fsum(terms), 1.0)


def _a_year(people: Sequence[Watched], brought: int, years: float) -> Interval:
    low, high = (bound / years for bound in poisson(brought))
    mean = brought / years
    if brought > 1:
        spread = math.fsum((len(one.brought) - mean * one.days / YEAR) ** 2 for one in people)
        reach = math.exp(_Z * math.sqrt(spread) / brought)
        low, high = min(low, mean / reach), max(high, mean * reach)
    return Interval(mean, low, high)


def _cumulative(people: Sequence[Watched], days: Sequence[float]) -> dict[float, Interval]:
    ends = np.array([one.days for one in people])
    pairs = [(day, who) for who, one in enumerate(people) for day in one.brought]
    events = np.array([day for day, _who in pairs])
    owners = np.array([who for _day, who in pairs], dtype=int)
    at_risk = len(people) - np.searchsorted(np.sort(ends), events, side="left")
    # Every event adds one over those at risk to the function, and to its owner's own share; from
    # everyone still watched it takes their even part of it.
    found = {}
    order = np.argsort(events, kind="stable")
    rising = events[order]
    taken = np.concatenate([[0.0], np.cumsum(1 / at_risk[order].astype(float) ** 2)])
    for day in days:
        until = events <= day
        mean = float(np.sum(1 / at_risk[until]))
        own = np.bincount(owners[until], weights=1 / at_risk[until], minlength=len(people))
        part = taken[np.searchsorted(rising, np.minimum(ends, day), side="right")]
        error = math.sqrt(float(np.sum((own - part) ** 2)))
        watched = int(np.sum(ends >= day))
        found[day] = _around(mean, error, int(until.sum()), watched)
    return found


def _around(mean: float, error: float, count: int, watched: int) -> Interval:
    if count == 0:
        return Interval(0.0, 0.0, poisson(0)[1] / max(watched, 1))
    low, high = (bound * mean / count for bound in poisson(count))
    reach = math.exp(_Z * error / mean)
    return Interval(mean, min(low, mean / reach), max(high, mean * reach))

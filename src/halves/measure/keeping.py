"""What keeping a promise, breaking it or outdoing it does to what customers say of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from halves.measure.interval import Interval
from halves.measure.quantiles import normal_quantile

REACH = 28.0  # gaps beyond, in the promise's unit, tell of lost parcels and wrong dates
FEWEST = 20  # customers who said something, for a gap to be looked at by itself
_SMALL = 0.2  # standard deviations: a small effect, after Cohen (1988)
_Z90, _Z95 = normal_quantile(0.95), normal_quantile(0.975)
Floats = NDArray[np.float64]


class Kano(StrEnum):
    """What a promise is to customers, after Kano (1984)."""

    MUST_BE = "must_be"  # broken it hurts, outdone it hardly pleases
    ONE_DIMENSIONAL = "one_dimensional"  # the more the better
    ATTRACTIVE = "attractive"  # outdone it pleases, broken it hardly hurts
    INDIFFERENT = "indifferent"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Gap:
    """Everyone whose delivery differed from the promise by as much.

    Args:
        gap: delivered less promised, turned so that more is better, in the promise's unit.
        count: who said something.
        total, squares: the sums of what they said, and of its squares.
    """

    gap: float
    count: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        """What they said, on average."""
        return self.total / self.count

    @property
    def variance(self) -> float:
        """Of what they said."""
        return max(self.squares / self.count - self.mean**2, 0.0)


@dataclass(frozen=True)
class Response:
    """How what customers say answers to the gap.

    Args:
        kept: what is said where exactly the promised came.
        loss: what each unit short takes away (positive: it hurts).
        gain: what each unit beyond adds.
        asymmetry: loss less gain: above 0, falling short weighs more than outdoing.
        kano: what the promise is to customers.
        count: who said something, within the reach.
    """

    kept: Interval
    loss: Interval
    gain: Interval
    asymmetry: Interval
    kano: Kano
    count: int


@dataclass(frozen=True)
class Band:
    """Gaps that nobody can tell from a promise kept: from `low` ≤ 0 to `high` ≥ 0."""

    low: float
    high: float
    count: int


def response(gaps: Sequence[Gap], *, reach: float = REACH, least: float = 0.005) -> Response | None:
    """Fit said = kept + gain·g⁺ − loss·g⁻, where g is the gap.

    Args:
        gaps: each gap once.
        reach: gaps beyond are left out.
        least: a slope surely smaller than this, in points a unit, is no difference to anyone.

    Returns:
        The fit with 90% intervals; None where under 20 customers fell short or were outdone.

    Source:
        Least squares with the variance of White (1980), HC1, exact from sums by gap. Losses
        against gains: Kahneman and Tversky (1979); classes by penalty and reward: Brandt (1987).

    >>> said = [Gap(g, 50, 50 * (4 + 0.02 * max(g, 0) + 0.2 * min(g, 0)), 0) for g in range(-9, 10)]
    >>> said = [Gap(one.gap, 50, one.total, one.total**2 / 50 + 50) for one in said]
    >>> found = response(said)
    >>> round(found.loss.mean, 3), round(found.gain.mean, 3), str(found.kano)
    (0.2, 0.02, 'must_be')
    """
    within = [one for one in gaps if abs(one.gap) <= reach and one.count]
    short = sum(one.count for one in within if one.gap < 0)
    beyond = sum(one.count for one in within if one.gap > 0)
    if min(short, beyond) < FEWEST:
        return None
    g = np.array([one.gap for one in within])
    beta, spread = _least_squares(
        np.column_stack([np.ones(len(g)), _above(g), -_above(-g)]), within
    )
    loss, gain = _interval(beta, spread, (0, 0, 1)), _interval(beta, spread, (0, 1, 0))
    asymmetry = _interval(beta, spread, (0, -1, 1))
    return Response(
        kept=_interval(beta, spread, (1, 0, 0)),
        loss=loss,
        gain=gain,
        asymmetry=asymmetry,
        kano=_class(beta, spread, loss, gain, least),
        count=sum(one.count for one in within),
    )


def band(gaps: Sequence[Gap], *, reach: float = REACH) -> Band | None:
    """Learn which gaps customers do not tell from a promise kept.

    From the promise outwards, gap by gap (few at a time are put together until 20 customers said
    something): the band ends before the first whose customers say something else than those to
    whom the promised came, by a test at 5%.

    Returns:
        The band; None where under 40 customers got about what was promised.

    Source:
        Zeithaml, Berry and Parasuraman (1993), the zone of tolerance; Welch (1947).

    >>> said = [Gap(float(g), 100, 400.0 if g >= -1 else 200.0, 2000.0) for g in range(-5, 1)]
    >>> band(said).low
    -1.0
    """
    ordered = sorted((one for one in gaps if abs(one.gap) <= reach and one.count), key=_gap)
    kept = _kept(ordered)
    if kept is None:
        return None
    worse = [one for one in reversed(ordered) if one.gap < 0]
    better = [one for one in ordered if one.gap > kept.gap]
    low = _until_it_differs(kept, worse)
    high = max(_until_it_differs(kept, better), kept.gap)
    return Band(low=min(low, 0.0), high=high, count=sum(one.count for one in ordered))


def pull_of_expectation(sums: Sequence[float]) -> Interval | None:
    """How much promising longer softens what waiting longer costs, for one time of delivery.

    Fits said = c + κ·delivered + ε·expected and gives −ε/κ: 0 where only what came counts, 1 where
    only the distance to the promise does.

    Args:
        sums: n, Σe, Σd, Σs, Σee, Σdd, Σed, Σes, Σds, Σss of expected, delivered, said.

    Returns:
        The ratio with its 90% interval by the delta method; None where it cannot be told.

    >>> pull_of_expectation((2, 1, 1, 1, 1, 1, 1, 1, 1, 1)) is None
    True
    """
    n, e, d, s, ee, dd, ed, es, ds, ss = (float(one) for one in sums)
    cross = np.array([[n, d, e], [d, dd, ed], [e, ed, ee]])
    if n < 3 * FEWEST or np.linalg.cond(cross) > 1e12:
        return None
    beta = np.linalg.solve(cross, np.array([s, ds, es]))
    left = max(ss - beta @ np.array([s, ds, es]), 0.0) / (n - 3)
    spread = left * np.linalg.inv(cross)
    came, promised = beta[1], beta[2]
    if abs(came) < _Z90 * math.sqrt(spread[1, 1]):
        return None
    slope = np.array([0.0, promised / came**2, -1 / came])
    return _around(-promised / came, math.sqrt(slope @ spread @ slope))


def _least_squares(x: Floats, gaps: Sequence[Gap]) -> tuple[Floats, Floats]:
    count = np.array([float(one.count) for one in gaps])
    total = np.array([one.total for one in gaps])
    squares = np.array([one.squares for one in gaps])
    inverse = np.linalg.inv((x * count[:, None]).T @ x)
    beta = inverse @ (x.T @ total)
    fitted = x @ beta
    left = np.maximum(squares - 2 * fitted * total + count * fitted**2, 0.0)
    n = count.sum()
    meat = (x * left[:, None]).T @ x * n / (n - x.shape[1])
    return beta, inverse @ meat @ inverse


def _interval(beta: Floats, spread: Floats, weights: tuple[float, ...]) -> Interval:
    by = np.array(weights)
    return _around(float(by @ beta), math.sqrt(max(float(by @ spread @ by), 0.0)))


def _around(mean: float, se: float) -> Interval:
    mean, reach = float(mean), _Z90 * float(se)
    return Interval(mean=mean, low=mean - reach, high=mean + reach)


def _class(beta: Floats, spread: Floats, loss: Interval, gain: Interval, least: float) -> Kano:
    if _interval(beta, spread, (0, -2, 1)).low > 0 and loss.low > 0:
        return Kano.MUST_BE  # short weighs more than twice what beyond does
    if _interval(beta, spread, (0, 1, -2)).low > 0 and gain.low > 0:
        return Kano.ATTRACTIVE
    if loss.low > 0 and gain.low > 0:
        return Kano.ONE_DIMENSIONAL
    is_nothing = all(-least < one.low and one.high < least for one in (loss, gain))
    return Kano.INDIFFERENT if is_nothing else Kano.UNKNOWN


def _kept(ordered: Sequence[Gap]) -> Gap | None:
    """Those to whom the promised came, or just better, until there are enough of them."""
    found: Gap | None = None
    for one in ordered:
        if one.gap < 0:
            continue
        found = one if found is None else _together(found, one)
        if found.count >= 2 * FEWEST:
            return found
    return None


def _until_it_differs(kept: Gap, outwards: Sequence[Gap]) -> float:
    same, pile = 0.0, None
    for one in outwards:
        pile = one if pile is None else _together(pile, one)
        if pile.count < FEWEST:
            continue
        se = math.sqrt(kept.variance / kept.count + pile.variance / pile.count)
        least = _SMALL * math.sqrt((kept.variance + pile.variance) / 2)
        if abs(pile.mean - kept.mean) > max(_Z95 * se, least):
            break
        same, pile = pile.gap, None
    return same


def _together(one: Gap, other: Gap) -> Gap:
    """Both; the gap is the later's."""
    count, total = one.count + other.count, one.total + other.total
    return Gap(other.gap, count, total, one.squares + other.squares)


def _above(g: Floats) -> Floats:
    return np.maximum(g, 0.0)


def _gap(one: Gap) -> float:
    return one.gap

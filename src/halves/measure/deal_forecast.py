"""What open deals will bring, and how sure that is, from how earlier deals went.

Two questions are asked of every week ahead of a deal: does it close then, and if it does, is it
won? Each is a logistic regression with shrunk effects of stage, weeks since it came there, both
together, how long it stood there when it was looked at, the month of the quarter, and what else
is known of it. Deals that never close are not left out: every week in which one stays open counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from halves.measure.deal_rows import (
    LONGEST,
    WEEK,
    DealPath,
    Levels,
    Standing,
    ahead,
    standings,
    watched,
)
from halves.measure.interval import Interval
from halves.measure.shrunk_logit import ShrunkLogit, fit_shrunk_logit

_AT_ONCE = 500  # standings that are spread over their weeks together

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class DealForecast:
    """What was learned of how deals go.

    Args:
        levels: the stages and traits that it knows.
        closing: whether a deal closes in a week.
        winning: whether one that closes is won.
        deals: how many it was learned from.
        closed: how many of them had ended.
    """

    levels: Levels
    closing: ShrunkLogit
    winning: ShrunkLogit
    deals: int
    closed: int


@dataclass(frozen=True)
class Brought:
    """What deals are expected to bring; money.

    Args:
        each: of each deal, the chance that it is won by the last of the spans' ends.
        spans: what is brought in each span of weeks.
        total: in all of them together.
    """

    each: list[Interval]
    spans: list[Interval]
    total: Interval


def learn_deals(
    paths: Sequence[DealPath], *, until: date, traits: Sequence[str] = ()
) -> DealForecast:
    """Learn from how deals went as it was known on a day.

    A deal is looked at several times on its way; looks weigh less, so that together they count as
    as many deals as there are.

    Args:
        paths: deals, open ones too; what happened after `until` is not looked at.
        until: the last day that is known.
        traits: which of their traits make a difference, perhaps.

    Raises:
        ValueError: no deal had closed by then.

    Source:
        van Houwelingen (2007), Dynamic Prediction by Landmarking; Allison (1982), Discrete-Time
        Methods for the Analysis of Event Histories; competing ends as a closing and its kind.

    >>> from datetime import timedelta
    >>> day = date(2026, 1, 5)
    >>> went = [
    ...     DealPath([("talks", day)], closed=day + timedelta(days=days), is_won=days == 7)
    ...     for days in (7, 35) * 30
    ... ]
    >>> learned = learn_deals(went, until=date(2026, 6, 1))
    >>> early, late = (
    ...     Standing("talks", day, day + timedelta(days=days), DealPath([("talks", day)]))
    ...     for days in (0, 14)
    ... )
    >>> [round(float(chance), 1) for chance in chances(learned, [early, late])]
    [0.5, 0.0]
    """
    known = [one for one in paths if one.stages[0][1] <= until]
    closed = [one for one in known if one.closed is not None and one.closed <= until]
    if not closed:
        raise ValueError(f"none of {len(known)} deals had closed by {until}")
    levels = Levels.of(known, traits=traits)
    rows, trials, closes, wins = _rows(known, levels, until)
    closing = fit_shrunk_logit(rows, closes, trials, sizes=levels.sizes)
    ended = closes > 0
    winning = fit_shrunk_logit(rows[ended], wins[ended], closes[ended], sizes=levels.sizes)
    return DealForecast(levels, closing, winning, len(known), len(closed))


def chances(learned: DealForecast, stood: Sequence[Standing], *, by: date | None = None) -> Floats:
    """The chance of each deal that it is won if it closes, by a day if one is given.

    Args:
        stood: deals as they stood.
        by: closings after this day are not meant; at least a week ahead of all of them counts.
    """
    found = np.empty(len(stood))
    for start in range(0, len(stood), _AT_ONCE):
        some = stood[start : start + _AT_ONCE]
        rows = ahead(some, learned.levels, weeks=LONGEST)
        won, lost = _ends(learned, rows, learned.closing.mean, learned.winning.mean)
        if by is not None:
            left = np.array([max((by - one.on).days, WEEK) // WEEK for one in some])
            is_meant = np.arange(LONGEST)[None, :] < left[:, None]
            won, lost = won * is_meant, lost * is_meant
        found[start : start + len(some)] = won.sum(axis=1) / (won + lost).sum(axis=1)
    return found


def expected(
    learned: DealForecast,
    stood: Sequence[Standing],
    *,
    ends: Sequence[int],
    draws: int = 200,
    rng: np.random.Generator,
) -> Brought:
    """What these deals will bring, span by span, with 90% intervals.

    An interval holds both what is not known of the chances and how the dice fall for each deal.

    Args:
        stood: open deals, as they stand.
        ends: the weeks ahead at which the spans end, rising; the first span begins now.
        draws: how many times all of it is drawn.
        rng: chance.

    Raises:
        ValueError: ends that do not rise, or no deals.
    """
    steps = np.diff([0, *ends])
    if not stood or not len(steps) or (steps < 1).any():
        raise ValueError(f"ends must rise and there must be deals, got {list(ends)}, {len(stood)}")
    value = np.array([one.path.value for one in stood])
    rows = ahead(stood, learned.levels, weeks=int(ends[-1]))
    closing, winning = learned.closing.draws(draws, rng=rng), learned.winning.draws(draws, rng=rng)
    starts = np.concatenate([[0], np.asarray(ends[:-1], dtype=np.int64)])
    each, brought = np.empty((draws, len(stood))), np.empty((draws, len(ends)))
    means = np.zeros(len(ends))
    for place in range(draws):
        won, _ = _ends(learned, rows, closing[place], winning[place])
        each[place] = won.sum(axis=1)
        means += np.add.reduceat(value @ won, starts) / draws
        brought[place] = np.add.reduceat(_thrown(won, value, rng), starts)
    # The mean is of chances, not of thrown dice, so that it does not move with the draws.
    spans = [_around(brought[:, span], means[span]) for span in range(len(ends))]
    total = _around(brought.sum(axis=1), float(means.sum()))
    mean = each.mean(axis=0)
    shares = [_around(each[:, deal], mean[deal]) for deal in range(len(stood))]
    return Brought(shares, spans, total)


def _thrown(won: Floats, value: Floats, rng: np.random.Generator) -> Floats:
    """Throw the dice of each deal once: which week it is won in, if it is."""
    reached = np.cumsum(won, axis=1)
    week = (rng.random(len(won))[:, None] >= reached).sum(axis=1)
    weeks = won.shape[1]
    return np.asarray(np.bincount(week, value, minlength=weeks + 1)[:weeks], dtype=np.float64)


def _around(drawn: Floats, mean: float) -> Interval:
    low, high = np.quantile(drawn, [0.05, 0.95])
    return Interval(float(mean), float(min(low, mean)), float(max(high, mean)))


def _ends(
    learned: DealForecast, rows: Ints, closing: Floats, winning: Floats
) -> tuple[Floats, Floats]:
    """The chance of each deal to be won, and to be lost, in each week ahead."""
    shape = rows.shape[:2]
    columns = learned.closing.columns(rows.reshape(-1, rows.shape[2]))
    closes = _share(closing, columns).reshape(shape)
    wins = _share(winning, columns).reshape(shape)
    still = np.cumprod(1 - closes, axis=1)
    reached = np.concatenate([np.ones((len(rows), 1)), still[:, :-1]], axis=1) * closes
    return reached * wins, reached * (1 - wins)


def _share(beta: Floats, columns: Ints) -> Floats:
    eta = np.zeros(len(columns))
    for place in range(columns.shape[1]):
        eta += beta[columns[:, place]]
    return np.asarray(1 / (1 + np.exp(-eta)))


def _rows(
    paths: Sequence[DealPath], levels: Levels, until: date
) -> tuple[Ints, Floats, Floats, Floats]:
    """Weeks that deals were watched in: their levels, and weights of closing and winning."""
    looks = [standings(path, until=until) for path in paths]
    stood = [look for mine in looks for look in mine]
    # The same weight for each look: less for deals with many would make closing early look usual.
    weight = sum(1 for mine in looks if mine) / max(len(stood), 1)
    parts: list[Ints] = []
    numbers: list[Floats] = []
    for start in range(0, len(stood), _AT_ONCE):
        some = stood[start : start + _AT_ONCE]
        weeks, closes = watched(some, until=until)
        rows = ahead(some, levels, weeks=max(int(weeks.max(initial=0)), 1))
        step = np.arange(rows.shape[1])
        seen = step[None, :] < weeks[:, None]
        last = (step[None, :] == weeks[:, None] - 1) & closes[:, None]
        won = last & np.array([one.path.is_won for one in some])[:, None]
        parts.append(rows[seen])
        numbers.append(weight * np.stack([each[seen] for each in (seen, last, won)]))
    trials, closed, won_ = np.concatenate(numbers, axis=1)
    return _gathered(np.concatenate(parts), trials, closed, won_)


def _gathered(
    rows: Ints, trials: Floats, closes: Floats, wins: Floats
) -> tuple[Ints, Floats, Floats, Floats]:
    """Rows that are alike become one."""
    alike, where = np.unique(rows, axis=0, return_inverse=True)
    where = where.ravel()
    sums = np.zeros((3, len(alike)))
    for place, each in enumerate((trials, closes, wins)):
        np.add.at(sums[place], where, each)
    return alike, sums[0], sums[1], sums[2]

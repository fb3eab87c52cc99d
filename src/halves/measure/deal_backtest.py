"""How well a forecast of deals would have done: learned before a day, held against what came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from halves.measure.deal_forecast import chances, learn_deals
from halves.measure.deal_rows import DealPath, Standing, standings
from halves.measure.interval import Interval

LEAST_BEFORE, LEAST_AFTER = 50, 30  # deals that had closed, and that came after
_TIMES = 1_000

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BackTest:
    """What came of deals that were opened after a day, and what was said of them.

    Args:
        split: nothing after this day was learned from.
        until: what closed by this day was looked at.
        learned_from: deals that had closed by the split.
        deals: how many came after and closed.
        looks: how many times they were looked at on their way.
        loss: mean log loss of the forecast; lower is better.
        average_loss: of saying, of each, the share won of deals that were in the same stage.
        gain: `average_loss - loss`, over deals drawn again with repeats.
        said: mean chance that the forecast gave.
        won: share that was won.
    """

    split: date
    until: date
    learned_from: int
    deals: int
    looks: int
    loss: float
    average_loss: float
    gain: Interval
    said: float
    won: float


def back_test(
    paths: Sequence[DealPath],
    *,
    split: date,
    until: date,
    traits: Sequence[str] = (),
    rng: np.random.Generator,
) -> BackTest | None:
    """Learn from what was known on the split, and hold it against deals opened after it.

    Args:
        paths: all deals.
        split, until: the last day that is learned from, and the last that is looked at.
        traits: as in `learn_deals`.
        rng: chance, for the interval.

    Returns:
        None where there are too few deals on either side.

    Source:
        Gneiting and Raftery (2007), Strictly Proper Scoring Rules, for the log loss; deals are
        drawn again whole, since the looks at one deal are not independent.
    """
    before = [one for one in paths if one.closed is not None and one.closed <= split]
    after = [
        one
        for one in paths
        if one.stages[0][1] > split and one.closed is not None and one.closed <= until
    ]
    if len(before) < LEAST_BEFORE or len(after) < LEAST_AFTER:
        return None
    learned = learn_deals(paths, until=split, traits=traits)
    looks = [standings(one, until=until) for one in after]
    stood = [look for mine in looks for look in mine]
    came = np.array([one.path.is_won for one in stood], dtype=np.float64)
    said, usual = chances(learned, stood, by=until), _averages(before, stood)
    losses, averages = _loss(said, came), _loss(usual, came)
    of = np.repeat(np.arange(len(looks)), [len(mine) for mine in looks])
    return BackTest(
        split=split,
        until=until,
        learned_from=len(before),
        deals=len(after),
        looks=len(stood),
        loss=float(losses.mean()),
        average_loss=float(averages.mean()),
        gain=_gain(averages - losses, of, rng),
        said=float(said.mean()),
        won=float(came.mean()),
    )


def split_of(paths: Sequence[DealPath], *, until: date) -> date:
    """The day at which two thirds of the deals that closed had been opened."""
    opened = sorted(one.stages[0][1] for one in paths if one.closed and one.closed <= until)
    return opened[len(opened) * 2 // 3] if opened else until - timedelta(days=1)


def _averages(before: Sequence[DealPath], stood: Sequence[Standing]) -> Floats:
    """Of each, the share won of deals that were in that stage; half a deal more on either side."""
    seen: dict[str, list[bool]] = {}
    for path in before:
        for stage in {name for name, _ in path.stages}:
            seen.setdefault(stage, []).append(path.is_won)
    everyone = [path.is_won for path in before]
    found = [seen.get(one.stage, everyone) for one in stood]
    return np.array([(sum(one) + 0.5) / (len(one) + 1) for one in found])


def _loss(said: Floats, came: Floats) -> Floats:
    said = np.clip(said, 1e-6, 1 - 1e-6)
    return np.asarray(-(came * np.log(said) + (1 - came) * np.log(1 - said)))


def _gain(better: Floats, of: NDArray[np.int64], rng: np.random.Generator) -> Interval:
    sums, looks = np.bincount(of, better), np.bincount(of)
    drawn = rng.integers(0, len(sums), (_TIMES, len(sums)))
    means = sums[drawn].sum(axis=1) / looks[drawn].sum(axis=1)
    mean = float(better.mean())
    low, high = np.quantile(means, [0.05, 0.95])
    return Interval(mean, float(min(low, mean)), float(max(high, mean)))

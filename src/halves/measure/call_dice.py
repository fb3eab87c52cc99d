"""The dice of a queue: how likely each is to be called, and what the rolling costs."""

import math
from dataclasses import dataclass

import numpy as np

from halves.measure.adjust import Floats

_HALVINGS = 80  # of the interval in which the balance lies; far below a float's last digit


@dataclass(frozen=True)
class Toll:
    """What the dice are expected to cost in one draw; money.

    Args:
        best: gain of calling the most promising, with no dice.
        drawn: gain that the dice are expected to bring.
    """

    best: float
    drawn: float

    @property
    def given_up(self) -> float:
        """What the lesson costs."""
        return self.best - self.drawn


def shortlist_size(room: int, *, held_out_share: float) -> int:
    """How many the dice are rolled for, so that about `room` of them are to be called.

    Args:
        room: how many calls there is room for, at least 0.
        held_out_share: of those on the list, above 0 and below 1.

    Raises:
        ValueError: an argument out of range.

    >>> shortlist_size(10, held_out_share=0.3)
    15
    """
    if room < 0:
        raise ValueError(f"room must be at least 0, got {room}")
    if not 0 < held_out_share < 1:
        raise ValueError(f"held_out_share must be between 0 and 1, got {held_out_share}")
    return math.ceil(room / (1 - held_out_share))


def chances(
    gains: Floats, *, called: float, least: float = 0.1, most: float = 0.9, warmth: float = 2.0
) -> Floats:
    """How likely each person on a shortlist is to be called, the more the higher the gain.

    Of all chances that call so many on average, these gain the most for the disorder that they
    keep: a person's chance is 1 / (1 + exp((level − gain) / T)), with the level that makes them
    add up, and the temperature T `warmth` times the spread of the gains. No chance leaves `least`
    to `most`, so that everyone teaches something and no weight 1 / chance is large. Each person's
    dice are rolled alone: the chances are then exact, and nobody's arm depends on another's.

    Args:
        gains: shape (person,), expected from calling each; money.
        called: how many are to be called on average; held to what `least` and `most` allow.
        least, most: bounds of a chance, 0 < least < most < 1.
        warmth: how little the gain counts, above 0: at 2 the dice lean to the promising, and the
            effect on those called is near the effect on all who were drawn.

    Returns:
        Shape (person,), probabilities of being called.

    Raises:
        ValueError: bounds or warmth out of range, or a gain that is no number.

    Source:
        The entropy-regularised choice, or Fermi–Dirac distribution: Jaynes (1957), Information
        Theory and Statistical Mechanics. Poisson sampling: Hájek (1964).

    >>> chances(np.array([90.0, 50.0, 20.0, 0.0]), called=2.8).round(2)
    array([0.84, 0.74, 0.65, 0.58])
    """
    if not 0 < least < most < 1:
        raise ValueError(f"0 < least < most < 1 must hold, got {least} and {most}")
    if not (warmth > 0 and math.isfinite(warmth)):
        raise ValueError(f"warmth must be above 0, got {warmth}")
    if not np.isfinite(gains).all():
        raise ValueError("gains must be numbers, and some are none")
    size = len(gains)
    if not size:
        return np.zeros(0)
    wanted = min(max(called, least * size), most * size)
    spread = float(np.std(gains))
    if spread == 0:
        return np.full(size, wanted / size)
    scaled = (gains - gains.mean()) / (spread * warmth)
    low, high = float(scaled.min()) - 50.0, float(scaled.max()) + 50.0
    for _ in range(_HALVINGS):
        level = (low + high) / 2
        if _held(scaled - level, least, most).sum() > wanted:
            low = level
        else:
            high = level
    return _held(scaled - (low + high) / 2, least, most)


def _held(over: Floats, least: float, most: float) -> Floats:
    # Beyond ±60 the chance is 0 or 1 to a float's last digit, and exp would overflow.
    free = 1 / (1 + np.exp(-np.clip(over, -60, 60)))
    return np.asarray(np.clip(free, least, most))


def toll(gains: Floats, chance: Floats, *, room: int) -> Toll:
    """What rolling the dice is expected to cost, against calling the most promising.

    Args:
        gains: shape (person,), of everyone on the shortlist; money.
        chance: shape (person,), of being called.
        room: how many calls there is room for.

    Raises:
        ValueError: shapes that differ.

    >>> toll(np.array([90.0, 50.0, 20.0]), np.array([0.8, 0.7, 0.5]), room=2)
    Toll(best=140.0, drawn=117.0)
    """
    if gains.shape != chance.shape:
        raise ValueError(f"one chance for each gain, got {chance.shape} for {gains.shape}")
    best = np.sort(gains)[::-1][:room]
    return Toll(best=float(best.sum()), drawn=float((gains * chance).sum()))

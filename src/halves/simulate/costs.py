"""What each touch cost, to the millionth, and where that penny stands: on the touch or in spend.

Pieces (call minutes × wage, postage) stand on the touch; clicks, airtime and the making of a
mailing stand in `spend`. So each penny is in one place.
"""

from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from halves.simulate.chance import Chance
from halves.simulate.company import Company
from halves.simulate.practices import Practice
from halves.simulate.world import Events, Lived

Micros = NDArray[np.int64]
_CENT = 10_000  # micros
_SECONDS = 3600


def micros(amount: Decimal) -> int:
    """An amount in millionths."""
    return int(amount * 1_000_000)


def of_touches(way: Practice, touches: Events, chance: Chance) -> Micros | None:
    """What each touch carries itself; None if the channel's touches carry nothing.

    A call's length varies by a factor around its average; its cost is rounded to the cent.
    """
    if way.minutes:
        luck = chance.mixed(f"{way.channel.name} minutes", touches.person, touches.day)
        seconds = np.rint(way.minutes * 60 * (0.25 + 1.5 * luck)).astype(np.int64)
        cents: Micros = np.rint(seconds * (float(way.wage) * 100 / _SECONDS)).astype(np.int64)
        return cents * _CENT
    if way.postage:
        return np.full(len(touches), micros(way.postage), np.int64)
    return None


def of_clicks(way: Practice) -> int:
    """What the platform bills for each touch, in millionths."""
    return micros(way.click)


def of_making(company: Company, way: Practice) -> int:
    """What a day of sending costs to make, in millionths, whoever it reaches."""
    return micros(way.making * company.people / 1000) // _CENT * _CENT


def of_airtime(company: Company, per_head: NDArray[np.float64], heads: NDArray[np.int64]) -> Micros:
    """Money by region and day, in millionths, whole cents."""
    return np.rint(per_head * heads[:, None] * 100).astype(np.int64) * _CENT


def by_channel(
    company: Company, lived: Lived, chance: Chance, heads: NDArray[np.int64]
) -> dict[str, int]:
    """All that each channel cost from `company.since` on, in millionths."""
    since = (company.since - company.begins).days
    total = {
        name: int(of_airtime(company, aired, heads)[:, since:].sum())
        for name, aired in lived.aired.items()
    }
    for way in company.practices:
        touches = lived.touches[way.channel.name].since(since)
        pieces = of_touches(way, touches, chance)
        total[way.channel.name] = (
            (0 if pieces is None else int(pieces.sum()))
            + of_clicks(way) * len(touches)
            + of_making(company, way) * len(np.unique(touches.day))
        )
    return total

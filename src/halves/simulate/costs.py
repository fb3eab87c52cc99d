"""What each touch cost, to the millionth, and where that penny stands: on the touch or in spend.

Pieces (call minutes × wage, postage) stand on the touch; clicks, airtime and the making of a
mailing stand in `spend`. So each penny is in one place.
"""

from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from halves.simulate.chance import Chance, Ints
from halves.simulate.company import Company
from halves.simulate.people import People
from halves.simulate.practices import Practice
from halves.simulate.reach import Events, Off, belongs, is_cut
from halves.simulate.world import Lived

MILLION = 1_000_000
_CENT = 10_000  # in millionths
_HOUR = 3600  # in seconds


def of_touches(way: Practice, touches: Events, chance: Chance) -> Ints | None:
    """What each touch carries itself, in millionths; None if this channel's carry nothing.

    A call takes from a quarter to seven quarters of the average; its cost is whole cents.
    """
    if way.minutes:
        luck = chance.mixed(f"{way.channel.name} minutes", touches.person, touches.day)
        seconds = np.rint(way.minutes * 60 * (0.25 + 1.5 * luck))
        cents = np.rint(seconds * (float(way.wage) * 100 / _HOUR))
        return cents.astype(np.int64) * _CENT
    if way.postage:
        return np.full(len(touches), _millionths(way.postage), np.int64)
    return None


def of_click(way: Practice) -> int:
    """What the platform bills for each touch, in millionths."""
    return _millionths(way.click)


def of_making(company: Company, way: Practice) -> int:
    """What a day of sending costs to make, in millionths, however many it reaches."""
    return _millionths(way.making * company.people / 1000) // _CENT * _CENT


def of_airtime(company: Company, people: People, per_head: NDArray[np.float64]) -> Ints:
    """Money by region and day, in millionths, whole cents."""
    heads = np.bincount(people.region, minlength=len(company.regions))
    return np.rint(per_head * heads[:, None] * 100).astype(np.int64) * _CENT


def of_units(company: Company, people: People, lived: Lived, chance: Chance, units: Off) -> int:
    """All that these units cost themselves from `company.since` on, in millionths."""
    total = 0
    for broadcast in company.broadcasts:
        aired = lived.aired[broadcast.channel.name][:, is_cut(company, broadcast, units)]
        total += int(of_airtime(company, people, aired).sum())
    for way in company.practices:
        touches = lived.touches[way.channel.name].since(company.day_of(company.since))
        if {way.channel.name, way.channel.path} & units:
            total += of_making(company, way) * len(np.unique(touches.day))
        theirs = touches.where(belongs(way, chance, units)[touches.person])
        pieces = of_touches(way, theirs, chance)
        total += of_click(way) * len(theirs) + (0 if pieces is None else int(pieces.sum()))
    return total


def _millionths(amount: Decimal) -> int:
    return int(amount * MILLION)

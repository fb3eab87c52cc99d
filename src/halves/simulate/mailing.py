"""What comes of mails and calls from outside: what the company sees, and what is true."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from halves.simulate import tables
from halves.simulate.chance import Chance
from halves.simulate.company import Company
from halves.simulate.people import meet
from halves.simulate.practices import Mailing
from halves.simulate.world import live


@dataclass(frozen=True)
class Aftermath:
    """The days from the first mailing on.

    Args:
        outcomes: of the ledger, from that day on: what the company sees.
        gained: shape (person,), expected money that the mailings made, which nobody sees.
    """

    outcomes: pa.Table
    gained: NDArray[np.float64]

    @property
    def revenue(self) -> float:
        """What the mailings made in all."""
        return float(self.gained.sum())


def after(company: Company, *mailings: Mailing, seed: int) -> Aftermath:
    """Live a company's days twice on the same dice, with the mailings and without them.

    Args:
        company: the design; its days go on after them, and their effect is counted to the last.
        mailings: who got each, on which day, and what it does; the first is the earliest.
        seed: as for `simulate`, which makes the same days before them.

    Raises:
        ValueError: no mailing, a day that is none of the company's, or one before the first.
    """
    days = [one.on for one in mailings]
    if not days or min(days) < days[0]:
        raise ValueError(f"the first mailing must be the earliest, got {days}")
    for day in days:
        if not company.begins < day < company.until:
            raise ValueError(
                f"the mail must go between {company.begins} and {company.until}, got {day}"
            )
    goes_on = replace(company, since=days[0], history=days[0] - company.begins)
    chance = Chance(seed, company.people)
    people = meet(goes_on, chance)
    none: frozenset[str] = frozenset()
    told, untold = live(goes_on, people, chance, offs=[none, none], mailings=[mailings, ()])
    outcomes = tables.of(goes_on, people, told, chance)["outcomes"]
    begins = pa.scalar(datetime.combine(days[0], time(), UTC), outcomes["at"].type)
    return Aftermath(
        outcomes=outcomes.filter(pc.greater_equal(outcomes["at"], begins)),
        gained=told.expected - untold.expected,
    )

"""What comes of a mail that was sent from outside: what the company sees, and what is true."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time

import pyarrow as pa
import pyarrow.compute as pc

from halves.simulate import tables
from halves.simulate.chance import Chance
from halves.simulate.company import Company
from halves.simulate.people import meet
from halves.simulate.practices import Mailing
from halves.simulate.world import live


@dataclass(frozen=True)
class Aftermath:
    """The days from a mailing on.

    Args:
        outcomes: of the ledger, from that day on: what the company sees.
        revenue: expected money that the mail made, which nobody sees.
    """

    outcomes: pa.Table
    revenue: float


def after(company: Company, mailing: Mailing, *, seed: int) -> Aftermath:
    """Live a company's days twice on the same dice, with the mail and without it.

    Args:
        company: the design; its days go on after the mailing, whose effect is counted to the last.
        mailing: who got it, on which day, and what it does.
        seed: as for `simulate`, which makes the same days before it.

    Raises:
        ValueError: a day that is none of the company's.
    """
    if not company.begins < mailing.on < company.until:
        raise ValueError(
            f"the mail must go between {company.begins} and {company.until}, got {mailing.on}"
        )
    goes_on = replace(company, since=mailing.on, history=mailing.on - company.begins)
    chance = Chance(seed, company.people)
    people = meet(goes_on, chance)
    none: frozenset[str] = frozenset()
    told, untold = live(goes_on, people, chance, offs=[none, none], mailings=[mailing, None])
    outcomes = tables.of(goes_on, people, told, chance)["outcomes"]
    begins = pa.scalar(datetime.combine(mailing.on, time(), UTC), outcomes["at"].type)
    return Aftermath(
        outcomes=outcomes.filter(pc.greater_equal(outcomes["at"], begins)),
        revenue=float((told.expected - untold.expected).sum()),
    )

"""What a closed deal is worth."""

import numpy as np

from halves.simulate.chance import Chance, Ints
from halves.simulate.company import Company
from halves.simulate.people import People
from halves.simulate.reach import Events


def deal_values(company: Company, people: People, closed: Events, chance: Chance) -> Ints:
    """What each closed deal brought, in millionths, whole cents.

    A factor uniform around one: its mean is the person's deal value exactly.
    """
    luck = chance.mixed("value", closed.person, closed.day)
    factor = 1 + company.demand.value_noise * (2 * luck - 1)
    cents = np.rint(people.deal_value[closed.person] * factor * 100)
    return cents.astype(np.int64) * 10_000

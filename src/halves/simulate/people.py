"""The people a company knows: what they are before the first day, and stay."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halves.simulate.chance import Chance, Floats
from halves.simulate.company import Company


@dataclass(frozen=True)
class People:
    """Everyone the company knows, one entry a person."""

    region: NDArray[np.int8]  # place in the company's regions
    account: NDArray[np.int32]
    known_days: NDArray[np.int32]  # before the first day on the ledger
    fit: Floats
    subscribed: NDArray[np.bool_]
    deal_value: Floats  # what a deal with them is worth, on average


def meet(company: Company, chance: Chance) -> People:
    """Draw everyone; an account's people share its region and size."""
    demand, size = company.demand, company.people
    account = np.arange(size, dtype=np.int32) // company.account_people
    of_region = chance.uniform("region", day=0)[account]
    spread = np.float32(demand.value_sd)
    worth = np.exp(spread * chance.normal("size", day=0)[account] - spread**2 / 2)
    return People(
        region=(of_region * len(company.regions)).astype(np.int8),
        account=account,
        known_days=(1 + 1000 * chance.uniform("known", day=0)).astype(np.int32),
        fit=np.float32(demand.fit_sd) * chance.normal("fit", day=0),
        subscribed=chance.uniform("subscribed", day=0) < company.subscribed,
        deal_value=np.float32(demand.value) * worth,
    )

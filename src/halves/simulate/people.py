"""The people a company knows: what they are before the first day, and stay."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halves.simulate.chance import Chance, Floats, Ints
from halves.simulate.company import Company


@dataclass(frozen=True)
class People:
    """Everyone the company knows, one entry a person."""

    region: NDArray[np.int64]  # place in the company's regions
    account: Ints
    known_days: Ints  # before the first day on the ledger
    fit: Floats
    subscribed: NDArray[np.bool_]
    deal_value: Floats  # what a deal with them is worth, on average
    visited_on: NDArray[np.int16]  # day of the last visit before the first day, so below 0


def meet(company: Company, chance: Chance) -> People:
    """Draw everyone; an account's people share its region and size."""
    demand, luck = company.demand, chance.for_good
    account = np.arange(company.people) // company.account_people
    region = luck.pick("region", len(company.regions))[account]
    fit = np.float32(demand.fit_sd) * luck.normal("fit")
    fit += np.float32(demand.region_sd) * luck.normal("region")[: len(company.regions)][region]
    spread = np.float32(demand.value_sd)
    worth = np.exp(spread * luck.normal("size")[account] - spread**2 / 2)
    pace = np.float32(demand.visiting) * np.exp(np.float32(demand.visiting_heat) * fit)
    waited = -np.log1p(-luck.uniform("last visit")) / pace
    return People(
        region=region,
        account=account,
        known_days=1 + luck.pick("known", 1000),
        fit=fit,
        subscribed=luck.uniform("subscribed") < company.subscribed,
        deal_value=np.float32(demand.value) * worth,
        visited_on=-1 - np.minimum(waited, 1000).astype(np.int16),
    )

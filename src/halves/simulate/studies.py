"""What an ad platform says of its own lift study: a number and its error, nobody's arm."""

from datetime import UTC, datetime, time
from decimal import Decimal

import numpy as np
import pyarrow as pa

from halves.ledger import TABLES
from halves.simulate import costs
from halves.simulate.chance import Chance
from halves.simulate.company import Company
from halves.simulate.people import People
from halves.simulate.practices import Trial
from halves.simulate.reach import NEVER, is_held_out
from halves.simulate.values import deal_values
from halves.simulate.world import Lived


def lifts(company: Company, people: People, lived: Lived, chance: Chance) -> pa.Table:
    """One row a study: the revenue that the people left alone did not bring, plus or minus.

    `lift` is the difference between the arms' means, times the people left alone; so it is what
    `spend_withheld` would have brought.
    """
    rows = [_lift(company, people, lived, chance, trial) for trial in company.trials if trial.study]
    return pa.Table.from_pylist(rows, schema=TABLES["lifts"].arrow)


def _lift(
    company: Company, people: People, lived: Lived, chance: Chance, trial: Trial
) -> dict[str, object]:
    first, last = (company.day_of(day) for day in (trial.starts, trial.ends))
    in_study = lived.joined_on[trial.name] != NEVER
    out = is_held_out(trial, chance)
    closed = lived.closed.since(first)
    closed = closed.where(closed.day < last)
    worth = deal_values(company, people, closed, chance) / costs.MILLION
    brought = np.bincount(closed.person, worth, minlength=company.people)
    treated, alone = brought[in_study & ~out], brought[in_study & out]
    error = (treated.var(ddof=1) / treated.size + alone.var(ddof=1) / alone.size) ** 0.5
    way = next(p for p in company.practices if p.channel.name == trial.withheld)
    clicks = lived.touches[trial.withheld].since(first)
    each = int((clicks.day < last).sum()) * costs.of_click(way) / treated.size
    return {
        "lift_id": trial.name,
        "withheld": [trial.withheld],
        "starts": datetime.combine(trial.starts, time(), UTC),
        "ends": datetime.combine(trial.ends, time(), UTC),
        "outcome": "revenue",
        "lift": float((treated.mean() - alone.mean()) * alone.size),
        "se": float(error * alone.size),
        "spend_withheld": Decimal(round(each * alone.size / 1e4)) / 100,
        "source": "the ad platform",
    }

"""A made-up company whose broken promises cost what we say, told as a ledger."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from halves.ledger import Ledger

START = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = 600
MARGIN = 0.4


@dataclass(frozen=True)
class World:
    """What is planted.

    Args:
        people: each with one order that is delivered on a day of the first 400.
        drop: the share of what they would buy later that a broken promise takes away.
        refunded: the share of broken promises whose order is given back in full.
        by_spent: how much likelier promises to those who spent much are broken, 0 for not at all.
        by_region: the same of promises to the far region, where people spend half as much.
        late: the share that is broken where nothing else plays.
    """

    people: int = 2_000
    drop: float = 0.3
    refunded: float = 0.1
    by_spent: float = 0.0
    by_region: float = 0.0
    late: float = 0.2

    def ledger(self, folder: Path, seed: int) -> tuple[Ledger, float]:
        """The ledger, and what a broken promise truly cost on average, within 180 days."""
        rng = np.random.default_rng(seed)
        n = self.people
        is_far = rng.random(n) < 0.4
        worth = rng.gamma(2.0, 1.0, n) * np.where(is_far, 0.5, 1.0)  # orders in 180 days
        price = 20 + 30 * rng.gamma(2.0, 1.0, n)
        given = 200 + rng.integers(0, 200, n)
        before = rng.poisson(worth)
        spent = price * (1 + before)
        odds = np.log(self.late / (1 - self.late)) + self.by_region * (is_far - 0.4)
        odds = odds + self.by_spent * np.clip(spent / spent.mean() - 1, -1, 2)
        is_broken = rng.random(n) < 1 / (1 + np.exp(-odds))
        rate = worth * np.where(is_broken, 1 - self.drop, 1.0)
        events = _sales(rng, given, price, before, rate)
        gave_back = is_broken & (rng.random(n) < self.refunded)
        back = [(who, given[who] + 10, -price[who]) for who in np.flatnonzero(gave_back)]
        truth = MARGIN * self.drop * worth * price + self.refunded * price
        book = Ledger.create(folder)
        book.append("people", _people(is_far), batch="p")
        book.append("deliveries", _deliveries(rng, given, is_broken), batch="d")
        book.append("outcomes", _outcomes([*events, *back]), batch="o")
        return book, float(truth[is_broken].mean())


def _sales(rng, given, price, before, rate):
    """The order itself, those of 180 days before, and Poisson orders of all days after."""
    n, found = len(given), [(who, given[who] - 5, price[who]) for who in range(len(given))]
    for who, many in enumerate(before):
        days = given[who] - 6 - 174 * rng.random(many)
        found += [(who, day, price[who]) for day in days]
    for who, many in enumerate(rng.poisson(rate * (DAYS - given) / 180)):
        days = given[who] + (DAYS - given[who]) * rng.random(many)
        found += [(who, day, price[who]) for day in days]
    return [*found, (n, DAYS, 1.0)]  # somebody else buys on the last day


def _at(days) -> list[datetime]:
    return [START + timedelta(days=float(day)) for day in days]


def _people(is_far) -> pa.Table:
    n = len(is_far)
    return pa.table(
        {
            "person_id": [f"p{who}" for who in range(n)],
            "region": np.where(is_far, "far", "near"),
            "since": [START] * n,
        }
    )


def _deliveries(rng, given, is_broken) -> pa.Table:
    n = len(given)
    return pa.table(
        {
            "promise_id": [f"d{who}" for who in range(n)],
            "person_id": [f"p{who}" for who in range(n)],
            "at": _at(given),
            "expected": np.full(n, 5.0),
            "delivered": np.where(is_broken, 9.0, 5.0),
            "keeping": np.where(is_broken, "under", "met"),
            "campaign": [f"c{which}" for which in rng.integers(0, 4, n)],
            "measure": ["days"] * n,
            "better": ["less"] * n,
            "source": ["t"] * n,
        }
    )


def _outcomes(events) -> pa.Table:
    who, days, value = (list(one) for one in zip(*events, strict=True))
    n = len(events)
    return pa.table(
        {
            "outcome_id": [f"o{place}" for place in range(n)],
            "person_id": [f"p{one}" for one in who],
            "at": _at(days),
            "kind": ["deal_closed"] * n,
            "value": pa.array(np.round(value, 2)),
            "currency": ["EUR"] * n,
            "source": ["t"] * n,
        }
    )

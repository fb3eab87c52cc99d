"""Customers' buying histories, counted in one pass of the engine over the outcomes."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import numpy as np

from halves.ledger import Ledger
from halves.measure.facts import SALES
from halves.measure.worth_buying import Histories
from halves.measure.worth_fit import Floats
from halves.measure.worth_spending import Spendings

_EPOCH = date(1970, 1, 1)
_BINS = 200  # to a factor of e: spending is counted to half a per cent


@dataclass(frozen=True)
class Customers:
    """Everyone who bought, counted by history.

    Args:
        histories: of buying.
        times: shape (history,), repeat purchases with a known value.
        means: shape (history,), what these customers spent at such a time, summed over them.
        later: shape (history,), purchase days in the weeks held out, summed; 0 if none are.
        spendings: of those who came back.
    """

    histories: Histories
    times: Floats
    means: Floats
    later: Floats
    spendings: Spendings


def count_customers(
    book: Ledger,
    *,
    since: date | None,
    until: date,
    later_until: date | None = None,
    currency: str | None = None,
) -> Customers:
    """Count customers by history.

    Purchases of one person on one day (UTC) are one. A refund takes money back and is no purchase.

    Args:
        book: the ledger.
        since: leave out whoever bought before this day; None for nobody.
        until: the day after the last day of history.
        later_until: the day after the last day held out, which starts at `until`; None for none.
        currency: convert values to it; None leaves them as written.
    """
    people = _people(book, since, until, later_until or until, currency)
    with book.engine.kept("customers_by_history", people) as kept:
        cells = book.query(_cells(kept)).to_pydict()
        spent = book.query(_spendings(kept)).to_pydict()
    column = {name: np.array(values, dtype=np.float64) for name, values in cells.items()}
    return Customers(
        histories=Histories(
            repeats=column["repeats"],
            recency=column["recency"] / 7,
            age=column["age"] / 7,
            customers=column["customers"],
        ),
        times=column["times"],
        means=column["means"],
        later=column["later"],
        spendings=Spendings(
            times=np.array(spent["times"], dtype=np.float64),
            mean=np.exp(np.array(spent["log_mean"], dtype=np.float64)),
            customers=np.array(spent["customers"], dtype=np.float64),
        ),
    )


def _people(
    book: Ledger, since: date | None, until: date, later_until: date, currency: str | None
) -> ibis.Table:
    """One row a customer: days since 1970 and counts of days."""
    end = (until - _EPOCH).days
    days = _days(book, later_until, currency)
    known = days.day < end
    buys = known & days.is_purchase
    people = days.group_by("person_id").aggregate(
        first=days.day.min(where=buys),
        last=days.day.max(where=buys),
        bought=buys.sum(),
        later=(~known & days.is_purchase).sum(),
        value=days.value.sum(where=known),
        priced=(buys & days.is_priced).sum(),
        first_value=days.value.argmin(days.day, where=buys),
        first_priced=days.is_priced.cast("int64").argmin(days.day, where=buys),
    )
    people = people.filter(people.bought > 0)
    if since is not None:
        people = people.filter(people.first >= (since - _EPOCH).days)
    times = people.priced - people.first_priced
    mean = (people.value - people.first_value) / times.nullif(0)
    return people.select(
        "later",
        repeats=people.bought - 1,
        recency=people.last - people.first,
        age=end - 1 - people.first,
        times=times,
        mean=ibis.greatest(mean.fill_null(0.0), 0.0),  # who gave all back spent nothing
    )


def _days(book: Ledger, until: date, currency: str | None) -> ibis.Table:
    """One row a person and day with a sale or refund."""
    rows = book.table("outcomes", currency=currency)
    rows = rows.filter(rows.kind.isin(SALES))
    rows = rows.mutate(day=rows["at"].epoch_seconds() // (24 * 3600))
    rows = rows.filter(rows.day < (until - _EPOCH).days)
    amount: Any = rows["value"].cast("float64")
    return rows.group_by("person_id", "day").aggregate(
        value=amount.sum().fill_null(0.0),
        is_purchase=(amount.isnull() | (amount >= 0)).any(),
        is_priced=(amount >= 0).any().fill_null(False),
    )


def _cells(people: ibis.Table) -> ibis.Table:
    key = ["repeats", "recency", "age", "times"]
    cells = people.group_by(key).aggregate(
        customers=people.count(), means=people["mean"].sum(), later=people.later.sum()
    )
    return cells.order_by(key)  # sums in one order, so that the same ledger gives the same answer


def _spendings(people: ibis.Table) -> ibis.Table:
    """Counted by mean value too, in narrow bins of its logarithm."""
    spent = people.filter(people.times > 0, people["mean"] > 0)
    spent = spent.select("times", log_mean=spent["mean"].ln())
    spent = spent.mutate(bin=(spent.log_mean * _BINS).floor())
    counts = spent.group_by("times", "bin").aggregate(
        log_mean=spent.log_mean.mean(), customers=spent.count()
    )
    return counts.order_by("times", "bin")

"""What customers will be worth: purchases and money to come, from how they bought so far."""

import math
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from halves.ledger import Ledger
from halves.measure.errors import OutcomesWithoutValue, PeriodEmpty
from halves.measure.interval import Interval
from halves.measure.worth_buying import Buying, Histories, fit_buying
from halves.measure.worth_fit import Floats
from halves.measure.worth_history import Customers, count_customers
from halves.measure.worth_interval import intervals
from halves.measure.worth_spending import Spending, fit_spending

_WEEKS_A_YEAR = 365.25 / 7


@dataclass(frozen=True)
class Worth:
    """What a ledger's customers will buy and spend over a horizon.

    Intervals are for what is expected, given how well the histories tell the parameters; what
    people then really do varies besides.

    Args:
        customers: everyone who bought.
        repeat_buyers: those who bought on more than one day.
        alive: customers who have not stopped.
        purchases: days with a purchase to come, of all customers.
        value: what they will spend, discounted; money.
        new_customer: what one customer won today will spend after the first purchase, discounted;
            money.
        buying: how often people buy.
        spending: what they spend at a time.
        correlation: of how often with how much, between customers; taken to be 0, so that far
            from it the value is off.
        log_likelihood: of the buying model.
        until: the day after the last day of history.
        horizon: how far it looks ahead.
        discount: a year.
        currency: of the money; None if no value names one.
    """

    customers: int
    repeat_buyers: int
    alive: Interval
    purchases: Interval
    value: Interval
    new_customer: Interval
    buying: Buying
    spending: Spending
    correlation: float
    log_likelihood: float
    until: date
    horizon: timedelta
    discount: float
    currency: str | None


def worth(
    book: Ledger,
    *,
    until: date,
    since: date | None = None,
    horizon: timedelta = timedelta(days=365),
    discount: float = 0.1,
    currency: str | None = None,
) -> Worth:
    """Say what customers will buy and spend, from when and how much they bought so far.

    A customer is whoever closed a deal or renewed. The ledger must know their first purchase: where
    it begins later than the business did, pass `since` to leave out those who were there before.

    Args:
        book: the ledger.
        until: the day (UTC) after the last day of history.
        since: leave out whoever bought before this day; None for nobody.
        horizon: how far to look ahead, above 0.
        discount: by which money a year later counts less, at least 0: 0.1 makes 100 into 90.9.
        currency: convert values to this ISO 4217 currency; None if all are in one.

    Returns:
        The expected purchases and value, with intervals, and the fitted models.

    Raises:
        PeriodEmpty: nobody bought in the period, or it is empty.
        OutcomesWithoutValue: nobody who came back spent a known sum.
        TooFewRepeatBuyers: too few customers came back to tell how often people do.
        HistoriesUnfit: histories or sums that the models cannot describe.
        CurrencyUnknown, MissingRate: as the ledger says.
        ValueError: a horizon that is not above 0, or a negative discount.

    Source:
        Fader, Hardie and Lee (2005), "Counting Your Customers" the Easy Way: buying, by maximum
        likelihood. Fader and Hardie (2013), The Gamma-Gamma Model of Monetary Value. Intervals by
        the delta method from the observed information, on the logarithm.

    >>> import tempfile
    >>> from datetime import UTC, datetime
    >>> import pyarrow as pa
    >>> book = Ledger.create(tempfile.mkdtemp() + "/book")
    >>> start, rows = datetime(2026, 1, 5, tzinfo=UTC), []
    >>> for customer in range(300):  # every third comes back, after one to nine weeks each time
    ...     for time in range(1 + customer % 3 // 2 * (1 + customer % 4)):
    ...         rows.append(
    ...             {
    ...                 "outcome_id": f"{customer} {time}",
    ...                 "person_id": f"{customer}",
    ...                 "at": start + timedelta(weeks=time * (1 + customer % 9)),
    ...                 "kind": "deal_closed",
    ...                 "value": 50.0 + customer % 70,
    ...                 "source": "doc",
    ...             }
    ...         )
    >>> _ = book.append("outcomes", pa.Table.from_pylist(rows), batch="deals")
    >>> found = worth(book, until=date(2027, 1, 1))
    >>> found.customers, found.repeat_buyers, round(found.purchases.mean)
    (300, 100, 42)
    """
    if horizon <= timedelta(0):
        raise ValueError(f"horizon must be above 0, got {horizon}")
    if not 0 <= discount < math.inf:
        raise ValueError(f"discount must be at least 0, got {discount}")
    code = currency or book.one_currency("outcomes")
    known = _known(book, since, until, currency)
    if not known.spendings.total:
        raise OutcomesWithoutValue(
            f"none of the {known.histories.repeat_buyers:,} customers who came back spent a known "
            "sum; add values to the outcomes"
        )
    buying, buying_fit = fit_buying(known.histories)
    spending, spending_fit = fit_spending(known.spendings)
    weeks = horizon / timedelta(weeks=1)
    rate = math.log1p(discount) / _WEEKS_A_YEAR

    def foreseen(logs: Floats) -> Floats:
        return _foreseen(known, Buying(*np.exp(logs[:4])), Spending(*np.exp(logs[4:])), weeks, rate)

    logs = np.concatenate([buying_fit.logs, spending_fit.logs])
    covariance = np.zeros((7, 7))
    covariance[:4, :4], covariance[4:, 4:] = buying_fit.covariance, spending_fit.covariance
    alive, purchases, value, new_customer = intervals(foreseen, logs, covariance=covariance)
    return Worth(
        customers=known.histories.total,
        repeat_buyers=known.histories.repeat_buyers,
        alive=alive,
        purchases=purchases,
        value=value,
        new_customer=new_customer,
        buying=buying,
        spending=spending,
        correlation=known.spendings.correlation,
        log_likelihood=buying_fit.log_likelihood,
        until=until,
        horizon=horizon,
        discount=discount,
        currency=code,
    )


def _known(book: Ledger, since: date | None, until: date, currency: str | None) -> Customers:
    if since is not None and until <= since:
        raise PeriodEmpty(f"until must be after since, got {since} and {until}")
    known = count_customers(book, since=since, until=until, currency=currency)
    if not known.histories.total:
        raise PeriodEmpty(
            f"nobody bought for the first time {f'from {since} ' if since else ''}until {until}"
        )
    return known


def _foreseen(
    known: Customers, buying: Buying, spending: Spending, weeks: float, rate: float
) -> Floats:
    """All customers' alive, purchases and value, and a new customer's value."""
    who = known.histories
    bought = buying.purchases(who, weeks=weeks)
    worth = buying.purchases(who, weeks=weeks, discount=rate) if rate else bought
    # What a customer spends is linear in their own mean, so that its sum over a history suffices.
    sums = spending.expected(known.times, known.means / who.customers)
    none = np.zeros(1)
    newcomer = Histories(none, none, none, np.ones(1))
    newly = buying.purchases(newcomer, weeks=weeks, discount=rate)[0] * spending.mean
    return np.array(
        [
            who.customers @ buying.alive(who),
            who.customers @ bought,
            who.customers @ (worth * sums),
            newly,
        ]
    )

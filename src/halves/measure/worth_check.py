"""Whether customers did what the model of their buying foretold: weeks held out, then looked at."""

import math
from dataclasses import dataclass
from datetime import date

import numpy as np

from halves.ledger import Ledger
from halves.measure.errors import PeriodEmpty
from halves.measure.interval import Interval
from halves.measure.worth_buying import Buying, fit_buying
from halves.measure.worth_fit import Floats
from halves.measure.worth_history import Customers, count_customers
from halves.measure.worth_interval import WIDE, slopes

_MOST = 7  # repeats from which on customers are taken together, as in the paper


@dataclass(frozen=True)
class RepeatGroup:
    """Customers who had come back equally often.

    Args:
        repeats: how often; the last group holds those who came back more often too.
        customers: how many.
        expected: purchases foretold for the weeks held out, a customer.
        actual: purchases made in them, a customer.
    """

    repeats: int
    customers: int
    expected: float
    actual: float


@dataclass(frozen=True)
class Check:
    """What was foretold of weeks held out, and what came.

    Args:
        groups: by how often customers had come back.
        expected: purchases foretold of all customers, with chance and the parameters' uncertainty
            in the interval.
        actual: purchases made.
        weeks: how many were held out.
    """

    groups: tuple[RepeatGroup, ...]
    expected: Interval
    actual: int
    weeks: float

    @property
    def is_met(self) -> bool:
        """Say whether what came lies in the interval foretold."""
        return not self.expected.excludes(self.actual)


def check_worth(
    book: Ledger, *, until: date, held_out_until: date, since: date | None = None
) -> Check:
    """Fit on the history before a day and compare with what the same customers then did.

    Args:
        book: the ledger.
        until: the first day (UTC) held out.
        held_out_until: the day after the last one held out.
        since: leave out whoever bought before this day; None for nobody.

    Raises:
        PeriodEmpty: nothing is held out, or nobody bought before.
        TooFewRepeatBuyers, HistoriesUnfit: as `worth`.

    Source:
        Fader, Hardie and Lee (2005), figure 4.
    """
    if held_out_until <= until:
        raise PeriodEmpty(f"held_out_until must be after until, got {until} and {held_out_until}")
    known = count_customers(book, since=since, until=until, later_until=held_out_until)
    who, weeks = known.histories, (held_out_until - until).days / 7
    buying, fit = fit_buying(who)
    each = buying.purchases(who, weeks=weeks)

    def total(logs: Floats) -> Floats:
        return np.atleast_1d(who.customers @ Buying(*np.exp(logs)).purchases(who, weeks=weeks))

    slope = slopes(total, fit.logs)[:, 0]
    mean = float(who.customers @ each)
    variance = float(who.customers @ buying.variance(who, weeks=weeks))
    variance += mean**2 * float(slope @ fit.covariance @ slope)
    reach = WIDE * math.sqrt(variance)
    return Check(
        groups=_groups(known, each),
        expected=Interval(mean=mean, low=max(mean - reach, 0.0), high=mean + reach),
        actual=int(known.later.sum()),
        weeks=weeks,
    )


def _groups(known: Customers, expected: Floats) -> tuple[RepeatGroup, ...]:
    repeats = np.minimum(known.histories.repeats, _MOST)
    found = []
    for own in np.unique(repeats):
        is_own = repeats == own
        customers = known.histories.customers[is_own]
        found.append(
            RepeatGroup(
                repeats=int(own),
                customers=int(customers.sum()),
                expected=float(customers @ expected[is_own] / customers.sum()),
                actual=float(known.later[is_own].sum() / customers.sum()),
            )
        )
    return tuple(found)

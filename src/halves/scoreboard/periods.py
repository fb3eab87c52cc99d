"""A month, a quarter or a year, by the name that an address carries: 2026, 2026-Q1, 2026-03."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from halves.scoreboard.errors import PeriodUnknown

_NAMED = re.compile(r"(\d{4})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?")


@dataclass(frozen=True)
class Period:
    """Whole months, from the first day of one up to and without the first day of another.

    >>> Period.named("2026-Q1").before.name
    '2025-Q4'
    """

    starts: date
    months: int  # 1, 3 or 12

    @classmethod
    def named(cls, name: str) -> Self:
        """Read a name.

        Raises:
            PeriodUnknown: it is none.
        """
        found = _NAMED.fullmatch(name)
        if not found or not 1 < int(found[1]) < 9990:
            raise PeriodUnknown(
                _("A period is a year, a quarter or a month, such as 2026, 2026-Q1 or 2026-03.")
            )
        year, quarter, month = found.groups()
        if quarter:
            return cls(date(int(year), 3 * int(quarter) - 2, 1), 3)
        return cls(date(int(year), int(month or 1), 1), 1 if month else 12)

    @classmethod
    def holding(cls, day: date, months: int = 3) -> Self:
        """The period of this length that holds the day."""
        return cls(date(day.year, (day.month - 1) // months * months + 1, 1), months)

    @property
    def ends(self) -> date:
        """The day after the last."""
        return _later(self.starts, self.months)

    @property
    def before(self) -> "Period":
        """The period of the same length before it."""
        return Period(_later(self.starts, -self.months), self.months)

    @property
    def after(self) -> "Period":
        """The period of the same length after it."""
        return Period(self.ends, self.months)

    @property
    def last_day(self) -> date:
        """The last day."""
        return self.ends - timedelta(days=1)

    @property
    def name(self) -> str:
        """As an address carries it."""
        match self.months:
            case 12:
                return f"{self.starts:%Y}"
            case 3:
                return f"{self.starts:%Y}-Q{(self.starts.month + 2) // 3}"
        return f"{self.starts:%Y-%m}"

    @property
    def words(self) -> str:
        """As a page says it."""
        match self.months:
            case 12:
                return f"{self.starts:%Y}"
            case 3:
                quarter = (self.starts.month + 2) // 3
                return _("quarter %(quarter)d of %(year)d") % {
                    "quarter": quarter,
                    "year": self.starts.year,
                }
        return date_format(self.starts, "F Y")


def _later(day: date, months: int) -> date:
    place = day.year * 12 + day.month - 1 + months
    return date(place // 12, place % 12 + 1, 1)

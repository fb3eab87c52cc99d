"""Telling from a column's values how its numbers and dates are written, if anything can tell."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from halves.connect.expressions import MARKS

THOUSANDS = ("", ",", ".", " ", "'", "’", "\u00a0", "\u202f")

_DIGIT = re.compile("[0-9]")
# A sign, perhaps a currency before the digits or behind: "US$ 1,234.50", "-12,00 €", "(5)", "3%".
_NUMBER = re.compile(
    r"^(?P<sign>[-+−(]?)\s*(?P<before>(?:[^\d\s.,()+−'’-]{1,4}\.?)?)\s*(?P<inner>[-+−]?)"
    r"(?P<digits>[.,]?\d(?:.*\d)?)\s*(?P<after>(?:[^\d\s.,()+−'’-]{1,4}\.?)?)\)?$"
)

_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", "T%H:%M:%S", "T%H:%M:%S.%f")
_ZONES = ("", "%z")
_DAYS = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d.%m.%y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d-%m-%y",
    "%m-%d-%y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%d %b %Y",
    "%d %B %Y",
    "%d-%b-%Y",
    "%Y%m%d",
)
DATE_FORMS = tuple(day + clock + zone for day in _DAYS for clock in _CLOCKS for zone in _ZONES)


@dataclass(frozen=True)
class NumberForm:
    """The marks a column's numbers are written with."""

    decimal: str
    thousands: str

    def read(self, text: str) -> str | None:
        """The number with a point and no thousands, or None if it is not written so.

        >>> NumberForm(",", ".").read("1.234,50 €")
        '1234.50'
        >>> NumberForm(".", ",").read("1.234,50") is None
        True
        """
        match = _NUMBER.match(text.strip())
        if match is None or not all(_is_mark(match[side]) for side in ("before", "after")):
            return None
        is_negative = "-" in (sign := match["sign"] + match["inner"]) or "−" in sign or "(" in sign
        digits = match["digits"]
        whole, point, part = digits.partition(self.decimal)
        if point and not part.isdecimal():
            return None
        if whole and not _is_grouped(whole, self.thousands):
            return None
        plain = whole.replace(self.thousands, "") if self.thousands else whole
        return ("-" if is_negative else "") + (plain or "0") + ("." + part if point else "")


def _is_mark(text: str) -> bool:
    """Say whether letters beside digits are a currency: "A12" is an id and no number."""
    is_code = len(text) == 3 and text.isalpha() and text.isupper()
    return is_code or text in MARKS or not any(letter.isalpha() for letter in text)


def _is_grouped(whole: str, mark: str) -> bool:
    if whole.isdecimal():
        return whole.isascii()
    groups = whole.split(mark) if mark else [whole]
    return (
        len(groups) > 1
        and all(group.isdecimal() and group.isascii() for group in groups)
        and 1 <= len(groups[0]) <= 3
        and all(len(group) == 3 for group in groups[1:])
    )


FORMS = tuple(
    NumberForm(decimal, thousands)
    for decimal in (".", ",")
    for thousands in THOUSANDS
    if decimal != thousands
)


@dataclass(frozen=True)
class Possible:
    """How a column may be read.

    Args:
        forms: the forms that read every value (for numbers: one for each different meaning).
        unread: one value that the best form does not read, if no form reads all.
    """

    forms: tuple[str, ...] | tuple[NumberForm, ...]
    unread: str | None = None

    @property
    def is_settled(self) -> bool:
        """Say whether the values leave exactly one way to read them."""
        return len(self.forms) == 1


def number_forms(values: Iterable[str]) -> Possible:
    """How a column's numbers may be written: one form for each meaning the values leave open.

    >>> number_forms(["1,234.50", "7"]).forms
    (NumberForm(decimal='.', thousands=','),)
    >>> len(number_forms(["1,234", "5,678"]).forms)  # thousands, or decimals?
    2
    """
    # Digits say nothing of the marks, so texts that differ in digits alone are looked at once.
    shapes: dict[str, str] = {}
    for text in values:
        if text.strip():
            shapes.setdefault(_DIGIT.sub("9", text), text)
    meanings: dict[tuple[str | None, ...], NumberForm] = {}
    best, best_unread = -1, None
    for form in FORMS:
        read = tuple(form.read(shape) for shape in shapes)
        good = sum(value is not None for value in read)
        if good == len(shapes):
            meanings.setdefault(read, form)
        elif good > best:
            best, best_unread = good, list(shapes.values())[read.index(None)]
    return Possible(tuple(meanings.values()), None if meanings else best_unread)


def date_forms(values: Iterable[str]) -> Possible:
    """The `strptime` forms that read every one of a column's dates.

    >>> date_forms(["2026-03-01", "2026-03-14"]).forms
    ('%Y-%m-%d',)
    >>> date_forms(["03/04/2026", "05/06/2026"]).forms  # nothing tells day from month
    ('%d/%m/%Y', '%m/%d/%Y')
    """
    texts = [text.strip() for text in dict.fromkeys(values) if text.strip()]
    left = list(DATE_FORMS) if texts else []
    for text in texts:
        left = [form for form in left if _is_date(text, form)]
        if not left:
            return Possible((), text)
    # "May" is a short month and a long one; day and month stay open even where 01/01 fits both,
    # as a later row may tell them apart.
    return Possible(tuple(f for f in left if "%B" not in f or f.replace("%B", "%b") not in left))


def _is_date(text: str, form: str) -> bool:
    try:
        moment = datetime.strptime(text, form)  # noqa: DTZ007 - only asked whether it parses
    except ValueError:
        return False
    # Eight digits are a day only where they make one of our time; else they are a number.
    return not form.startswith("%Y%m%d") or (len(text) >= 8 and 1900 < moment.year < 2100)

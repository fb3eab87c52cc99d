"""Telling from a column's values how its numbers and dates are written, if anything can tell."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

THOUSANDS = ("", ",", ".", " ", "'", "’", "\u00a0", "\u202f")

_DIGIT = re.compile("[0-9]")
_SIGNS = re.compile(r"^[(+\-−\s]*|[)\s%]*$")
# A currency's sign or code before or after the digits: "US$ 1,234.50", "12,00 €", "EUR 5".
_AROUND = re.compile(r"^[^\d.,'’+\-−(]*|[^\d)%]*$")

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
        is_negative = text.strip().startswith(("-", "−", "("))
        digits = _SIGNS.sub("", _AROUND.sub("", text.strip()))
        whole, point, part = digits.partition(self.decimal)
        if point and not part.isdecimal():
            return None
        if not _is_grouped(whole, self.thousands):
            return None
        plain = whole.replace(self.thousands, "") if self.thousands else whole
        return ("-" if is_negative else "") + plain + ("." + part if point else "")


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
    """The `strptime` forms that read every one of a column's dates: one for each meaning.

    >>> date_forms(["2026-03-01", "2026-03-14"]).forms
    ('%Y-%m-%d',)
    >>> date_forms(["03/04/2026", "05/06/2026"]).forms  # nothing tells day from month
    ('%d/%m/%Y', '%m/%d/%Y')
    """
    texts = [text.strip() for text in dict.fromkeys(values) if text.strip()]
    read: dict[str, list[datetime]] = {form: [] for form in DATE_FORMS} if texts else {}
    for text in texts:
        for form in list(read):
            moment = _read_date(text, form)
            if moment is None:
                del read[form]
            else:
                read[form].append(moment)
        if not read:
            return Possible((), text)
    meanings: dict[tuple[datetime, ...], str] = {}
    for form, moments in read.items():
        meanings.setdefault(tuple(moments), form)
    return Possible(tuple(meanings.values()))


def _read_date(text: str, form: str) -> datetime | None:
    try:
        moment = datetime.strptime(text, form)  # noqa: DTZ007 - compared with its like only
    except ValueError:
        return None
    # Eight digits are a day only where they make one of our time; else they are a number.
    is_number = form.startswith("%Y%m%d") and not (len(text) >= 8 and 1900 < moment.year < 2100)
    return None if is_number else moment

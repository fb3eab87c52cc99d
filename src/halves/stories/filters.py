"""What a template may do with a value: each bounded, each with an answer for every value.

Our own, not the library's: theirs make megabytes out of a word, read `now`, or mark text as safe.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

from halves.stories.errors import TemplateTooMuch

LONGEST = 20_000  # characters that a value may have on its way
_GREATEST = Decimal(10) ** 15
_PIECES = 500
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_CODES = frozenset("aAbBdemyYjU-%")


def text(value: Any) -> str:
    """A value as a template shows it.

    >>> text(None), text(True), text(Decimal("2.50")), text(["a", 1])
    ('', 'true', '2.5', 'a1')
    """
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return str.__str__(value)
        case Decimal():
            return f"{value.normalize():f}"
        case list() | tuple():
            return _short("".join(text(one) for one in value[:_PIECES]))
    return str(value)


def _short(said: str) -> str:
    if len(said) > LONGEST:
        raise TemplateTooMuch(f"a value would be longer than {LONGEST:,} characters")
    return said


def _number(value: Any) -> Decimal:
    try:
        found = Decimal(text(value)[:40].strip() or "0")
    except InvalidOperation:
        return Decimal(0)
    return found if found.is_finite() and found.adjusted() < 15 else Decimal(0)


def _whole(value: Any, usual: int) -> int:
    return int(_number(value)) if value is not None else usual


def _replace(value: Any, old: Any = "", new: Any = "") -> str:
    said, was, now = text(value), text(old), text(new)
    if not was:
        return said
    if len(said) + said.count(was) * len(now) > LONGEST:
        raise TemplateTooMuch(f"a value would be longer than {LONGEST:,} characters")
    return said.replace(was, now)


def _truncate(value: Any, length: Any = None, end: Any = "…") -> str:
    said, most, last = text(value), _whole(length, 50), text(end)
    return said if len(said) <= most else said[: max(most - len(last), 0)] + last


def _truncate_words(value: Any, count: Any = None, end: Any = "…") -> str:
    words, most = text(value).split(), max(_whole(count, 15), 1)
    return " ".join(words) if len(words) <= most else " ".join(words[:most]) + text(end)


def _default(value: Any, otherwise: Any = "") -> Any:
    return value if isinstance(value, bool) or text(value).strip() else otherwise


def _split(value: Any, by: Any = " ") -> list[str]:
    apart = text(by)
    return (text(value).split(apart) if apart else list(text(value)))[:_PIECES]


def _join(value: Any, by: Any = " ") -> str:
    pieces, between = [text(one) for one in _list(value)], text(by)
    if sum(map(len, pieces)) + len(between) * len(pieces) > LONGEST:
        raise TemplateTooMuch(f"a value would be longer than {LONGEST:,} characters")
    return between.join(pieces)


def _list(value: Any) -> list[Any]:
    return list(value[:_PIECES]) if isinstance(value, list | tuple) else [value]


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list | tuple) and value else ""


def _last(value: Any) -> Any:
    return value[-1] if isinstance(value, list | tuple) and value else ""


def _size(value: Any) -> int:
    return len(value) if isinstance(value, str | list | tuple | Mapping) else 0


def _date(value: Any, form: Any = "%-d %B %Y") -> str:
    """A day, such as `2026-03-31`, in another form; what is no day stays as it is."""
    said, wanted = text(value), text(form)[:60]
    if not _DAY.match(said) or not _is_form(wanted):
        return said
    try:
        return date.fromisoformat(said[:10]).strftime(wanted)
    except ValueError:
        return said


def _is_form(wanted: str) -> bool:
    # Widths such as %9999999d make megabytes: only plain codes are let through.
    codes = re.findall(r"%(-?.)", wanted)
    return bool(codes) and all(code.removeprefix("-") in _CODES for code in codes)


def _sum(value: Any, other: Any = 0) -> Decimal:
    return _number(value) + _number(other)


def _difference(value: Any, other: Any = 0) -> Decimal:
    return _number(value) - _number(other)


def _product(value: Any, other: Any = 0) -> Decimal:
    return _bounded(_number(value) * _number(other))


def _quotient(value: Any, by: Any = 1) -> Decimal:
    divisor = _number(by)
    return _bounded(_number(value) / divisor) if divisor else Decimal(0)


def _bounded(found: Decimal) -> Decimal:
    return found if abs(found) < _GREATEST else Decimal(0)


def _round(value: Any, places: Any = 0) -> Decimal:
    step = Decimal(1).scaleb(-min(max(_whole(places, 0), 0), 9))
    return _number(value).quantize(step, rounding=ROUND_HALF_UP)


FILTERS: dict[str, Callable[..., Any]] = {
    "upcase": lambda value: text(value).upper(),
    "downcase": lambda value: text(value).lower(),
    "capitalize": lambda value: text(value)[:1].upper() + text(value)[1:],
    "strip": lambda value: text(value).strip(),
    "append": lambda value, more="": _short(text(value) + text(more)),
    "prepend": lambda value, more="": _short(text(more) + text(value)),
    "replace": _replace,
    "remove": lambda value, old="": _replace(value, old, ""),
    "truncate": _truncate,
    "truncatewords": _truncate_words,
    "default": _default,
    "split": _split,
    "join": _join,
    "first": _first,
    "last": _last,
    "size": _size,
    "date": _date,
    "plus": _sum,
    "minus": _difference,
    "times": _product,
    "divided_by": _quotient,
    "round": _round,
    "url_encode": lambda value: _short(quote(text(value), safe="")),
}

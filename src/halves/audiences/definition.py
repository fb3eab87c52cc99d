"""A definition: what is asked about people, as data, checked before anything is made of it.

{"and": [ … ]}   {"or": [ … ]}   {"not": … }
{"field": "person.region", "op": "is", "value": "DE"}
{"records": "touches", "op": "at_least", "count": 3, "where": [ … ], "within_days": 90}
{"records": "outcomes", "op": "sum_at_least", "amount": 500, "currency": "EUR"}
{"audience": 12}
{"resembles": 7, "at_least": 2.0}
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite
from typing import Any

from django.utils.translation import gettext as _

from halves.audiences.errors import DefinitionRefused
from halves.people.fields import Field, Holds, Records

DEEPEST, MOST = 10, 200
_MOST_LETTERS, _MOST_LISTED, _MOST_DAYS, _MOST_COUNT = 500, 1000, 36_500, 1_000_000

_CURRENCY = re.compile("[A-Z]{3}")
_SET = ("is_filled", "is_empty")
OPS: Mapping[Holds, Sequence[str]] = {
    Holds.TEXT: ("is", "is_not", "one_of", "contains", "begins", *_SET),
    Holds.NUMBER: ("at_least", "at_most", "is", *_SET),
    Holds.DAY: ("within_days", "older_than_days", "in_next_days", "since", "before", *_SET),
    Holds.MOMENT: ("within_days", "older_than_days", "in_next_days", "since", "before", *_SET),
    Holds.YES_NO: ("is",),
    Holds.WORDS: ("has", "has_not", "has_any", *_SET),
}
SUMS = ("sum_at_least", "sum_at_most")  # of the amounts, in one currency
COUNTS = ("any", "none", "at_least", "at_most", *SUMS)
LISTS = ("one_of", "has_any")
DAYS = ("within_days", "older_than_days", "in_next_days")
DATES = ("since", "before")


@dataclass(frozen=True)
class All:
    """Every part holds."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class OneOf:
    """At least one part holds."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Not:
    """The part does not hold."""

    part: "Node"


@dataclass(frozen=True)
class Is:
    """Something is so of one field."""

    field: Field
    op: str
    value: Any = None


@dataclass(frozen=True)
class Have:
    """They have so many records of a kind, or of so much money: then `count` is an amount."""

    records: Records
    op: str
    count: float
    where: tuple[Is, ...]
    within_days: int | None = None
    currency: str = ""  # of a sum: what is in others does not count


@dataclass(frozen=True)
class Listed:
    """They are on a list."""

    audience: int


@dataclass(frozen=True)
class Resembles:
    """They are so many times as likely as anyone to be among a group's best members."""

    group: int
    at_least: float
    likeness: Mapping[str, Any]


Node = All | OneOf | Not | Is | Have | Listed | Resembles


@dataclass(frozen=True)
class Known:
    """What a definition may refer to, as it is now.

    Args:
        fields, records: what can be asked about, by name.
        audience: a key → its definition, `None` where it is a list; raises `KeyError`.
        likeness: a group's key → what was learnt of its best members; raises `KeyError`.
    """

    fields: Mapping[str, Field]
    records: Mapping[str, Records]
    audience: Callable[[int], Mapping[str, Any] | None]
    likeness: Callable[[int], Mapping[str, Any]]


def read(said: Any, known: Known, *, within: tuple[int, ...] = ()) -> Node:
    """Check a definition and make sense of it.

    Args:
        said: as it came.
        known: what it may refer to.
        within: keys of the audiences that it is the definition of, and may not refer to.

    Raises:
        DefinitionRefused: names the place and what is wrong there.
    """
    return _Reading(known).node(said, "", 1, within)


class _Reading:
    def __init__(self, known: Known) -> None:
        self._known, self._count = known, 0

    def node(self, said: Any, place: str, depth: int, within: tuple[int, ...]) -> Node:
        if not isinstance(said, dict):
            raise DefinitionRefused(place, _('must be an object such as {"field": …}'))
        if depth > DEEPEST:
            raise DefinitionRefused(
                place, _("is nested more than %(most)s deep") % {"most": DEEPEST}
            )
        for key, reads in (("and", All), ("or", OneOf)):
            if key in said:
                _only(said, {key}, place)
                return reads(self._parts(said[key], _at(place, key), depth, within))
        if "not" in said:
            _only(said, {"not"}, place)
            return Not(self.node(said["not"], _at(place, "not"), depth + 1, within))
        self._count += 1
        if self._count > MOST:
            raise DefinitionRefused(
                place, _("there are more than %(most)s conditions") % {"most": MOST}
            )
        return self._condition(said, place, depth, within)

    def _parts(
        self, said: Any, place: str, depth: int, within: tuple[int, ...]
    ) -> tuple[Node, ...]:
        if not isinstance(said, list):
            raise DefinitionRefused(place, _("must be a list"))
        if not said:
            raise DefinitionRefused(place, _("is empty: add a condition, or take the group away"))
        return tuple(
            self.node(one, f"{place}[{number}]", depth + 1, within)
            for number, one in enumerate(said)
        )

    def _condition(self, said: Any, place: str, depth: int, within: tuple[int, ...]) -> Node:
        if "field" in said:
            return _is(said, self._known.fields, place)
        if "records" in said:
            return self._have(said, place)
        if "audience" in said:
            return self._audience(said, place, depth, within)
        if "resembles" in said:
            return self._resembles(said, place)
        words = _("must have one of: and, or, not, field, records, audience, resembles")
        raise DefinitionRefused(place, words)

    def _have(self, said: Any, place: str) -> Node:
        known = {"records", "op", "count", "amount", "currency", "where", "within_days"}
        _only(said, known, place)
        found = _one_of(said["records"], self._known.records, _at(place, "records"))
        op = said.get("op", "any")
        if op not in COUNTS:
            raise _wrong_op(op, COUNTS, place)
        count = _count(said, op, place)
        amount, currency = _amount(said, op, found, place)
        days = said.get("within_days")
        if days is not None:
            days = _whole(days, _at(place, "within_days"), _MOST_DAYS)
            if not found.when:
                words = _("%(records)s have no date") % {"records": found.label}
                raise DefinitionRefused(_at(place, "within_days"), words)
        where = said.get("where", [])
        if not isinstance(where, list):
            raise DefinitionRefused(_at(place, "where"), _("must be a list"))
        self._count += len(where)
        if self._count > MOST:
            raise DefinitionRefused(
                place, _("there are more than %(most)s conditions") % {"most": MOST}
            )
        parts = tuple(
            _is(one, found.by_name, f"{_at(place, 'where')}[{number}]")
            for number, one in enumerate(where)
        )
        return Have(found, op, amount if op in SUMS else count, parts, days, currency)

    def _audience(self, said: Any, place: str, depth: int, within: tuple[int, ...]) -> Node:
        _only(said, {"audience"}, place)
        key = _whole(said["audience"], _at(place, "audience"), 2**53)
        if key in within:
            raise DefinitionRefused(_at(place, "audience"), _("refers to itself"))
        try:
            definition = self._known.audience(key)
        except KeyError:
            words = _("there is no audience %(key)s any more") % {"key": key}
            raise DefinitionRefused(_at(place, "audience"), words) from None
        if definition is None:
            return Listed(key)
        return self.node(definition, _at(place, f"audience({key})"), depth + 1, (*within, key))

    def _resembles(self, said: Any, place: str) -> Node:
        _only(said, {"resembles", "at_least"}, place)
        key = _whole(said["resembles"], _at(place, "resembles"), 2**53)
        least = _number(said.get("at_least", 2.0), _at(place, "at_least"))
        if not 0 < least <= 1e6:
            words = _("must be above 0 and at most a million, got %(value)s") % {"value": least}
            raise DefinitionRefused(_at(place, "at_least"), words)
        try:
            likeness = self._known.likeness(key)
        except KeyError:
            words = _("there is no group %(key)s any more") % {"key": key}
            raise DefinitionRefused(_at(place, "resembles"), words) from None
        if not likeness:
            words = _("nothing was learnt of this group's best members yet: open it and learn")
            raise DefinitionRefused(_at(place, "resembles"), words)
        return Resembles(key, least, likeness)


def _count(said: Mapping[str, Any], op: str, place: str) -> int:
    is_needed = op in ("at_least", "at_most")
    if is_needed != ("count" in said):
        words = _("is needed") if is_needed else _("goes with at_least and at_most only")
        raise DefinitionRefused(_at(place, "count"), words)
    return _whole(said["count"], _at(place, "count"), _MOST_COUNT) if is_needed else 1


def _amount(said: Mapping[str, Any], op: str, found: Records, place: str) -> tuple[float, str]:
    for key in ("amount", "currency"):
        if (op in SUMS) != (key in said):
            words = _("is needed") if op in SUMS else _("goes with %(ops)s only")
            raise DefinitionRefused(_at(place, key), words % {"ops": ", ".join(SUMS)})
    if op not in SUMS:
        return 0.0, ""
    if not found.amount:
        words = _("%(records)s have no amount to add up") % {"records": found.label}
        raise DefinitionRefused(_at(place, "op"), words)
    amount = _number(said["amount"], _at(place, "amount"))
    if amount < 0 or (op == "sum_at_least" and not amount):
        # Nothing at all would add up to it: everyone would answer.
        words = _("must be above 0, got %(value)s") % {"value": amount}
        raise DefinitionRefused(_at(place, "amount"), words)
    currency = said["currency"]
    if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        words = _("must be three letters such as EUR, got %(value)r") % {"value": currency}
        raise DefinitionRefused(_at(place, "currency"), words)
    return amount, currency


def _is(said: Any, fields: Mapping[str, Field], place: str) -> Is:
    if not isinstance(said, dict) or "field" not in said:
        raise DefinitionRefused(place, _('must be an object such as {"field": …}'))
    _only(said, {"field", "op", "value"}, place)
    field = _one_of(said["field"], fields, _at(place, "field"))
    op = said.get("op")
    if op not in OPS[field.holds]:
        raise _wrong_op(op, OPS[field.holds], place)
    if op in _SET:
        if said.get("value") is not None:
            raise DefinitionRefused(_at(place, "value"), _("is not asked here: leave it out"))
        return Is(field, op)
    if "value" not in said:
        raise DefinitionRefused(_at(place, "value"), _("is needed"))
    return Is(field, op, _value(said["value"], field, op, _at(place, "value")))


def _value(said: Any, field: Field, op: str, place: str) -> Any:
    if op in DAYS:
        return _whole(said, place, _MOST_DAYS)
    if op in DATES:
        return _date(said, place)
    if field.holds == Holds.NUMBER:
        return _number(said, place)
    if field.holds == Holds.YES_NO:
        if not isinstance(said, bool):
            raise DefinitionRefused(
                place, _("must be true or false, got %(value)r") % {"value": said}
            )
        return said
    if op not in LISTS:
        return _text(said, field, place)
    if not isinstance(said, list) or not 0 < len(said) <= _MOST_LISTED:
        words = _("must be a list of 1 to %(most)s values") % {"most": _MOST_LISTED}
        raise DefinitionRefused(place, words)
    return tuple(_text(one, field, f"{place}[{number}]") for number, one in enumerate(said))


def _text(said: Any, field: Field, place: str) -> str:
    if not isinstance(said, str) or not said.strip():
        raise DefinitionRefused(place, _("must be some text"))
    if len(said) > _MOST_LETTERS or "\x00" in said or not said.isprintable():
        words = _("must be printable text of at most %(most)s letters") % {"most": _MOST_LETTERS}
        raise DefinitionRefused(place, words)
    if field.choices is not None and not field.is_open:
        listed = [value for value, _label in field.choices()]
        if said not in listed:
            words = _("must be one of %(listed)s, got %(value)r") % {
                "listed": ", ".join(listed[:20]),
                "value": said,
            }
            raise DefinitionRefused(place, words)
    return said


def _whole(said: Any, place: str, most: int) -> int:
    if isinstance(said, bool) or not isinstance(said, int) or not 0 <= said <= most:
        words = _("must be a whole number from 0 to %(most)s, got %(value)r")
        raise DefinitionRefused(place, words % {"most": most, "value": said})
    return said


def _number(said: Any, place: str) -> float:
    if isinstance(said, bool) or not isinstance(said, int | float) or abs(said) > 1e15:
        raise DefinitionRefused(place, _("must be a number, got %(value)r") % {"value": said})
    if not isfinite(said):
        raise DefinitionRefused(place, _("must be a number, got %(value)r") % {"value": said})
    return float(said)


def _date(said: Any, place: str) -> date:
    try:
        return date.fromisoformat(said)
    except (TypeError, ValueError):
        words = _("must be a day such as 2026-01-31, got %(value)r") % {"value": said}
        raise DefinitionRefused(place, words) from None


def _one_of(said: Any, known: Mapping[str, Any], place: str) -> Any:
    if not isinstance(said, str) or said not in known:
        words = _("there is no %(name)r (any more); there are %(known)s") % {
            "name": said if isinstance(said, str) else type(said).__name__,
            "known": ", ".join(sorted(known)),
        }
        raise DefinitionRefused(place, words)
    return known[said]


def _only(said: Mapping[Any, Any], allowed: set[str], place: str) -> None:
    for key in said:
        if key not in allowed:
            words = _("is not known here; there are %(known)s") % {
                "known": ", ".join(sorted(allowed))
            }
            raise DefinitionRefused(_at(place, str(key)[:60]), words)


def _wrong_op(op: Any, ops: Sequence[str], place: str) -> DefinitionRefused:
    words = _("must be one of %(ops)s, got %(op)r") % {"ops": ", ".join(ops), "op": op}
    return DefinitionRefused(_at(place, "op"), words)


def _at(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key

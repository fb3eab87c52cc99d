"""Answers to what a file leaves open, checked before they are kept, by whatever way they come."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import available_timezones

import phonenumbers

from halves.imports.errors import AnswerRefused
from halves.imports.models import ImportRun
from halves.imports.queries import questions_of
from halves.imports.understanding import TABLES, Question
from halves.ledger.schema import OUTCOME_KINDS, PATHS

CHOICES = {"parameter.path": PATHS, "parameter.kind": OUTCOME_KINDS}
_MOST_LETTERS = 200


def as_kept(run: ImportRun, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers by the questions' names, as `actions.answer` takes them.

    Args:
        run: which import.
        answers: `Question.name` → what is said; nothing where it is None or empty.

    Raises:
        AnswerRefused: nobody asked that, or it is no such answer.
    """
    asked = {one.name: one for one in questions_of(run)}
    found: dict[str, Any] = {"parameters": {}, "told": {}}
    for name, said in answers.items():
        if name not in asked:
            there = ", ".join(asked) or "nothing"
            raise AnswerRefused(name, f"this is not asked; asked is {there}")
        if said in (None, ""):
            continue
        value = _answer(asked[name], said)
        part, _dot, rest = name.partition(".")
        match part:
            case "told":
                found["told"][rest] = value
            case "parameter":
                found["parameters"][rest] = str(value)
            case "wages":
                found["parameters"][name] = str(value)
            case _:
                found[name] = value
    return found


def columns_kept(
    run: ImportRun, *, table: str | None, columns: Mapping[str, str] | None
) -> dict[str, Any]:
    """What a row is about and which column is what, as `actions.answer` takes it.

    What was chosen for another table counts no more.

    Raises:
        AnswerRefused: there is no such table, or the file has no such column.
    """
    was = run.understood.get("table", "people")
    wanted = table or was
    if wanted not in TABLES:
        raise AnswerRefused("table", f"must be one of {', '.join(TABLES)}, got {wanted!r}")
    if wanted != was:
        if columns:
            raise AnswerRefused("columns", f"are of {was}: say the table first, then its columns")
        return {"table": wanted, "columns": {}}
    headers, now = run.understood.get("headers", []), run.understood.get("columns", {})
    for role, header in (columns or {}).items():
        if role not in now:
            raise AnswerRefused(role, f"{was} have no such column; they have {', '.join(now)}")
        if header and header not in headers:
            raise AnswerRefused(role, f"the file has no column {header!r}")
    return {"table": wanted, "columns": {**now, **(columns or {})}}


def country_kept(said: str) -> str:
    """A country of telephone numbers.

    Raises:
        AnswerRefused: there is none such.
    """
    if said and said not in phonenumbers.SUPPORTED_REGIONS:
        raise AnswerRefused("country", f"must be two letters such as DE, got {said!r}")
    return said


def _answer(question: Question, said: Any) -> Any:
    check = _KINDS.get(question.kind, _text)
    try:
        value = check(said)
    except (ValueError, TypeError, InvalidOperation):
        raise AnswerRefused(question.name, f"must be {_WANTED[check]}, got {said!r}") from None
    among = CHOICES.get(question.name)
    if among is not None and value not in among:
        raise AnswerRefused(question.name, f"must be one of {', '.join(among)}, got {said!r}")
    return value


def _number(said: Any) -> str:
    found = Decimal(str(said))
    if isinstance(said, bool) or not found.is_finite() or found < 0:
        raise ValueError
    return str(said)


def _day(said: Any) -> str:
    return date.fromisoformat(said).isoformat()


def _zone(said: Any) -> str:
    if said not in available_timezones():
        raise ValueError
    return str(said)


def _yes_no(said: Any) -> bool:
    if not isinstance(said, bool):
        raise TypeError
    return said


def _mark(said: Any) -> str:
    if said not in (".", ","):
        raise ValueError
    return str(said)


def _text(said: Any) -> str:
    if not isinstance(said, str) or len(said) > _MOST_LETTERS:
        raise TypeError
    return said


_KINDS: dict[str, Callable[[Any], Any]] = {
    "number": _number,
    "day": _day,
    "zone": _zone,
    "yes_no": _yes_no,
    "mark": _mark,
}
_WANTED = {
    _number: "a number from 0 on",
    _day: "a day such as 2026-01-31",
    _zone: "a zone such as Europe/Berlin",
    _yes_no: "true or false",
    _mark: "`.` or `,`",
    _text: f"text of at most {_MOST_LETTERS} letters",
}

"""What an uploaded file is, by which recipe it comes in, and what must be asked first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from halves.connect.drafting import propose
from halves.connect.errors import ColumnsUnknown, ConnectError
from halves.connect.guess import recognise
from halves.connect.known.export import Draft, Told, Undecided
from halves.connect.parts import Field
from halves.connect.recipe import Recipe
from halves.connect.roles import CONTACT, WORDS
from halves.ledger.settings import Settings

TABLES = ("people", "touches", "outcomes", "spend")
_ROLES = {
    "people": ("person", "account", "region", "at", "seller", *CONTACT),
    "touches": ("id", "person", "account", "at", "channel", "campaign", "seller", "amount"),
    "outcomes": ("id", "person", "account", "at", "stage", "amount", "currency", "region"),
    "spend": ("id", "at", "channel", "campaign", "amount", "currency", "region", "clicks"),
}
ROLES = tuple(dict.fromkeys([*WORDS, *CONTACT]))


@dataclass(frozen=True)
class Question:
    """Something that only a colleague can say.

    Args:
        name: `parameter.NAME`, `wages.NAME`, `time_zone`, or one of `Told`: `day_first`…
        about: what it is, in words.
        kind: `number`, `text`, `day`, `zone`, `yes_no`, `mark`.
        needed: whether the import cannot start without it.
    """

    name: str
    about: str
    kind: str
    needed: bool = True


@dataclass(frozen=True)
class Understood:
    """How a file was understood.

    Args:
        recipe: how it comes in; None while something must be told first.
        facts: for the page, as plain values: title, sureness, notes, headers, columns, table.
        questions: what is to be asked.
        words: what is the matter, if anything is.
    """

    recipe: Recipe | None
    facts: Mapping[str, Any]
    questions: tuple[Question, ...]
    words: str = ""


def understand(path: Path, answers: Mapping[str, Any], settings: Settings) -> Understood:
    """Look at a file, with what colleagues said of it.

    Args:
        path: the file.
        answers: `told`, `parameters`, `time_zone`, `table`, `columns`, `is_by_hand`, `called`.
        settings: what the company says of itself.

    Raises:
        FileRefused: it cannot be read, or is nothing that can come in.
    """
    told = Told(**answers.get("told", {}))
    found = None if answers.get("is_by_hand") else recognise(path, told=told)
    try:
        if found is not None:
            facts = _facts(found.export.title, found.sureness, found.head.headers)
            facts["missing"] = list(found.match.missing)
            draft, name, source = found.draft, found.export.name, found.export.system
            facts["notes"] = list(found.notes)
        else:
            facts = _facts("", "drafted", [])
            draft, name, source = _drafted(path, told, answers, facts)
    except ColumnsUnknown as unknown:
        table = answers.get("table") or TABLES[0]
        facts |= {"headers": unknown.headers, "table": table}
        facts["columns"] = dict.fromkeys(_ROLES[table], "")
        return Understood(None, facts, (), _said(path, unknown))
    except Undecided as open_still:
        return Understood(None, facts, _told_of(str(open_still)), _said(path, open_still))
    recipe = _with_zone(draft.recipe(name, source), answers)
    return Understood(recipe, facts, tuple(_asked(recipe, settings)))


def refusal_words(path: Path, failed: ConnectError) -> str:
    """A refusal without where the file lies here."""
    return _said(path, failed)


def _facts(title: str, sureness: str, headers: list[str]) -> dict[str, Any]:
    return {"title": title, "sureness": sureness, "headers": headers, "notes": []}


def _drafted(
    path: Path, told: Told, answers: Mapping[str, Any], facts: dict[str, Any]
) -> tuple[Draft, str, str]:
    called = answers.get("called") or "upload"
    proposal = propose(
        path, told=told, called=called, table=answers.get("table"), chosen=answers.get("columns")
    )
    facts["headers"] = proposal.head.headers
    facts["table"] = proposal.table
    facts["columns"] = {
        role: proposal.columns[role].header if role in proposal.columns else ""
        for role in _ROLES.get(proposal.table, ROLES)
    }
    facts["notes"] = [*proposal.head.notes, *proposal.draft.notes]
    return proposal.draft, called, called


def _with_zone(recipe: Recipe, answers: Mapping[str, Any]) -> Recipe:
    zone = answers.get("time_zone")
    if not zone or recipe.settings.time_zone:
        return recipe
    return replace(recipe, settings=replace(recipe.settings, time_zone=zone))


def _asked(recipe: Recipe, settings: Settings) -> Iterator[Question]:
    for name, parameter in recipe.parameters.items():
        is_said = settings.parameters.get(name) is not None or parameter.default is not None
        yield Question(f"parameter.{name}", parameter.about, parameter.kind, not is_said)
    if not settings.time_zone and _is_timed(recipe):
        yield Question("time_zone", "in which time zone the file's times are", "zone")
    for name in sorted(_wages(recipe) - set(settings.wages) - set(recipe.settings.wages)):
        yield Question(f"wages.{name}", f"what an hour of a {name} costs", "number")


def _is_timed(recipe: Recipe) -> bool:
    """Say whether a column is read as a moment whose zone nothing in the recipe says."""
    moments = {"at", "since", "created", "starts", "ends"}
    return any(
        name in moments and given.time_zone is None
        for rows in recipe.rows
        for name, given in rows.fields.items()
    )


def _wages(recipe: Recipe) -> set[str]:
    return {
        given.wage
        for rows in recipe.rows
        for given in rows.fields.values()
        if isinstance(given, Field) and given.wage is not None
    }


def _told_of(words: str) -> tuple[Question, ...]:
    """What would settle an open reading, from the words that say how to."""
    if "--day-first" in words:
        return (Question("told.day_first", "the day stands before the month", "yes_no"),)
    if "--decimal" in words:
        return (Question("told.decimal", "the decimal mark", "mark"),)
    if "--won" in words:
        return (Question("told.won", "the stage of deals that are won", "text"),)
    return ()


def _said(path: Path, failed: ConnectError) -> str:
    words = str(failed).replace(f"{path}, ", "").replace(f"{path}: ", "").replace(str(path), "it")
    for way in ("; say --day-first or --month-first", "; say --decimal . or --decimal ,"):
        words = words.replace(way, "")
    return words.replace("; say which of them is with --won STAGE", "")

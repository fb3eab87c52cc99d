"""Reading dialogues from files, as a recipe says."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from halves.connect import delimited
from halves.connect.dialogues.dialogue import Dialogue, Said
from halves.connect.dialogues.recipe import DialogueRecipe
from halves.connect.errors import FileRefused
from halves.connect.file_spec import FileSpec

Row = Mapping[str, str]


def read(folder: Path, recipe: DialogueRecipe) -> list[Dialogue]:
    """All dialogues of a folder, in the order in which they begin in the file of turns.

    Args:
        folder: with the recipe's files; or the file of turns itself.
        recipe: which column says what.

    Raises:
        FileRefused: a file or column that is not there, or a value that cannot be; says the row.
    """
    turns = folder if folder.is_file() else folder / recipe.turns["file"]
    beside = turns.parent
    said: dict[str, list[Said]] = {}
    for row, cells in _rows(turns, recipe.turns, ("dialogue", "speaker", "words")):
        words = cells[recipe.turns["words"]].strip()
        if words:
            key = cells[recipe.turns["dialogue"]].strip()
            said.setdefault(key, []).append(_turn(turns, row, cells, recipe))
    facts = _facts(beside, recipe) if recipe.dialogues else {}
    return [_dialogue(key, spoken, facts, recipe) for key, spoken in said.items()]


def _turn(file: Path, row: int, cells: Row, recipe: DialogueRecipe) -> Said:
    name = cells[recipe.turns["speaker"]].strip()
    moment = _cell(cells, recipe.turns, "at")
    return Said(
        speaker="us" if name in recipe.us else "them",
        words=cells[recipe.turns["words"]].strip(),
        name=name,
        at=_moment(file, row, recipe.turns["at"], moment) if moment else None,
    )


def _facts(folder: Path, recipe: DialogueRecipe) -> dict[tuple[str, str], tuple[int, Row]]:
    """What the second file says of each dialogue's two sides."""
    columns, found = recipe.dialogues, {}
    for row, cells in _rows(folder / columns["file"], columns, ("dialogue", "speaker")):
        side = "us" if cells[columns["speaker"]].strip() in recipe.us else "them"
        found[cells[columns["dialogue"]].strip(), side] = (row, cells)
    return found


def _dialogue(
    key: str,
    turns: list[Said],
    facts: Mapping[tuple[str, str], tuple[int, Row]],
    recipe: DialogueRecipe,
) -> Dialogue:
    columns = recipe.dialogues
    row, theirs = facts.get((key, "them"), (0, {}))
    _, ours = facts.get((key, "us"), (0, {}))
    said = _cell(theirs, columns, "value")
    file = Path(columns.get("file", ""))
    return Dialogue(
        key=key,
        turns=tuple(turns),
        person=_cell(theirs, columns, "person"),
        seller=_cell(ours, columns, "person"),
        at=_moment_in(key, columns["at"]) if "at" in columns else turns[0].at,
        value=_money(file, row, columns["value"], said) if said else None,
        currency=columns.get("currency") if said else None,
    )


def _cell(cells: Row, columns: Mapping[str, str], name: str) -> str:
    """What a row says under a column of the recipe; empty where the recipe has none."""
    return cells.get(columns[name], "").strip() if name in columns else ""


def _rows(
    file: Path, columns: Mapping[str, str], needed: tuple[str, ...]
) -> Iterator[tuple[int, Row]]:
    """Each row's number, as a person counts them, and its cells by column."""
    encoding = delimited.encoding_of(file, FileSpec(names=(file.name,)))
    delimiter = delimited.delimiter_of(file, encoding=encoding)
    found = delimited.records(file, encoding=encoding, delimiter=delimiter)
    head = next(found, None)
    names = [one.strip() for one in head.cells] if head else []
    for name in needed:
        if columns[name] not in names:
            shown = ", ".join(repr(one) for one in names) or "nothing"
            raise FileRefused(f"{file} has no column {columns[name]!r}; it has {shown}")
    for record in found:
        if record.cells:
            cells = record.cells + [""] * (len(names) - len(record.cells))
            yield record.row, dict(zip(names, cells, strict=False))


def _moment(file: Path, row: int, column: str, said: str) -> datetime:
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        words = f"must be a moment such as 2026-01-05T09:00:00Z, got {said!r}"
        raise FileRefused(f"{file.name}, row {row}, {column}: {words}") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _moment_in(key: str, pattern: str) -> datetime | None:
    """When a dialogue was, as its key says from one of its digits on."""
    length = len(datetime(2000, 1, 1, tzinfo=UTC).strftime(pattern))
    for digit in re.finditer(r"(?<!\d)\d", key):
        with suppress(ValueError):
            said = key[digit.start() : digit.start() + length]
            return datetime.strptime(said, pattern).replace(tzinfo=UTC)
    return None


def _money(file: Path, row: int, column: str, said: str) -> Decimal:
    try:
        value = Decimal(said)
        if value.is_finite():
            return value
    except InvalidOperation:
        pass
    raise FileRefused(f"{file.name}, row {row}, {column}: must be an amount, got {said!r}")

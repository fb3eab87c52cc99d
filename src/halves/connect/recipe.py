"""A recipe: how an outside system's files become rows of the ledger. Read from TOML, or written."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Self

import tomlkit
from tomlkit.items import Table as TomlTable

from halves.connect.codec import many, mapping, part, plain, text
from halves.connect.errors import RecipeNotFound, RecipeRefused
from halves.connect.file_spec import FileSpec
from halves.connect.parts import (
    Comparison,
    Condition,
    Field,
    Join,
    Parameter,
    RowSet,
    Shift,
    Take,
)
from halves.connect.targets import OPERATIONS, TARGETS
from halves.ledger import TABLES
from halves.ledger.settings import Settings, SettingsRefused

__all__ = [
    "Comparison",
    "Condition",
    "Field",
    "FileSpec",
    "Join",
    "Parameter",
    "Recipe",
    "RowSet",
    "Shift",
    "Take",
    "shipped",
]

_KEYS = ("name", "about", "source", "settings", "parameters", "files", "rows")
_COMMENTS = {
    "settings": "What measuring needs: written to halves.toml where it says nothing.",
    "parameters": "What only you can say: --set NAME=VALUE.",
    "files": "Which files, and how they are written.",
    "rows": "Rows of the ledger.",
}


@dataclass(frozen=True)
class Recipe:
    """How files become rows of the ledger.

    Args:
        name: a short name; import ids begin with it.
        about: what it brings in, and what it assumes.
        source: what rows say in `source`; the name if empty.
        settings: what measuring needs to know; never put over what the user said.
        parameters: what only the user can say.
        files: the files, by the names that rows use.
        rows: the rows that they become.

    Raises:
        RecipeRefused: it names a table, column, file or parameter that is not there.

    >>> recipe = Recipe.parse('''
    ... name = "mails"
    ... [files.sent]
    ... names = ["sent*.csv"]
    ... [[rows]]
    ... table = "touches"
    ... file = "sent"
    ... [rows.fields]
    ... touch_id = { template = "mail-{id}" }
    ... person_id = { column = "to", case = "lower" }
    ... at = { column = "when", format = "%d.%m.%Y %H:%M", time_zone = "Europe/Berlin" }
    ... path = { constant = "many" }
    ... channel = { constant = "email" }
    ... ''')
    >>> recipe.rows[0].fields["person_id"].case
    'lower'
    >>> Recipe.parse(recipe.to_toml()) == recipe
    True
    """

    name: str
    files: Mapping[str, FileSpec]
    rows: tuple[RowSet, ...]
    about: str = ""
    source: str = ""
    settings: Settings = field(default_factory=Settings)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.name or not self.name.replace("_", "").replace("-", "").isalnum():
            raise RecipeRefused(f"name must be letters, digits, - and _, got {self.name!r}")
        if not self.rows:
            raise RecipeRefused("a recipe needs at least one [[rows]]")
        for place, rows in enumerate(self.rows, start=1):
            try:
                _check_rows(rows, self)
            except RecipeRefused as refused:
                raise RecipeRefused(f"rows[{place}] ({rows.table}): {refused}") from None

    @classmethod
    def parse(cls, toml: str) -> Self:
        """A recipe from the text of a TOML file.

        Raises:
            RecipeRefused: it is no TOML, or not a recipe; says where.
        """
        try:
            said = tomllib.loads(toml, parse_float=Decimal)
        except tomllib.TOMLDecodeError as failed:
            raise RecipeRefused(f"not TOML: {failed}") from None
        for name in said:
            if name not in _KEYS:
                raise RecipeRefused(f"no key {name!r}; there are {', '.join(_KEYS)}")
        for name in ("name", "rows"):
            if name not in said:
                raise RecipeRefused(f"needs {name!r}")
        try:
            settings = Settings.of(said.get("settings", {}))
        except SettingsRefused as refused:
            raise RecipeRefused(f"settings: {refused}") from None
        return cls(
            name=text(said["name"], "name"),
            about=text(said.get("about", ""), "about").strip(),
            source=text(said.get("source", ""), "source"),
            settings=settings,
            parameters=mapping(part(Parameter))(said.get("parameters", {}), "parameters"),
            files=mapping(part(FileSpec))(said.get("files", {}), "files"),
            rows=many(RowSet)(said["rows"], "rows"),
        )

    @classmethod
    def read(cls, path: Path) -> Self:
        """A recipe from a TOML file.

        Raises:
            RecipeNotFound: there is no such file.
            RecipeRefused: it is no recipe; names the file and the place in it.
        """
        try:
            return cls.parse(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, IsADirectoryError):
            raise RecipeNotFound(f"there is no recipe {path}") from None
        except UnicodeDecodeError as failed:
            raise RecipeRefused(f"{path} is not UTF-8: {failed}") from None
        except RecipeRefused as refused:
            raise RecipeRefused(f"{path}: {refused}") from None

    @classmethod
    def named(cls, name: str) -> Self:
        """A recipe that is shipped with halves.

        Raises:
            RecipeNotFound: there is none of this name; lists those there are.
        """
        if name not in shipped():
            raise RecipeNotFound(
                f"there is no recipe {name!r}; shipped are {', '.join(shipped())}, "
                "and a path to a .toml file is one of your own"
            )
        file = resources.files("halves.connect") / "recipes" / f"{name}.toml"
        return cls.parse(file.read_text(encoding="utf-8"))

    def to_toml(self) -> str:
        """The recipe as TOML text that `parse` reads back as the same recipe."""
        document = tomlkit.document()
        for name in ("name", "about", "source"):
            if getattr(self, name):
                value = getattr(self, name)
                document[name] = tomlkit.string(value, multiline="\n" in value)
        parts = {
            "settings": _settings_plain(self.settings),
            "parameters": plain(self.parameters),
            "files": plain(self.files),
            "rows": plain(self.rows),
        }
        for name, value in parts.items():
            if value:
                document.add(tomlkit.nl())
                document.add(tomlkit.comment(_COMMENTS[name]))
                document[name] = _laid_out(name, value)
        return tomlkit.dumps(document)


def shipped() -> tuple[str, ...]:
    """The names of the recipes that come with halves."""
    folder = resources.files("halves.connect") / "recipes"
    names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
    return tuple(sorted(name[: -len(".toml")] for name in names if name.endswith(".toml")))


def _check_rows(rows: RowSet, recipe: Recipe) -> None:
    if rows.table not in TARGETS:
        raise RecipeRefused(
            f"no table {rows.table!r}; the ledger has {', '.join(TABLES)}, "
            f"and operations have {', '.join(OPERATIONS)}"
        )
    table = TARGETS[rows.table]
    for name, given in rows.fields.items():
        if name not in table.columns:
            raise RecipeRefused(f"no column {name!r}; there are {', '.join(table.columns)}")
        _check_parameters(given, name, recipe)
    for name, column in table.columns.items():
        if column.required and name not in rows.fields and name not in ("source", "currency"):
            raise RecipeRefused(f"needs the column {name!r}")
    for file in (rows.file, *(join.file for join in rows.join)):
        if file is not None and file not in recipe.files:
            raise RecipeRefused(f"no file {file!r}; there are {', '.join(recipe.files)}")
    if rows.file is None and (rows.join or rows.keep):
        raise RecipeRefused("keep and join need a file")


def _check_parameters(given: Field, at: str, recipe: Recipe) -> None:
    if given.parameter is not None and given.parameter not in recipe.parameters:
        known = ", ".join(recipe.parameters) or "none"
        raise RecipeRefused(f"{at}: no parameter {given.parameter!r}; there are {known}")


def _settings_plain(settings: Settings) -> dict[str, object]:
    said = {
        "currency": settings.currency,
        "time_zone": settings.time_zone,
        "margin": settings.margin,
        "wages": plain(settings.wages),
        "channels": [vars(channel).copy() for channel in settings.channels],
        "parameters": plain(settings.parameters),
    }
    return {name: value for name, value in said.items() if value}


def _laid_out(name: str, value: object) -> object:
    """Tables as a person would lay them out: a field a line."""
    if name == "rows" and isinstance(value, list):
        rows = tomlkit.aot()
        for one in value:
            rows.append(_one_rowset(one))
        return rows
    return value


def _one_rowset(said: Mapping[str, object]) -> TomlTable:
    table = tomlkit.table()
    for name, value in said.items():
        if name == "fields" and isinstance(value, Mapping):
            fields = tomlkit.table()
            for column, given in value.items():
                fields[column] = _inline(given)
            table["fields"] = fields
        else:
            table[name] = _inline(value)
    return table


def _inline(value: object) -> object:
    if isinstance(value, Mapping):
        inline = tomlkit.inline_table()
        for name, one in value.items():
            inline[name] = _inline(one)
        return inline
    if isinstance(value, list):
        array = tomlkit.array()
        for one in value:
            array.append(_inline(one))
        return array
    return value

"""How files of dialogues are to be read: which column says what."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, Self

from halves.connect.errors import RecipeNotFound, RecipeRefused

_TOP = ("name", "about", "us", "turns", "dialogues")
_TURNS = ("file", "dialogue", "speaker", "words", "at")
_DIALOGUES = ("file", "dialogue", "speaker", "person", "value", "currency", "at")


@dataclass(frozen=True)
class DialogueRecipe:
    """One recipe.

    Args:
        name: of it.
        about: what the files are, and whose.
        us: what the speaker's column says of whoever of us speaks; all others are them.
        turns: `file`, and the columns `dialogue`, `speaker`, `words` and `at`.
        dialogues: of a second file with a row for each dialogue and speaker: `file`, the columns
            `dialogue`, `speaker`, `person` and `value`, the `currency` of the value, and `at`: how
            the key of a dialogue tells when it was, such as `%Y%m%d-%H%M%S`.
    """

    name: str
    about: str
    us: tuple[str, ...]
    turns: Mapping[str, str]
    dialogues: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def find(cls, said: str) -> Self:
        """A recipe that comes with halves, by name, or one's own, by its path.

        Raises:
            RecipeNotFound: there is none of this name; names those that there are.
            RecipeRefused: it cannot be followed; says where.
        """
        if said.endswith(".toml"):
            try:
                return cls.of(tomllib.loads(Path(said).read_text(encoding="utf-8")))
            except OSError as failed:
                raise RecipeNotFound(f"{said} cannot be read: {failed.strerror}") from None
            except ValueError as failed:
                raise RecipeRefused(f"{said}: {failed}") from None
        file = resources.files(__package__) / f"{said}.toml"
        if said not in names():
            raise RecipeNotFound(f"no recipe {said!r}; there are {', '.join(names())}")
        return cls.of(tomllib.loads(file.read_text(encoding="utf-8")))

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """A recipe from parsed TOML.

        Raises:
            RecipeRefused: names what is missing or means nothing.
        """
        _only(told, _TOP, "the recipe")
        turns, dialogues = told.get("turns", {}), told.get("dialogues", {})
        _only(turns, _TURNS, "[turns]")
        _only(dialogues, _DIALOGUES, "[dialogues]")
        for name in ("file", "dialogue", "speaker", "words"):
            if name not in turns:
                raise RecipeRefused(f"[turns] needs {name!r}: {_turns_need(name)}")
        us = told.get("us", [])
        if not isinstance(us, list) or not us:
            raise RecipeRefused('us must list what the speaker column says of us, such as ["0"]')
        words = {"name": str(told.get("name", "")), "about": str(told.get("about", "")).strip()}
        return cls(**words, us=tuple(map(str, us)), turns=turns, dialogues=dialogues)


def names() -> list[str]:
    """The names of the recipes that come with halves."""
    found = resources.files(__package__).iterdir()
    return sorted(one.name[:-5] for one in found if one.name.endswith(".toml"))


def _only(told: object, known: tuple[str, ...], where: str) -> None:
    if not isinstance(told, Mapping):
        raise RecipeRefused(f"{where} must be a table, got {told!r}")
    unknown = sorted(set(told) - set(known))
    if unknown:
        raise RecipeRefused(f"{where} has no {unknown[0]!r}; it has {', '.join(known)}")


def _turns_need(name: str) -> str:
    return "the file's name" if name == "file" else f"the column of the {name}"

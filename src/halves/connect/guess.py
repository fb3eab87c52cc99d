"""Say what a file is: an export that halves knows, or one whose columns it can only propose.

`halves import FILE` without a recipe asks `recognised_for_sure(path)`; what is not certain needs a
recipe that somebody has looked at: `halves guess FILE --write RECIPE.toml` drafts it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

from halves.connect.errors import FileRefused
from halves.connect.headers import Match, match
from halves.connect.heads import Head, heads
from halves.connect.known import EXPORTS
from halves.connect.known.export import Draft, Export, Sheet, Told, Undecided
from halves.connect.recipe import Recipe

Sureness = Literal["certain", "likely"]


@dataclass(frozen=True)
class Recognised:
    """A file that is an export halves knows.

    Args:
        export: which one.
        match: which of its columns the file has.
        head: how the file is written and what its columns hold.
        told: what the user says of it.
    """

    export: Export
    match: Match
    head: Head
    told: Told = field(default_factory=Told)

    @property
    def sureness(self) -> Sureness:
        """How sure it is: certain where at least two headers are the system's own wording."""
        own = len(self.match.telling) + self.head.has_preamble
        return "certain" if own >= 2 and self.match.share >= 0.6 else "likely"

    @property
    def sheet(self) -> Sheet:
        """What its draft may look at."""
        return Sheet(self.head.path, self.head.spec, self.head.samples, self.told)

    @property
    def refusal(self) -> str | None:
        """Why the file cannot be brought in although it is known, or None."""
        return self.export.why_not(self.sheet, self.match)

    @cached_property
    def draft(self) -> Draft:
        """The recipe with what the user should know of it.

        Raises:
            FileRefused: the file is known, but cannot be brought in honestly; says what to do.
            Undecided: it can be read in several ways; says how to tell which.
        """
        if self.refusal is not None:
            raise FileRefused(f"{self.head.path} is a {self.export.title}, but {self.refusal}")
        again = self.head.header_again
        if again is not None:
            raise FileRefused(
                f"{self.head.path}: the header stands again in row {again}; these seem to be "
                "several exports in one file, and days of both would count twice: import them apart"
            )
        try:
            return self.export.draft(self.sheet, self.match)
        except Undecided as undecided:
            raise Undecided(f"{self.head.path}, {undecided}") from None

    @property
    def recipe(self) -> Recipe:
        """The recipe that the file calls for.

        Raises:
            FileRefused, Undecided: as `draft`.
        """
        return self.draft.recipe(self.export.name, self.export.system)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know or check."""
        return (*self.head.notes, *self.draft.notes)


def recognise(path: Path, *, told: Told | None = None) -> Recognised | None:
    """Recognise an export of HubSpot, Salesforce, Google Ads or Meta Ads by its headers.

    Args:
        path: a delimited text file, a workbook or a Parquet file.
        told: what the user says where the file leaves something open.

    Returns:
        What it is; None if its headers are of no export that halves knows.

    Raises:
        FileRefused: the file cannot be read, or is empty.
    """
    for cut in heads(path):
        found = max(_candidates(cut), key=_strength, default=None)
        if found is not None:
            return replace(found, told=told or Told())
    return None


def recognised_for_sure(path: Path) -> Recognised:
    """Recognise an export that may come in without a recipe.

    Raises:
        FileRefused: it is none that halves knows for certain; says how to draft a recipe.
    """
    found = recognise(path)
    drafts = f"`halves guess {path} --write RECIPE.toml` drafts a recipe to look at"
    if found is None:
        raise FileRefused(f"{path} is no export that halves knows; say --recipe, or {drafts}")
    if found.sureness != "certain":
        raise FileRefused(
            f"{path} may be a {found.export.title}, but that is not certain; {drafts}"
        )
    return found


@dataclass(frozen=True)
class Nearest:
    """The known export that a file resembles most, and what it lacks to be one."""

    export: Export
    match: Match


def nearest(headers: Sequence[str]) -> Nearest | None:
    """The known export that shares most columns with a file that is none; at least two."""
    near = [Nearest(export, match(export.fields, headers)) for export in EXPORTS]
    near = [one for one in near if len(one.match.found) >= 2]
    return max(near, key=lambda one: (one.match.share, len(one.match.found)), default=None)


def _candidates(cut: Sequence[Head]) -> Iterator[Recognised]:
    for head in cut:
        for export in EXPORTS:
            found = match(export.fields, head.headers)
            if not found.lacks and found.telling and found.share >= 0.4:
                yield Recognised(export, found, head)


def _strength(found: Recognised) -> tuple[int, float]:
    return len(found.match.found), found.match.share

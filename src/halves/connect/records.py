"""What is known of each import: a folder with `import.json`, and the rows that were refused."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from halves.connect.errors import ImportNotFound

State = Literal["started", "done", "undoing", "undone"]


@dataclass(frozen=True)
class ImportRecord:
    """One import.

    Args:
        id: made from what the files, the recipe and the parameters hold; the ledger's batch name.
        recipe: its name.
        files: the files' paths, as they were then.
        parameters: what the user said.
        state: `started`, `done`, `undoing` or `undone`.
        at: when it was begun.
        rows: rows that came in, by table.
        refused: rows of the files that were refused.
        refused_files: where those are written, with the reasons.
        not_kept: rows that had nowhere to go, by target.
    """

    id: str
    recipe: str
    files: tuple[str, ...]
    parameters: Mapping[str, str]
    state: State
    at: datetime
    rows: Mapping[str, int] = field(default_factory=dict)
    refused: int = 0
    refused_files: tuple[str, ...] = ()
    not_kept: Mapping[str, int] = field(default_factory=dict)

    def as_state(self, state: State) -> "ImportRecord":
        """The same import in another state."""
        return replace(self, state=state)


@dataclass(frozen=True)
class ImportRecords:
    """The records under one folder, a sub-folder for each import."""

    folder: Path

    def home_of(self, import_id: str) -> Path:
        """The folder of one import."""
        return self.folder / import_id

    def read(self, import_id: str) -> ImportRecord | None:
        """One record; None if there is none."""
        try:
            said = json.loads((self.home_of(import_id) / "import.json").read_text("utf-8"))
        except FileNotFoundError:
            return None
        said["at"] = datetime.fromisoformat(said["at"])
        said["files"], said["refused_files"] = tuple(said["files"]), tuple(said["refused_files"])
        return ImportRecord(**said)

    def find(self, import_id: str) -> ImportRecord:
        """One record, by its id or by a beginning of it that only one has.

        Raises:
            ImportNotFound: none, or several.
        """
        known = [one.id for one in self.all()]
        fitting = [one for one in known if one == import_id] or [
            one for one in known if one.startswith(import_id)
        ]
        if len(fitting) != 1:
            there = ", ".join(fitting or known) or "none"
            many = "several imports begin with" if fitting else "there is no import"
            raise ImportNotFound(f"{many} {import_id!r}; there are {there}")
        found = self.read(fitting[0])
        assert found is not None
        return found

    def all(self) -> list[ImportRecord]:
        """All records, the oldest first."""
        if not self.folder.is_dir():
            return []
        found = [self.read(one.name) for one in self.folder.iterdir() if one.is_dir()]
        return sorted((one for one in found if one is not None), key=lambda one: one.at)

    def write(self, record: ImportRecord) -> None:
        """Write a record so that a crash leaves the old one or the new one."""
        home = self.home_of(record.id)
        home.mkdir(parents=True, exist_ok=True)
        said = asdict(record)
        said["at"] = record.at.isoformat()
        draft = home / "import.json.draft"
        with draft.open("w", encoding="utf-8") as file:
            json.dump(said, file, indent=2, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(home / "import.json")

    def remove(self, import_id: str) -> None:
        """Forget an import that came to nothing; what it refused stays."""
        home = self.home_of(import_id)
        (home / "import.json").unlink(missing_ok=True)
        if home.is_dir() and not any(home.iterdir()):
            home.rmdir()

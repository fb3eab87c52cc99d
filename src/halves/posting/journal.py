"""The journal of refusals and erasures: what a restored backup must be told before it may send.

It lies beside the home, or where HALVES_JOURNAL says, and is in no backup. It holds no addresses:
who is meant is a keyed hash of each of their identifiers, and the key lies beside it.
"""

import hmac
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Literal

What = Literal["erased", "refused", "allowed", "left_alone", "contacted_again"]


@dataclass(frozen=True)
class Entry:
    """One line.

    Args:
        at: when.
        what: what was said.
        who: keyed hashes of every identifier of the person.
        channel, topic: what a refusal was about.
    """

    at: datetime
    what: What
    who: tuple[str, ...]
    channel: str = ""
    topic: str = ""


@dataclass(frozen=True)
class Journal:
    """A file of lines that are only ever added."""

    folder: Path

    @classmethod
    def of(cls, home: Path) -> "Journal":
        """The journal of a home."""
        said = os.environ.get("HALVES_JOURNAL")
        return cls(Path(said) if said else home.with_name(f"{home.name}-journal"))

    @property
    def exists(self) -> bool:
        """Say whether anything was ever written."""
        return self._file.exists()

    def write(self, entry: Entry) -> None:
        """Add a line; it is on the disk when this returns."""
        self.folder.mkdir(parents=True, exist_ok=True)
        line = json.dumps(asdict(entry) | {"at": entry.at.isoformat()})
        with self._file.open("a", encoding="utf-8") as out:
            out.write(line + "\n")
            out.flush()
            os.fsync(out.fileno())

    def read(self, *, since: datetime) -> Iterator[Entry]:
        """Lines from a moment on; a line that a crash cut off is passed over."""
        if not self.exists:
            return
        for line in self._file.read_text(encoding="utf-8").splitlines():
            try:
                said = json.loads(line)
            except ValueError:
                continue
            entry = Entry(
                **said | {"at": datetime.fromisoformat(said["at"]), "who": tuple(said["who"])}
            )
            if entry.at >= since:
                yield entry

    def hashed(self, identifiers: Iterable[str]) -> tuple[str, ...]:
        """Identifiers such as `email:ada@example.org`, as the journal writes them."""
        key = self._key()
        return tuple(
            sorted(hmac.new(key, one.encode(), sha256).hexdigest() for one in set(identifiers))
        )

    @property
    def _file(self) -> Path:
        return self.folder / "journal.jsonl"

    def _key(self) -> bytes:
        file = self.folder / "key"
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
                out.write(token_hex(32))
                out.flush()
                os.fsync(out.fileno())
        except FileExistsError:
            pass
        return bytes.fromhex(file.read_text())

"""Mails as files: for a house that tries things out and sends nobody anything.

Each mail is one `.eml` under its own id, written whole or not at all; the same mail again is the
same file. Any mail program opens one.
"""

import os
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_binary_file, policy
from email.message import EmailMessage
from email.utils import parseaddr
from itertools import islice
from pathlib import Path

from halves.mail.outcomes import Outcome, What
from halves.mail.signing import Key, signed_by_all
from halves.mail.writing import Mail, written

_AT_ONCE = 50
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@.-_")
_HEAD = 16 * 1024


def folder_of(home: Path) -> Path:
    """Where the house's mails lie."""
    return home / "mail"


class Folder:
    """Writes each mail down."""

    at_once = _AT_ONCE

    def __init__(self, folder: Path, keys: Sequence[Key], *, domain: str) -> None:
        self._folder, self._keys, self._domain = folder, keys, domain

    def ready(self, mail: Mail) -> bytes:
        """The bytes, signed with every key of the house."""
        return signed_by_all(self._keys, written(mail), domain=self._domain, at=mail.at)

    def started(self, mails: Sequence[tuple[Mail, bytes]]) -> "list[Future[Outcome]]":
        """Each into a file of its own; they are on the disk when this returns."""
        found: list[Future[Outcome]] = []
        for mail, body in mails:
            done: Future[Outcome] = Future()
            done.set_result(self._put(mail.message_id, body))
            found.append(done)
        return found

    def close(self) -> None:
        """Nothing is open."""

    def _put(self, message_id: str, body: bytes) -> Outcome:
        name = "".join(one if one in _PLAIN else "_" for one in message_id)[:200]
        draft = self._folder / f".{name}.draft"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with draft.open("wb") as out:
                out.write(body)
                out.flush()
                os.fsync(out.fileno())
            draft.replace(self._folder / f"{name}.eml")
        except OSError as failed:
            return Outcome(What.DOWN, f"{self._folder} takes no file: {failed.strerror}")
        return Outcome(What.SENT, "written into the folder")


@dataclass(frozen=True)
class Kept:
    """A mail in the folder.

    Args:
        name: of its file, without its ending.
        at: when it was written.
        to, subject: as it says.
    """

    name: str
    at: datetime
    to: str
    subject: str


def newest(folder: Path, most: int) -> list[Kept]:
    """The mails written last, the newest first."""
    found = [(file.stat().st_mtime, file) for file in _files(folder)]
    found.sort(key=lambda one: (-one[0], one[1].name))
    return [_kept(file, written_at) for written_at, file in islice(found, most)]


def one_of(folder: Path, name: str) -> tuple[Kept, EmailMessage, bytes] | None:
    """A mail by its name: what it is, read, and as it was written; None if there is none."""
    if not name or not set(name) <= _PLAIN or name.startswith("."):
        return None
    file = folder / f"{name}.eml"
    try:
        raw, written_at = file.read_bytes(), file.stat().st_mtime
        with file.open("rb") as source:
            read = message_from_binary_file(source, policy=policy.default)
    except OSError:
        return None
    return _kept(file, written_at), read, raw


def to_any_of(folder: Path, addresses: Collection[str]) -> list[Path]:
    """The files of mails to any of these addresses."""
    wanted = {one.lower() for one in addresses}
    return [file for file in _files(folder) if _heads(file).get("to", "").lower() in wanted]


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in folder.glob("*.eml") if not file.name.startswith("."))


def _kept(file: Path, written_at: float) -> Kept:
    heads = _heads(file)
    at = datetime.fromtimestamp(written_at, tz=UTC)
    return Kept(file.stem, at, heads.get("to", ""), heads.get("subject", ""))


def _heads(file: Path) -> dict[str, str]:
    """To whom, and about what; nothing if the file has gone meanwhile."""
    try:
        with file.open("rb") as source:
            raw = source.read(_HEAD).partition(b"\r\n\r\n")[0]
    except OSError:
        return {}
    read = EmailMessage(policy=policy.default)
    for line in raw.replace(b"\r\n ", b" ").decode("ascii", "replace").split("\r\n"):
        name, _, value = line.partition(": ")
        if name in ("To", "Subject") and name not in read:
            read[name] = value
    return {"to": parseaddr(str(read["To"] or ""))[1], "subject": str(read["Subject"] or "")}

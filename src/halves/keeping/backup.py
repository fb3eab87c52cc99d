"""A copy of the house while it runs: the databases first, the ledger second, then its versions.

What waits to be brought to the ledger goes on waiting meanwhile, so that it is in the copy of the
database or in that of the ledger, never in both. Rows that long work writes between the two are
more than the database knows: it is done again after a restore, under the same batch names, and
changes nothing.
"""

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.core.management.color import no_style
from django.db import connections, transaction

import halves
from halves.keeping.errors import BackupBroken
from halves.keeping.still import held_still
from halves.ledger import TABLES, Ledger
from halves.ledger.errors import LedgerError
from halves.place import Place

_MANIFEST = "manifest.json"
_TABLES, _LEDGER = "tables", "ledger"
# Events first: whatever one of them belongs to is then in the other.
_DATABASES = {"events": "events.sqlite3", "default": "halves.sqlite3"}
_KEPT_BESIDE = ("secret-key", "links-key", "dkim.json", "halves.toml")


@dataclass(frozen=True)
class Manifest:
    """What a backup holds.

    Args:
        at: the moment it began: what was refused or erased later must be said again.
        version: of halves.
        vendor: of the database, `sqlite` or `postgresql`.
        ledger: version of each of the ledger's tables.
        files: path within the backup → SHA-256, of all but the ledger's data files.
    """

    at: str
    version: str
    vendor: str
    ledger: dict[str, int]
    files: dict[str, str]

    @classmethod
    def read(cls, backup: Path) -> "Manifest":
        """The manifest of a backup.

        Raises:
            BackupBroken: there is none, or a file is not what it was.
        """
        try:
            found = cls(**json.loads((backup / _MANIFEST).read_text()))
        except (OSError, ValueError, TypeError):
            raise BackupBroken(
                f"{backup} is no backup, or was never finished: it has no {_MANIFEST}"
            ) from None
        for name, digest in found.files.items():
            file = backup / name
            if not file.is_file() or _digest(file) != digest:
                raise BackupBroken(f"{file} is missing or not as it was when the backup was made")
        return found


def back_up(place: Place, to: Path, *, at: datetime, keep: int | None = None) -> Path:
    """Copy the databases and the ledger into a new folder of `to`, whole or not at all.

    Args:
        place: the house.
        to: the folder that backups lie in.
        at: now.
        keep: how many backups stay; older ones go. All stay if unsaid.
    """
    name = f"halves-{at:%Y%m%dT%H%M%SZ}"
    half_made = to / f".{name}"
    shutil.rmtree(half_made, ignore_errors=True)
    half_made.mkdir(parents=True)
    vendor = connections["default"].vendor
    with held_still():
        if vendor == "sqlite":
            for alias, file in _DATABASES.items():
                _copy_sqlite(Path(settings.DATABASES[alias]["NAME"]), half_made / file)
        else:
            _copy_postgresql(half_made / _TABLES)
        versions = place.book_or_new().versions()
        _copy_ledger(place.ledger, half_made / _LEDGER)
    _read_through(half_made / _LEDGER)
    for one in _KEPT_BESIDE:
        if (place.home / one).exists():
            shutil.copy2(place.home / one, half_made / one)
    plain = [file for file in half_made.rglob("*") if file.is_file()]
    digests = {
        str(file.relative_to(half_made)): _digest(file)
        for file in plain
        if not file.is_relative_to(half_made / _LEDGER)
    }
    manifest = Manifest(at.isoformat(), halves.__version__, vendor, versions, digests)
    (half_made / _MANIFEST).write_text(json.dumps(asdict(manifest), indent=1))
    made = half_made.rename(to / name)
    if keep is not None:
        for old in backups(to)[:-keep]:
            shutil.rmtree(old)
    return made


def backups(to: Path) -> list[Path]:
    """Backups that are whole, oldest first."""
    return sorted(one for one in to.glob("halves-*") if (one / _MANIFEST).exists())


def bring_back(place: Place, backup: Path) -> Manifest:
    """Put a backup's ledger and database where the house has them; what was there is put aside.

    Raises:
        BackupBroken: it is not whole; nothing was changed.
    """
    manifest = Manifest.read(backup)
    aside = place.home / f"before-restore-{manifest.at.replace(':', '')}"
    aside.mkdir(parents=True, exist_ok=True)
    connections.close_all()
    files = [f"{file}{end}" for file in _DATABASES.values() for end in ("", "-wal", "-shm")]
    for name in (_LEDGER, *files, *_KEPT_BESIDE):
        if (place.home / name).exists() and not (aside / name).exists():
            (place.home / name).rename(aside / name)
    shutil.rmtree(place.ledger, ignore_errors=True)
    shutil.copytree(backup / _LEDGER, place.ledger)
    for file in _DATABASES.values():
        if (backup / file).exists():
            shutil.copy2(backup / file, place.home / file)
    for one in _KEPT_BESIDE:
        # The key too, so that links that were signed with it go on working; made since: it stays.
        known = backup / one if (backup / one).exists() else aside / one
        is_as_it_was = known.parent == aside and (place.home / one).exists()
        if known.exists() and not is_as_it_was:
            shutil.copy2(known, place.home / one)
    return manifest


def _copy_sqlite(file: Path, to: Path) -> None:
    """SQLite's own copy of a database in use, and whether it is whole."""
    with closing(sqlite3.connect(file)) as old, closing(sqlite3.connect(to)) as new:
        old.backup(new)
        [[said]] = new.execute("PRAGMA integrity_check").fetchall()
    if said != "ok":
        raise BackupBroken(f"the database {file} is damaged: {said}")


def _copy_postgresql(folder: Path) -> None:
    """Every table as text, as of one moment."""
    folder.mkdir()
    connection = connections["default"]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for table in connection.introspection.table_names(cursor):
            with (
                (folder / table).open("wb") as out,
                cursor.copy(f'COPY "{table}" TO STDOUT') as rows,
            ):
                for block in rows:
                    out.write(block)


def fill_postgresql(backup: Path) -> None:
    """Fill the empty tables of a migrated database with a backup's rows, all or none."""
    connection = connections["default"]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # parents may come after children
        for file in sorted((backup / _TABLES).iterdir()):
            cursor.execute(f'TRUNCATE "{file.name}" CASCADE')
        for file in sorted((backup / _TABLES).iterdir()):
            with file.open("rb") as rows, cursor.copy(f'COPY "{file.name}" FROM STDIN') as into:
                while block := rows.read(1 << 20):
                    into.write(block)
        cursor.execute("SET session_replication_role = DEFAULT")
        for model in connection.introspection.installed_models(
            connection.introspection.table_names(cursor)
        ):
            for sql in connection.ops.sequence_reset_sql(no_style(), [model]):
                cursor.execute(sql)


def _copy_ledger(ledger: Path, to: Path) -> None:
    """Each table's log first: every file that a copied log names is then still there.

    Files are never changed once written, and old ones stay for an hour after they were replaced.
    """
    (to / "locks").mkdir(parents=True)
    logs = [file for file in ledger.rglob("_delta_log/*") if file.is_file()]
    # What says where the last checkpoint is goes first: it is then in the copy, too.
    for file in sorted(logs, key=lambda file: (file.name[0].isdigit(), file)):
        _copy(file, to / file.relative_to(ledger))
    for file in ledger.rglob("*"):
        if file.is_file() and "_delta_log" not in file.parts and "locks" not in file.parts:
            _copy(file, to / file.relative_to(ledger))


def _read_through(ledger: Path) -> None:
    """Read every table's keys once: a copy that cannot be read is no backup.

    Raises:
        BackupBroken: an erasure or a sweep went on meanwhile; names the table.
    """
    book = Ledger.open(ledger)
    for table in TABLES:
        try:
            book.query(book.table(table, aliased=False).count().as_table())
        except (LedgerError, OSError) as failed:
            raise BackupBroken(
                f"the copy of {table} cannot be read ({failed}): back up again"
            ) from failed


def _copy(file: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copy2(file, to)
    except FileNotFoundError:  # swept meanwhile: no log that was copied names it
        to.unlink(missing_ok=True)


def _digest(file: Path) -> str:
    whole = sha256()
    with file.open("rb") as content:
        while block := content.read(1 << 20):
            whole.update(block)
    return whole.hexdigest()

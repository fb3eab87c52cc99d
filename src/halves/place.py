"""Where things lie: the home folder, the settings file, the databases."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from halves.ledger import Ledger
from halves.ledger.errors import LedgerExists, LedgerNotFound
from halves.ledger.settings import Settings

HOME = Path("halves-data")
SETTINGS_FILE = Path("halves.toml")
DATABASE = "halves.sqlite3"  # of the house, where no URL says another


class DatabaseUnknown(Exception):
    """HALVES_DATABASE_URL names no database that halves works with."""


@dataclass(frozen=True)
class Place:
    """The home folder and the settings file that a command or the server was pointed at."""

    home: Path
    settings_file: Path

    @classmethod
    def from_environment(cls, said: Mapping[str, str]) -> Self:
        """HALVES_HOME and HALVES_SETTINGS; settings are in the home, or beside the usual one."""
        home = Path(said.get("HALVES_HOME") or HOME).absolute()
        inside, beside = home / SETTINGS_FILE, SETTINGS_FILE.absolute()
        is_usual = home == HOME.absolute() and beside.exists() and not inside.exists()
        return cls(home, Path(said.get("HALVES_SETTINGS") or (beside if is_usual else inside)))

    @property
    def ledger(self) -> Path:
        """The folder of the ledger's tables."""
        return self.home / "ledger"

    @property
    def has_house(self) -> bool:
        """Say whether somebody opened the house here: its database is in the home."""
        return (self.home / DATABASE).exists()

    @property
    def imports(self) -> Path:
        """The folder with one sub-folder for each import."""
        return self.home / "imports"

    def book(self) -> Ledger:
        """Open the ledger.

        Raises:
            LedgerNotFound: there is none yet; says how to make one.
        """
        try:
            return Ledger.open(self.ledger)
        except LedgerNotFound:
            raise LedgerNotFound(
                f"there is no ledger in {self.home}; "
                "`halves init` makes an empty one and `halves import` fills it"
            ) from None

    def book_or_new(self) -> Ledger:
        """Open the ledger, or make an empty one if there is none."""
        try:
            return Ledger.create(self.ledger)
        except LedgerExists:
            return Ledger.open(self.ledger)

    def settings(self) -> Settings:
        """Read the settings; all is empty if there is no such file."""
        return Settings.read(self.settings_file)


def secret_key(home: Path) -> str:
    """The key that signs sessions and links: made once, and readable by its owner alone."""
    file = home / "secret-key"
    try:
        return file.read_text().strip()
    except FileNotFoundError:
        home.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(token_urlsafe(48))
    except FileExistsError:  # another process was first
        pass
    return file.read_text().strip()


def arriving(home: Path) -> Path:
    """The folder of files that are on their way in: people are in them, so it is in the home."""
    folder = home / "arriving"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def database(url: str, home: Path) -> dict[str, dict[str, Any]]:
    """Django's DATABASES: PostgreSQL by its URL, else SQLite files in the home.

    On SQLite incoming events have a file of their own, so that a crowd of visitors never makes a
    page wait. The queue lies beside the jobs it is of: both are written in one transaction.

    Raises:
        DatabaseUnknown: a URL of another kind.
    """
    if not url:
        return {
            "default": _sqlite(home / DATABASE),
            # Opened again for each request, it would cost more than the events do.
            "events": _sqlite(home / "events.sqlite3") | {"CONN_MAX_AGE": 60},
        }
    said = urlsplit(url)
    if said.scheme not in ("postgres", "postgresql") or not said.path.strip("/"):
        raise DatabaseUnknown(
            "HALVES_DATABASE_URL must be like postgresql://user:password@host/name, got "
            f"{said.scheme}://{said.hostname or ''}{said.path}"
        )
    options = dict(parse_qsl(said.query))  # as libpq reads them: host (a socket), sslmode…
    return {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(said.path.strip("/")),
            "USER": unquote(said.username or ""),
            "PASSWORD": unquote(said.password or ""),
            "HOST": options.pop("host", unquote(said.hostname or "")),
            "PORT": said.port or "",
            "OPTIONS": options,
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }
    }


def _sqlite(file: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(file),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
            "PRAGMA secure_delete=ON; PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456;",
        },
    }

"""Where things lie: the folder that halves keeps its files in, and the settings beside it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from halves.ledger import Ledger
from halves.ledger.errors import LedgerExists, LedgerNotFound
from halves.ledger.settings import Settings

Home = Annotated[
    Path,
    typer.Option(
        "--home", envvar="HALVES_HOME", help="The folder that holds the ledger and the imports."
    ),
]
SettingsFile = Annotated[
    Path,
    typer.Option("--settings", help="The file with currency, time zone, margin, wages, channels."),
]

HOME = Path("halves-data")
SETTINGS_FILE = Path("halves.toml")


@dataclass(frozen=True)
class Place:
    """The home folder and the settings file that a command was pointed at.

    A command takes both as options, with these defaults:

        def which_half(home: Home = HOME, settings: SettingsFile = SETTINGS_FILE) -> None:
            place = Place(home, settings)
    """

    home: Path
    settings_file: Path

    @property
    def ledger(self) -> Path:
        """The folder of the ledger's tables."""
        return self.home / "ledger"

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

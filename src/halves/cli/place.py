"""The options by which a command is pointed at a home folder and a settings file.

def which_half(home: Home = HOME, settings: SettingsFile = SETTINGS_FILE) -> None:
    place = Place(home, settings)
"""

from pathlib import Path
from typing import Annotated

import typer

from halves.place import HOME, SETTINGS_FILE, Place

__all__ = ["HOME", "SETTINGS_FILE", "Home", "Place", "SettingsFile"]

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

"""Commands that bring data in: `init`, `import`, `imports`, `undo`."""

from dataclasses import replace
from typing import Annotated

import typer
from rich.console import Console

from halves.cli.place import HOME, SETTINGS_FILE, Home, Place, SettingsFile
from halves.ledger.settings import Settings

_console = Console(highlight=False)


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    app.command("init")(init)


def init(
    currency: Annotated[str | None, typer.Option(help="ISO 4217 code, such as EUR.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="Such as Europe/Berlin.")] = None,
    margin: Annotated[
        float | None, typer.Option(help="Share of a sale that is profit before this spend, 0 to 1.")
    ] = None,
    home: Home = HOME,
    settings: SettingsFile = SETTINGS_FILE,
) -> None:
    """Make an empty ledger, and halves.toml with what measuring needs to know.

    In a terminal it asks for what no option states. What is left open is asked for by name when
    it is needed.
    """
    place = Place(home, settings)
    stated = Settings(currency=currency, time_zone=time_zone, margin=margin)
    known = stated.filled(place.settings())
    if _console.is_terminal:
        known = _asked(known)
    known.write(place.settings_file)
    place.book_or_new()
    _console.print(f"The ledger is in {place.ledger}, settings are in {place.settings_file}.")


def _asked(known: Settings) -> Settings:
    if known.currency is None:
        answer = typer.prompt("Currency of reports (ISO 4217, such as EUR)", default="")
        known = replace(known, currency=answer.strip() or None)
    if known.time_zone is None:
        answer = typer.prompt("Time zone (such as Europe/Berlin)", default="")
        known = replace(known, time_zone=answer.strip() or None)
    if known.margin is None:
        answer = typer.prompt("Margin: share of a sale that is profit, 0 to 1", default="")
        known = replace(known, margin=float(answer) if answer.strip() else None)
    return known

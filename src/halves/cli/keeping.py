"""Commands that keep the ledger in order: compact it, merge people, erase a person."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from halves.cli.place import HOME, SETTINGS_FILE, Home, Place
from halves.connect.forgetting import forget
from halves.ledger.errors import PersonNotFound

Person = Annotated[str, typer.Argument(help="The person's id, as the ledger has it.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("compact")(compact)
    app.command("merge")(merge)
    app.command("erase")(erase)


def compact(home: Home = HOME) -> None:
    """Sort the ledger by person and set repeats aside, so that questions are answered faster."""
    Place(home, SETTINGS_FILE).book().compact()
    _say("The ledger is compacted.")


def merge(
    person: Person,
    into: Annotated[str, typer.Option("--into", help="Who they are from now on.")],
    home: Home = HOME,
) -> None:
    """Say that one person is another. Their rows stay as they were written."""
    now = datetime.now(UTC)
    batch = f"merge-{now:%Y%m%dT%H%M%S%f}"
    done = Place(home, SETTINGS_FILE).book().merge(person, into=into, at=now, batch=batch)
    _say(f"{person} is {into}." if done.is_new else f"{person} and {into} were one already.")


def erase(
    person: Person,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: Home = HOME,
) -> None:
    """Erase a person, and everyone merged with them, for good: every row, every old file."""
    place = Place(home, SETTINGS_FILE)
    book = place.book()
    everyone = book.known_as(person)
    others = [one for one in everyone if one != person]
    if not yes:
        also = f" and {', '.join(others)}, who are the same person" if others else ""
        typer.confirm(f"Erase {person}{also}? This cannot be undone.", abort=True)
    refused = forget(place.imports, everyone)
    try:
        gone = book.erase(person)
    except PersonNotFound:
        if not refused:
            raise
        gone = {}
    rows = ", ".join(f"{count:,} {table}" for table, count in gone.items()) or "no rows"
    _say(f"Erased: {rows} of the ledger and {refused:,} refused rows.")


def _say(words: str) -> None:
    Console(highlight=False).print(words, markup=False, soft_wrap=True)

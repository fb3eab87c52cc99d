"""Commands that keep the house safe: `backup`, `restore`, `upgrade`."""

from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from halves.cli.place import HOME, Home
from halves.cli.serving import ServingRefused, plumbed, prepare_database
from halves.place import Place

_console = Console(highlight=False)
_MARGIN = timedelta(minutes=5)  # clocks differ, and what is said twice does no harm


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    app.command("backup")(backup)
    app.command("restore")(restore)
    app.command("upgrade")(upgrade)


def backup(
    to: Annotated[Path | None, typer.Option(help="The folder for backups.")] = None,
    keep: Annotated[int | None, typer.Option(min=1, help="How many stay; older ones go.")] = None,
    home: Home = HOME,
) -> None:
    """Copy database and ledger while halves runs."""
    place = plumbed(home)
    made = _backed_up(place, to or place.home / "backups", keep)
    _console.print(f"The backup is {made}", soft_wrap=True)
    _console.print(
        f"Keep the journal in {_journal(place).folder} somewhere else: a restore needs it.",
        soft_wrap=True,
    )


def restore(
    backup: Annotated[Path, typer.Argument(help="A folder that `halves backup` made.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: Home = HOME,
) -> None:
    """Bring a backup back; refusals and erasures since then are said again before anything else.

    Stop `halves serve` first. What was there is put aside, not deleted.
    """
    place = plumbed(home)
    keeping, errors = import_module("halves.keeping.backup"), import_module("halves.keeping.errors")
    if not yes:
        typer.confirm(f"Put {backup} in the place of {place.home}?", abort=True)
    try:
        manifest = keeping.bring_back(place, backup)
    except errors.KeepingError as refused:
        raise ServingRefused(str(refused)) from None
    prepare_database()
    if manifest.vendor == "postgresql":
        keeping.fill_postgresql(backup)
    _say_again(place, since=datetime.fromisoformat(manifest.at) - _MARGIN)
    for words in import_module("halves.keeping.restoring").settle(at=datetime.now(UTC)):
        _console.print(words, soft_wrap=True)


def upgrade(
    to: Annotated[Path | None, typer.Option(help="The folder for backups.")] = None,
    home: Home = HOME,
) -> None:
    """Bring the database to this version of halves, after a backup."""
    place = plumbed(home)
    if _is_new(place):
        _console.print("Nothing to back up yet.")
    else:
        made = _backed_up(place, to or place.home / "backups", None)
        _console.print(f"The backup is {made}", soft_wrap=True)
    prepare_database()
    _console.print("The database is as this version of halves needs it.")


def _say_again(place: Place, *, since: datetime) -> None:
    refusals = import_module("halves.keeping.refusals")
    journal, now = _journal(place), datetime.now(UTC)
    if not journal.exists:
        locks = import_module("halves.keeping.models").RestoreLock
        why = f"restored without a journal of refusals and erasures since {since:%Y-%m-%d %H:%M}"
        locks.objects.create(why=why, at=now)
        _console.print(
            f"There is no journal in {journal.folder}, so nothing may be sent until an owner says "
            "in Settings that it may.",
            soft_wrap=True,
        )
        return
    said = refusals.replay(journal, since=since, at=now)
    words = ", ".join(f"{count:,} {what.replace('_', ' ')}" for what, count in said.items())
    _console.print(f"Restored. Said again from the journal: {words or 'nothing was missing'}.")


def _backed_up(place: Place, to: Path, keep: int | None) -> Any:
    keeping, errors = import_module("halves.keeping.backup"), import_module("halves.keeping.errors")
    try:
        return keeping.back_up(place, to, at=datetime.now(UTC), keep=keep)
    except errors.KeepingError as refused:
        raise ServingRefused(str(refused)) from None


def _is_new(place: Place) -> bool:
    connection = import_module("django.db").connection
    return "halves_user" not in connection.introspection.table_names()


def _journal(place: Place) -> Any:
    return import_module("halves.posting.journal").Journal.of(place.home)

"""Commands that bring data in: `init`, `import`, `imports`, `undo`."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from halves.cli.house_people import keeper_of
from halves.cli.import_report import (
    rows_in_words,
    show_counts,
    show_recognised,
    show_refused,
)
from halves.cli.place import HOME, SETTINGS_FILE, Home, Place, SettingsFile
from halves.connect.errors import ConnectError, ImportStopped
from halves.connect.guess import Recognised, recognised_for_sure
from halves.connect.recipe import Recipe
from halves.connect.records import ImportRecords
from halves.connect.running import (
    Imported,
    OnProgress,
    Progress,
    dry_run,
    run_import,
    undo_import,
    was_stopped,
)
from halves.ledger.settings import Settings

_console = Console(highlight=False)
_COMPACTED_AT = 0.1  # as a share of a table, what may lie unsorted after an import
_errors = Console(stderr=True, highlight=False)


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    app.command("init")(init)
    app.command("import")(import_files)
    app.command("imports")(imports)
    app.command("undo")(undo)


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


def import_files(
    files: Annotated[list[Path], typer.Argument(help="Files, and folders of files.")],
    recipe: Annotated[
        str | None,
        typer.Option(
            "--recipe",
            "-r",
            help="A .toml file, or the name of a shipped recipe; none for a known export.",
        ),
    ] = None,
    stated: Annotated[
        list[str] | None,
        typer.Option("--set", help="NAME=VALUE: what the recipe asks for, or wages.NAME=30."),
    ] = None,
    dry: Annotated[
        bool, typer.Option("--dry-run", help="Say what would come in; write nothing.")
    ] = False,
    details: Annotated[bool, typer.Option("--details", help="Count each field.")] = False,
    home: Home = HOME,
    settings: SettingsFile = SETTINGS_FILE,
) -> None:
    """Bring files in by a recipe.

    Good rows come in; refused ones are written to a file with the reason. The same files again
    change nothing. `halves undo` takes an import back. Where somebody opened the house in this
    home (`halves serve`), people and their accounts are written down there too.

    Exports of HubSpot, Salesforce, Google Ads and Meta Ads need no recipe: their headers tell.
    """
    place, said = Place(home, settings), _said(stated or [])
    is_any_in = False
    for one in _asks(files, recipe, said):
        if one.recognised is not None:
            show_recognised(_console, one.recognised)
        result = _brought_in(one, place, is_dry=dry)
        if dry or details:
            show_counts(_console, result)
        elif result.refused:
            show_refused(_console, result)
        _tell(result, is_dry=dry)
        is_any_in = is_any_in or any(result.rows.values())
    if not is_any_in:
        raise typer.Exit(1)


@dataclass(frozen=True)
class _Ask:
    """Files to bring in by one recipe."""

    files: list[Path]
    recipe: Recipe
    said: dict[str, str]
    recognised: Recognised | None = None


def _asks(files: list[Path], recipe: str | None, said: dict[str, str]) -> list[_Ask]:
    """The files by the recipe that was named, or each export by the one it calls for."""
    if recipe is not None:
        return [_Ask(files, _recipe(recipe), said)]
    known = [recognised_for_sure(file) for file in files]
    asked = {name for one in known for name in one.recipe.parameters}
    for name in said:
        if name not in asked and not name.startswith("wages."):
            raise ConnectError(f"these files ask for no {name!r}, but for {sorted(asked)}")
    return [
        _Ask(
            [one.head.path],
            one.recipe,
            {n: v for n, v in said.items() if n in one.recipe.parameters or n.startswith("wages.")},
            one,
        )
        for one in known
    ]


def _brought_in(ask: _Ask, place: Place, *, is_dry: bool) -> Imported:
    try:
        return _followed(ask, place, is_dry=is_dry)
    except BaseException as failed:
        if was_stopped(failed):
            raise ImportStopped("stopped; nothing of these files came in") from None
        raise


def _followed(ask: _Ask, place: Place, *, is_dry: bool) -> Imported:
    with _bar() as bar:
        if is_dry:
            return dry_run(
                ask.files,
                recipe=ask.recipe,
                settings=place.settings(),
                stated=ask.said,
                on_progress=_moving(bar),
            )
        known, book, at = place.settings(), place.book_or_new(), datetime.now(UTC)
        result = run_import(
            book,
            ask.files,
            recipe=ask.recipe,
            imports=place.imports,
            settings_file=place.settings_file,
            at=at,
            stated=ask.said,
            on_progress=_moving(bar),
            keeper=keeper_of(place, ask.recipe.source or ask.recipe.name, at=at),
        )
    with _console.status("Sorting the ledger by person, so that questions are answered faster"):
        book.compact(*result.rows, least_tail=_COMPACTED_AT)
    if added := _added(known, place.settings()):
        _console.print(
            f"{place.settings_file}: the recipe said {added}. What is not so for you, change there."
        )
    return result


def _added(known: Settings, now: Settings) -> str:
    """What a recipe wrote down, in words; empty if nothing."""
    said = [
        f"{name} {getattr(now, name)}"
        for name in ("currency", "time_zone", "margin")
        if getattr(now, name) != getattr(known, name)
    ]
    said += [f"wage {who} {now.wages[who]}" for who in now.wages if who not in known.wages]
    channels = len(now.channels) - len(known.channels)
    return ", ".join([*said, f"{channels} channels"] if channels else said)


def imports(home: Home = HOME, settings: SettingsFile = SETTINGS_FILE) -> None:
    """List the imports: what came in, when, and what was refused."""
    known = ImportRecords(Place(home, settings).imports).all()
    if not known:
        _console.print("Nothing was imported yet.")
        return
    for one in known:
        rows = ", ".join(f"{count:,} {name}" for name, count in one.rows.items())
        files = ", ".join(Path(file).name for file in one.files)
        refused = f"; {one.refused:,} rows refused" if one.refused else ""
        _console.print(f"{one.id}  {one.state}, {one.at:%Y-%m-%d %H:%M} UTC", markup=False)
        _console.print(f"  {rows or 'nothing yet'}{refused}\n  by {one.recipe} from {files}")


def undo(
    import_id: Annotated[
        str, typer.Argument(metavar="IMPORT", help="Its id, or how the id begins.")
    ],
    home: Home = HOME,
    settings: SettingsFile = SETTINGS_FILE,
) -> None:
    """Take an import back; what it had replaced comes back, and it may be imported again."""
    place = Place(home, settings)
    keeper = keeper_of(place, "", at=datetime.now(UTC))
    gone = undo_import(place.book(), import_id, imports=place.imports, keeper=keeper)
    rows = ", ".join(f"{count:,} {table}" for table, count in gone.items() if count)
    _console.print(f"Taken back: {rows or 'nothing, it was out already'}.")


def _said(stated: list[str]) -> dict[str, str]:
    said = {}
    for one in stated:
        name, is_there, value = one.partition("=")
        if not (name and is_there and value):
            raise ConnectError(f"--set takes NAME=VALUE, got {one!r}")
        said[name.strip()] = value.strip()
    return said


def _recipe(name: str) -> Recipe:
    return Recipe.read(Path(name)) if name.endswith(".toml") else Recipe.named(name)


def _bar() -> Bar:
    return Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=_errors,
        transient=True,
        disable=not _errors.is_terminal,
    )


def _moving(bar: Bar) -> OnProgress:
    task = bar.add_task("reading", total=None)

    def move(progress: Progress) -> None:
        bar.update(task, description=progress.table, completed=progress.rows, total=progress.of)

    return move


def _tell(result: Imported, *, is_dry: bool) -> None:
    if not result.is_new and result.record is not None:
        _console.print(
            "These files came in already by this recipe, at "
            f"{result.record.at:%Y-%m-%d %H:%M} UTC, as {result.id}: "
            f"{rows_in_words(result)}. Nothing was changed."
        )
        return
    verb = "Would come in" if is_dry else "Came in"
    _console.print(f"\n{verb}: {rows_in_words(result)}.")
    if result.refused:
        rows = f"{result.refused:,} row{'s' if result.refused > 1 else ''} of the files"
        _console.print(f"{'Would be refused' if is_dry else 'Refused'}: something in {rows}.")
    for path in result.refused_files:
        _console.print(f"They are in {path}, with the reasons.", soft_wrap=True)
    if not is_dry and result.record is not None:
        _console.print(f"`halves undo {result.id}` takes it back.")


def _asked(known: Settings) -> Settings:
    if known.currency is None:
        answer = typer.prompt("Currency of reports (ISO 4217, such as EUR)", default="")
        known = replace(known, currency=answer.strip() or None)
    if known.time_zone is None:
        answer = typer.prompt("Time zone (such as Europe/Berlin)", default="")
        known = replace(known, time_zone=answer.strip() or None)
    if known.margin is None:
        answer = typer.prompt("Margin: share of a sale that is profit, 0 to 1", default="")
        known = replace(known, margin=_margin(answer.strip()))
    return known


def _margin(answer: str) -> float | None:
    try:
        return float(Decimal(answer)) if answer else None
    except InvalidOperation:
        raise ConnectError(f"margin must be a number from 0 to 1, got {answer!r}") from None

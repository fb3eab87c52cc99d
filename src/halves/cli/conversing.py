"""The commands `conversations import` and `conversations undo`: dialogues of another system."""

from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress as Bar

from halves.cli.place import HOME, Home
from halves.cli.serving import ServingRefused, plumbed, prepare_database
from halves.connect.dialogues import DialogueRecipe, read

_console = Console(highlight=False)
_group = typer.Typer(help="Conversations of another system.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_group, name="conversations")


@_group.command("import")
def import_dialogues(
    files: Annotated[Path, typer.Argument(help="The folder of the files, or the file of turns.")],
    recipe: Annotated[
        str,
        typer.Option("--recipe", "-r", help="A .toml file, or the name of a shipped recipe."),
    ] = "plain",
    source: Annotated[
        str | None, typer.Option(help="What they are called together; the recipe's name if unsaid.")
    ] = None,
    home: Home = HOME,
) -> None:
    """Bring dialogues in, with whom they were with and what came of them; twice, they come once."""
    found = DialogueRecipe.find(recipe)
    dialogues = read(files, found)
    actions, errors = _room(home)
    with Bar(console=Console(stderr=True)) as bar:
        task = bar.add_task("Dialogues", total=len(dialogues))
        try:
            run = actions.bring_in(
                dialogues,
                source=source or found.name,
                by=None,
                at=datetime.now(UTC),
                tell=lambda done, of: bar.update(task, completed=done, total=of),
            )
        except errors.ConversationRefused as refused:
            raise ServingRefused(str(refused)) from None
    _console.print(f"{run.source}: {run.dialogues} dialogues with {run.turns} turns are in.")


@_group.command("undo")
def undo(
    source: Annotated[str, typer.Argument(help="What they are called together.")],
    home: Home = HOME,
) -> None:
    """Take dialogues out again, with their touches, outcomes, deals and people."""
    actions, errors = _room(home)
    try:
        gone = actions.take_out(source, by=None, at=datetime.now(UTC))
    except errors.ConversationRefused as refused:
        raise ServingRefused(str(refused)) from None
    _console.print(f"{source} is out: {', '.join(f'{n} {what}' for what, n in gone.items())}.")


def _room(home: Path) -> tuple[Any, Any]:
    plumbed(home)
    prepare_database()
    names = ("halves.conversations.dialogues", "halves.conversations.errors")
    actions, errors = (import_module(name) for name in names)
    return actions, errors

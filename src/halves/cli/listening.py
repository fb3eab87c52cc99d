"""The command `listen`: what holds buyers back, out of the talks that were logged."""

from datetime import UTC, datetime
from importlib import import_module
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress as Bar

from halves.cli.place import HOME, Home
from halves.cli.serving import ServingRefused, plumbed, prepare_database
from halves.listen.errors import ListenError

_console = Console(highlight=False)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("listen")(listen)


def listen(
    again: Annotated[
        bool, typer.Option("--again", help="Put all in order anew, around what people shaped.")
    ] = False,
    home: Home = HOME,
) -> None:
    """Hear what is new in talks: concerns, aspirations, what was answered, what wins.

    Sentences are compared by meaning where `halves[listen]` is installed, else by their words;
    `HALVES_LISTEN_BY=tfidf` or `minilm` says which.
    """
    plumbed(home)
    prepare_database()
    listening = import_module("halves.concerns.listening")
    kind = listening.AGAIN if again else listening.LISTEN
    with Bar(console=Console(stderr=True)) as bar:
        task = bar.add_task("Listening", total=None)

        def tell(doing: str, done: int = 0, of: int = 0) -> None:
            bar.update(task, description=doing.capitalize(), completed=done, total=of or None)

        try:
            found = listening.hear_all(kind, at=datetime.now(UTC), tell=tell)
        except ListenError as refused:
            raise ServingRefused(str(refused)) from None
    _console.print(
        f"{found['heard']} sentences were heard and {found['proposed']} concerns found, "
        f"compared by {found['embedding']}."
    )

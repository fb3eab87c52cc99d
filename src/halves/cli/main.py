"""The `halves` command: each command parses, calls one function of the library, and renders."""

import sys
from signal import SIGINT
from typing import Annotated

import typer
from rich.console import Console

import halves
from halves.cli import (
    answering,
    backing_up,
    conversing,
    demo,
    guessing,
    importing,
    keeping,
    listening,
    operating,
    planning,
    serving,
)
from halves.cli.answering import Stopped
from halves.cli.serving import ServingRefused
from halves.connect.errors import ConnectError, ImportStopped
from halves.ledger.errors import LedgerError
from halves.measure.errors import MeasureError
from halves.place import DatabaseUnknown

_STOPPED = 128 + SIGINT  # what a shell expects of a command that Ctrl-C ended

app = typer.Typer(
    name="halves",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def _show_version(is_wanted: bool) -> None:
    if is_wanted:
        Console().print(halves.__version__)
        raise typer.Exit


@app.callback()
def _whole(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Which half of the money spent on marketing and sales works, and which is wasted."""


for _commands in (
    importing,
    guessing,
    answering,
    planning,
    keeping,
    serving,
    backing_up,
    conversing,
    listening,
    operating,
    demo,
):
    _commands.register(app)


def main() -> None:
    """Run a command; what it refuses is one line on stderr and exit code 1, never a traceback.

    Stopped by Ctrl-C, it says so and its exit code is 130.
    """
    try:
        app()
    except (ImportStopped, Stopped) as stopped:
        _refuse(str(stopped), code=_STOPPED)
    except (ConnectError, LedgerError, MeasureError, ServingRefused, DatabaseUnknown) as refused:
        _refuse(str(refused))
    except OSError as failed:  # a disk that is full, a folder that may not be written
        _refuse(f"{failed.filename}: {failed.strerror}" if failed.filename else str(failed))


def _refuse(words: str, *, code: int = 1) -> None:
    Console(stderr=True, highlight=False).print(f"halves: {words}", markup=False, soft_wrap=True)
    sys.exit(code)

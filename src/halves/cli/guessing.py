"""The command `guess`: what a file is, and a draft of the recipe that it calls for."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from halves.connect.drafting import Proposal, propose
from halves.connect.errors import FileRefused
from halves.connect.guess import Recognised, nearest, recognise
from halves.connect.heads import Head
from halves.connect.known.export import Told
from halves.connect.recipe import Field, Recipe

_console = Console(highlight=False)


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("guess")(guess)


def guess(
    file: Annotated[Path, typer.Argument(help="A CSV, XLSX or Parquet file.")],
    write: Annotated[
        Path | None, typer.Option("--write", help="Write the draft recipe to this .toml file.")
    ] = None,
    day_first: Annotated[
        bool | None,
        typer.Option("--day-first/--month-first", help="How dates such as 03/04/2026 begin."),
    ] = None,
    decimal: Annotated[str | None, typer.Option(help="The decimal mark: . or ,")] = None,
    won: Annotated[str | None, typer.Option(help="The stage of deals that are won.")] = None,
) -> None:
    """Say what a file is, and draft the recipe to import it with.

    Exports of HubSpot, Salesforce, Google Ads and Meta Ads are recognised by their headers, in
    several languages. Of any other file it proposes what the columns are, by name and content; what
    only you can say becomes a parameter of the recipe.
    """
    if decimal not in (None, ".", ","):
        raise typer.BadParameter(f"must be . or , and is {decimal!r}", param_hint="--decimal")
    told = Told(day_first=day_first, decimal=decimal, won=won)
    found = recognise(file, told=told)
    if found is not None:
        _show_known(found)
        recipe, notes = found.recipe, found.notes
    else:
        proposal = propose(file, told=told)
        _show_unknown(proposal)
        recipe, notes = proposal.recipe, (*proposal.head.notes, *proposal.draft.notes)
    _show_recipe(recipe, notes)
    _hand_over(file, recipe, write)


def _show_known(found: Recognised) -> None:
    match = found.match
    _console.print(
        Text.assemble((found.head.path.name, "bold"), ": ", (found.export.title, "bold"))
        + Text(f" ({found.sureness}{_where(found.head)})")
    )
    _line("known columns", ", ".join(dict.fromkeys(match.found.values())))
    if match.missing:
        _line("not there", ", ".join(match.missing))


def _where(head: Head) -> str:
    return f"; header in row {head.header_row}" if head.header_row else ""


def _show_unknown(proposal: Proposal) -> None:
    head = proposal.head
    _console.print(Text.assemble((head.path.name, "bold"), ": no export that halves knows"))
    near = nearest(head.headers)
    if near is not None and near.match.lacks:
        like = ", ".join(near.match.found.values())
        lacks = ", ".join(near.match.lacks)
        _line("not", f"{near.export.title}: has {like}, but lacks {lacks}")
    _line("proposal", f"rows of {proposal.table}{_where(head)}; look at it")


def _show_recipe(recipe: Recipe, notes: tuple[str, ...]) -> None:
    for rows in recipe.rows:
        table = Table(
            "field", "comes from", title=f"{rows.table}: {rows.about}".rstrip(": "), box=None
        )
        table.title_justify = "left"
        for name, given in rows.fields.items():
            table.add_row(name, Text(_told(given)))
        _console.print(table)
    for name, parameter in recipe.parameters.items():
        if parameter.default is None:
            _line("you decide", f"--set {name}=…  {parameter.about}")
    for note in notes:
        _line("note", note)


def _told(given: Field) -> str:
    """Where a field comes from, in words."""
    if given.column is not None:
        part = f", part {given.part} at {given.split!r}" if given.split else ""
        form = f", written {given.format}" if given.format else ""
        return f"column {given.column!r}{part}{form}"
    if given.first:
        return ", else ".join(_told(one) for one in given.first)
    if given.template is not None:
        return f"text {given.template}"
    if given.parameter is not None:
        return f"what you say (--set {given.parameter}=…)"
    if given.minutes is not None:
        return f"minutes of {_told(given.minutes)} at the wage {given.wage!r}"
    return f"always {given.constant!r}"


def _hand_over(file: Path, recipe: Recipe, write: Path | None) -> None:
    asked = "".join(
        f" --set {name}=…" for name, one in recipe.parameters.items() if one.default is None
    )
    if write is None:
        _console.print(
            f"halves guess {file} --write RECIPE.toml writes the recipe down.",
            soft_wrap=True,
            markup=False,
        )
        return
    try:
        with write.open("x", encoding="utf-8") as target:
            target.write(recipe.to_toml())
    except FileExistsError:
        raise FileRefused(f"{write} is there already; name another file") from None
    except OSError as failed:
        raise FileRefused(f"{write} cannot be written: {failed.strerror}") from None
    _console.print(f"Written to {write}. Next:", soft_wrap=True)
    _console.print(f"halves import {file} --recipe {write}{asked}", soft_wrap=True, markup=False)


def _line(word: str, words: str) -> None:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(min_width=14)
    grid.add_column()
    grid.add_row(Text(f"  {word}", "dim"), Text(words))
    _console.print(grid)

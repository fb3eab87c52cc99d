"""The command `demo`: a simulated company's house, filled by the importers that a user has."""

import os
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from halves.cli.demo_stories import tell
from halves.cli.place import Place
from halves.cli.serving import insist_on_free, plumbed, prepare_database, serve_instead
from halves.cli.truth import show_truth
from halves.connect.running import run_import
from halves.simulate import Company, simulate
from halves.simulate.files import Files, write_files

_console = Console(highlight=False)
# Of a house on this machine, with nobody real in it.
_PASSWORD = "halves for a demo"  # noqa: S105
_CAST = (
    ("ada", "owner", ""),
    ("lea", "leader", ""),
    ("max", "marketer", ""),
    ("ben", "seller", "north"),
    ("bea", "seller", "north"),
    ("cyd", "seller", "south"),
    ("vic", "viewer", ""),
)
# Nobody of a simulated company has a mailbox: mails become files, and a page shows them.
_MAIL = """
[mail]
backend = "folder"
from = "Night desk <hello@nightdesk.example>"
company = "Night desk, 1 Early Street, Harwich"
"""
_WAGE = Decimal(60)  # an hour of whoever sells in the house
_SELLERS = [f"{name}@example.org" for name, role, _ in _CAST if role == "seller"]


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("demo")(demo)


def demo(
    people: Annotated[int | None, typer.Option(min=1000, help="How many people it knows.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed, another company.")] = 1,
    folder: Annotated[Path, typer.Option(help="Where it is kept.")] = Path("halves-demo"),
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
    truth: Annotated[
        bool, typer.Option("--truth", help="Only ask, and compare the answer with the truth.")
    ] = False,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Open it.")] = True,
) -> None:
    """Open the house of a simulated company; Ctrl-C closes it."""
    if truth:
        show_truth(people=people or 100_000, seed=seed, folder=folder)
        return
    if serve:
        insist_on_free("127.0.0.1", port)
    size = people or 20_000
    place = plumbed((folder / f"house-{size}-people-seed-{seed}").absolute())
    prepare_database()
    url = os.environ.setdefault("HALVES_URL", f"http://localhost:{port}")  # where links lead
    with _console.status("A company lives through two years, and its files are brought in"):
        _fill(place, size, seed, url)
    _console.print("Sign in as one of these; the password is", _PASSWORD, style="bold")
    for name, role, team in _CAST:
        _console.print(f"  {name}@example.org  {role}{f' in the team {team}' if team else ''}")
    _console.print(f"Mails of its campaigns are written to {place.home / 'mail'}; nobody gets one.")
    if serve:
        serve_instead(place.home, port=port)


def _fill(place: Place, size: int, seed: int, url: str) -> None:
    """Everything once: what is there already, from a demo before, is left as it is."""
    users = _cast()
    year = simulate(Company.small(people=size, seed=seed), seed=seed)
    files = write_files(year, place.home / "files", owners=_SELLERS)
    if not place.settings_file.exists():
        known = files.recipe.settings
        paid = replace(known, wages={**known.wages, "seller": _WAGE})  # so that calls are queued
        paid.write(place.settings_file)
        with place.settings_file.open("a", encoding="utf-8") as said:
            said.write(_MAIL)
    _bring_in(place, files, by=users["ada"])
    _aim(year.company, by=users["lea"])
    tell(by=users["max"], leader=users["lea"], url=url)


def _cast() -> dict[str, Any]:
    """The colleagues who sign in."""
    access = import_module("halves.access.models")
    actions = import_module("halves.access.actions")
    known = import_module("halves.access.errors").UserExists
    for name, role, team in _CAST:
        with suppress(known):
            actions.add_user(
                email=f"{name}@example.org",
                name=name.title(),
                role=access.Role(role),
                team=access.Team.objects.get_or_create(name=team)[0] if team else None,
                password=_PASSWORD,
                at=datetime.now(UTC),
            )
    return {name: access.User.objects.get(email=f"{name}@example.org") for name, _, _ in _CAST}


def _bring_in(place: Place, files: Files, *, by: Any) -> None:
    """The CRM's exports as they are dropped on the page, the company's own tables by a recipe."""
    imports = import_module("halves.imports.actions")
    runs = import_module("halves.imports.models").ImportRun.objects
    run_job = import_module("halves.jobs.running").run_job
    for export in files.exports:
        if not runs.filter(name=export.name).exists():
            with export.open("rb") as content:
                chunks = iter(lambda: content.read(1 << 20), b"")
                run = imports.receive(export.name, chunks, by=by, at=datetime.now(UTC))
            run_job.call(imports.bring_in(run, by=by, at=datetime.now(UTC)).pk)
    run_import(
        place.book_or_new(),
        files.tables,
        recipe=files.recipe,
        imports=place.imports,
        settings_file=place.settings_file,
        at=datetime.now(UTC),
    )
    place.book().compact(least_tail=0.1)


def _aim(company: Company, *, by: Any) -> None:
    """A leader's targets, and the first question, which the worker answers."""
    score = import_module("halves.scoreboard.actions")
    models = import_module("halves.scoreboard.models")
    if not models.AnswerRun.objects.exists():
        score.ask(since=company.since, until=company.until, by=by, at=datetime.now(UTC))

"""The command `demo`: a simulated company's house, filled by the importers that a user has."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from halves.cli.demo_calls import draw_day
from halves.cli.demo_cases import draw_cases
from halves.cli.demo_concerns import hear, know
from halves.cli.demo_deals import deal
from halves.cli.demo_promises import keep, recommend
from halves.cli.demo_stories import tell, told
from halves.cli.demo_talks import private_mail, talk
from halves.cli.place import Place
from halves.cli.serving import insist_on_free, plumbed, prepare_database, serve_instead
from halves.cli.truth import show_truth
from halves.connect.running import run_import
from halves.ledger import Channel
from halves.simulate import Company, simulate
from halves.simulate.files import Files, write_files
from halves.simulate.year import Year

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
_YEAR = timedelta(days=365)
_TOLD = timedelta(days=300)  # ago: its stories, its page, who agreed to mails
# What is logged in the house: sellers choose whom they talk with.
_TALKS = tuple(
    Channel(name, path="one", meets="targeted", picks="hot")
    for name in ("call", "meeting", "mail", "chat")
)
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
    """Everything once: what is there already, from a demo before, is left as it is.

    All is told as of the moment at which it was first begun, and each subject is written whole or
    not at all: begun anew after it was ended half way, it goes on to what it would have been.
    """
    filled = place.home / "filled"
    is_of_before = place.settings_file.exists() and not (place.home / "begun").exists()
    if filled.exists() or is_of_before:
        return
    now, users = _begun(place), _cast()
    today = now.replace(hour=0, minute=0, second=0, microsecond=0).date()
    company = Company.small(people=size, seed=seed, since=today - _YEAR, until=today)
    year = simulate(company, seed=seed)
    files = write_files(year, place.home / "files", owners=_SELLERS)
    _say_settings(place, files)
    _bring_in(place, files, by=users["ada"])
    _whole(lambda: tell(by=users["max"], leader=users["lea"], url=url, at=now - _TOLD))
    _live(year, users, now=now, seed=seed)
    place.book().compact(least_tail=0.1)
    _aim(year, by=users["lea"], now=now)
    filled.touch()


def _begun(place: Place) -> datetime:
    """When it was first begun."""
    said = place.home / "begun"
    if not said.exists():
        part = said.with_suffix(".part")
        part.write_text(datetime.now(UTC).isoformat(timespec="seconds"), encoding="utf-8")
        part.replace(said)
    return datetime.fromisoformat(said.read_text(encoding="utf-8"))


def _say_settings(place: Place, files: Files) -> None:
    """Write the house's settings, with a wage so that calls are queued, and talks as channels."""
    if place.settings_file.exists():
        return
    known = files.recipe.settings
    said = replace(
        known, wages={**known.wages, "seller": _WAGE}, channels=(*known.channels, *_TALKS)
    )
    part = place.settings_file.with_suffix(".part")
    said.write(part)
    with part.open("a", encoding="utf-8") as more:
        more.write(_MAIL)
    part.replace(place.settings_file)


def _whole(work: Callable[[], None]) -> None:
    """Do all of it, or nothing; what the ledger is to know of it goes there afterwards."""
    with import_module("django.db").transaction.atomic():
        work()
    import_module("halves.posting.outbox").flush()


def _live(year: Year, users: dict[str, Any], *, now: datetime, seed: int) -> None:
    """What was sold, said, promised and heard in the house, subject by subject."""
    sellers = [users[name] for name, role, _ in _CAST if role == "seller"]
    cases = draw_cases(year, sellers, now=now, seed=seed)
    stories = told(by=users["max"], at=now - _TOLD)
    models = import_module("halves.models")

    def promised() -> None:
        keep(by=users["max"], now=now, seed=seed)
        recommend(year, by=users["max"], now=now, seed=seed)

    def talked() -> None:
        talk(cases, stories=stories, now=now, seed=seed)
        private_mail(cases, users["bea"], now=now)

    if models.Concern.objects.count() < 2:
        _whole(lambda: know(by=users["max"], leader=users["lea"], at=now - _TOLD))
    if not models.Handover.objects.exists():
        _whole(lambda: deal(cases, story=stories[1], now=now, seed=seed))
    if not models.Conversation.objects.exists():
        _whole(talked)
    if not models.Survey.objects.exists():
        _whole(promised)
    if not models.CallQueue.objects.exists():
        _whole(lambda: draw_day(sellers, leader=users["lea"], now=now, seed=seed))
    _send_letters(now)
    hear(by=users["max"], leader=users["lea"], now=now)
    import_module("halves.promises.alerts").alert(now)


def _send_letters(now: datetime) -> None:
    """Into the folder that stands for mail, each in the week in which it was written."""
    letters = import_module("halves.people.letters")
    waiting = import_module("halves.people.models").Letter.objects.filter(state="waiting")
    while first := waiting.order_by("written_at").first():
        if not letters.send_due(min(first.written_at + timedelta(days=6), now)):
            return


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
    if not access.House.get().name:
        ada = access.User.objects.get(email="ada@example.org")
        actions.change_house(by=ada, at=datetime.now(UTC), name="Night desk", is_by_team=False)
    return {name: access.User.objects.get(email=f"{name}@example.org") for name, _, _ in _CAST}


def _bring_in(place: Place, files: Files, *, by: Any) -> None:
    """The CRM's exports as they are dropped on the page, the company's own tables by a recipe."""
    imports = import_module("halves.imports.actions")
    runs = import_module("halves.imports.models").ImportRun.objects
    live = import_module("halves.jobs.models").LIVE
    for export in files.exports:
        run = runs.filter(name=export.name).first()
        if run is None:
            with export.open("rb") as content:
                chunks = iter(lambda: content.read(1 << 20), b"")
                run = imports.receive(export.name, chunks, by=by, at=datetime.now(UTC))
        if run.state == "ready":
            is_under_way = run.job is not None and run.job.state in live
            _run(run.job if is_under_way else imports.bring_in(run, by=by, at=datetime.now(UTC)))
    run_import(
        place.book_or_new(),
        files.tables,
        recipe=files.recipe,
        imports=place.imports,
        settings_file=place.settings_file,
        at=datetime.now(UTC),
    )


def _run(job: Any) -> None:
    """Do the work here; what a killed demo left is free once it has been silent for a while."""
    live = import_module("halves.jobs.models").LIVE
    while job.state in live:
        import_module("halves.jobs.running").run_job.call(job.pk)
        job.refresh_from_db()
        time.sleep(0.5 if job.state in live else 0)


def _aim(year: Year, *, by: Any, now: datetime) -> None:
    """A leader's targets for this quarter, and the first question, which the worker answers."""
    score = import_module("halves.scoreboard.actions")
    models = import_module("halves.scoreboard.models")
    company = year.company
    aims = {"customers": Decimal(420), "revenue": Decimal(420_000), "brand": Decimal(35)}
    period = import_module("halves.scoreboard.periods").Period.holding(now.date(), 3)
    scale = Decimal(company.people) / 20_000
    for name, amount in aims.items():
        aim = amount if name == "brand" else max((amount * scale).quantize(Decimal(1)), 1)
        measure = models.Measure(name)
        if not models.Target.objects.filter(measure=measure).exists():
            score.set_target(measure, aim, starts=period.starts, ends=period.ends, by=by, at=now)
    if not models.AnswerRun.objects.exists():
        score.ask(since=company.since, until=company.until, by=by, at=now)

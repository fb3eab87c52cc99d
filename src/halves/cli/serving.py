"""Commands that run the house: `serve`, `worker`, `user add`."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from halves.cli.place import HOME, Home, Place
from halves.parent import STARTED_BY, end_without_parent

_console = Console(highlight=False)
_LOOK_AGAIN_S = 15.0
user_commands = typer.Typer(help="Colleagues who sign in.", no_args_is_help=True)


class ServingRefused(Exception):
    """The house cannot be run as asked; the words say what to do."""


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    app.command("serve")(serve)
    app.command("worker")(worker)
    user_commands.command("add")(add_user)
    app.add_typer(user_commands, name="user")


def serve(
    home: Home = HOME,
    host: Annotated[str, typer.Option(help="The address to answer on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
    with_worker: Annotated[
        bool, typer.Option("--worker/--no-worker", help="Run the worker beside it.")
    ] = True,
) -> None:
    """Open the house in the browser; Ctrl-C closes it."""
    insist_on_free(host, port)
    plumbed(home)
    prepare_database()
    _console.print(f"halves is at http://{host}:{port}/ and Ctrl-C closes it.")
    # Were this process killed, its parts would go on and keep the port from the next one.
    os.environ[STARTED_BY] = str(os.getpid())
    with _beside(home) if with_worker else _nothing():
        server = import_module("granian.server").Server(
            "halves.web.wsgi:application",
            address=host,
            port=port,
            interface="wsgi",
            blocking_threads=8,
            log_enabled=False,
        )
        server.serve()


def insist_on_free(host: str, port: int) -> None:
    """Refuse a port that another program answers on: the two would share it, and who calls be lost.

    Raises:
        ServingRefused: says what to do.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, port), family=family):
            pass
    except OSError as failed:
        raise ServingRefused(
            f"nothing can be served on {host}, port {port} ({failed.strerror}): "
            "choose another with --port"
        ) from None


def serve_instead(home: Path, *, port: int) -> None:
    """Become `halves serve`: what has read a ledger cannot be forked, and the server forks."""
    command = [sys.executable, "-m", "halves.cli", "serve", "--home", str(home)]
    sys.stdout.flush()
    os.execv(sys.executable, [*command, "--port", str(port)])  # noqa: S606


def worker(home: Home = HOME) -> None:
    """Do the long work that pages ask for: imports, answers."""
    plumbed(home)
    prepare_database()
    threading.Thread(target=_taking_up, daemon=True).start()
    import_module("halves.jobs.standing").look_after_all()
    # What it is at is finished first.
    end_without_parent(lambda: os.kill(os.getpid(), signal.SIGTERM))
    call = import_module("django.core.management").call_command
    call("db_worker", queue_name="*", interval=0.5, startup_delay=False, verbosity=0)


def add_user(
    email: Annotated[str, typer.Argument(help="The address they sign in with.")],
    role: Annotated[
        str, typer.Option(help="owner, leader, marketer, seller or viewer.")
    ] = "viewer",
    name: Annotated[str, typer.Option(help="What they are called.")] = "",
    team: Annotated[str, typer.Option(help="Their team; a new name makes a new one.")] = "",
    password: Annotated[
        str | None,
        typer.Option(envvar="HALVES_PASSWORD", help="Their first password; asked for if unsaid."),
    ] = None,
    home: Home = HOME,
) -> None:
    """Let a colleague in."""
    plumbed(home)
    prepare_database()
    models = import_module("halves.access.models")
    actions = import_module("halves.access.actions")
    errors = import_module("halves.access.errors")
    invalid = import_module("django.core.exceptions").ValidationError
    if role not in models.Role.values:
        raise ServingRefused(f"role must be one of {', '.join(models.Role.values)}, got {role!r}")
    secret = password or typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        actions.add_user(
            email=email,
            name=name or email.partition("@")[0],
            role=models.Role(role),
            team=models.Team.objects.get_or_create(name=team)[0] if team else None,
            password=secret,
            at=datetime.now(UTC),
        )
    except errors.AccessError as refused:
        raise ServingRefused(str(refused)) from None
    except invalid as refused:
        raise ServingRefused(" ".join(refused.messages)) from None
    _console.print(f"{email} may sign in, as {role}.")


def prepare_database() -> None:
    """Bring the database to this version of halves; nothing happens where it is."""
    call = import_module("django.core.management").call_command
    settings = import_module("django.conf").settings
    call("migrate", interactive=False, verbosity=0)
    if "events" in settings.DATABASES:  # a file of its own, of two tables
        call("migrate", "halves", database="events", interactive=False, verbosity=0)
    call("createcachetable", verbosity=0)
    import_module("halves.campaigns.links").make_key(settings.PLACE.home)


def plumbed(home: Path) -> Place:
    """Load Django, which only these commands need, and say where things lie."""
    os.environ["HALVES_HOME"] = str(home)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "halves.settings")
    try:
        import_module("django").setup()
    except ModuleNotFoundError as missing:
        raise ServingRefused(
            f"the house needs {missing.name}: install it with pip install 'halves[house]'"
        ) from None
    found: Place = import_module("django.conf").settings.PLACE
    return found


def _taking_up() -> None:
    """Take up what a dead worker left, every now and then."""
    running = import_module("halves.jobs.running")
    database = import_module("django.db")
    over = threading.Event()
    while True:
        with suppress(database.OperationalError):  # busy; next time will do
            running.take_up_again(at=datetime.now(UTC))
        database.close_old_connections()
        over.wait(_LOOK_AGAIN_S)


@contextmanager
def _beside(home: Path) -> Iterator[None]:
    """The worker, in a process of its own that ends with this one."""
    command = [sys.executable, "-m", "halves.cli", "worker", "--home", str(home)]
    process = subprocess.Popen(command, start_new_session=True)  # noqa: S603
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()


@contextmanager
def _nothing() -> Iterator[Any]:
    yield

"""The commands `api` and `mcp`: all that programs can do, at a terminal or by an assistant.

Both go through the door of the API: roles, records and the log are the same.
"""

import json
import logging
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from halves.cli.place import HOME, Home
from halves.cli.serving import ServingRefused, plumbed

_console = Console(highlight=False)
_SHOWN = 7  # columns of a table
_KINDS = {bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
# What steers a terminal, or turns the order of letters around: strangers wrote some of the words.
_STEERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("api")(operate)
    app.command("mcp")(assist)


def operate(
    operation: Annotated[
        str, typer.Argument(help="Which, such as deal_list; without one, all are listed.")
    ] = "",
    said: Annotated[
        list[str] | None, typer.Argument(help="Arguments: name=value; JSON where it is some.")
    ] = None,
    user: Annotated[
        str, typer.Option("--as", envvar="HALVES_AS", help="The colleague who acts: their e-mail.")
    ] = "",
    body: Annotated[
        Path | None, typer.Option(help="A file of JSON with more arguments; - is standard input.")
    ] = None,
    is_json: Annotated[
        bool, typer.Option("--json", help="Print the whole answer, as JSON.")
    ] = False,
    is_sure: Annotated[
        bool, typer.Option("--yes", help="Do not ask before what cannot be undone.")
    ] = False,
    home: Home = HOME,
) -> None:
    """Do what the API does, as a colleague: list, read, draft, send.

    `halves api` lists the operations; `halves api deal_list` without `--as` says what it takes.
    """
    plumbed(home)
    tools = import_module("halves.assistants.tools").tools()
    if not operation:
        _list(tools.values())
        return
    if operation not in tools:
        near = ", ".join(_near(operation, tools))
        raise ServingRefused(f"there is no {operation!r}" + (f"; near it: {near}" if near else ""))
    tool = tools[operation]
    if not user and not said and body is None:
        _describe(tool)
        return
    if not user:
        raise ServingRefused("nothing was done: say who acts: --as EMAIL")
    arguments = _read(body) | dict(_argument(one, tool) for one in said or [])
    with _a_house(home):
        caller = _colleague(user)
    if tool.kind == "asks" and not is_sure:
        _ask(tool, arguments)
    with _in_one_line():
        found = import_module("halves.assistants.calling").call(tool, arguments, caller)
    if not found.is_well:
        raise ServingRefused(_refusal(found.said or {}))
    if is_json or not sys.stdout.isatty():
        print(_as_json(found.said))
    else:
        _show(found.said)


def assist(home: Home = HOME) -> None:
    """Let an assistant on this machine read and draft, by the Model Context Protocol.

    It speaks on standard input and output, and acts as the colleague whose key is in HALVES_TOKEN.
    """
    secret = os.environ.get("HALVES_TOKEN", "")
    if not secret:
        raise ServingRefused("put a key for programs (Settings → Keys) into HALVES_TOKEN")
    plumbed(home)
    errors = import_module("halves.access.errors")
    try:
        with _a_house(home):
            token = import_module("halves.access.actions").token_of(secret, at=datetime.now(UTC))
    except errors.TokenUnknown as unknown:
        raise ServingRefused(f"HALVES_TOKEN: {unknown}") from None
    caller = import_module("halves.api.door").Caller(token.user, token)
    import_module("halves.assistants.piped").run(caller)


def _list(tools: Iterable[Any]) -> None:
    rooms: dict[str, list[Any]] = {}
    for one in tools:
        rooms.setdefault(one.room, []).append(one)
    for room in sorted(rooms):
        _console.print(f"[bold]{room}[/bold]")
        for one in rooms[room]:
            mark = {"read": " ", "draft": "+", "asks": "!"}[one.kind]
            _console.print(f"  {mark} {one.name:<24} {one.summary}", markup=False, soft_wrap=True)
    _console.print("+ writes; ! sends, ends or changes for good, and asks first.")


def _describe(tool: Any) -> None:
    _console.print(f"{tool.summary}.", markup=False)
    required = tool.schema.get("required", [])
    for name, schema in tool.schema["properties"].items():
        must = " (needed)" if name in required else ""
        kind = " or ".join(sorted(_kinds(schema)))
        _console.print(f"  {name:<20} {kind}{must}", markup=False)
    _console.print("Say who acts: --as EMAIL")


def _near(operation: str, tools: Mapping[str, Any]) -> list[str]:
    """Operations of the same rooms; first those that do the same, such as to list."""
    word, _, does = operation.partition("_")
    rooms = {one.room for name, one in tools.items() if name.startswith(word)}
    near = [name for name, one in tools.items() if one.room in rooms]
    return sorted(near, key=lambda name: not name.endswith(f"_{does}"))


def _argument(words: str, tool: Any) -> tuple[str, Any]:
    name, is_there, value = words.partition("=")
    if not is_there:
        raise ServingRefused(f"say name=value, not {words!r}")
    try:
        found = json.loads(value)
    except ValueError:
        return name, value
    taken = _kinds(tool.schema["properties"].get(name, {}))
    # A name such as 1984 stays words where only words are taken.
    is_words = "string" in taken and not isinstance(found, str) and not _fits(found, taken)
    return name, value if is_words else found


def _kinds(schema: Mapping[str, Any]) -> set[str]:
    return {one.get("type", "") for one in schema.get("anyOf", [schema])} - {""}


def _fits(found: object, taken: set[str]) -> bool:
    kind = _KINDS.get(type(found), "null")
    return kind in taken or (kind == "integer" and "number" in taken)


def _read(body: Path | None) -> dict[str, Any]:
    if body is None:
        return {}
    try:
        found = json.loads(sys.stdin.read() if str(body) == "-" else body.read_text("utf-8"))
    except ValueError as wrong:
        raise ServingRefused(f"{body} is not JSON: {wrong}") from None
    if not isinstance(found, dict):
        raise ServingRefused(f'{body} must hold one object: {{"name": value}}')
    return found


def _colleague(email: str) -> Any:
    users = import_module("halves.access.models").User.objects
    found = users.filter(email__iexact=email, is_active=True).first()
    if found is None:
        raise ServingRefused(f"no colleague has the e-mail {email}")
    return import_module("halves.api.door").Caller(found, None)


@contextmanager
def _a_house(home: Path) -> Iterator[None]:
    try:
        yield
    except import_module("django.db").OperationalError:
        words = f"there is no house of this version in {home}: `halves upgrade` makes it one"
        raise ServingRefused(words) from None


def _ask(tool: Any, arguments: Mapping[str, Any]) -> None:
    if not sys.stdin.isatty():
        raise ServingRefused(f"{tool.name} cannot be undone: say --yes where nobody can be asked")
    _console.print(f"{tool.summary}: {json.dumps(arguments)}", markup=False)
    if input("Type yes to do it: ").strip().lower() != "yes":
        raise ServingRefused("nothing was done")


def _refusal(said: Mapping[str, Any]) -> str:
    detail = str(said.get("detail", "refused"))
    wrong = said.get("errors", [])
    parts = [f"{one['field']}: {one['detail']}" for one in wrong]
    head = [] if detail in [one["detail"] for one in wrong] else [detail]
    return _plain("; ".join([*head, *(one for one in parts if one not in detail)]))


@contextmanager
def _in_one_line() -> Iterator[None]:
    """What is refused is said once, by us: the line that the server's log gets is left out."""
    log = logging.getLogger("django.request")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


def _as_json(said: Any) -> str:
    words = json.dumps(said, ensure_ascii=False, indent=1)
    return re.sub("[\x7f-\x9f]", lambda one: f"\\u{ord(one[0]):04x}", words)


def _show(said: Any) -> None:
    rows = said.get("rows") if isinstance(said, dict) else said
    if isinstance(rows, list) and all(isinstance(one, dict) for one in rows):
        _show_rows(rows)
        if isinstance(said, dict) and said.get("after"):
            _console.print(f"More: after={said['after']}", markup=False)
    elif isinstance(said, dict):
        for name, value in said.items():
            _console.print(f"{name}: {_words(value)}", markup=False, soft_wrap=True)
    elif said is not None:
        _console.print(_words(said), markup=False)


def _show_rows(rows: list[dict[str, Any]]) -> None:
    if not rows:
        _console.print("Nothing there.")
        return
    plain = [name for name, value in rows[0].items() if not isinstance(value, list | dict)]
    table = Table(*plain[:_SHOWN])
    for one in rows:
        table.add_row(*(Text(_words(one.get(name))) for name in plain[:_SHOWN]))
    _console.print(table)


def _words(value: Any) -> str:
    if isinstance(value, list | dict):
        return _plain(json.dumps(value, ensure_ascii=False))
    return "" if value is None else _plain(str(value))


def _plain(words: str) -> str:
    return _STEERS.sub("\N{REPLACEMENT CHARACTER}", words)

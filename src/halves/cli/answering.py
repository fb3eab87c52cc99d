"""Commands that answer: `which-half` and `claims`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from enum import Enum, StrEnum
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer
from rich.console import Console
from rich.table import Table

from halves.cli.asking import channels_of, declare, margin_of
from halves.cli.place import HOME, SETTINGS_FILE, Home, Place, SettingsFile
from halves.cli.show import show
from halves.connect.running import was_stopped
from halves.ledger import Ledger
from halves.measure import all_claims, which_half
from halves.measure.errors import PeriodEmpty, UndeclaredChannels
from halves.measure.facts import span
from halves.measure.tally import RULES
from halves.measure.which_half import Progress
from halves.report import words
from halves.report.as_json import as_json
from halves.report.page import write_report

_console = Console(highlight=False)
_errors = Console(stderr=True, highlight=False)

Since = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"], help="First day. Without it, the first with a touch or spend."
    ),
]
Until = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"], help="The day after the last. Without it, the ledger's end."
    ),
]
Currency = Annotated[str | None, typer.Option(help="Report in this currency, such as EUR.")]


class Unit(StrEnum):
    """What one unit of spend is."""

    channel = "channel"
    campaign = "campaign"


class ClaimUnit(StrEnum):
    """What may claim credit."""

    channel = "channel"
    campaign = "campaign"
    story = "story"
    seller = "seller"
    path = "path"


Rule = Enum("Rule", {rule: rule for rule in ("all", *RULES)}, type=str)  # type: ignore[misc]


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    app.command("which-half")(which_half_command)
    app.command("claims")(claims_command)


def which_half_command(
    since: Since = None,
    until: Until = None,
    by: Annotated[Unit, typer.Option(help="What to judge.")] = Unit.channel,
    margin: Annotated[
        float | None, typer.Option(help="Profit for each 1 of revenue, before this spend.")
    ] = None,
    currency: Currency = None,
    html: Annotated[Path | None, typer.Option(help="Write the report to this file.")] = None,
    json: Annotated[
        Path | None, typer.Option(help="Write the answer as JSON to this file; - for stdout.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the random draws; the same, the same answer.")] = 1,
    home: Home = HOME,
    settings: SettingsFile = SETTINGS_FILE,
) -> None:
    """Say which half of the money works, which is wasted, and which nobody can tell yet."""
    place = Place(home, settings)
    said = place.settings()
    profit = margin_of(said, margin, place.settings_file)
    book = place.book()
    first, end = period_of(book, since, until)
    with declared(place), telling() as tell:
        answer = which_half(
            book,
            channels=channels_of(said),
            margin=profit,
            since=first,
            until=end,
            seed=seed,
            by=by.value,
            currency=currency or said.currency,
            cost_of_under=said.cost_of_under,
            progress=tell,
        )
    if json == Path("-"):
        sys.stdout.write(as_json(answer))
        return
    show(answer, _console)
    if json is not None:
        json.write_text(as_json(answer), encoding="utf-8")
        _console.print(f"The answer as JSON is in {json}.")
    if html is not None:
        write_report(answer, html)
        _console.print(f"The report is in {html}.")


def claims_command(
    rule: Annotated[Rule, typer.Option(help="One rule, or all side by side.")] = Rule["all"],
    by: Annotated[ClaimUnit, typer.Option(help="What may claim.")] = ClaimUnit.channel,
    outcome: Annotated[str, typer.Option(help="Which kind of outcome.")] = "deal_closed",
    count: Annotated[bool, typer.Option("--count", help="Credit numbers, not money.")] = False,
    look_back: Annotated[int, typer.Option(min=1, help="Days before an outcome.")] = 60,
    since: Since = None,
    until: Until = None,
    currency: Currency = None,
    home: Home = HOME,
    settings: SettingsFile = SETTINGS_FILE,
) -> None:
    """Say what attribution rules would credit to each unit. A claim is not an effect."""
    place = Place(home, settings)
    said = place.settings()
    book = place.book()
    first, end = period_of(book, since, until)
    money = currency or said.currency
    with declared(place), telling() as tell:
        tell("reading journeys")
        table = all_claims(
            book,
            rules=RULES if rule.value == "all" else (rule.value,),
            channels=channels_of(said),
            since=first,
            until=end,
            by=by.value,
            look_back=timedelta(days=look_back),
            outcome=outcome,
            of="outcomes" if count else "value",
            currency=None if count else money,
        )
    _console.print(_claims_table(table, count=count, currency=None if count else money))
    _console.print("A claim says who was there, not what would be missing without them.")


def _claims_table(table: pa.Table, *, count: bool, currency: str | None) -> Table:
    """Side by side to two digits; one rule alone in full."""
    rules = table.column_names[2:]
    shown = Table(box=None, padding=(0, 1, 0, 0), header_style="bold")
    shown.add_column(table.column_names[0])
    shown.add_column("path", no_wrap=True)
    for rule in rules:
        shown.add_column(words.RULE_WORDS[rule].replace(" ", "\n"), justify="right", no_wrap=True)
    for row in table.to_pylist():
        unit, path, *credits = row.values()
        shown.add_row(
            unit, path, *(_claimed(one, count, currency, len(rules) == 1) for one in credits)
        )
    return shown


def _claimed(claimed: float, count: bool, currency: str | None, in_full: bool) -> str:
    if count:
        return f"{claimed:,.1f}"
    return words.exact(claimed, currency) if in_full else words.estimate(claimed, currency)


class Stopped(Exception):
    """The user pressed Ctrl-C."""


@contextmanager
def telling() -> Iterator[Progress]:
    """Show on stderr what is being done; nothing where that is no terminal.

    Raises:
        Stopped: on Ctrl-C.
    """
    try:
        with _errors.status("starting") as status:
            # With the spinner named it draws at once: a stage may be over before the next frame.
            yield lambda doing: status.update(f"{doing} …", spinner="dots")
    except BaseException as failed:
        if was_stopped(failed):
            raise Stopped("stopped; nothing of the answer was written") from None
        raise


@contextmanager
def declared(place: Place) -> Iterator[None]:
    """Say which lines to add where channels are not declared."""
    try:
        yield
    except UndeclaredChannels as missing:
        raise declare(missing.channels, place.settings_file) from None


def period_of(book: Ledger, since: datetime | None, until: datetime | None) -> tuple[date, date]:
    """What was asked for; else from the first touch or spend to the end, and that is said."""
    held = span(book)
    if held is None:
        raise PeriodEmpty("the ledger holds no touches, spend or outcomes; import some first")
    first = since.date() if since else held.reaches_since
    end = until.date() if until else held.until
    if not (since and until):
        _errors.print(
            f"From {first} to {end - timedelta(days=1)}: the ledger's days with touches or spend, "
            "to its end. --since and --until set others."
        )
    return first, end

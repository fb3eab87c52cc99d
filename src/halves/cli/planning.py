"""Commands that look ahead: `plan` lays out a budget, `next-test` says what to test first."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from halves.cli.answering import Currency, Since, Unit, Until, declared, period_of, telling
from halves.cli.asking import NotSaid, channels_of, margin_of
from halves.cli.place import HOME, SETTINGS_FILE, Home, Place, SettingsFile
from halves.cli.plan_words import show_plan, show_tests
from halves.ledger import Channel, Ledger
from halves.measure import Answer, which_half
from halves.measure.joint import Joint
from halves.measure.next_test import AMOUNTS, KEEP_OR_CUT, next_test
from halves.measure.plan import LOCKED, Limits, Plan, by_region, plan, unmeasured
from halves.measure.spending import midnight, spending
from halves.measure.which_half import Progress
from halves.report.planning import Ahead, plan_as_json, tests_as_json

_console = Console(highlight=False)
_ELSEWHERE = "other regions"  # where spend goes that names no region
_DAY = ["%Y-%m-%d"]

Margin = Annotated[
    float | None, typer.Option(help="Profit for each 1 of revenue, before this spend.")
]
By = Annotated[Unit, typer.Option(help="What a unit of spend is.")]
Seed = Annotated[int, typer.Option(help="Of the random draws; the same, the same answer.")]
Json = Annotated[Path | None, typer.Option(help="Write it as JSON to this file; - for stdout.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    app.command("plan")(plan_command)
    app.command("next-test")(next_test_command)


def plan_command(
    budget: Annotated[
        float | None, typer.Option(help="The most to spend. Without it, as much as today.")
    ] = None,
    starts: Annotated[
        datetime | None,
        typer.Option("--from", formats=_DAY, help="First day planned. Without it, the next."),
    ] = None,
    ends: Annotated[
        datetime | None,
        typer.Option("--to", formats=_DAY, help="The day after the last planned."),
    ] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option(help="Least and most of a unit, in times today's spend: tv=0.5:1.5."),
    ] = None,
    lock: Annotated[list[str] | None, typer.Option(help="A unit to leave as it is.")] = None,
    regions: Annotated[
        bool, typer.Option("--by-region", help="Split units by the regions they spend in.")
    ] = False,
    move_unmeasured: Annotated[
        bool, typer.Option("--move-unmeasured", help="Move also what no test or model tells of.")
    ] = False,
    since: Since = None,
    until: Until = None,
    by: By = Unit.channel,
    margin: Margin = None,
    currency: Currency = None,
    json: Json = None,
    seed: Seed = 1,
    home: Home = HOME,
    settings: SettingsFile = SETTINGS_FILE,
) -> None:
    """Lay out a budget so that the expected profit is greatest, and say how sure that is."""
    if budget is not None and not budget > 0:
        raise NotSaid(f"--budget must be above 0, got {budget:g}")
    wanted = _wanted(limit or [], lock or [])
    place = Place(home, settings)
    with declared(place), telling() as tell:
        asked = _ask(place, since, until, by, margin, currency, seed, tell)
        ahead = _ahead(starts, ends, asked.answer)
        tell("laying out the budget")
        joint = _in_regions(asked) if regions else asked.joint
        own = _limits(joint, wanted)
        held = [] if move_unmeasured else [u for u in _held(joint, asked.answer) if u not in own]
        limits = dict.fromkeys(held, LOCKED) | own
        advised = _planned(joint, budget, ahead, limits)
    if json == Path("-"):
        sys.stdout.write(plan_as_json(advised, asked.answer, ahead, held))
        return
    show_plan(advised, asked.answer, ahead, held, _console)
    if json is not None:
        json.write_text(plan_as_json(advised, asked.answer, ahead, held), encoding="utf-8")
        _console.print(f"The plan as JSON is in {json}.")


def next_test_command(
    weeks: Annotated[
        int, typer.Option(min=1, help="How long decisions hold that a test may change.")
    ] = 52,
    amounts: Annotated[
        bool,
        typer.Option("--amounts", help="Decide on amounts up to twice today's, not on or off."),
    ] = False,
    since: Since = None,
    until: Until = None,
    by: By = Unit.channel,
    margin: Margin = None,
    currency: Currency = None,
    json: Json = None,
    seed: Seed = 1,
    home: Home = HOME,
    settings: SettingsFile = SETTINGS_FILE,
) -> None:
    """Say which test to run next: what it costs, what it is worth, how well it sees."""
    place = Place(home, settings)
    with declared(place), telling() as tell:
        asked = _ask(place, since, until, by, margin, currency, seed, tell)
        tell("weighing tests")
        found = next_test(
            asked.book,
            asked.answer,
            channels=asked.channels,
            horizon=timedelta(weeks=weeks),
            multiples=AMOUNTS if amounts else KEEP_OR_CUT,
        )
    if json == Path("-"):
        sys.stdout.write(tests_as_json(found, asked.answer))
        return
    show_tests(found, asked.answer, _console)
    if json is not None:
        json.write_text(tests_as_json(found, asked.answer), encoding="utf-8")
        _console.print(f"The tests as JSON are in {json}.")


@dataclass(frozen=True)
class _Asked:
    """The answer that looking ahead starts from."""

    book: Ledger
    channels: Sequence[Channel]
    answer: Answer

    @property
    def joint(self) -> Joint:
        if self.answer.joint is None:
            raise NotSaid(
                f"no spend, or no sale with a value, is recorded between {self.answer.since} and "
                f"{self.answer.until}: there is nothing to plan. Import spend, or set other days "
                "with --since and --until"
            )
        return self.answer.joint


def _ask(
    place: Place,
    since: datetime | None,
    until: datetime | None,
    by: Unit,
    margin: float | None,
    currency: str | None,
    seed: int,
    tell: Progress,
) -> _Asked:
    said, book = place.settings(), place.book()
    profit = margin_of(said, margin, place.settings_file)
    first, end = period_of(book, since, until)
    answer = which_half(
        book,
        channels=channels_of(said),
        margin=profit,
        since=first,
        until=end,
        by=by.value,
        currency=currency or said.currency,
        cost_of_under=said.cost_of_under,
        seed=seed,
        progress=tell,
    )
    return _Asked(book, channels_of(said), answer)


def _ahead(starts: datetime | None, ends: datetime | None, answer: Answer) -> Ahead:
    """The days to plan for: as asked, else as long as the period, right after it."""
    measured = answer.until - answer.since
    first = starts.date() if starts else answer.until
    end = ends.date() if ends else first + measured
    if end <= first:
        raise NotSaid(f"--to must be after the first day planned, {first}, got {end}")
    return Ahead(first, end, (end - first) / measured)


def _in_regions(asked: _Asked) -> Joint:
    answer = asked.answer
    spent = spending(
        asked.book,
        channels=asked.channels,
        since=midnight(answer.since),
        until=midnight(answer.until),
        by=Unit(answer.by).value,
        currency=answer.currency,
    )
    shares = {}
    for unit in spent.units:
        paid = {region or _ELSEWHERE: one.spend for region, one in unit.by_region.items()}
        whole = sum(paid.values())
        split = {region: amount / whole for region, amount in paid.items() if amount > 0}
        if set(split) - {_ELSEWHERE}:
            shares[unit.unit] = split
    if not shares:
        raise NotSaid(
            "--by-region: no spend names a region. Import spend by region, or plan without it"
        )
    return by_region(asked.joint, shares)


def _wanted(limit: Sequence[str], lock: Sequence[str]) -> list[tuple[str, str, Limits]]:
    """Option, unit and limits, as given; read before any long work begins."""
    found = [
        *(("--limit", *_limit(words)) for words in limit),
        *(("--lock", name, LOCKED) for name in lock),
    ]
    names = [name for _, name, _ in found]
    for option, name, _ in found:
        if names.count(name) > 1:
            raise NotSaid(f"{option} {name}: {name} has a limit already; give it one")
    return found


def _limits(joint: Joint, wanted: Sequence[tuple[str, str, Limits]]) -> dict[str, Limits]:
    """Unit → limits; a unit's hold for each of its regions but those that have their own."""
    whole: dict[str, Limits] = {}
    own: dict[str, Limits] = {}
    for option, name, limits in wanted:
        parts = _parts(joint, name)
        if not parts:
            raise NotSaid(
                f"{option} {name}: there is no such unit with spend; there are "
                f"{', '.join(joint.units)}"
            )
        (own if parts == [name] else whole).update(dict.fromkeys(parts, limits))
    return whole | own


def _limit(words: str) -> tuple[str, Limits]:
    name, _, span = words.rpartition("=")
    least, _, most = span.partition(":")
    try:
        if name:
            return name, Limits(float(least), float(most))
        raise ValueError
    except ValueError:
        raise NotSaid(
            f"--limit takes a unit, its least and its most in times today's spend, least first, "
            f"such as tv=0.5:1.5; got {words}"
        ) from None


def _parts(joint: Joint, name: str) -> list[str]:
    return [unit for unit in joint.units if unit == name or unit.startswith(f"{name} in ")]


def _held(joint: Joint, answer: Answer) -> list[str]:
    return [part for unit in unmeasured(answer) for part in _parts(joint, unit)]


def _planned(joint: Joint, budget: float | None, ahead: Ahead, limits: dict[str, Limits]) -> Plan:
    spend = dict(zip(joint.units, joint.spend * ahead.fraction, strict=True))
    least = sum(spend[unit] * one.least for unit, one in limits.items())
    if budget is not None and least > budget:
        raise NotSaid(
            f"--budget {budget:,.0f} is too small: what --limit and --lock keep, and what is held "
            f"because nobody can tell yet, comes to {least:,.0f} in the days planned. Raise it, or "
            "let less be kept: --limit tv=0:1 for a unit, --move-unmeasured for all that is held"
        )
    return plan(joint, budget=budget, fraction=ahead.fraction, limits=limits)

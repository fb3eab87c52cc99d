"""The deals of the demo's company: opened, moved, offered, won and lost as its pages would."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from importlib import import_module
from itertools import zip_longest
from typing import Any

import numpy as np

from halves.cli.demo_cases import SETTING_UP, SIZES, Case
from halves.cli.demo_words import LEADS, LOST_BACK, PROBLEMS, SOLUTIONS, THEMES, WON

_SOON = timedelta(minutes=20)
_MORNINGS = {
    "words": "28 of the first 30 mornings are sorted by seven",
    "measure": "of the first 30, sorted by seven",
    "amount": Decimal(28),
    "unit": "mornings",
    "within_days": 31,
}
_TERMS = "By the month; you can stop after any of them. Prices are without tax."


def deal(cases: Sequence[Case], *, story: Any, now: datetime, seed: int) -> None:
    """Everything that happened to each deal, each at its own time; in the caller's transaction.

    Args:
        cases: who, when and how.
        story: what they were told, as it was told.
        now: as of when.
        seed: of the dice.
    """
    rng = np.random.default_rng([seed, 151])
    stages = _stages(now)
    for case in cases:
        made = _opened(case, story, rng)
        made = _described(made, case, story, rng)
        _went(made, case, stages, story, now, rng)


def _stages(now: datetime) -> list[Any]:
    pipelines = import_module("halves.deals.pipelines")
    return list(pipelines.stages_of(pipelines.default_pipeline(at=now)))


def _opened(case: Case, story: Any, rng: np.random.Generator) -> Any:
    actions = import_module("halves.deals.actions")
    if not case.is_lead:
        return actions.open_deal(
            case.person, by=case.seller, at=case.opened, is_door=not case.has_door,
            owner=case.seller, title=_title(case),
        )  # fmt: skip
    door = actions.Door(
        key=f"demo:{case.person.ledger_id}",
        told=story,
        page="mornings",
        campaign="letter-tips",
        words=_any(LEADS, rng),
    )
    return actions.hand_over(case.person, door, at=case.opened)


def _described(made: Any, case: Case, story: Any, rng: np.random.Generator) -> Any:
    """What the seller writes down at the first talk: problem, solution, worth, by when."""
    actions = import_module("halves.deals.actions")
    at = case.opened + _SOON
    said: dict[str, Any] = {"title": _title(case), "offer": story.story.offer}
    if case.place % 11:  # a few have nothing written down yet
        said |= {"problem": _any(PROBLEMS, rng), "solution": _any(SOLUTIONS, rng)}
    if not case.has_lines:
        said["value"] = case.value
    if case.place % 4:
        days = 30 + int(rng.integers(0, 25))
        said["expected_close"] = (case.opened + timedelta(days=days)).date()
    made = actions.change_deal(made, by=case.seller, at=at, version=made.version, **said)
    if case.has_lines:
        words, price, _ = SIZES[case.size]
        lines = [
            actions.Line(words=words, quantity=Decimal(case.months), price=price),
            actions.Line(words=SETTING_UP[0], quantity=Decimal(1), price=SETTING_UP[1]),
        ]
        made = actions.set_lines(made, lines, by=case.seller, at=at, version=made.version)
    return made


def _went(
    made: Any, case: Case, stages: Sequence[Any], story: Any, now: datetime, rng: Any
) -> None:
    """The way that it went, to where it stands or ended."""
    actions = import_module("halves.deals.actions")
    quote = None
    for place, (at, stage) in enumerate(zip_longest(case.moves, stages[1 : 1 + len(case.moves)])):
        made = actions.move(made, stage, by=case.seller, at=at)
        if place == 2 and case.has_lines:
            quote = _quoted(made, case, story, at, now)
    if case.closed is None:
        return
    if case.is_won and quote is not None:
        actions.accept_quote(quote, name=str(case.person), at=case.closed)
    elif case.is_won:
        words = actions.Ending(words=_any(WON, rng))
        actions.move(made, stages[-2], by=case.seller, at=case.closed, ending=words)
    elif case.is_nurtured:
        words = _any(LOST_BACK, rng)
        actions.back_to_nurture(made, _concern(case), by=case.seller, at=case.closed, words=words)
    else:
        words = _any(THEMES[case.theme].lost_words, rng)
        said = actions.Ending(case.lost_as, words, None if case.is_settled else _concern(case))
        actions.move(made, stages[-1], by=case.seller, at=case.closed, ending=said)


def _quoted(made: Any, case: Case, story: Any, at: datetime, now: datetime) -> Any:
    """What the buyer was sent; of those that are out, the newest can still be accepted."""
    actions = import_module("halves.deals.actions")
    promised = actions.promise_said(keeper=case.seller.pk, **_MORNINGS)
    is_out = case.closed is None
    until = max(at + timedelta(days=30), now + timedelta(days=12)) if is_out else case.closed
    quote = actions.draft_quote(
        made,
        by=case.seller,
        at=at,
        words="As we said: one list, sorted, in the printer at seven.",
        terms=_TERMS,
        valid_until=until.date() + timedelta(days=1),
        promises=[promised],
        told=story,
    )
    to, version = case.person.email, quote.version
    return actions.send_quote(quote, by=case.seller, at=at, to=to, version=version)


def _concern(case: Case) -> Any:
    """What holds them back, if the library knew it then."""
    concerns = import_module("halves.concerns.models").Concern.objects
    return concerns.filter(name=THEMES[case.theme].name).first()


def _title(case: Case) -> str:
    return f"Mornings for {case.person.account or case.person}"


def _any(words: Sequence[str], rng: np.random.Generator) -> str:
    return words[int(rng.integers(len(words)))]

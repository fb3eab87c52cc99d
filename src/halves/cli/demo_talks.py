"""The talks of the demo's company: calls, meetings, chats and mail, with what was said in them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from importlib import import_module
from io import BytesIO
from typing import Any

import numpy as np

from halves.cli.demo_cases import Case
from halves.cli.demo_words import (
    ASKING,
    ASPIRATIONS,
    CLOSERS,
    GLAD,
    MORNINGS,
    NEXT,
    OPENERS,
    PRIVATE,
    SUBJECTS,
    THEMES,
    UNSURE,
)

_MINUTES = {"call": (5, 19), "meeting": (25, 51), "chat": (4, 12)}
_KINDS = ("call", "meeting", "mail", "chat")
# How often each talk is of each kind, by what it is for.
_ODDS = {
    "first": (0.55, 0.05, 0.2, 0.2),
    "shown": (0.2, 0.7, 0.05, 0.05),
    "close": (0.6, 0.25, 0.15, 0.0),
    "after": (0.6, 0.1, 0.2, 0.1),
}
_HOW_OFTEN = {"first": 0.75, "shown": 0.3, "close": 0.4, "after": 0.2}
_PLANNED = 9


@dataclass(frozen=True)
class _Moment:
    """A talk of a case: when, what for, and whether what holds them back is voiced in it."""

    at: datetime
    what: str
    is_voiced: bool


def talk(cases: Sequence[Case], *, stories: Sequence[Any], now: datetime, seed: int) -> None:
    """Log every talk as its seller would have, and plan those that lie ahead; in the caller's
    transaction.

    Args:
        cases: with whom.
        stories: as they are told: what belongs first, then what is bought.
        now: as of when.
        seed: of the dice.
    """
    rng = np.random.default_rng([seed, 152])
    deals = _deals_of(cases)
    for case in cases:
        moments = list(_moments(case, now, rng))
        for one in moments:
            is_last = one is moments[-1] and case.closed is None and case.place % 5 != 0
            _log(case, one, deals[case.person.pk], stories, is_last=is_last, now=now, rng=rng)
    _plan([one for one in cases if one.closed is None], deals, now, rng)


def private_mail(cases: Sequence[Case], seller: Any, *, now: datetime) -> None:
    """Threads out of a seller's own mailbox, by the importer of mail files: nobody else sees them.

    Args:
        cases: some of theirs are whom it is with.
        seller: whose mail it is.
        now: as of when.
    """
    theirs = [one for one in cases if one.seller.pk == seller.pk][-len(PRIVATE) :]
    letters: list[EmailMessage] = []
    for place, (case, words) in enumerate(zip(theirs, PRIVATE, strict=False)):
        letters += _thread(case, seller, words, f"<demo-{place}", now - timedelta(days=3 + place))
    box = b"".join(b"From demo\n" + one.as_bytes() + b"\n" for one in letters)
    take = import_module("halves.conversations.mail_files").take_mails
    take(BytesIO(box), by=seller, at=now)


def _deals_of(cases: Sequence[Case]) -> dict[int, Any]:
    model = import_module("halves.deals.models").Deal
    people = [one.person.pk for one in cases]
    rows = model.objects.filter(person__in=people, pipeline__isnull=False).order_by("pk")
    return {one.person_id: one for one in rows}


def _moments(case: Case, now: datetime, rng: np.random.Generator) -> Iterable[_Moment]:
    """When they talked; whoever decided has said before what held them back."""
    came: list[tuple[str, datetime]] = [("first", case.opened + timedelta(minutes=5))]
    if case.moves:
        came.append(("shown", case.moves[0] - timedelta(minutes=50)))
    if case.closed is not None and len(case.moves) > 1:
        came.append(("close", case.closed - timedelta(minutes=35)))
    if case.is_won and case.closed is not None:
        came.append(("after", case.closed + timedelta(days=9)))
    is_told = False
    for what, at in came:
        is_due = what == "shown" and not is_told
        if (rng.random() < _HOW_OFTEN[what] or is_due) and at < now:
            voices = what in ("first", "shown") and (not is_told or rng.random() < 0.25)
            is_told = is_told or voices
            yield _Moment(at, what, voices)


def _log(
    case: Case,
    one: _Moment,
    deal: Any,
    stories: Sequence[Any],
    *,
    is_last: bool,
    now: datetime,
    rng: np.random.Generator,
) -> None:
    models = import_module("halves.conversations.models")
    said = import_module("halves.conversations.talk")
    kind = str(rng.choice(_KINDS, p=_ODDS[one.what]))
    minutes = int(rng.integers(*_MINUTES[kind])) if kind in _MINUTES else None
    is_in = one.what == "first" and (case.is_lead or kind == "mail")
    due_on = (one.at + timedelta(days=int(rng.integers(2, 7)))).date()
    step = said.NextStep(_any(NEXT[one.what], rng), max(due_on, now.date()) if is_last else due_on)
    told = said.Talk(
        kind=kind,
        at=one.at,
        seller=case.seller,
        minutes=minutes,
        direction=models.Direction.IN if is_in else models.Direction.OUT,
        subject=_any(SUBJECTS[one.what], rng),
        summary=_summary(case, one),
        deal=deal,
        told=_told(case, one, deal, stories),
        turns=[said.Spoken(*turn) for turn in _turns(case, one, rng)],
        next_step=step if is_last or rng.random() < 0.5 else None,
    )
    at = one.at + timedelta(minutes=minutes or 1)
    import_module("halves.conversations.actions").log(case.person, told, by=case.seller, at=at)
    if not is_last:
        _tick_off(case, made_at=at, at=min(at + timedelta(days=2), now))


def _told(case: Case, one: _Moment, deal: Any, stories: Sequence[Any]) -> Any:
    """What belongs is told first; what they buy when they do, unless a quote has told it."""
    belonging, solution = stories
    if one.what == "first":
        return belonging if case.place % 2 else None
    is_by_quote = deal.quotes.exists()
    return solution if one.what == "close" and case.is_won and not is_by_quote else None


def _summary(case: Case, one: _Moment) -> str:
    if not one.is_voiced:
        return ""
    how = "Settled, I think." if case.is_settled else "Not settled."
    return f"Held back by {THEMES[case.theme].short}. {how}"


def _turns(case: Case, one: _Moment, rng: np.random.Generator) -> Iterable[tuple[str, str, str]]:
    """Who said what, as a transcript names them."""
    us, them = ("us", str(case.seller)), ("them", str(case.person))

    def says(who: tuple[str, str], words: str) -> tuple[str, str, str]:
        return who[0], words, who[1]

    yield says(us, _any(OPENERS, rng))
    wish = f" {_any(ASPIRATIONS, rng)}" if one.what == "first" and rng.random() < 0.35 else ""
    yield says(them, _any(MORNINGS, rng) + wish)
    if one.is_voiced:
        theme = THEMES[case.theme]
        yield says(us, _any(ASKING, rng))
        yield says(them, _any(theme.voiced, rng))
        yield says(us, _any(theme.settles if case.is_settled else theme.dodges, rng))
        yield says(them, _any(GLAD if case.is_settled else UNSURE, rng))
    yield says(us, _any(CLOSERS, rng))


def _tick_off(case: Case, *, made_at: datetime, at: datetime) -> None:
    tasks = import_module("halves.people.models").Task.objects
    finish = import_module("halves.people.tasks").finish_task
    for one in tasks.filter(person=case.person, owner=case.seller, made_at=made_at):
        finish(one, by=case.seller, at=at)


def _plan(
    cases: Sequence[Case], deals: dict[int, Any], now: datetime, rng: np.random.Generator
) -> None:
    """Meetings of the coming working days."""
    models = import_module("halves.conversations.models")
    said = import_module("halves.conversations.talk")
    log = import_module("halves.conversations.actions").log
    for place, case in enumerate(cases[-_PLANNED:]):
        at = _ahead(now, 1 + place // 2).replace(hour=9 + place % 7, minute=30 * (place % 2))
        told = said.Talk(
            kind=models.Kind.MEETING,
            at=at,
            seller=case.seller,
            minutes=30,
            subject=_any(SUBJECTS["shown"], rng),
            deal=deals[case.person.pk],
            state=models.State.PLANNED,
        )
        log(case.person, told, by=case.seller, at=now)


def _ahead(now: datetime, days: int) -> datetime:
    """A working day after today."""
    day = now.replace(minute=0, second=0, microsecond=0)
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day


def _thread(
    case: Case, seller: Any, words: Sequence[str], key: str, at: datetime
) -> list[EmailMessage]:
    subject, theirs, ours = words
    came = _mail(case.person.email, seller.email, subject, theirs, f"{key}-1@demo>", at)
    went = _mail(
        seller.email,
        case.person.email,
        f"Re: {subject}",
        ours,
        f"{key}-2@demo>",
        at + timedelta(hours=3),
    )
    went["In-Reply-To"] = went["References"] = came["Message-ID"]
    return [came, went]


def _mail(sender: str, to: str, subject: str, words: str, key: str, at: datetime) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Date"], made["Message-ID"] = format_datetime(at), key
    made.set_content(words)
    return made


def _any(words: Sequence[str], rng: np.random.Generator) -> str:
    return words[int(rng.integers(len(words)))]

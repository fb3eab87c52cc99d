"""A company whose sellers hear concerns, in talks with people who then buy or do not."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.test import TestCase

from halves.access.models import User
from halves.concerns import listening
from halves.concerns.models import Heard
from halves.conversations.actions import log
from halves.conversations.models import Speaker
from halves.conversations.talk import Spoken, Talk
from halves.deals.models import Deal
from halves.jobs.models import Job
from halves.people import actions as people
from halves.people.models import Person
from tests.house import MONDAY

DEAR = (
    "It is too expensive for us.",
    "That is too expensive for a shop like ours.",
    "Honestly, it is too expensive for me.",
    "Well, it is too expensive for our budget.",
    "I say it is too expensive.",
    "It is too expensive for what it does.",
)
DOUBT = (
    "How do I know that this is not a scam?",
    "How do I know this is no scam?",
    "I fear that this is a scam.",
    "How do I know that it is not a scam, like the last one?",
    "Is this a scam?",
    "How do I know that you are not a scam?",
)
DREAM = (
    "We want to become the best bakery in town.",
    "I want to become the best baker in town.",
    "Our dream is to become the best bakery.",
    "We hope to become the best bakery one day.",
    "I want us to become the best bakery here.",
    "We want to become the best bakery of the region.",
)
SPREAD = "You can spread the price over twelve months."
HURRY = "The offer ends on Friday, so hurry."


def person(name: str, **said) -> Person:
    return people.add_person(by=None, at=MONDAY, source="t", name=name, **said)


def talk(whom: Person, seller: User | None, *lines: tuple[str, str], at=MONDAY, **said):
    """Log a call of these turns: ("them", words), ("us", words)."""
    turns = [Spoken(Speaker(who), words) for who, words in lines]
    return log(whom, Talk(kind="call", at=at, seller=seller, turns=turns, **said), by=seller, at=at)


def voiced(seller: User, sentences=DEAR + DOUBT, *, answer=SPREAD, at=MONDAY, **said):
    """One talk with a person of their own for each sentence."""
    found = []
    for number, words in enumerate(sentences):
        whom = person(f"Buyer {number} {words[:5]}")
        found.append(
            talk(whom, seller, ("us", "What do you think?"), ("them", words), ("us", answer), at=at,
                 **said)
        )  # fmt: skip
    return found


def deal(whom: Person, state: str = "open", value: int = 100, at: datetime = MONDAY) -> Deal:
    closed = {} if state == "open" else {"closed_at": at + timedelta(days=10)}
    return Deal.objects.create(
        title="Oven", person=whom, path="one", value=Decimal(value), currency="EUR", state=state,
        opened_at=at - timedelta(days=5), **closed,
    )  # fmt: skip


def listen(kind: str = listening.LISTEN, at: datetime = MONDAY) -> Job:
    """Ask for listening, and let the worker do it."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        job = listening.ask(kind, by=None, at=at)
    job.refresh_from_db()
    return job


def something_heard() -> int:
    """One thing that somebody said, of no concern yet: its key."""
    said = talk(person("Grace"), None, ("them", DEAR[0]))
    turn = said.turns.get()
    return Heard.objects.create(
        person=said.person,
        conversation=said,
        turn=turn,
        place=0,
        words=DEAR[0],
        sure=0.9,
        at=MONDAY,
    ).pk

"""Promises as a company makes them."""

from datetime import date, datetime
from decimal import Decimal

from halves.access.models import User
from halves.people import actions
from halves.people.models import Person
from halves.promises.models import Promise, Survey, Via
from halves.stories.actions import freeze
from tests.house import MONDAY
from tests.stories.company import solution


def told(by: User, *, via: Via = Via.CALL, key: str = "t", **said: object) -> Promise:
    """A promise to Grace: five hours saved a week, due in March."""
    person = actions.add_person(
        by=by,
        at=MONDAY,
        source="t",
        name="Grace",
        email=f"grace{Person.objects.count()}@x.example",
    )
    fields = {
        "words": "You save five hours a week.",
        "measure": "hours saved a week",
        "amount": Decimal(5),
        "unit": "hours",
        "due_on": date(2026, 3, 2),
        "keeper": by,
        "made_at": MONDAY,
        **said,
    }
    return Promise.objects.create(person=person, via=via, via_key=key, **fields)


def of_a_story(by: User, name: str = "Post once") -> Promise:
    """The same, told by a story."""
    version = freeze(solution(by, name), at=MONDAY, by=by)
    return told(by, version=version)


def a_survey(by: User, *, at: datetime = MONDAY, kind: str = "keeping") -> Survey:
    return Survey.objects.create(kind=kind, question="How did we do?", by=by, made_at=at)

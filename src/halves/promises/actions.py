"""Promises are opened for a person when they are made one."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from halves.people.models import Person
from halves.promises.models import Promise, Via
from halves.stories.models import Version


def open_promises(
    person: Person, version: Version, *, via: Via, via_key: str, at: datetime
) -> list[Promise]:
    """Open what a story promises, for the person it was told to; saying it again opens nothing.

    Args:
        person: whom it was told to.
        version: the story as it was told.
        via, via_key: where: which campaign, order, call.
        at: when.

    Returns:
        All that are open of it for this person.
    """
    open_for_all([person.pk], version, via=via, via_key=via_key, at=at)
    mine = Promise.objects.filter(person=person, version=version, via=via, via_key=via_key)
    return list(mine.order_by("place"))


def open_for_all(
    people: Iterable[int], version: Version, *, via: Via, via_key: str, at: datetime
) -> None:
    """The same for many people at once, by their keys."""
    said = []
    for person in people:
        for place, told in enumerate(version.told["promises"]):
            one = Promise(version=version, place=place, via=via, via_key=via_key, made_at=at)
            one.person_id = person
            _fill(one, told, at)
            said.append(one)
    Promise.objects.bulk_create(said, ignore_conflicts=True, batch_size=1_000)


def _fill(promise: Promise, told: dict[str, Any], at: datetime) -> None:
    promise.words, promise.measure, promise.unit = told["words"], told["measure"], told["unit"]
    promise.amount = Decimal(told["amount"]) if told["amount"] is not None else None
    promise.is_at_most, promise.keeper_id = told["is_at_most"], told["keeper"]
    promise.due_on = _due(told, at)


def _due(told: dict[str, Any], at: datetime) -> date | None:
    if told["due_on"]:
        return date.fromisoformat(told["due_on"])
    if told["within_days"] is not None:
        return (at.astimezone(UTC) + timedelta(days=told["within_days"])).date()
    return None

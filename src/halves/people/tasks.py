"""What colleagues mean to do, and what they are reminded of."""

from datetime import date, datetime

from django.db import transaction

from halves.access import audit
from halves.access.models import User
from halves.people.errors import FieldRefused
from halves.people.models import Account, Person, Task


def add_task(
    *,
    title: str,
    owner: User,
    at: datetime,
    by: User,
    person: Person | None = None,
    account: Account | None = None,
    due_on: date | None = None,
    remind_at: datetime | None = None,
) -> Task:
    """Mean to do something, by a day."""
    if not title.strip():
        raise FieldRefused("title", "say what is to be done")
    with transaction.atomic():
        found = Task.objects.create(
            title=title.strip(),
            owner=owner,
            person=person,
            account=account,
            due_on=due_on,
            remind_at=remind_at,
            made_at=at,
        )
        after = audit.fields_of(found, ("title", "owner", "person", "account", "due_on"))
        audit.record("task.add", found, by=by, at=at, after=after)
    return found


def finish_task(task: Task, *, by: User, at: datetime, is_done: bool = True) -> None:
    """Tick a task off, or put it back."""
    with transaction.atomic():
        Task.objects.filter(pk=task.pk).update(done_at=at if is_done else None)
        audit.record("task.change", task, by=by, at=at, after={"is_done": is_done})

"""What colleagues mean to do, and what they are reminded of."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from halves.access import audit
from halves.access.models import User
from halves.access.rules import Verb, may, roles_that_may, visible
from halves.people.errors import FieldRefused
from halves.people.letters import mail_settings, write
from halves.people.models import Account, Person, Task
from halves.people.queries import accounts_of, people_of


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
    """Mean to do something, by a day; or ask a colleague to.

    Raises:
        FieldRefused: nothing is to be done; or the colleague does no tasks, or does not see whom it
            is about.
    """
    if not title.strip():
        raise FieldRefused("title", _("say what is to be done"))
    if owner != by:
        _check_owner(owner, person, account)
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


def give_task(task: Task, *, to: User, by: User, at: datetime) -> Task:
    """Hand a task over to a colleague.

    Raises:
        FieldRefused: as in `add_task`.
    """
    if to != by:
        _check_owner(to, task.person, task.account)
    before = {"owner": str(task.owner)}
    with transaction.atomic():
        # Whoever has it now was not reminded yet.
        Task.objects.filter(pk=task.pk).update(owner=to, reminded_at=None)
        audit.record("task.give", task, by=by, at=at, before=before, after={"owner": str(to)})
    task.owner = to
    return task


def doers() -> "QuerySet[User]":
    """Colleagues who do tasks."""
    roles = roles_that_may(Verb.CHANGE, "task")
    return User.objects.filter(is_active=True, role__in=roles).order_by("name", "id")


def waiting(user: User, *, today: date, at: datetime) -> "QuerySet[Task]":
    """The user's open tasks that are due, or that they asked to be reminded of by now."""
    mine = Task.objects.filter(owner=user, done_at=None)
    mine = mine.filter(Q(due_on__lte=today) | Q(remind_at__lte=at))
    return visible(user, "task", mine).order_by("due_on", "remind_at", "id")


def remind(at: datetime) -> int:
    """Mark tasks whose moment has come, and write to whoever's they are; how many.

    Each is marked once, together with the letter about it. Where the house is not set up for mail,
    the page alone shows them.
    """
    ready = Task.objects.filter(remind_at__lte=at, reminded_at=None, done_at=None)
    found = list(ready.select_related("owner").order_by("remind_at", "id"))
    is_mailed = bool(found) and mail_settings() is not None
    return sum(_reminded(one, at, is_mailed=is_mailed) for one in found)


def _check_owner(owner: User, person: Person | None, account: Account | None) -> None:
    """A task about someone tells who they are: it goes to nobody who may not know."""
    if not may(owner, Verb.CHANGE, "task"):
        raise FieldRefused("owner", _("%(name)s does no tasks here") % {"name": owner})
    if person is not None and not people_of(owner).filter(pk=person.pk).exists():
        words = _("%(name)s does not see the person whom it is about")
        raise FieldRefused("owner", words % {"name": owner})
    if account is not None and not accounts_of(owner).filter(pk=account.pk).exists():
        words = _("%(name)s does not see the account that it is about")
        raise FieldRefused("owner", words % {"name": owner})


def _reminded(task: Task, at: datetime, *, is_mailed: bool) -> bool:
    with transaction.atomic():
        # One conditional UPDATE, so that of two workers one reminds.
        still = Task.objects.filter(pk=task.pk, reminded_at=None, done_at=None)
        if not still.update(reminded_at=at):
            return False
        if is_mailed and task.owner.is_active:
            key = f"reminder:{task.pk}:{at.timestamp():.0f}"
            said = {"subject": _subject(task), "text": _body(task), "person": task.person}
            write(key=key, to=task.owner.email, at=at, **said)
    return True


def _subject(task: Task) -> str:
    return _("To do: %(title)s") % {"title": " ".join(task.title.split())}


def _body(task: Task) -> str:
    """No more than the task: a mail is read by more people than halves is."""
    said = [_("You asked to be reminded of: %(title)s") % {"title": task.title}]
    if task.due_on is not None:
        said.append(_("It is due on %(day)s.") % {"day": date_format(task.due_on, "j F Y")})
    said.append(_("It is on your list in halves, under Tasks."))
    return "\n\n".join(said) + "\n"

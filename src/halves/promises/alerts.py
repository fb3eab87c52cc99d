"""Alerts: who must do something about a promise gets one task, and one only."""

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from halves.access.models import Role, User
from halves.people.models import Task
from halves.promises.models import Keeping, Promise, PromiseTask, Reason, Via
from halves.promises.queries import at_risk

_AT_ONCE = 200
_LATELY = timedelta(days=30)


def alert(at: datetime) -> int:
    """Give tasks for promises that are broken or about to be, and for those that were outdone.

    A campaign's promises to thousands are one task, of its first; each other promise has its own.
    Safe to say again, and from two workers.

    Returns:
        How many tasks.
    """
    today = timezone.localdate(at)
    return _recover(today, at) + _thank(at)


def _recover(today: date, at: datetime) -> int:
    given = 0
    alone = at_risk(today=today).exclude(via=Via.CAMPAIGN).filter(tasks__isnull=True)
    for one in alone.select_related("person__owner", "keeper")[:_AT_ONCE]:
        said = {"words": one.words, "person": one.person, "day": _day(one.due_on)}
        title = _("Keep or mend, due %(day)s: %(words)s (%(person)s)") % said
        given += _give(one, Reason.RECOVERY, title, at, due_on=max(today, one.due_on or today))
    return given + _recover_campaigns(today, at)


def _recover_campaigns(today: date, at: datetime) -> int:
    given = 0
    told = PromiseTask.objects.filter(promise__via=Via.CAMPAIGN, reason=Reason.RECOVERY)
    known = set(told.values_list("promise__via_key", flat=True))
    rows = at_risk(today=today).filter(via=Via.CAMPAIGN).exclude(via_key__in=known)
    for name in rows.order_by().values_list("via_key", flat=True).distinct()[:20]:
        mine = rows.filter(via_key=name)
        first, count = mine.select_related("person__owner", "keeper").first(), mine.count()
        if first is None:
            continue
        title = ngettext(
            "%(n)d promise of the campaign %(name)s is late or at risk: %(words)s",
            "%(n)d promises of the campaign %(name)s are late or at risk: %(words)s",
            count,
        ) % {"n": count, "name": name, "words": first.words}
        given += _give(first, Reason.RECOVERY, title, at, due_on=today)
    return given


def _thank(at: datetime) -> int:
    rows = Promise.objects.filter(keeping=Keeping.OVER, delivered_at__gte=at - _LATELY)
    rows = rows.exclude(via=Via.CAMPAIGN).exclude(tasks__reason=Reason.THANKS)
    given = 0
    for one in rows.select_related("person__owner", "keeper").order_by("pk")[:_AT_ONCE]:
        said = {"person": one.person, "words": one.words}
        title = _(
            "%(person)s got more than promised (%(words)s): thank them, ask who else it would "
            "help, or for a sentence to quote"
        )
        given += _give(one, Reason.THANKS, title % said, at, due_on=None)
    return given


def _give(
    promise: Promise, reason: Reason, title: str, at: datetime, *, due_on: date | None
) -> int:
    owner = _who(promise, reason)
    if owner is None:
        return 0
    try:
        with transaction.atomic():
            task = Task.objects.create(
                title=title[:200],
                owner=owner,
                person_id=promise.person_id,
                due_on=due_on,
                made_at=at,
            )
            PromiseTask.objects.create(promise=promise, reason=reason, task=task)
    except IntegrityError:
        return 0  # another worker gave it
    return 1


def _who(promise: Promise, reason: Reason) -> User | None:
    """Who keeps it, else whose person it is, else a leader; who thanks is whose person it is."""
    theirs, keeper = promise.person.owner, promise.keeper
    for one in (keeper, theirs) if reason == Reason.RECOVERY else (theirs, keeper):
        if one is not None and one.is_active and one.role != Role.VIEWER:
            return one
    leaders = User.objects.filter(is_active=True, role__in=(Role.LEADER, Role.OWNER))
    return leaders.order_by("role", "pk").first()


def _day(day: date | None) -> str:
    return date_format(day, "j F") if day else ""

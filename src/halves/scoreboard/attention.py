"""What needs a hand today, of what a user may see to; pages and programs say the same."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import Q
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from halves.access.models import User
from halves.access.rules import visible
from halves.deals import queries as deals
from halves.experiments.models import Experiment
from halves.experiments.models import State as Running
from halves.imports.models import ImportRun, RunState
from halves.ledger import Ledger
from halves.people import tasks
from halves.people.models import Task
from halves.scoreboard import queries
from halves.scoreboard.models import AnswerRun

_IMPORTS_OF_LATE = timedelta(days=14)
_MOST_CALLS = 5  # of one kind
_MOST_DEALS = 3


class About(StrEnum):
    """What needs a hand."""

    PERSON = "person"  # a task that is about one
    TASKS = "tasks"
    DEAL = "deal"
    IMPORT = "import"
    EXPERIMENT = "experiment"
    ANSWER = "answer"


@dataclass(frozen=True)
class Call:
    """Something that needs a hand.

    Args:
        words: what, in a sentence.
        about: where it is seen to.
        key: of that person, deal, import or experiment; None where there is one place for all.
    """

    words: str
    about: About
    key: int | None = None


def calls(
    user: User, ledger: Ledger | None, run: AnswerRun | None, *, today: date, now: datetime
) -> list[Call]:
    """What needs attention today, of what this user may see to."""
    return [
        *_tasks(user, now, today),
        *_stuck_deals(user, now, today),
        *_refused_imports(user, now),
        *_experiments_over(user, now),
        *_stale_answer(ledger, run, now),
    ]


def _tasks(user: User, now: datetime, today: date) -> list[Call]:
    """Tasks whose day has come or passed, and those that the user asked to be reminded of."""
    waiting = tasks.waiting(user, today=today, at=now)
    found = [
        Call(_task_words(one, today), *_where(one))
        for one in waiting.select_related("person", "account")[:_MOST_CALLS]
    ]
    more = waiting.count() - len(found)
    if more > 0:
        said = ngettext("%(n)d more task waits", "%(n)d more tasks wait", more) % {"n": more}
        found.append(Call(said, About.TASKS))
    return found


def _stuck_deals(user: User, now: datetime, today: date) -> list[Call]:
    """The user's own deals that are stuck, those worth most, and what says so."""
    found = deals.needing_a_hand(user, at=now, today=today, most=_MOST_DEALS)
    return [
        Call(_("%(deal)s: %(why)s") % {"deal": one.title, "why": why}, About.DEAL, one.pk)
        for one, why in found
    ]


def _task_words(one: Task, today: date) -> str:
    about = one.person or one.account
    said = {"title": f"{one.title} ({about})" if about else one.title}
    if one.due_on is None or one.due_on > today:
        return _("You asked to be reminded: %(title)s") % said
    if one.due_on == today:
        return _("Due today: %(title)s") % said
    return _("Late since %(day)s: %(title)s") % (said | {"day": date_format(one.due_on, "j F")})


def _where(one: Task) -> tuple[About, int | None]:
    return (About.PERSON, one.person_id) if one.person_id else (About.TASKS, None)


def _refused_imports(user: User, now: datetime) -> list[Call]:
    """Files of late that cannot be read, or rows of them that were left out."""
    unread, rows = Q(state=RunState.REFUSED), Q(state=RunState.DONE, refused__gt=0)
    runs = ImportRun.objects.filter(unread | rows, at__gte=now - _IMPORTS_OF_LATE)
    found = []
    for one in visible(user, "import", runs).order_by("-at")[:_MOST_CALLS]:
        said = _("The file %(name)s cannot be read") % {"name": one.name}
        if one.state == RunState.DONE:
            said = ngettext(
                "%(n)d row of %(name)s was refused",
                "%(n)d rows of %(name)s were refused",
                one.refused,
            ) % {"n": one.refused, "name": one.name}
        found.append(Call(said, About.IMPORT, one.pk))
    return found


def _experiments_over(user: User, now: datetime) -> list[Call]:
    """Experiments that have run their time and wait to be read."""
    over = Experiment.objects.filter(state=Running.RUNNING, ends__lte=now)
    return [
        Call(
            _("The experiment %(title)s has run its time; nobody has read it yet")
            % {"title": one.title},
            About.EXPERIMENT,
            one.pk,
        )
        for one in visible(user, "experiment", over).order_by("ends")[:_MOST_CALLS]
    ]


def _stale_answer(ledger: Ledger | None, run: AnswerRun | None, now: datetime) -> list[Call]:
    if ledger is None or run is None or run.answer is None:
        return []
    change = queries.stale(run, ledger)
    found = [Call(stale_words(change), About.ANSWER)] if change else []
    until = date.fromisoformat(run.answer["until"])
    for over in queries.experiments_over(ledger, since=until, now=now)[:_MOST_CALLS]:
        said = _("The experiment %(name)s ended on %(day)s; the answer does not know it yet") % {
            "name": over.experiment,
            "day": date_format(over.ends, "j F Y"),
        }
        found.append(Call(said, About.ANSWER))
    return found


def stale_words(change: queries.Stale) -> str:
    """How the ledger has changed since an answer, in words."""
    if change.came:
        said = ngettext(
            "The answer was computed from an older ledger: %(n)s row came since",
            "The answer was computed from an older ledger: %(n)s rows came since",
            change.came,
        )
        return said % {"n": number_format(change.came, 0, force_grouping=True)}
    said = ngettext(
        "The answer was computed from an older ledger: %(n)s row is gone since",
        "The answer was computed from an older ledger: %(n)s rows are gone since",
        change.went,
    )
    return said % {"n": number_format(change.went, 0, force_grouping=True)}

"""What people gives to rooms below: who may do what, and lines of the timeline."""

from pathlib import Path
from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, When
from django.utils.translation import gettext_lazy as _

from halves.access.models import Role, User
from halves.access.rules import EVERYONE, LEADERS, WORKERS, Verb, rule
from halves.jobs.running import job_kind, mended_by
from halves.jobs.standing import standing
from halves.people import (
    asked,
    duplicates,
    everything,
    ledger_lines,
    letters,
    merging,
    queries,
    tasks,
    timeline,
)
from halves.people.everything import Part, part
from halves.people.models import Person
from halves.posting import outbox
from halves.webhooks.events import event_kind
from halves.webhooks.models import WebhookEvent


def register() -> None:
    """Say who may do what to people and accounts, and what the timeline shows of them."""
    records = {
        Verb.SEE: EVERYONE,
        Verb.ADD: WORKERS,
        Verb.CHANGE: WORKERS,
        Verb.REMOVE: LEADERS,
        Verb.EXPORT: LEADERS | {Role.MARKETER},
    }
    rule("person", records, narrow=of_the_team)
    rule("account", records, narrow=of_the_team)
    rule("task", {Verb.SEE: EVERYONE, Verb.ADD: WORKERS, Verb.CHANGE: WORKERS})
    rule("custom_field", {Verb.SEE: EVERYONE, Verb.ADD: LEADERS, Verb.CHANGE: LEADERS})
    part("operations", Part(everything.of_operations, everything.no_merges))
    part("on its way to the ledger", Part(_waiting, _not_waiting))
    part("letters", Part(_letters, lambda people: letters.to_people(people).delete()[0]))
    part("mails in the folder", Part(_in_folder, _not_in_folder))
    part("told by webhooks", Part(_told, _not_told))
    part("ledger", Part(everything.of_ledger, everything.out_of_the_ledger))
    rule("duplicate", {Verb.SEE: WORKERS, Verb.CHANGE: WORKERS})
    job_kind(merging.SETTLE, merging.settle)
    mended_by(outbox.flush)
    standing("letters", letters.send_due, every_s=1.0)
    standing("old letters", letters.drop_old, every_s=3600.0)
    mended_by(merging.take_up)
    standing("reminders", tasks.remind, every_s=30)
    job_kind(duplicates.KIND, duplicates.find)
    asked.register()
    event_kind("person.added", _("somebody was written down"))
    event_kind("person.merged", _("two people turned out to be one"))
    event_kind("consent.given", _("somebody said yes to being written to"))
    event_kind("consent.refused", _("somebody said no to being written to"))
    timeline.source(ledger_lines.of_person)
    timeline.source(timeline.of_people)


def of_the_team(user: User, rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """A seller's records, where the house keeps teams apart: the team's, and nobody's."""
    if queries.meets_everyone(user):
        return rows
    # One expression that no index serves: SQLite would else gather all rows and sort them, where
    # going along the list's own order finds a page at once.
    met = Case(
        When(Q(owner=None) | Q(owner=user) | Q(team=user.team_id or 0), then=1),
        default=0,
        output_field=IntegerField(),
    )
    return rows.alias(is_met=met).filter(is_met=1)


def _waiting(people: list[Person]) -> list[dict[str, Any]]:
    return outbox.of(one.ledger_id for one in people)


def _not_waiting(people: list[Person]) -> int:
    return outbox.forget(one.ledger_id for one in people)


def _told(people: list[Person]) -> list[dict[str, Any]]:
    rows = WebhookEvent.objects.filter(person_id__in=[one.ledger_id for one in people])
    return [{"kind": one.kind, "at": one.at.isoformat(), "data": one.data} for one in rows]


def _not_told(people: list[Person]) -> int:
    rows = WebhookEvent.objects.filter(person_id__in=[one.ledger_id for one in people])
    return rows.delete()[0]


def _letters(people: list[Person]) -> list[dict[str, Any]]:
    rows = letters.to_people(people)
    return [{"to": one.to, "subject": one.subject, "at": str(one.written_at)} for one in rows]


def _in_folder(people: list[Person]) -> list[dict[str, Any]]:
    return [{"file": file.name, "mail": _said(file)} for file in letters.written_to(people)]


def _said(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""


def _not_in_folder(people: list[Person]) -> int:
    files = letters.written_to(people)
    for file in files:
        file.unlink(missing_ok=True)
    return len(files)

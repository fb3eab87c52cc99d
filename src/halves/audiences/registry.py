"""What audiences gives to rooms below: who may do what, what can be asked, a person's part."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from halves.access.rules import EVERYONE, MARKETERS, Verb, rule
from halves.audiences import asked, joining, likeness, snapshot
from halves.audiences.models import Listed, Membership
from halves.jobs.running import job_kind, mended_by
from halves.people.everything import Part, part
from halves.people.models import Person


def register() -> None:
    """Say who may see and make audiences, and what memberships tell of people."""
    rights = {
        Verb.SEE: EVERYONE,
        Verb.ADD: MARKETERS,
        Verb.CHANGE: MARKETERS,
        Verb.REMOVE: MARKETERS,
        Verb.EXPORT: MARKETERS,
    }
    rule("audience", rights)
    rule("group", rights)
    asked.register()
    job_kind(likeness.LEARN, likeness.learn)
    mended_by(lambda: joining.forget_old(at=datetime.now(UTC)))
    mended_by(lambda: snapshot.tidy(settings.PLACE.home))
    part("audiences", Part(_export, _erase))


def _export(people: list[Person]) -> list[dict[str, Any]]:
    """What they asked on groups' pages, and how many they brought; the rest is among operations."""
    brought = Membership.objects.filter(brought_by__in=people).values_list("group__name", flat=True)
    facts = [{"table": "brought into a group", "group": name} for name in brought]
    for one in joining.of_people(people).select_related("group"):
        facts.append(
            {
                "table": "asked to join",
                "group": one.group.name,
                "name": one.name,
                "email": one.email,
                "asked_at": str(one.asked_at),
                "confirmed_at": str(one.confirmed_at or ""),
            }
        )
    return facts


def _erase(people: list[Person]) -> int:
    gone = joining.of_people(people).delete()[0]
    gone += Membership.objects.filter(person__in=people).delete()[0]
    gone += Listed.objects.filter(person__in=people).delete()[0]
    return gone + snapshot.without(settings.PLACE.home, [one.pk for one in people])

"""What audiences gives to rooms below: who may do what, what can be asked, a person's part."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from halves.access.models import User
from halves.access.rules import EVERYONE, MARKETERS, Verb, rule
from halves.audiences import asked, joining, likeness, referring, snapshot
from halves.audiences.models import Listed, Membership
from halves.audiences.referral_models import Brought, ReferralLink
from halves.jobs.running import job_kind, mended_by
from halves.jobs.standing import standing
from halves.people import timeline
from halves.people.everything import Part, part
from halves.people.models import Person
from halves.people.queries import people_of
from halves.people.timeline import Line, Span


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
    standing("referrals", referring.post_referrals, every_s=60)
    timeline.source(_lines)
    part("audiences", Part(_export, _erase))


def _export(people: list[Person]) -> list[dict[str, Any]]:
    """What they asked on groups' pages, and how many they brought; the rest is among operations."""
    brought = Membership.objects.filter(brought_by__in=people).values_list("group__name", flat=True)
    facts = [{"table": "brought into a group", "group": name} for name in brought]
    whom = Brought.objects.filter(by__in=people).order_by("pk")
    facts += [{"table": "brought", "how": one.how, "at": str(one.at)} for one in whom]
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
    gone += Brought.objects.filter(Q(person__in=people) | Q(by__in=people)).delete()[0]
    gone += ReferralLink.objects.filter(person__in=people).delete()[0]
    gone += Listed.objects.filter(person__in=people).delete()[0]
    return gone + snapshot.without(settings.PLACE.home, [one.pk for one in people])


def _lines(person: Person, user: User, span: Span) -> Iterable[Line]:
    """Who brought them, and whom they brought: by name where the user may see the other."""
    rows = Brought.objects.filter(Q(person=person) | Q(by=person)).select_related("person", "by")
    if span.before is not None:
        rows = rows.filter(at__lt=span.before)
    found = list(rows.order_by("-at", "-pk")[: span.size])
    others = {one.by_id if one.person_id == person.pk else one.person_id for one in found}
    seen = set(people_of(user).filter(pk__in=others).values_list("pk", flat=True))
    for one in found:
        is_brought = one.person_id == person.pk
        other = one.by if is_brought else one.person
        said = _("Brought by %(name)s") if is_brought else _("Brought %(name)s")
        name = str(other) if other.pk in seen else _("somebody")
        about = ("person", other.pk) if other.pk in seen else None
        yield Line(one.at, "self", "referral", said % {"name": name}, one.how, about=about)

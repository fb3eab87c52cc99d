"""Erasing a person everywhere, with proof; and showing them all that is known."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from halves.access import audit
from halves.access.models import AuditEntry, User
from halves.people.everything import everyone_merged, identifiers_of, parts
from halves.people.models import Person, Suppression
from halves.posting.book import book
from halves.posting.journal import Entry, Journal


def export_person(person: Person, *, by: User, at: datetime) -> dict[str, list[dict[str, Any]]]:
    """All that halves holds about a person, by where it is held; who asked is in the log."""
    everyone = everyone_merged(person)
    found = {
        name: one.shown(everyone, by) if one.shown else one.export(everyone)
        for name, one in parts().items()
    }
    rows = {name: len(facts) for name, facts in found.items()}
    audit.record("person.privacy_export", person, by=by, at=at, after=rows)
    return found


def erase_person(person: Person, *, by: User | None, at: datetime) -> dict[str, int]:
    """Erase a person, and everyone merged with them, for good.

    The journal is written first: a crash at any later moment leaves an erasure that is repeated.
    Saying it again is safe.

    Returns:
        How much went, by where it was; `left` must be 0 everywhere.
    """
    everyone = everyone_merged(person)
    journal, known = Journal.of(settings.PLACE.home), identifiers_of(everyone)
    hashed = journal.hashed(known)
    journal.write(Entry(at=at, what="erased", who=hashed))
    gone = {name: one.erase(everyone) for name, one in parts().items()}
    with transaction.atomic():
        keys = [str(one.pk) for one in everyone]
        about = AuditEntry.objects.filter(kind="person", key__in=keys)
        gone["log values"] = about.exclude(before={}, after={}).update(before={}, after={})
        for digest in journal.hashed(one for one in known if not one.startswith("ledger:")):
            Suppression.objects.get_or_create(digest=digest, defaults={"at": at})
        audit.record("person.erase", person, by=by, at=at)
        gone["operations"] = Person.objects.filter(pk__in=keys).delete()[0]
    addresses = [one.partition(":")[2] for one in known if one.startswith(("email:", "phone:"))]
    gone["left"] = sum(left_of([one.ledger_id for one in everyone], addresses).values())
    return gone


def left_of(person_ids: list[str], names: list[str]) -> dict[str, int]:
    """What still names a person anywhere: the proof that an erasure was whole."""
    ledger = book()
    found = {}
    for table in ("people", "touches", "outcomes", "deliveries"):
        rows = ledger.table(table, aliased=False)
        found[table] = ledger.query(
            rows.filter(rows.person_id.isin(person_ids)).count().as_table()
        ).to_pylist()[0]
    counts = {table: next(iter(row.values())) for table, row in found.items()}
    is_named = Q(pk__lt=0)
    for name in names:
        is_named |= Q(before__icontains=name) | Q(after__icontains=name)
    counts["people in operations"] = Person.objects.filter(ledger_id__in=person_ids).count()
    counts["log"] = AuditEntry.objects.filter(is_named).count()
    return counts

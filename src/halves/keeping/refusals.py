"""Saying again, after a restore, what people had said about being contacted and erased."""

from datetime import datetime

from halves.keeping.erasing import erase_person
from halves.people import consenting
from halves.people.models import Identifier, Person
from halves.posting.journal import Entry, Journal

_REPLAYED = "journal, after a restore"


def replay(journal: Journal, *, since: datetime, at: datetime) -> dict[str, int]:
    """Say again what the journal holds from a moment on; how much of what was said.

    Consent comes back as it was given and taken, in its order; erased people go again.
    """
    known = _by_hash(journal)
    done: dict[str, int] = {}
    for entry in journal.read(since=since):
        people = {known[one] for one in entry.who if one in known}
        for person in Person.objects.filter(pk__in=people):
            _said_again(person, entry, at=at)
            done[entry.what] = done.get(entry.what, 0) + 1
    return done


def _said_again(person: Person, entry: Entry, *, at: datetime) -> None:
    match entry.what:
        case "erased":
            erase_person(person, by=None, at=at)
        case "refused" | "allowed":
            consenting.consent(
                person,
                channel=entry.channel,
                topic=entry.topic,
                is_given=entry.what == "allowed",
                how=_REPLAYED,
                by=None,
                at=entry.at,
                is_replayed=True,
            )
        case "left_alone" | "contacted_again":
            is_wanted = entry.what == "left_alone"
            consenting.leave_alone(person, is_wanted=is_wanted, by=None, at=at, is_replayed=True)


def _by_hash(journal: Journal) -> dict[str, int]:
    """Everyone who is known, by each hash that the journal may use for them."""
    known = {}
    rows = Identifier.objects.values_list("kind", "value", "person_id")
    for kind, value, person in rows.iterator(chunk_size=10_000):
        known[journal.hashed([f"{kind}:{value}"])[0]] = person
    for ledger_id, person in Person.objects.values_list("ledger_id", "pk").iterator():
        known[journal.hashed([f"ledger:{ledger_id}"])[0]] = person
    return known

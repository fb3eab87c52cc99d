"""What people said about being contacted, and the proof of it."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F

from halves.access import audit
from halves.access.models import User
from halves.people.errors import FieldRefused
from halves.people.everything import everyone_merged, identifiers_of
from halves.people.models import Consent, Person
from halves.posting.journal import Entry, Journal, What
from halves.webhooks.events import happened


def consent(
    person: Person,
    *,
    channel: str,
    topic: str,
    is_given: bool,
    how: str,
    by: User | None,
    at: datetime,
    proof: str = "",
    is_replayed: bool = False,
) -> Consent:
    """Write down what a person said about being contacted; older words stay as proof.

    The journal hears of it first, so that no backup can forget a refusal.
    """
    if not how.strip():
        raise FieldRefused("how", "say how they told us, such as: said so in a call")
    with transaction.atomic():
        said = Consent.objects.create(
            person=person,
            channel=channel,
            topic=topic,
            is_given=is_given,
            how=how.strip(),
            by=str(by) if by else "halves",
            at=at,
            proof=proof,
        )
        if not is_replayed:
            what: What = "allowed" if is_given else "refused"
            _tell_the_journal(person, what, at=at, channel=channel, topic=topic)
        words = {"channel": channel, "topic": topic, "is_given": is_given, "how": how}
        audit.record("person.consent", person, by=by, at=at, after=words)
        kind = "consent.given" if is_given else "consent.refused"
        data = {"person": person.pk, "channel": channel, "topic": topic}
        happened(kind, data, at=at, person_id=person.ledger_id)
    return said


def leave_alone(
    person: Person,
    *,
    is_wanted: bool,
    by: User | None,
    at: datetime,
    is_replayed: bool = False,
) -> None:
    """Never contact this person, or lift that."""
    with transaction.atomic():
        if not is_replayed:
            _tell_the_journal(person, "left_alone" if is_wanted else "contacted_again", at=at)
        changed = Person.objects.filter(pk=person.pk).exclude(is_do_not_contact=is_wanted)
        if changed.update(is_do_not_contact=is_wanted, changed_at=at, version=F("version") + 1):
            after = {"is_do_not_contact": is_wanted}
            audit.record("person.leave_alone", person, by=by, at=at, after=after)
    person.refresh_from_db()


def _tell_the_journal(
    person: Person, what: What, *, at: datetime, channel: str = "", topic: str = ""
) -> None:
    journal = Journal.of(settings.PLACE.home)
    who = journal.hashed(identifiers_of(everyone_merged(person)))
    journal.write(Entry(at=at, what=what, who=who, channel=channel, topic=topic))

"""The rule for showing and erasing everything about a person, and for lifting a restore's lock."""

from collections.abc import Mapping

from django.conf import settings

from halves.access.rules import LEADERS, OWNERS, Verb, rule
from halves.keeping.models import RestoreLock, Suppression
from halves.people import reachable
from halves.people.reachable import Refusal
from halves.posting.journal import Journal


def register() -> None:
    """Say who may."""
    rule("privacy", {Verb.SEE: LEADERS, Verb.EXPORT: LEADERS, Verb.REMOVE: OWNERS})
    rule("restore_lock", {Verb.SEE: LEADERS, Verb.CHANGE: OWNERS})
    reachable.also(_not_to_be_told)


def _not_to_be_told(addresses: Mapping[int, str]) -> dict[int, Refusal]:
    """Nobody while a restore's lock holds; never who was erased, at whatever address."""
    if RestoreLock.objects.filter(lifted_at=None).exists():
        return dict.fromkeys(addresses, Refusal.LOCKED)
    if not Suppression.objects.exists():
        return {}
    journal = Journal.of(settings.PLACE.home)
    digests = {pk: journal.hashed([f"email:{said}"])[0] for pk, said in addresses.items() if said}
    held = Suppression.objects.filter(digest__in=list(digests.values()))
    erased = set(held.values_list("digest", flat=True))
    return {pk: Refusal.ERASED for pk, digest in digests.items() if digest in erased}

"""The rule for showing and erasing everything about a person, and for lifting a restore's lock."""

from collections.abc import Mapping

from halves.access.rules import LEADERS, OWNERS, Verb, rule
from halves.keeping.models import RestoreLock
from halves.people import reachable
from halves.people.reachable import Refusal
from halves.people.suppressed import suppressed


def register() -> None:
    """Say who may."""
    rule("privacy", {Verb.SEE: LEADERS, Verb.EXPORT: LEADERS, Verb.REMOVE: OWNERS})
    rule("restore_lock", {Verb.SEE: LEADERS, Verb.CHANGE: OWNERS})
    reachable.also(_not_to_be_told)


def _not_to_be_told(addresses: Mapping[int, str], kind: str) -> dict[int, Refusal]:
    """Nobody while a restore's lock holds; never who was erased, at whatever address."""
    if RestoreLock.objects.filter(lifted_at=None).exists():
        return dict.fromkeys(addresses, Refusal.LOCKED)
    erased = suppressed((kind, said) for said in addresses.values() if said)
    return {pk: Refusal.ERASED for pk, said in addresses.items() if (kind, said) in erased}

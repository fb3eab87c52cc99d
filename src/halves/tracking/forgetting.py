"""What tracking holds about a person: shown to them, and erased with them."""

from typing import Any

from django.db.models import Q

from halves.people.everything import identifiers_of
from halves.people.models import Person
from halves.tracking.flushing import alone
from halves.tracking.models import Event, Source, Stitch, StitchState

_SHOWN = ("kind", "name", "at", "anonymous_id", "user_id", "body", "verdict")


def of(people: list[Person]) -> list[dict[str, Any]]:
    """Events that are known to be theirs. What someone else only claims is not shown to them."""
    rows = Event.objects.filter(_theirs(people)).order_by("pk").values(*_SHOWN)
    return [{"table": "event"} | one | {"at": one["at"].isoformat()} for one in rows]


def forget(people: list[Person]) -> int:
    """Erase their events, those that name them, and who ever claimed to be them."""
    with alone():  # so that none of it is on its way to the ledger meanwhile
        keys = _keys(people)
        named = Q(pk__in=())
        for kind, value in keys:
            if kind == "email" and value:
                named |= Q(body__icontains=value)
        gone = Event.objects.filter(_theirs(people) | named).delete()[0]
        claimed = Q(person__in=people)
        for kind, value in keys:
            claimed |= Q(kind=kind, value=value)
        return gone + Stitch.objects.filter(claimed).delete()[0]


def _theirs(people: list[Person]) -> Q:
    found = Q(pk__in=())
    kinds: dict[str, list[int]] = {}
    for source in Source.objects.all():
        kinds.setdefault(source.user_ids, []).append(source.pk)
    for kind, value in _keys(people):
        if kind in kinds:
            found |= Q(source__in=kinds[kind], user_id=value, is_trusted=True)
    stitched = Stitch.objects.filter(person__in=people, state=StitchState.CONFIRMED)
    for ledger_id in stitched.values_list("ledger_id", flat=True):
        what, source, own = [*ledger_id.split(":", 2), "", ""][:3]
        if what == "anon" and source.isdecimal():
            found |= Q(source=int(source), anonymous_id=own)
    return found


def _keys(people: list[Person]) -> list[tuple[str, str]]:
    return [
        (kind, value) for kind, _, value in (one.partition(":") for one in identifiers_of(people))
    ]

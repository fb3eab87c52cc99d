"""Whose visits they are: said by anyone, believed from those who know.

A browser may say that its visits are Ada's: that is kept as unverified and changes nothing about
Ada. The visits are hers once the source's secret key says so, a colleague does, or an import brings
an id that the secret key had told of. Whoever is first has them: a shared computer's visits stay
with the first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from halves.access import audit
from halves.access.models import User
from halves.people.actions import change_person
from halves.people.arrival import Key, Trust, identify, person_known_by
from halves.people.errors import ChangedMeanwhile, FieldRefused, IdentifierTaken
from halves.people.models import Identifier, Person
from halves.posting.book import book
from halves.tracking.errors import StitchRefused
from halves.tracking.models import Event, Source, Stitch, StitchState

_AT_ONCE = 500
_LONGEST = {"name": 200, "title": 200, "region": 100}


@dataclass(frozen=True)
class Claim:
    """These visits are said to be of whoever is known by this key."""

    source: int
    ledger_id: str
    kind: str
    value: str
    is_trusted: bool


def visits(event: Event, source: Source) -> str:
    """The id that an event's visits have in the ledger while nobody knows whose they are."""
    if event.is_trusted and event.user_id:
        return f"user:{source.user_ids}:{event.user_id}"
    own = event.anonymous_id or f"user:{event.user_id}"
    return f"anon:{source.pk}:{own}"


def claims(event: Event, source: Source, said: Mapping[str, Any]) -> list[Claim]:
    """What an event says about whose visits they are."""
    where = visits(event, source)
    found = [(source.user_ids, event.user_id)] if event.user_id else []
    email = _traits(said).get("email") if event.kind == "identify" else None
    if isinstance(email, str):
        found.append(("email", email))
    return [
        Claim(source.pk, where, key.kind, key.value, event.is_trusted)
        for key in (Key(kind, value) for kind, value in found)
        if _is_sound(key)
    ]


def keep(said: Iterable[Claim], *, at: datetime) -> None:
    """Keep what was said, unverified; what is kept already stays as it is."""
    rows = [
        Stitch(
            source_id=one.source,
            ledger_id=one.ledger_id,
            kind=one.kind,
            value=one.value,
            is_trusted=one.is_trusted,
            said_at=at,
        )
        for one in dict.fromkeys(said)
    ]
    Stitch.objects.bulk_create(rows, batch_size=_AT_ONCE, ignore_conflicts=True)


def someone(event: Event, source: Source, said: Mapping[str, Any], *, at: datetime) -> Person:
    """The person of an event that the secret key sent, known by all that it says from now on.

    Only what is empty is filled. A key that is another's already is left with them.
    """
    keys, traits = [Key(source.user_ids, event.user_id)], _traits(said)
    trusted = {"trust": Trust.SECRET_KEY, "source": f"tracking of {source}", "by": None, "at": at}
    if isinstance(traits.get("email"), str) and _is_sound(Key("email", traits["email"])):
        keys.append(Key("email", traits["email"]))
    try:
        person = identify(keys, **trusted)
    except IdentifierTaken:
        person = identify(keys[:1], **trusted)
    _fill(person, traits, source, event.user_id, at=at)
    return person


def confirm(
    stitch: Stitch, person: Person, *, how: str, at: datetime, by: User | None = None
) -> bool:
    """Say that the visits are this person's from now on.

    Returns:
        Whether they are; not if they are another's already.
    """
    try:
        with transaction.atomic():
            rows = Stitch.objects.filter(pk=stitch.pk).exclude(state=StitchState.CONFIRMED)
            won = rows.update(
                state=StitchState.CONFIRMED, person=person, decided_at=at, how=how[:120]
            )
            if won:
                after = {"visits": stitch.ledger_id, "how": how}
                audit.record("person.stitch", person, by=by, at=at, after=after)
    except IntegrityError:  # another has them
        return False
    return Stitch.objects.filter(pk=stitch.pk, person=person, state="confirmed").exists()


def believe(stitch: Stitch, *, by: User, at: datetime) -> Person:
    """A colleague says that it is so: who is meant is made known if nobody is yet.

    Raises:
        StitchRefused: the visits are another's already, or someone decided before.
    """
    if stitch.state != StitchState.UNVERIFIED:
        raise StitchRefused("somebody decided about these visits already")
    with transaction.atomic():
        key = Key(stitch.kind, stitch.value)
        source = f"tracking of {stitch.source}"
        person = identify([key], trust=Trust.COLLEAGUE, source=source, by=by, at=at)
        if not confirm(stitch, person, how=str(by), at=at, by=by):
            raise StitchRefused("these visits are known to be somebody else's")
    return person


def refuse(stitch: Stitch, *, by: User, at: datetime) -> None:
    """A colleague says that it is not so.

    Raises:
        StitchRefused: somebody decided before.
    """
    rows = Stitch.objects.filter(pk=stitch.pk, state=StitchState.UNVERIFIED)
    with transaction.atomic():
        if not rows.update(state=StitchState.REFUSED, decided_at=at, how=str(by)[:120]):
            raise StitchRefused("somebody decided about these visits already")
        after = {"visits": stitch.ledger_id}
        audit.record("stitch.refuse", stitch, by=by, at=at, after=after)


def confirm_what_is_known(*, at: datetime) -> int:
    """Confirm what the secret key told of and an import, a colleague or the key has named since."""
    named = Identifier.objects.filter(kind=OuterRef("kind"), value=OuterRef("value"))
    open_ = Stitch.objects.filter(state=StitchState.UNVERIFIED, is_trusted=True)
    count = 0
    for stitch in open_.filter(Exists(named)).order_by("pk")[:_AT_ONCE]:
        person = person_known_by([Key(stitch.kind, stitch.value)])
        if person is None or not confirm(stitch, person, how="a trusted source", at=at):
            Stitch.objects.filter(pk=stitch.pk, state=StitchState.UNVERIFIED).update(
                state=StitchState.REFUSED, decided_at=at, how="they are another's"
            )
        count += 1
    return count


def post(*, at: datetime) -> int:
    """Tell the ledger whose visits they are; safe to say again after a crash."""
    while True:
        waiting = Stitch.objects.filter(state=StitchState.CONFIRMED, posted_at=None)
        rows = list(waiting.select_related("person").order_by("pk")[:_AT_ONCE])
        if not rows:
            return 0
        same = {one.ledger_id: one.person.ledger_id for one in rows}
        book().merge_many(same, at=at, batch=f"stitches:{uuid4().hex}")
        Stitch.objects.filter(pk__in=[one.pk for one in rows]).update(posted_at=at)


def _fill(
    person: Person, traits: Mapping[str, Any], source: Source, user_id: str, *, at: datetime
) -> None:
    both = (traits.get("firstName"), traits.get("lastName"))
    name = traits.get("name") or " ".join(one for one in both if isinstance(one, str))
    said = {"name": name, "title": traits.get("title"), "region": traits.get("region")}
    new = {
        field: value.strip()[: _LONGEST[field]].replace("\x00", "")
        for field, value in said.items()
        if isinstance(value, str)
        and value.strip()
        and (not getattr(person, field) or (field == "name" and person.name == user_id))
    }
    if not new:
        return
    try:
        change_person(
            person, by=None, at=at, version=person.version, source=f"tracking of {source}", **new
        )
    except (ChangedMeanwhile, FieldRefused):  # a colleague is at it: theirs counts
        return


def _traits(said: Mapping[str, Any]) -> Mapping[str, Any]:
    found = said.get("traits")
    return found if isinstance(found, Mapping) else {}


def _is_sound(key: Key) -> bool:
    try:
        return bool(key.value) and "\x00" not in key.value
    except (FieldRefused, UnicodeError):
        return False

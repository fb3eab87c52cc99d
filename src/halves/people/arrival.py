"""Who it is that arrives with an address, a number or an id: exact keys, and who may add to them.

A trusted source (a colleague, an import, a secret key) may say what a person is known by. One that
is not (a browser's write key) may not touch what is known of anyone: else whoever types another's
address into a form could take over what is theirs.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import IntegrityError, transaction
from django.db.models import Q

from halves.access import audit
from halves.access.models import User
from halves.people.actions import add_person
from halves.people.errors import FieldRefused, IdentifierTaken, SourceNotTrusted
from halves.people.identity import normalised
from halves.people.models import Identifier, Person

_REACHED_BY = ("email", "phone")


class Trust(StrEnum):
    """Where something comes from."""

    COLLEAGUE = "colleague"
    IMPORT = "import"
    SECRET_KEY = "secret_key"  # noqa: S105
    WRITE_KEY = "write_key"  # in a page's source: whoever reads the page has it


_TRUSTED = frozenset({Trust.COLLEAGUE, Trust.IMPORT, Trust.SECRET_KEY})


@dataclass(frozen=True)
class Key:
    """One way of knowing somebody, as it was said: it is normalised before it is compared."""

    kind: str  # `email`, `phone`, `hubspot`…
    said: str

    @property
    def value(self) -> str:
        """As it is kept.

        Raises:
            FieldRefused: it is not what its kind says.
        """
        return normalised(self.kind, self.said)


def people_known_by(keys: Iterable[Key]) -> list[Person]:
    """Everyone whom one of the keys names, after merges; each once, the oldest first.

    Raises:
        FieldRefused: a key that is not what its kind says.
    """
    wanted = Q(pk__in=())
    for kind, value in {(one.kind, one.value) for one in keys}:
        wanted |= Q(kind=kind, value=value)
    rows = Identifier.objects.filter(wanted).select_related("person")
    found = {survivor.pk: survivor for survivor in (_survivor(row.person) for row in rows)}
    return [found[key] for key in sorted(found)]


def person_known_by(keys: Iterable[Key]) -> Person | None:
    """The person whom the keys name; None where they name nobody.

    Raises:
        FieldRefused: a key that is not what its kind says.
        IdentifierTaken: they name two people: merge them, or take a key away.
    """
    keys = list(keys)
    found = people_known_by(keys)
    if len(found) > 1:
        other = next(one for one in keys if people_known_by([one]) == [found[1]])
        raise IdentifierTaken(other.kind, other.value, found[1].pk)
    return found[0] if found else None


def identify(
    keys: Iterable[Key], *, trust: Trust, source: str, by: User | None, at: datetime
) -> Person:
    """The person whom the keys name, known by all of them from now on; someone new if nobody.

    Args:
        keys: at least one.
        trust: where they come from.
        source: the same in words, such as `import of contacts.csv`.
        by: who does; None for halves itself.
        at: now.

    Raises:
        SourceNotTrusted: the source may not add to what people are known by.
        FieldRefused: no key, or one that is not what its kind says.
        IdentifierTaken: the keys name two people.
    """
    keys = list(keys)
    if trust not in _TRUSTED:
        raise SourceNotTrusted(f"{source} may not say what people are known by")
    if not keys:
        raise FieldRefused("identifiers", "give at least one, such as an e-mail address")
    with transaction.atomic():
        person = person_known_by(keys) or _someone_new(keys, source=source, by=by, at=at)
        for key in keys:
            _attach(person, key, source=source, by=by, at=at)
    return person


def _survivor(person: Person) -> Person:
    while person.merged_into is not None:
        person = person.merged_into
    return person


def _someone_new(keys: list[Key], *, source: str, by: User | None, at: datetime) -> Person:
    first = {one.kind: one.said for one in reversed(keys)}
    reached = {kind: first[kind] for kind in _REACHED_BY if kind in first}
    # Who is known by an id alone has that id for a name, until someone gives a better one.
    said = reached or {"name": keys[0].value[:200]}
    return add_person(by=by, at=at, source=source, **said)


def _attach(person: Person, key: Key, *, source: str, by: User | None, at: datetime) -> None:
    row = {"kind": key.kind, "value": key.value}
    try:
        with transaction.atomic():
            known, is_new = Identifier.objects.get_or_create(
                **row, defaults={"person": person, "source": source[:100], "at": at}
            )
    except IntegrityError:  # two at once: the other has it now
        known, is_new = Identifier.objects.get(**row), False
    if _survivor(known.person).pk != person.pk:
        raise IdentifierTaken(key.kind, key.value, known.person_id)
    if is_new:
        audit.record("person.identify", person, by=by, at=at, after=row)

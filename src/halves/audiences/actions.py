"""What can happen to audiences."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from halves.access import audit
from halves.access.models import User
from halves.audiences.definition import read
from halves.audiences.errors import (
    AudienceRefused,
    ChangedMeanwhile,
    NameTaken,
    NotAList,
    StillUsed,
)
from halves.audiences.models import Audience, Kind, Listed
from halves.audiences.queries import known, members
from halves.people.models import Person

_FIELDS = ("name", "kind", "definition")
_CHUNK = 1_000


def save_question(
    *, name: str, definition: Mapping[str, Any], by: User | None, at: datetime
) -> Audience:
    """Keep a question about people under a name.

    Raises:
        DefinitionRefused: names the place and what is wrong there.
        NameTaken: another audience is called so.
    """
    read(definition, known())
    return _add(name, Kind.COMPUTED, dict(definition), by=by, at=at)


def change_question(
    audience: Audience,
    *,
    name: str,
    definition: Mapping[str, Any],
    version: int,
    by: User,
    at: datetime,
) -> Audience:
    """Change the question; who is in it changes with it.

    Args:
        version: the one that was read; of two who change it at once, the second is told.

    Raises:
        ChangedMeanwhile: somebody else was first.
        DefinitionRefused, NameTaken: as in `save_question`.
        NotAList: a list has no question.
    """
    if audience.kind != Kind.COMPUTED:
        raise NotAList(_("This is a list: people are put on it, and it has no question."))
    read(definition, known(), within=(audience.pk,))
    return _change(
        audience, version, {"name": _named(name), "definition": dict(definition)}, by=by, at=at
    )


def rename(audience: Audience, name: str, *, version: int, by: User, at: datetime) -> Audience:
    """Give it another name.

    Raises:
        ChangedMeanwhile, NameTaken: as in `change_question`.
    """
    return _change(audience, version, {"name": _named(name)}, by=by, at=at)


def make_list(*, name: str, people: Iterable[int] = (), by: User | None, at: datetime) -> Audience:
    """Make a list, with some on it.

    Raises:
        NameTaken: another audience is called so.
    """
    with transaction.atomic():
        made = _add(name, Kind.STATIC, {}, by=by, at=at)
        _put_on(made, people, at=at)
    return made


def freeze(audience: Audience, *, name: str, by: User, at: datetime) -> Audience:
    """Make a list of whoever is in an audience now.

    Raises:
        DefinitionRefused: what it refers to is gone.
        NameTaken: another audience is called so.
    """
    keys = (key for chunk in members(audience, at=at) for key in chunk)
    return make_list(name=name, people=keys, by=by, at=at)


def put_on(audience: Audience, people: Iterable[int], *, by: User, at: datetime) -> int:
    """Put people on a list; how many were not on it before.

    Raises:
        NotAList: its members are computed.
    """
    _insist_on_list(audience)
    with transaction.atomic():
        count = _put_on(audience, people, at=at)
        audit.record("audience.put_on", audience, by=by, at=at, after={"people": count})
    return count


def take_off(audience: Audience, people: Iterable[int], *, by: User, at: datetime) -> int:
    """Take people off a list; how many were on it.

    Raises:
        NotAList: its members are computed.
    """
    _insist_on_list(audience)
    with transaction.atomic():
        count, _rows = audience.listed.filter(person__in=list(people)).delete()
        audit.record("audience.take_off", audience, by=by, at=at, before={"people": count})
    return count


def remove(audience: Audience, *, by: User, at: datetime) -> None:
    """Throw an audience away; the people stay.

    Raises:
        StillUsed: another audience or a campaign refers to it.
    """
    for other in Audience.objects.exclude(pk=audience.pk).filter(kind=Kind.COMPUTED):
        if _refers(other.definition, audience.pk):
            words = _("%(other)s refers to it: change that first.")
            raise StillUsed(words % {"other": other.name})
    try:
        with transaction.atomic():
            before = audit.fields_of(audience, _FIELDS)
            audit.record("audience.remove", audience, by=by, at=at, before=before)
            audience.delete()
    except ProtectedError:
        raise StillUsed(_("A campaign tells its story to it, so that it stays.")) from None


def _add(
    name: str, kind: Kind, definition: Mapping[str, Any], *, by: User | None, at: datetime
) -> Audience:
    made = Audience(
        name=_named(name), kind=kind, definition=definition, by=by, made_at=at, changed_at=at
    )
    try:
        with transaction.atomic():
            made.save()
            audit.record("audience.add", made, by=by, at=at, after=audit.fields_of(made, _FIELDS))
    except IntegrityError:
        raise NameTaken(_("Another audience is called so: give it another name.")) from None
    return made


def _change(
    audience: Audience, version: int, said: Mapping[str, Any], *, by: User, at: datetime
) -> Audience:
    before = audit.fields_of(audience, said)
    # One conditional UPDATE, so that of two who save at once only one wins.
    mine = Audience.objects.filter(pk=audience.pk, version=version)
    try:
        with transaction.atomic():
            if not mine.update(**said, changed_at=at, version=version + 1):
                words = _(
                    "%(name)s was changed by someone else meanwhile: look at it, and save again."
                )
                raise ChangedMeanwhile(words % {"name": audience.name})
            audience.refresh_from_db()
            audit.record("audience.change", audience, by=by, at=at, before=before, after=said)
    except IntegrityError:
        raise NameTaken(_("Another audience is called so: give it another name.")) from None
    return audience


def _put_on(audience: Audience, people: Iterable[int], *, at: datetime) -> int:
    before = audience.listed.count()
    held: list[int] = []
    for key in people:
        held.append(key)
        if len(held) == _CHUNK:
            _put_few(audience, held, at)
            held = []
    _put_few(audience, held, at)
    return audience.listed.count() - before


def _put_few(audience: Audience, keys: list[int], at: datetime) -> None:
    there = Person.objects.filter(pk__in=keys, merged_into=None).values_list("pk", flat=True)
    rows = [Listed(audience=audience, person_id=key, at=at) for key in there]
    Listed.objects.bulk_create(rows, ignore_conflicts=True)


def _named(name: str) -> str:
    found = " ".join(name.split())
    if not 0 < len(found) <= 120:
        raise AudienceRefused(_("Give it a name of at most 120 letters."))
    return found


def _insist_on_list(audience: Audience) -> None:
    if audience.kind != Kind.STATIC:
        words = _("Who is in it is computed: change its question, or make a list of it first.")
        raise NotAList(words)


def _refers(said: Any, key: int) -> bool:
    if isinstance(said, dict):
        return said.get("audience") == key or any(_refers(one, key) for one in said.values())
    return isinstance(said, list) and any(_refers(one, key) for one in said)

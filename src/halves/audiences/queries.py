"""Who is in an audience: all of them, how many, whether still, and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from halves.access.models import User
from halves.access.rules import visible
from halves.audiences import compiling, saying
from halves.audiences.asking import Sources, asked, asked_for
from halves.audiences.definition import All, Known, Node, Not, OneOf, read
from halves.audiences.models import Audience, Group, Kind, Listed
from halves.people import fields
from halves.people.models import Person
from halves.people.queries import people_of

CHUNK = 5_000
_LOOKED_AT, SHOWN = 2_000, 10


def audiences_of(user: User) -> "QuerySet[Audience]":
    """All audiences that the user may meet."""
    return visible(user, "audience", Audience.objects.all())


def known() -> Known:
    """What a definition may refer to now."""

    def audience(key: int) -> Mapping[str, Any] | None:
        found = Audience.objects.filter(pk=key).first()
        if found is None:
            raise KeyError(key)
        return None if found.kind == Kind.STATIC else dict(found.definition)

    def likeness(key: int) -> Mapping[str, Any]:
        found = Group.objects.filter(pk=key).first()
        if found is None:
            raise KeyError(key)
        return dict(found.likeness)

    return Known(fields.fields(), fields.records(), audience, likeness)


def members(audience: Audience, *, at: datetime) -> Iterator[list[int]]:
    """Everyone who is in it now: keys of people in order, a few thousand at a time.

    What is held is eight bytes a person, whatever the caller does meanwhile: who comes in later is
    not in it.

    Raises:
        DefinitionRefused: what it refers to is gone.
    """
    if audience.kind == Kind.STATIC:
        yield from _listed(audience)
        return
    node = read(audience.definition, known(), within=(audience.pk,))
    keys = asked(lambda source: _query("p.id AS id", node, source, at, " ORDER BY p.id")).column(0)
    for start in range(0, len(keys), CHUNK):
        yield keys.slice(start, CHUNK).to_pylist()


def page(audience: Audience, *, at: datetime, after: int, size: int) -> list[int]:
    """Some of those who are in it now: the keys that follow `after`, in order."""
    if audience.kind == Kind.STATIC:
        rows = audience.listed.filter(person__merged_into=None, person_id__gt=after)
        return list(rows.order_by("person_id").values_list("person_id", flat=True)[:size])
    node = read(audience.definition, known(), within=(audience.pk,))
    rest = f" AND p.id > {int(after)} ORDER BY p.id LIMIT {int(size)}"
    return list(asked(lambda source: _query("p.id", node, source, at, rest)).column(0).to_pylist())


def count(definition: Mapping[str, Any], *, at: datetime, token: str = "") -> int:
    """How many answer a definition now.

    Args:
        definition: as data.
        at: now.
        token: whose builder asks; a count that it asked for before stops.

    Raises:
        DefinitionRefused: names the place and what is wrong there.
        CountOvertaken: the builder asked anew.
    """
    node = read(definition, known())
    found = asked_for(token, lambda source: _query("count(*)", node, source, at))
    return int(found.column(0)[0].as_py())


def size(audience: Audience, *, at: datetime) -> int:
    """How many are in it now."""
    if audience.kind == Kind.STATIC:
        return audience.listed.filter(person__merged_into=None).count()
    return count(audience.definition, at=at)


def still_in(audience: Audience, pks: Sequence[int], *, at: datetime) -> set[int]:
    """Those of a few hundred people who are in it at this moment, by what operations hold now.

    Raises:
        DefinitionRefused: what it refers to is gone.
    """
    if not pks:
        return set()
    if audience.kind == Kind.STATIC:
        rows = audience.listed.filter(person__in=list(pks), person__merged_into=None)
        return set(rows.values_list("person_id", flat=True))
    node = read(audience.definition, known(), within=(audience.pk,))
    found = asked(lambda source: _query("p.id", node, source, at), pks=pks)
    return set(found.column(0).to_pylist())


def sample(
    definition: Mapping[str, Any], user: User, *, at: datetime, size: int = SHOWN
) -> list[Person]:
    """A few who answer a definition and whom the user may meet: the same few while nothing changes.

    Raises:
        DefinitionRefused: names the place and what is wrong there.
    """
    node = read(definition, known())
    order = f" ORDER BY hash(p.id) LIMIT {_LOOKED_AT}"
    keys = asked(lambda source: _query("p.id", node, source, at, order)).column(0).to_pylist()
    return _met(user, keys, size)


def sample_of(audience: Audience, user: User, *, at: datetime, size: int = SHOWN) -> list[Person]:
    """A few who are in an audience and whom the user may meet."""
    if audience.kind == Kind.COMPUTED:
        return sample(audience.definition, user, at=at, size=size)
    newest = audience.listed.order_by("-at", "-id").values_list("person_id", flat=True)
    return _met(user, list(newest[:_LOOKED_AT]), size)


@dataclass(frozen=True)
class Why:
    """One part of a definition: whether it holds of somebody, and what is so of them."""

    words: str
    holds: bool
    found: str = ""
    parts: tuple["Why", ...] = ()


def why(definition: Mapping[str, Any], person: Person, *, at: datetime) -> Why:
    """Why somebody answers a definition, or does not, part by part, as they are now.

    Raises:
        DefinitionRefused: names the place and what is wrong there.
    """
    node = read(definition, known())
    leaves = list(_leaves(node))

    def query(source: Sources) -> tuple[str, Sequence[Any]]:
        shown: list[compiling.Part] = []
        for leaf in leaves:
            shown.append(compiling.condition(leaf, source, at=at))
            shown.append(compiling.found(leaf, source, at=at))
        columns = ", ".join(f"{one.sql} AS c{place}" for place, one in enumerate(shown))
        values = [value for one in shown for value in one.values]
        return f"SELECT {columns} FROM {compiling.people_from(source)}", values

    rows = asked(query, pks=[person.pk]).to_pylist()
    answers = list(rows[0].values()) if rows else [False, None] * len(leaves)
    told = iter(zip(answers[::2], answers[1::2], strict=True))
    return _why(node, told)


def _why(node: Node, told: Iterator[tuple[bool, Any]]) -> Why:
    if isinstance(node, Not):
        part = _why(node.part, told)
        return Why(saying.heading(node), not part.holds, parts=(part,))
    if isinstance(node, All | OneOf):
        parts = tuple(_why(one, told) for one in node.parts)
        holds = (all if isinstance(node, All) else any)(one.holds for one in parts)
        return Why(saying.heading(node), holds, parts=parts)
    holds, found = next(told)
    return Why(saying.of(node), bool(holds), saying.found(node, found))


def _leaves(node: Node) -> Iterator[Node]:
    match node:
        case All(parts) | OneOf(parts):
            for one in parts:
                yield from _leaves(one)
        case Not(part):
            yield from _leaves(part)
        case _:
            yield node


def _query(
    what: str, node: Node, source: Sources, at: datetime, rest: str = ""
) -> tuple[str, Sequence[Any]]:
    asked = compiling.question(node, source, at=at)
    sql = f"SELECT {what} FROM {asked.people.sql} WHERE {asked.condition.sql}{rest}"
    return sql, asked.values


def _listed(audience: Audience) -> Iterator[list[int]]:
    last = 0
    rows = Listed.objects.filter(audience=audience, person__merged_into=None)
    keys = rows.order_by("person_id").values_list("person_id", flat=True)
    while chunk := list(keys.filter(person_id__gt=last)[:CHUNK]):
        last = chunk[-1]
        yield chunk


def _met(user: User, keys: Sequence[int], size: int) -> list[Person]:
    """Those whom the user may meet, in the order of the keys."""
    found: dict[int, Person] = {}
    for start in range(0, len(keys), 200):
        rows = people_of(user).filter(pk__in=keys[start : start + 200])
        found |= {one.pk: one for one in rows.select_related("account", "owner")}
        if len(found) >= size:
            break
    return [found[key] for key in keys if key in found][:size]

"""Everything that halves holds about a person: to show it to them, and to erase it.

Each room above gives its part; what people keeps itself is here.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from halves.access.models import User
from halves.ledger.errors import PersonNotFound
from halves.people.models import Identifier, Merge, Person
from halves.posting.book import book

Facts = list[dict[str, Any]]
_LEDGER = ("people", "touches", "outcomes", "assignments", "deliveries")


@dataclass(frozen=True)
class Part:
    """What a room holds about a person.

    Args:
        export: the person, and everyone merged with them → rows of plain values.
        erase: the same → how many rows or files went; saying it again is safe.
        shown: tells what a colleague may take out where not all may; else `export` does.
    """

    export: Callable[[list[Person]], Facts]
    erase: Callable[[list[Person]], int]
    shown: Callable[[list[Person], User], Facts] | None = None


_PARTS: dict[str, Part] = {}
_TOLD_BY_ROOMS: set[type[Model]] = set()


def part(name: str, one: Part) -> None:
    """Add a room's part."""
    _PARTS[name] = one


def told_by_its_room(model: type[Model]) -> None:
    """Say that a room's own part tells of these rows, since not everyone may take out all."""
    _TOLD_BY_ROOMS.add(model)


def parts() -> Mapping[str, Part]:
    """All parts, by name: the ledger last, since what is on its way there must go before."""
    return dict(sorted(_PARTS.items(), key=lambda named: named[0] == "ledger"))


def everyone_merged(person: Person) -> list[Person]:
    """The person and all who were merged into them, whatever the order of the merges."""
    found, new = {person.pk: person}, [person]
    while new:
        new = list(Person.objects.filter(merged_into__in=new).exclude(pk__in=found))
        found |= {one.pk: one for one in new}
    return list(found.values())


def identifiers_of(everyone: list[Person]) -> list[str]:
    """Every way that a person is known, as the journal hashes it."""
    rows = Identifier.objects.filter(person__in=everyone).values_list("kind", "value")
    said = {f"{kind}:{value}" for kind, value in rows}
    for one in everyone:
        said.add(f"ledger:{one.ledger_id}")
        said |= {f"email:{one.email}"} if one.email else set()
        said |= {f"phone:{one.phone}"} if one.phone else set()
    return sorted(said)


def of_operations(people: list[Person]) -> Facts:
    """The person's rows, and all rows that belong to them."""
    facts = []
    for one in people:
        facts.append(plain(one))
        for relation in Person._meta.related_objects:
            is_ours = relation.related_model not in _TOLD_BY_ROOMS
            if relation.one_to_many and is_ours and relation.related_model is not Person:
                rows = relation.related_model.objects.filter(**{relation.field.name: one})
                facts += [plain(row) for row in rows]
        facts += [{"table": "tag", "name": tag.name} for tag in one.tags.all()]
    return facts


def of_ledger(people: list[Person]) -> Facts:
    """Their rows in the ledger, under every id that they were known by."""
    ledger, facts = book(), []
    ids = sorted({known for one in people for known in ledger.known_as(one.ledger_id)})
    for table in _LEDGER:
        rows = ledger.table(table, aliased=False)
        column = rows.unit_id if table == "assignments" else rows.person_id
        for row in ledger.query(rows.filter(column.isin(ids))).to_pylist():
            facts.append({"table": table} | {name: _said(value) for name, value in row.items()})
    return facts


def out_of_the_ledger(people: list[Person]) -> int:
    """Erase their rows from every table, every old file."""
    gone = 0
    for one in people:
        with suppress(PersonNotFound):
            gone += sum(book().erase(one.ledger_id).values())
    return gone


def no_merges(people: list[Person]) -> int:
    """Take out what merges remember of them."""
    kept, _ = Merge.objects.filter(kept__in=people).delete()
    gone, _ = Merge.objects.filter(gone__in=people).delete()
    return kept + gone


def plain(row: Model) -> dict[str, Any]:
    """A row as an export shows it."""
    fields = {field.attname: _said(getattr(row, field.attname)) for field in row._meta.fields}
    return {"table": row._meta.model_name} | fields


def _said(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | str | list | dict | None) else str(value)

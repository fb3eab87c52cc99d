"""Finding the people of a file among those we know, by keys that are exact."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from halves.people.models import Identifier, Person
from halves.people.words import plain_words

Key = tuple[str, str]


def known(said: list[dict[str, Any]], source: str) -> "Known":
    """Who of these rows' people is known, by what.

    Args:
        said: rows of contacts; addresses and numbers are normalised.
        source: the system whose ids the rows carry.
    """
    ids = [row["person_id"] for row in said]
    wanted = Q(kind=source, value__in=ids)
    for kind in ("email", "phone"):
        values = [row[kind] for row in said if row.get(kind)]
        wanted |= Q(kind=kind, value__in=values) if values else Q(pk__in=[])
    related = ("account", "owner__team", "merged_into__account", "merged_into__owner__team")
    keys = {(one.kind, one.value): one.person_id for one in Identifier.objects.filter(wanted)}
    about = Q(pk__in=set(keys.values())) | Q(ledger_id__in=ids)
    people = {one.pk: one for one in Person.objects.select_related(*related).filter(about)}
    by_key = {key: people[pk] for key, pk in keys.items()}
    by_ledger = {one.ledger_id: one for one in people.values()}
    return Known(source, by_key, by_ledger, people)


@dataclass
class Known:
    """People known by their keys, while a chunk of rows is matched against them.

    Args:
        source: the system whose ids the rows carry.
        by_key: kind and value → person.
        by_ledger: ledger id → person.
        people: by their key in the database.
        new: kinds and values to write down, and whose they are.
    """

    source: str
    by_key: dict[Key, Person]
    by_ledger: dict[str, Person]
    people: dict[int, Person]
    new: dict[Key, Person] = field(default_factory=dict)

    def person_of(self, row: Mapping[str, Any]) -> Person | None:
        """The person of a row: by the other system's id, ledger id, address, then number."""
        found = self.by_key.get((self.source, row["person_id"]))
        found = found or self.by_ledger.get(row["person_id"])
        if found is None and row.get("email"):
            found = self.by_key.get(("email", row["email"]))
        if found is None and row.get("phone"):
            found = self.by_key.get(("phone", row["phone"]))
            found = found if found is not None and _may_be(found, row) else None
        return self._survivor(found)

    def met(self, row: Mapping[str, Any], person: Person) -> None:
        """Someone new, whom later rows of the chunk may be about."""
        self.by_ledger[row["person_id"]] = person

    def met_before(self, new: set[int]) -> list[int]:
        """The keys of those found who are not new."""
        found = [*self.by_key.values(), *self.by_ledger.values()]
        return sorted({one.pk for one in found} - new)

    def without_taken(self, values: dict[str, Any], person: Person) -> list[str]:
        """Blank an address or number that is another person's; says which, in words."""
        conflicts = []
        for kind in ("email", "phone"):
            other = self._survivor(self.by_key.get((kind, values[kind])))
            if values[kind] and other is not None and other is not person:
                words = _("%(value)s is %(who)s's already, and was not given to %(other)s")
                conflicts.append(
                    words % {"value": values[kind], "who": other, "other": values["name"] or person}
                )
                values[kind] = ""
        return conflicts

    def hold(self, row: Mapping[str, Any], person: Person, values: Mapping[str, Any]) -> None:
        """Write down by what the person is known from now on."""
        keys = [(kind, values[kind]) for kind in ("email", "phone") if values[kind]]
        if "@" not in row["person_id"]:
            keys.append((self.source, row["person_id"]))
        for key in keys:
            if key not in self.by_key:
                self.by_key[key] = self.new[key] = person

    def _survivor(self, person: Person | None) -> Person | None:
        seen = set()
        while person is not None and person.merged_into_id and person.pk not in seen:
            seen.add(person.pk)
            person = self.people.setdefault(person.merged_into_id, person.merged_into)
        return person


def _may_be(person: Person, row: Mapping[str, Any]) -> bool:
    """Say whether a shared number may mean the same person: colleagues share a switchboard's."""
    if person.email and row.get("email") and person.email != row["email"]:
        return False
    parts = (row.get("first_name"), row.get("last_name"))
    name = plain_words(row.get("name") or " ".join(part for part in parts if part))
    return not name or not person.name or set(name.split()) == set(plain_words(person.name).split())

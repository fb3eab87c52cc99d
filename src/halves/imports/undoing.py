"""Taking an import back out of people: what it made goes, what it filled is as it was."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model

from halves.access.models import AuditEntry, User
from halves.imports.models import AccountKey, ImportPart
from halves.people.models import Account, Consent, Identifier, Person
from halves.people.suppressed import PROOF, lift
from halves.people.words import plain_words

_OWN = f"{PROOF}; import"
_BESIDES = ("identifiers", "keys")  # what belongs to a row and goes with it


def proof_of(import_id: str) -> str:
    """What stands as proof where an import brought an address that is on the suppression list."""
    return f"{_OWN} {import_id}"


def take_out(import_id: str, *, at: datetime) -> dict[str, int]:
    """Undo all parts of an import, the last first, each in a short transaction.

    People whom a colleague has changed since, on whom something is written, or whom another import
    brought too, stay.

    Returns:
        How many people and accounts went, how many were given back what they had, how many stay.
    """
    gone = {"people": 0, "accounts": 0, "given_back": 0, "stay": 0}
    mine = ImportPart.objects.filter(import_id=import_id).order_by("-pk")
    others = ImportPart.objects.exclude(import_id=import_id).values_list("met", flat=True)
    met = {key for keys in others.iterator() for key in keys}
    for key in list(mine.values_list("pk", flat=True)):
        with transaction.atomic():
            part = ImportPart.objects.filter(pk=key).first()
            if part is None:
                continue
            for name, count in _take_out(part, met, at).items():
                gone[name] += count
            part.delete()
    with transaction.atomic():
        lift(proof_of(import_id))
    return gone


def _take_out(part: ImportPart, met: set[int], at: datetime) -> dict[str, int]:
    given_back = sum(_give_back(kind, key, before, at) for kind, key, before in part.filled)
    Identifier.objects.filter(pk__in=part.identifiers).delete()
    AccountKey.objects.filter(pk__in=part.keys).delete()
    people = _free(Person, [key for key in part.people if key not in met])
    Person.objects.filter(pk__in=people).delete()
    accounts = _free(Account, part.accounts)
    Account.objects.filter(pk__in=accounts).delete()
    stay = len(part.people) - len(people) + len(part.accounts) - len(accounts)
    return {
        "people": len(people),
        "accounts": len(accounts),
        "given_back": given_back,
        "stay": stay,
    }


def _free(model: type[Model], keys: list[int]) -> list[int]:
    """Those that nobody changed, and that nothing is written on."""
    kind = model._meta.model_name
    changed = AuditEntry.objects.filter(kind=kind, key__in=[str(key) for key in keys])
    free = set(model.objects.filter(pk__in=keys).values_list("pk", flat=True))
    free -= {int(key) for key in changed.values_list("key", flat=True)}
    for relation in model._meta.related_objects:
        if relation.get_accessor_name() in _BESIDES:
            continue
        name = relation.field.name
        held = relation.related_model.objects.filter(**{f"{name}__in": free})
        if relation.related_model is Consent:  # what an import itself wrote down
            held = held.exclude(proof__startswith=_OWN)
        free -= set(held.values_list(name, flat=True))
    return sorted(free)


def _give_back(kind: str, key: int, before: dict[str, list[Any]], at: datetime) -> int:
    """What a row held before; a field that was changed since keeps what it holds."""
    model = {"person": Person, "account": Account}[kind]
    row = model.objects.select_related("account" if kind == "person" else "owner").filter(pk=key)
    found = row.first()
    if found is None:
        return 0
    for name, (old, new) in before.items():
        attribute = model._meta.get_field(name).attname
        if getattr(found, attribute) == new:
            setattr(found, attribute, old)
    owner = User.objects.filter(pk=found.owner_id).first() if found.owner_id else None
    found.team_id = owner.team_id if owner else None
    if kind == "person":
        account = Account.objects.filter(pk=found.account_id).first()
        found.words = plain_words(
            found.name, found.email, found.phone, account.name if account else ""
        )
    found.changed_at, found.version = at, found.version + 1
    found.save()
    return 1

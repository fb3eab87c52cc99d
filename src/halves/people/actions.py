"""What can happen to people and accounts."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from math import isfinite
from secrets import token_hex
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from halves.access import audit
from halves.access.models import User
from halves.people.consenting import consent
from halves.people.errors import ChangedMeanwhile, FieldRefused, IdentifierTaken
from halves.people.identity import normalised
from halves.people.models import (
    Account,
    CustomField,
    FieldKind,
    Identifier,
    Note,
    Person,
    SavedView,
    Tag,
)
from halves.people.suppressed import refusals
from halves.people.words import plain_words
from halves.webhooks.events import happened

PERSON_FIELDS = (
    "name",
    "email",
    "phone",
    "title",
    "account",
    "owner",
    "region",
    "language",
    "time_zone",
    "fields",
)
ACCOUNT_FIELDS = ("name", "domain", "website", "industry", "region", "owner", "fields")
_REACHED_BY = ("email", "phone")
_WEB = re.compile(r"https?://", re.IGNORECASE)
_FIELD = ("of", "key", "label", "kind", "choices")
_VIEW = ("of", "name", "query", "is_shared")


def add_person(*, by: User | None, at: datetime, source: str, **said: Any) -> Person:
    """Write down someone new.

    Args:
        by: who does; None for halves itself.
        at: now.
        source: where their identifiers come from.
        said: fields, of `PERSON_FIELDS`.

    Raises:
        IdentifierTaken: their address or number belongs to someone we know.
        FieldRefused: a value that a field cannot hold.
    """
    person = Person(ledger_id=f"person-{token_hex(8)}", created_at=at, changed_at=at)
    _set(person, _checked("person", said))
    if not (person.name or person.email or person.phone):
        raise FieldRefused("name", "give a name, an e-mail address or a telephone number")
    with transaction.atomic():
        person.save()
        _known_by(person, source=source, at=at)
        _heed_the_list(person, at=at)
        after = audit.fields_of(person, PERSON_FIELDS)
        audit.record("person.add", person, by=by, at=at, after=after)
        happened("person.added", {"person": person.pk}, at=at, person_id=person.ledger_id)
    return person


def change_person(
    person: Person, *, by: User | None, at: datetime, version: int, source: str, **said: Any
) -> Person:
    """Change what we wrote down of someone.

    Args:
        person: whom.
        version: the one that was read; of two who change it at once, the second is told.

    Raises:
        ChangedMeanwhile: somebody else was first.
        IdentifierTaken, FieldRefused: as in `add_person`.
    """
    before = audit.fields_of(person, PERSON_FIELDS)
    _set(person, _checked("person", said))
    with transaction.atomic():
        _claim(Person, person, version)
        person.changed_at, person.version = at, version + 1
        person.save()
        _known_by(person, source=source, at=at)
        _heed_the_list(person, at=at)
        after = audit.fields_of(person, PERSON_FIELDS)
        audit.record("person.change", person, by=by, at=at, before=before, after=after)
    return person


def add_account(*, by: User | None, at: datetime, **said: Any) -> Account:
    """Write down an organisation.

    Raises:
        FieldRefused: it has no name, or a value that a field cannot hold.
    """
    account = Account(ledger_id=f"account-{token_hex(8)}", created_at=at, changed_at=at)
    _set(account, _checked("account", said))
    if not account.name:
        raise FieldRefused("name", "an account needs a name")
    with transaction.atomic():
        account.save()
        after = audit.fields_of(account, ACCOUNT_FIELDS)
        audit.record("account.add", account, by=by, at=at, after=after)
    return account


def change_account(
    account: Account, *, by: User | None, at: datetime, version: int, **said: Any
) -> Account:
    """Change what we wrote down of an organisation.

    Raises:
        ChangedMeanwhile, FieldRefused: as in `change_person`.
    """
    before = audit.fields_of(account, ACCOUNT_FIELDS)
    _set(account, _checked("account", said))
    with transaction.atomic():
        _claim(Account, account, version)
        account.changed_at, account.version = at, version + 1
        account.save()
        after = audit.fields_of(account, ACCOUNT_FIELDS)
        audit.record("account.change", account, by=by, at=at, before=before, after=after)
    return account


def tag(thing: Person | Account, name: str, *, by: User, at: datetime) -> None:
    """Put a word on a person or an account."""
    found, _ = Tag.objects.get_or_create(name=_tag_name(name))
    if not thing.tags.filter(pk=found.pk).exists():
        with transaction.atomic():
            thing.tags.add(found)
            audit.record(f"{_kind(thing)}.tag", thing, by=by, at=at, after={"tag": found.name})


def untag(thing: Person | Account, name: str, *, by: User, at: datetime) -> None:
    """Take a word off again."""
    found = thing.tags.filter(name=_tag_name(name)).first()
    if found is not None:
        with transaction.atomic():
            thing.tags.remove(found)
            audit.record(f"{_kind(thing)}.untag", thing, by=by, at=at, before={"tag": found.name})


def note(thing: Person | Account, words: str, *, by: User, at: datetime) -> Note:
    """Write something down about a person or an account."""
    if not words.strip():
        raise FieldRefused("words", "write something first")
    return Note.objects.create(**{_kind(thing): thing}, words=words.strip(), by=by, at=at)


def keep_field(
    *, of: str, label: str, kind: str, by: User, at: datetime, choices: Sequence[str] = ()
) -> CustomField:
    """Keep a field of people or accounts from now on; one of that label stays as it is.

    Raises:
        FieldRefused: it has no label, or is one of a list that is empty.
    """
    said, listed = label.strip(), [one.strip() for one in choices if one.strip()]
    if not said:
        raise FieldRefused("label", "give the field a label")
    if kind == FieldKind.CHOICE and not listed:
        raise FieldRefused("choices", "say what there is to choose from")
    with transaction.atomic():
        key, is_known = _field_key(of, said)
        if is_known:
            return CustomField.objects.get(of=of, key=key)
        found = CustomField.objects.create(of=of, key=key, label=said, kind=kind, choices=listed)
        after = audit.fields_of(found, _FIELD)
        audit.record("custom_field.add", found, by=by, at=at, after=after)
    return found


def save_view(
    *, of: str, name: str, query: str, is_shared: bool, by: User, at: datetime
) -> SavedView:
    """Keep a list as it is shown, under a name; one's own view of that name is replaced."""
    if not name.strip():
        raise FieldRefused("name", "give the view a name")
    with transaction.atomic():
        found, _ = SavedView.objects.update_or_create(
            user=by,
            of=of,
            name=name.strip(),
            defaults={"query": query, "is_shared": is_shared},
        )
        audit.record("view.save", found, by=by, at=at, after=audit.fields_of(found, _VIEW))
    return found


def _field_key(of: str, label: str) -> tuple[str, bool]:
    """A key of its own for a label, and whether there is such a field already.

    Labels in other scripts than Latin leave no letters for a key: they are told apart by a number.
    """
    plain = slugify(label).replace("-", "_")[:36] or "field"
    taken = dict(CustomField.objects.filter(of=of).values_list("key", "label"))
    for key in (plain, *(f"{plain}_{count}" for count in range(2, len(taken) + 3))):
        if key not in taken:
            return key, False
        if taken[key].casefold() == label.casefold():
            return key, True
    raise AssertionError("there are more keys than fields")


def _claim(model: Any, row: Any, version: int) -> None:
    # One conditional UPDATE, so that of two who save at once only one wins.
    if not model.objects.filter(pk=row.pk, version=version).update(version=version + 1):
        raise ChangedMeanwhile(
            f"{row} was changed by someone else while you were writing; look at both and save again"
        )


def _set(row: Any, said: Mapping[str, Any]) -> None:
    for name, value in said.items():
        setattr(row, name, value)
    owner = row.owner
    row.team = owner.team if owner is not None else None
    if isinstance(row, Person):
        account = row.account.name if row.account is not None else ""
        row.words = plain_words(row.name, row.email, row.phone, account)


def _known_by(person: Person, *, source: str, at: datetime) -> None:
    """Keep the person's address and number among what they are known by."""
    for kind in _REACHED_BY:
        value = getattr(person, kind)
        if not value:
            continue
        try:
            with transaction.atomic():
                known, _ = Identifier.objects.get_or_create(
                    kind=kind,
                    value=value,
                    defaults={"person": person, "source": source, "at": at},
                )
        except IntegrityError:  # two at once: the other has it now
            known = Identifier.objects.get(kind=kind, value=value)
        if known.person_id != person.pk:
            raise IdentifierTaken(kind, value, known.person_id)


def _heed_the_list(person: Person, *, at: datetime) -> None:
    """Write a no down where their address is on the suppression list."""
    for no in refusals([person], at=at):
        # The journal has the erasure that put them there.
        consent(
            person,
            channel=no.channel,
            topic="",
            is_given=False,
            how=no.how,
            proof=no.proof,
            by=None,
            at=at,
            is_replayed=True,
        )


def _checked(of: str, said: Mapping[str, Any]) -> dict[str, Any]:
    allowed = PERSON_FIELDS if of == "person" else ACCOUNT_FIELDS
    model = Person if of == "person" else Account
    found: dict[str, Any] = {}
    for name, value in said.items():
        if name not in allowed:
            raise FieldRefused(name, f"there is no such field; there are {', '.join(allowed)}")
        if name in _REACHED_BY and value:
            found[name] = normalised(name, value)
        elif name == "fields":
            found[name] = _custom(of, value)
        elif isinstance(value, str):
            most = model._meta.get_field(name).max_length
            if len(value.strip()) > most:
                raise FieldRefused(name, f"may have {most} letters, got {len(value.strip())}")
            if name == "website" and value.strip() and not _WEB.match(value.strip()):
                raise FieldRefused(name, f"must begin with https:// or http://, got {value!r}")
            found[name] = value.strip()
        else:
            found[name] = value
    return found


def _custom(of: str, said: Mapping[str, Any]) -> dict[str, Any]:
    known = {one.key: one for one in CustomField.objects.filter(of=of)}
    found = {}
    for key, value in said.items():
        if key not in known:
            raise FieldRefused(key, "there is no such field")
        if value not in (None, ""):
            found[key] = _held(known[key], value)
    return found


def _held(field: CustomField, value: Any) -> Any:
    try:
        match field.kind:
            case FieldKind.NUMBER if not isfinite(float(value)):
                raise ValueError
            case FieldKind.NUMBER:
                return float(value)
            case FieldKind.DAY:
                return date.fromisoformat(str(value)).isoformat()
            case FieldKind.YES_NO:
                return {"yes": True, "no": False, "true": True, "false": False}[str(value).lower()]
            case FieldKind.CHOICE if value not in field.choices:
                raise ValueError
    except (ValueError, KeyError, TypeError, OverflowError):
        wanted = ", ".join(field.choices) if field.choices else FieldKind(field.kind).label
        raise FieldRefused(field.label, f"must be {wanted}, got {value!r}") from None
    return str(value).strip()


def _tag_name(said: str) -> str:
    found = " ".join(said.split())
    if not 0 < len(found) <= 60:
        raise FieldRefused("tag", f"must have 1 to 60 letters, got {len(found)}")
    return found


def _kind(thing: Person | Account) -> str:
    return "person" if isinstance(thing, Person) else "account"

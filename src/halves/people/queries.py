"""Reading people and accounts: search, filters, order, and pages that stay quick at a million."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Case, IntegerField, Model, Q, QuerySet, When
from django.db.models.expressions import RawSQL

from halves.access.models import House, Role, User
from halves.access.rules import Verb, may, visible
from halves.people.errors import ViewUnknown
from halves.people.models import Account, Consent, CustomField, FieldKind, Person
from halves.people.words import as_prefixes

PAGE = 50
FEW = 5_000  # of whom a search finds no more, they are put in order once all are found
Row = TypeVar("Row", bound=Model)
PEOPLE_ORDERS: Mapping[str, tuple[str, str]] = {
    "name": ("name", "id"),
    "newest": ("-created_at", "-id"),
}
ACCOUNT_ORDERS: Mapping[str, tuple[str, str]] = {"name": ("name", "id")}


@dataclass(frozen=True)
class Asked:
    """What a list shows: it is the same in a URL, a saved view and the API.

    Args:
        search: beginnings of words; all must be there.
        owner: a user's key, `me` or `nobody`; empty for anyone.
        tag: a tag's name.
        region: as it is written on the record.
        account: an account's key.
        reach: `email`, `phone`, or `nobody` for those who asked to be left alone.
        fields: custom field → what it must be.
        order: a name in the list's orders.
        after: where the page begins; empty for the first.
    """

    search: str = ""
    owner: str = ""
    tag: str = ""
    region: str = ""
    account: str = ""
    reach: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    order: str = "name"
    after: str = ""


@dataclass(frozen=True)
class Listed:
    """One page of a list; `after` begins the next one, and is empty on the last."""

    rows: Sequence[Any]
    after: str


def people_of(user: User) -> "QuerySet[Person]":
    """Everyone that the user may meet; merged people are found under whom they became."""
    return visible(user, "person", Person.objects.filter(merged_into=None))


def meets_everyone(user: User) -> bool:
    """Say whether no people of other teams are kept from whoever may see people at all."""
    return user.role != Role.SELLER or not House.get().is_by_team


def about_people_met(user: User, rows: "QuerySet[Row]", *, path: str = "person") -> "QuerySet[Row]":
    """Rows about people whom the user may meet: the rule for people, asked of each row by a join.

    A list of all the people that the user may meet would be gathered anew for each query, and takes
    a second where there are a million.

    Args:
        user: who asks.
        rows: of any room.
        path: from a row to its person, as in a filter.
    """
    if not may(user, Verb.SEE, "person"):
        return rows.none()
    if meets_everyone(user):
        return rows
    of = {name: f"{path}__{name}" for name in ("owner", "team")}
    is_theirs = Q(**{of["owner"]: user}) | Q(**{of["team"]: user.team_id or 0})
    is_met = Case(
        When(Q(**{of["owner"]: None}) | is_theirs, then=1),
        default=0,
        output_field=IntegerField(),
    )
    name = f"is_met_by_{path}"
    return rows.alias(**{name: is_met}).filter(**{name: 1})


def accounts_of(user: User) -> "QuerySet[Account]":
    """All accounts that the user may meet."""
    return visible(user, "account", Account.objects.all())


def people_asked(user: User, asked: Asked) -> "QuerySet[Person]":
    """Everyone that a list is about, in no order.

    Raises:
        ViewUnknown: a filter that means nothing.
    """
    people = _owned(people_of(user), user, asked.owner)
    if asked.search:
        people = _searched(people, asked.search)
    if asked.tag:
        people = people.filter(tags__name=asked.tag)
    if asked.region:
        people = people.filter(region=asked.region)
    if asked.account:
        people = people.filter(account_id=_key("account", asked.account))
    if asked.reach == "nobody":
        people = people.filter(is_do_not_contact=True)
    elif asked.reach in ("email", "phone"):
        people = people.exclude(**{asked.reach: ""}).filter(is_do_not_contact=False)
    elif asked.reach:
        raise ViewUnknown(f"reach must be email, phone or nobody, got {asked.reach!r}")
    return _with_fields(people, "person", asked.fields)


def accounts_asked(user: User, asked: Asked) -> "QuerySet[Account]":
    """All accounts that a list is about, in no order."""
    accounts = _owned(accounts_of(user), user, asked.owner)
    for word in as_prefixes(asked.search):
        accounts = accounts.filter(Q(name__icontains=word) | Q(domain__icontains=word))
    if asked.tag:
        accounts = accounts.filter(tags__name=asked.tag)
    if asked.region:
        accounts = accounts.filter(region=asked.region)
    return _with_fields(accounts, "account", asked.fields)


def page_of(
    rows: "QuerySet[Any]", asked: Asked, orders: Mapping[str, tuple[str, str]], *, size: int = PAGE
) -> Listed:
    """One page, found by where the last one ended: the thousandth is as quick as the first.

    Raises:
        ViewUnknown: an order that the list does not have, or a cursor that is none.
    """
    if asked.order not in orders:
        raise ViewUnknown(f"order must be one of {', '.join(orders)}, got {asked.order!r}")
    by, key = orders[asked.order]
    name, is_falling = by.removeprefix("-"), by.startswith("-")
    if asked.after:
        value, last = _cursor(asked.after)
        beyond = "lt" if is_falling else "gt"
        try:
            rows = rows.filter(
                Q(**{f"{name}__{beyond}": value}) | Q(**{name: value, f"id__{beyond}": last})
            )
        except (ValidationError, ValueError):  # a name where a day or a number belongs
            raise ViewUnknown(
                f"this page begins in a list of another order: {asked.after!r}"
            ) from None
    found = list(rows.order_by(by, key)[: size + 1])
    shown = found[:size]
    is_more = len(found) > size
    return Listed(shown, _as_cursor(getattr(shown[-1], name), shown[-1].pk) if is_more else "")


def consents_now(person: Person) -> list[Consent]:
    """What holds now: the last word on each channel and topic."""
    last: dict[tuple[str, str], Consent] = {}
    for consent in person.consents.order_by("at", "id"):
        last[consent.channel, consent.topic] = consent
    return sorted(last.values(), key=lambda one: (one.channel, one.topic))


def _owned(rows: "QuerySet[Any]", user: User, owner: str) -> "QuerySet[Any]":
    if owner == "me":
        return rows.filter(owner=user)
    if owner == "nobody":
        return rows.filter(owner=None)
    return rows.filter(owner_id=_key("owner", owner)) if owner else rows


def _with_fields(rows: "QuerySet[Any]", of: str, wanted: Mapping[str, str]) -> "QuerySet[Any]":
    """Those whose own fields hold this; only fields that there are get into the query."""
    known = {one.key: one for one in CustomField.objects.filter(of=of)} if wanted else {}
    for key, value in wanted.items():
        if key not in known:
            raise ViewUnknown(f"there is no field {key!r}; there are {', '.join(known) or 'none'}")
        rows = rows.filter(**{f"fields__{key}": _as_held(known[key], value)})
    return rows


def _as_held(field: CustomField, said: str) -> Any:
    if field.kind == FieldKind.YES_NO:
        return {"yes": True, "true": True, "no": False, "false": False}.get(said.lower(), said)
    if field.kind == FieldKind.NUMBER:
        try:
            return float(said)
        except ValueError:
            raise ViewUnknown(f"{field.label} must be a number, got {said!r}") from None
    return said


def _key(name: str, said: str) -> int:
    if not said.isdecimal() or len(said) > 18:
        raise ViewUnknown(f"{name} must be the number of one, got {said!r}")
    return int(said)


def _searched(people: "QuerySet[Person]", said: str) -> "QuerySet[Person]":
    """Those in whose name, address, number or account all words begin so."""
    prefixes = as_prefixes(said)
    if not prefixes:
        return people.none()
    if connection.vendor == "postgresql":
        sql = (
            "SELECT id FROM halves_person "
            "WHERE to_tsvector('simple', words) @@ to_tsquery('simple', %s)"
        )
        wanted = " & ".join(f"{one}:*" for one in prefixes)
        if _is_rare(sql, wanted):
            sql = f"SELECT unnest(ARRAY({sql}))"
    else:
        sql = "SELECT rowid FROM person_words WHERE person_words MATCH %s"
        wanted = " ".join(f'"{one}"*' for one in prefixes)
    return people.filter(id__in=RawSQL(sql, [wanted]))  # noqa: S611


def _is_rare(sql: str, wanted: str) -> bool:
    """Say whether PostgreSQL should find all of them first, and then put them in order.

    Left alone it may walk through everyone in order until a page is full: quick where many are
    found, and seconds where hardly anybody is.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({sql} LIMIT %s) found", [wanted, FEW + 1])
        return bool(cursor.fetchone()[0] <= FEW)


def _as_cursor(value: Any, key: int) -> str:
    said = json.dumps([str(value), key], separators=(",", ":"))
    return urlsafe_b64encode(said.encode()).decode().rstrip("=")


def _cursor(said: str) -> tuple[str, int]:
    try:
        value, key = json.loads(urlsafe_b64decode(said + "=" * (-len(said) % 4)))
        if not (isinstance(value, str) and isinstance(key, int) and 0 <= key < 2**63):
            raise ValueError
        if "\x00" in value:
            raise ValueError
        value.encode()  # halves of characters are refused
        return value, key
    except (ValueError, TypeError, RecursionError):
        raise ViewUnknown(f"this is not where a page begins: {said!r}") from None

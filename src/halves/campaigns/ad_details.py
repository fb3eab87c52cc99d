"""People as an ad platform is to know them: their line in its file, every cell hashed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from halves.connect.ads import PLATFORMS, Details
from halves.people.errors import FieldRefused
from halves.people.identity import normalised_phone
from halves.people.models import Person
from halves.people.reachable import addresses_of
from halves.stories.facts import first_name

_ZIPS = ("zip", "postcode", "postal_code", "zip_code")  # keys of custom fields


@dataclass(frozen=True)
class Line:
    """Somebody's line.

    Args:
        ledger_id: the person's.
        text: the CSV without its end; empty if there is nothing to know them by.
        key: the first of the hashes that is there.
    """

    ledger_id: str
    text: str
    key: str


def lines_of(platform: str, pks: Sequence[int]) -> dict[int, Line]:
    """The lines of a few hundred people, in two queries."""
    addresses = addresses_of(pks)
    rows = Person.objects.filter(pk__in=list(pks)).values_list(
        "pk", "ledger_id", "name", "phone", "fields"
    )
    return {
        pk: _line(platform, ledger_id, _details(addresses.get(pk, ""), name, phone, fields))
        for pk, ledger_id, name, phone, fields in rows
    }


def header_of(platform: str) -> str:
    """The first line of a platform's file."""
    return ",".join(PLATFORMS[platform].header)


def _line(platform: str, ledger_id: str, known: Details) -> Line:
    cells = PLATFORMS[platform].row(known)
    key = cells[0] or cells[1]  # e-mail, else telephone: what people are found by alone
    return Line(ledger_id, ",".join(cells) if key else "", key)


def _details(email: str, name: str, phone: str, fields: Mapping[str, Any]) -> Details:
    country = str(fields.get("country") or "").strip().upper()
    country = country if len(country) == 2 and country.isascii() and country.isalpha() else ""
    try:
        phone = normalised_phone(phone, region=country or None) if phone else ""
    except FieldRefused:
        phone = ""
    first = first_name(name)
    return Details(
        email=email,
        phone=phone,
        first_name=first,
        last_name=_last_name(name, first),
        country=country,
        zip=next((str(fields[key]) for key in _ZIPS if fields.get(key)), "").strip(),
    )


def _last_name(name: str, first: str) -> str:
    before, comma, _after = name.partition(",")
    if comma:
        return before.strip()
    words = name.split()
    return words[-1] if len(words) > 1 and words[-1] != first else ""

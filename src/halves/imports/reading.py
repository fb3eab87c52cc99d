"""Writing what files say of people in one way, so that the same person is found again."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa

from halves.connect.targets import Read, RefusedValue
from halves.people.errors import FieldRefused
from halves.people.identity import normalised_email, normalised_phone
from halves.people.models import Account, Person

_PLAIN_EMAIL = re.compile(r"[a-z0-9._%+-]{1,64}@(?:[a-z0-9-]{1,63}\.)+[a-z]{2,63}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_LONGEST = {
    "contacts": {
        "person_id": 200,
        "name": 200,
        "first_name": 100,
        "last_name": 100,
        "title": Person._meta.get_field("title").max_length,
        "account_id": 200,
        "account_name": 200,
        "owner": 254,
        "region": 100,
    },
    "companies": {
        "account_id": 200,
        "name": Account._meta.get_field("name").max_length,
        "domain": 200,
        "website": 300,
        "industry": 100,
        "owner": 254,
        "region": 100,
    },
}


def read(target: str, rows: pa.RecordBatch, *, country: str | None) -> Read:
    """Normalise addresses, numbers and lengths; what is none is left out and told.

    Args:
        target: `contacts` or `companies`.
        rows: as the recipe read them.
        country: ISO 3166 code of the country that numbers without `+` are of, if anyone said.
    """
    columns = {name: rows.column(name).to_pylist() for name in rows.schema.names}
    refused: list[RefusedValue] = []
    for name, longest in _LONGEST[target].items():
        _clean(columns, name, lambda said, i, most=longest: _short(said, most), refused)
    if target == "contacts":
        regions = columns["region"]
        _clean(columns, "email", lambda said, i: _email(said), refused)
        _clean(columns, "phone", lambda said, i: _phone(said, regions[i], country), refused)
    arrays = [pa.array(columns[field.name], field.type) for field in rows.schema]
    return Read(pa.record_batch(arrays, schema=rows.schema), refused)


def _clean(
    columns: Mapping[str, list[Any]],
    name: str,
    write: Callable[..., str],
    refused: list[RefusedValue],
) -> None:
    values = columns[name]
    for place, said in enumerate(values):
        if said is None:
            continue
        try:
            values[place] = write(said, place)
        except FieldRefused as wrong:
            refused.append(RefusedValue(place, name, said, wrong.words))
            values[place] = None


def _short(said: str, most: int) -> str:
    found = said.replace("\0", "").strip()
    if len(found) > most:
        raise FieldRefused("text", f"may have {most} letters, got {len(found)}")
    return found


def _email(said: str) -> str:
    plain = said.strip().lower()
    if len(plain) <= 254 and _PLAIN_EMAIL.fullmatch(plain) and "xn--" not in plain:
        return plain
    return normalised_email(said)


def _phone(said: str, region: str | None, country: str | None) -> str:
    of = region if region and _COUNTRY.fullmatch(region) else country
    return normalised_phone(said, region=of)

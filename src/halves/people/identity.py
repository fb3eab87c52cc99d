"""The exact keys that people are known by, written in one way each."""

import re
import unicodedata

import phonenumbers

from halves.people.errors import FieldRefused

_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,64}@(?:[a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}")


def normalised_email(said: str) -> str:
    """An e-mail address in one way of writing: no spaces around, lower case, IDNA domain.

    Dots and `+words` stay: whether they matter is for the provider to say.

    Raises:
        FieldRefused: it is no address.

    >>> normalised_email("  Ada@Exämple.ORG ")
    'ada@xn--exmple-cua.org'
    """
    local, _, domain = unicodedata.normalize("NFKC", said).strip().rpartition("@")
    try:
        domain = domain.lower().encode("idna").decode()
    except UnicodeError:
        domain = ""
    found = f"{local.lower()}@{domain}"
    if not _EMAIL.fullmatch(found) or len(found) > 254:
        raise FieldRefused("email", f"must be an address such as ada@example.org, got {said!r}")
    return found


def normalised_phone(said: str, *, region: str | None = None) -> str:
    """A telephone number as E.164.

    Args:
        said: as someone wrote it.
        region: ISO 3166 code of the country that numbers without `+` are of.

    Raises:
        FieldRefused: it is no number, or its country is unknown.

    >>> normalised_phone("(0)30 901820", region="DE")
    '+4930901820'
    """
    try:
        number = phonenumbers.parse(said, region)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise FieldRefused("phone", f"must be a number such as +49 30 901820, got {said!r}")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normalised(kind: str, said: str, *, region: str | None = None) -> str:
    """An identifier in one way of writing: addresses, numbers, and ids of other systems.

    Raises:
        FieldRefused: it is not what its kind says.
    """
    if kind == "email":
        return normalised_email(said)
    if kind == "phone":
        return normalised_phone(said, region=region)
    found = said.strip()
    if not found or len(found) > 254:
        raise FieldRefused(kind, f"must have 1 to 254 letters, got {said!r}")
    return found

"""Google Customer Match: a CSV of hashed e-mail, telephone, names; plain country and postal code.

As Google documents it: "Format your customer data file" (support.google.com/google-ads, answer
7659867) for the columns, "Format user data" of the Data Manager API for each value.
"""

import re

from halves.connect.ads.details import Details, hashed

HEADER = ("Email", "Phone", "First Name", "Last Name", "Country", "Zip")
_GMAIL = ("gmail.com", "googlemail.com")
_BEFORE = frozenset(("mr", "mrs", "ms", "miss", "dr", "prof", "sir", "dame"))
_AFTER = frozenset(("jr", "sr", "ii", "iii", "iv", "phd", "md", "esq"))
_ZIP = re.compile(r"[0-9A-Z](?:[0-9A-Z -]{0,10}[0-9A-Z])?")


def row(known: Details) -> tuple[str, ...]:
    """One line of the file, as its columns are named."""
    first = last = country = place = ""
    if known.has_address:
        first, last = hashed(first_name(known.first_name)), hashed(last_name(known.last_name))
        country, place = known.country.upper(), postal_code(known.zip)
    return (hashed(email(known.email)), hashed(known.phone), first, last, country, place)


def email(said: str) -> str:
    """An address before it is hashed: of Gmail's, without dots and what follows a plus.

    >>> email("Cloudy.SanFrancisco+shopping@gmail.com"), email("user.name+NYC@Example.com")
    ('cloudysanfrancisco@gmail.com', 'user.name+nyc@example.com')
    """
    found = "".join(said.split()).lower()
    local, _, domain = found.rpartition("@")
    if domain in _GMAIL:
        return f"{local.partition('+')[0].replace('.', '')}@{domain}"
    return found


def first_name(said: str) -> str:
    """In lower case, without `Mrs.` and the like.

    >>> first_name(" Mrs. Zoë  Ann ")
    'zoë ann'
    """
    words = said.lower().split()
    return " ".join(word for word in words if word.strip(".") not in _BEFORE)


def last_name(said: str) -> str:
    """In lower case, without `Jr.` and the like.

    >>> last_name("Pérez, Jr.")
    'pérez'
    """
    words = said.lower().replace(",", " ").split()
    return " ".join(word for word in words if word.replace(".", "") not in _AFTER)


def postal_code(said: str) -> str:
    """As it is written; what looks like none is left out, so that no cell is a formula.

    >>> postal_code(" wc2h 8lg "), postal_code("=1+1")
    ('WC2H 8LG', '')
    """
    found = " ".join(said.upper().split())
    return found if _ZIP.fullmatch(found) else ""

"""Meta custom audiences: a CSV of which every cell is hashed.

As Meta documents it: "How to format a customer list" (facebook.com/business/help/2082575038703844)
for the columns, "Hashing and normalization" of the Custom Audience API for each value.
"""

import re

from halves.connect.ads.details import Details, hashed

HEADER = ("email", "phone", "fn", "ln", "zip", "country")
_UK = re.compile(r"([a-z]{1,2}[0-9][0-9a-z]?)([0-9])[a-z]{2}")


def row(known: Details) -> tuple[str, ...]:
    """One line of the file, as its columns are named."""
    first = last = place = ""
    if known.has_address:
        first, last = name(known.first_name), name(known.last_name)
        place = postal_code(known.zip, known.country)
    values = (email(known.email), phone(known.phone), first, last, place, known.country.lower())
    return tuple(hashed(value) for value in values)


def email(said: str) -> str:
    """In lower case; dots and what follows a plus stay, also of Gmail's.

    >>> email(" Your.Name@Gmail.com ")
    'your.name@gmail.com'
    """
    return said.strip().lower()


def phone(said: str) -> str:
    """Digits only, the country's first.

    >>> phone("+44 844 412 4653")
    '448444124653'
    """
    return re.sub(r"\D", "", said).lstrip("0")


def name(said: str) -> str:
    """In lower case, without punctuation and spaces around; other letters than a to z stay.

    >>> name(" Jean-Luc "), name("O'Brien")
    ('jeanluc', 'obrien')
    """
    return " ".join(re.sub(r"[^\w\s]|_", "", said.lower()).split())


def postal_code(said: str, country: str) -> str:
    """Without spaces: five digits in the United States, the sector in the United Kingdom.

    >>> postal_code("94016-1234", "us"), postal_code("WC2H 8LG", "gb"), postal_code("1010 AB", "nl")
    ('94016', 'wc2h8', '1010ab')
    """
    found = re.sub(r"\s", "", said.lower())
    if country.lower() == "us":
        return found[:5]
    sector = _UK.fullmatch(found) if country.lower() == "gb" else None
    return "".join(sector.groups()) if sector else found

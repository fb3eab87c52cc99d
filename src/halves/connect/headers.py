"""Telling an outside system's export by its header line."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

# "Amount spent (USD)": the currency stands in the header, and nowhere else in the file.
_CURRENCY_TAIL = re.compile(r"^(?P<words>.*\S)\s*\(\s*(?P<currency>[A-Za-z]{3})\s*\)\s*$")


@dataclass(frozen=True)
class Field:
    """One column an export may have, and every header it is known to go under.

    Args:
        name: what the mapping calls it.
        headers: as the system writes them, in each language we know.
        needed: without it nothing can be mapped.
        tells: its header is this system's own wording, so that seeing it is evidence.
        has_currency: the header ends in an ISO 4217 code in brackets.
        usual: most exports have it, so that its absence is worth naming.
    """

    name: str
    headers: tuple[str, ...]
    needed: bool = False
    tells: bool = False
    has_currency: bool = False
    usual: bool = True


@dataclass(frozen=True)
class Match:
    """Which of an export's columns a file has.

    Args:
        found: field name to the header as the file writes it.
        missing: fields the export usually has and the file does not, by their first header.
        lacks: the fields among them that nothing can be mapped without.
        telling: headers that are the system's own wording.
        currency: the code that stood in a header, if one did.
    """

    found: Mapping[str, str]
    missing: tuple[str, ...]
    lacks: tuple[str, ...]
    telling: tuple[str, ...]
    currency: str | None

    @property
    def share(self) -> float:
        """The share of the export's usual columns that the file has, 0 to 1."""
        known = len(self.found) + len(self.missing)
        return len(self.found) / known if known else 0.0


@cache
def plain(header: str) -> str:
    """A header without what varies between exports: case, accents, spaces, marks, quotes.

    >>> plain('\ufeff "Währungscode " ')
    'wahrungscode'
    >>> plain("Impr.") == plain("IMPR")
    True
    """
    text = unicodedata.normalize("NFKD", header.replace("ß", "ss"))
    kept = "".join(
        c for c in text if not unicodedata.combining(c) and unicodedata.category(c) != "Cf"
    )
    return " ".join(kept.strip().strip("\"'").casefold().split()).rstrip(" .:")


def currency_of(header: str) -> tuple[str, str | None]:
    """A header's words, and the currency that stands behind them in brackets.

    >>> currency_of("Amount spent (USD)")
    ('Amount spent', 'USD')
    >>> currency_of("Clicks (all)")
    ('Clicks', 'ALL')
    """
    match = _CURRENCY_TAIL.match(header)
    if match is None:
        return header, None
    return match["words"], match["currency"].upper()


def match(fields: Sequence[Field], headers: Iterable[str]) -> Match:
    """Find an export's columns among a file's headers.

    The first header that fits a field is taken; a header fits by its words, whatever their case,
    accents, spaces, byte-order mark and quotes.

    >>> fields = [Field("id", ("Record ID",), needed=True), Field("email", ("Email", "E-mail"))]
    >>> match(fields, ["RECORD id ", "e-mail", "Notes"]).found
    {'id': 'RECORD id ', 'email': 'e-mail'}
    """
    whole: dict[str, str] = {}
    without_currency: dict[str, tuple[str, str]] = {}
    for header in headers:
        whole.setdefault(plain(header), header)
        words, currency = currency_of(header)
        if currency is not None:
            without_currency.setdefault(plain(words), (header, currency))
    found: dict[str, str] = {}
    stated: str | None = None
    for field in fields:
        for wanted in map(plain, field.headers):
            if field.has_currency and wanted in without_currency:
                found[field.name], stated = without_currency[wanted]
                break
            if wanted in whole:
                found[field.name] = whole[wanted]
                break
    absent = [field for field in fields if field.name not in found]
    return Match(
        found=found,
        missing=tuple(field.headers[0] for field in absent if field.usual),
        lacks=tuple(field.headers[0] for field in absent if field.needed),
        telling=tuple(found[field.name] for field in fields if field.tells and field.name in found),
        currency=stated,
    )

"""What the columns of a file nobody has described may be, by their names and what they hold."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from halves.connect.forms import Possible, date_forms, number_forms
from halves.connect.headers import currency_of, plain

_CODE = re.compile(r"^[A-Z]{3}$")


@dataclass(frozen=True)
class Sample:
    """A column as far as it was looked at.

    Args:
        header: as the file writes it.
        cells: a text for each row looked at.
    """

    header: str
    cells: Sequence[str]

    @cached_property
    def values(self) -> tuple[str, ...]:
        """The different texts, blanks left out."""
        return tuple(dict.fromkeys(text for text in self.cells if text.strip()))

    @property
    def rows(self) -> int:
        """How many rows were looked at."""
        return len(self.cells)

    @property
    def distinct(self) -> int:
        """How many different texts there were."""
        return len(self.values)

    @cached_property
    def blanks(self) -> int:
        """How many cells were blank."""
        return sum(not text.strip() for text in self.cells)

    @property
    def is_key(self) -> bool:
        """Say whether every row has a value of its own here."""
        return self.rows > 0 and self.blanks == 0 and self.distinct == self.rows

    @property
    def is_a_kind(self) -> bool:
        """Say whether many rows share few values: a kind of thing, not somebody's id."""
        return self.rows >= 50 and self.distinct < 20

    @cached_property
    def numbers(self) -> Possible:
        """How the column may be read as numbers."""
        return number_forms(self.values)

    @cached_property
    def dates(self) -> Possible:
        """How the column may be read as dates."""
        return date_forms(self.values)

    @property
    def is_numeric(self) -> bool:
        """Say whether every value can be read as a number."""
        return bool(self.values) and bool(self.numbers.forms)

    @property
    def is_dated(self) -> bool:
        """Say whether every value can be read as a date."""
        return bool(self.values) and bool(self.dates.forms)

    @property
    def is_currency(self) -> bool:
        """Say whether every value looks like an ISO 4217 code."""
        return bool(self.values) and all(_CODE.match(text.strip()) for text in self.values)


# Words that name a role, best first; a header fits if it is, starts with or ends in one of them.
WORDS: Mapping[str, tuple[str, ...]] = {
    "person": (
        *("person id", "person", "user id", "userid", "customer id", "contact id", "lead id"),
        *("visitor id", "client id", "member id", "cookie", "anonymous id", "who id", "email"),
        *("e-mail", "user", "customer", "contact", "lead"),
    ),
    "account": ("account id", "company id", "account", "company", "organisation", "organization"),
    "at": (
        *("close date", "closed at", "won date", "order date", "purchase date", "invoice date"),
        *("timestamp", "datetime", "date time", "occurred at", "created at", "event time", "time"),
        *("date", "day", "created", "close date", "engage date", "at"),
    ),
    "campaign": ("campaign id", "campaign name", "campaign", "utm campaign"),
    "channel": ("channel", "medium", "utm medium", "utm source", "source", "origin", "platform"),
    "amount": (
        *("amount", "revenue", "value", "price", "total", "spend", "spent", "cost", "amount spent"),
        *("close value", "sales", "conversion value"),
    ),
    "currency": ("currency code", "currency", "iso currency", "ccy"),
    "region": ("region", "country", "state", "geo", "dma", "market", "territory"),
    "stage": ("stage", "deal stage", "status", "outcome", "result"),
    "seller": ("owner", "sales agent", "seller", "rep", "sales rep", "agent"),
    "clicks": ("clicks", "link clicks"),
    "impressions": ("impressions", "impr", "views"),
    "id": ("id", "uuid", "key", "record id", "number", "no", "reference"),
}
# How someone is reached. A column may be both this and what tells people apart, such as an address.
CONTACT: Mapping[str, tuple[str, ...]] = {
    "email": ("email", "e-mail", "email address", "e-mail address", "mail"),
    "phone": ("phone", "phone number", "telephone", "mobile", "mobile phone", "cell"),
    "name": ("name", "full name", "contact name", "display name"),
    "first_name": ("first name", "firstname", "given name", "forename"),
    "last_name": ("last name", "lastname", "surname", "family name"),
    "title": ("job title", "title", "position"),
    "account_name": ("company name", "account name", "organisation name", "employer"),
}
SPENT = ("spend", "spent", "cost", "amount spent", "ad spend", "media cost", "budget spent")
_NEEDS = {"at": "is_dated", "amount": "is_numeric", "currency": "is_currency"}
_NEEDS |= {"clicks": "is_numeric", "impressions": "is_numeric"}


def words_of(header: str) -> str:
    """A header as plain words: `utmCampaign_name` and `UTM campaign name` are the same.

    >>> words_of("utmCampaign_name")
    'utm campaign name'
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", currency_of(header)[0])
    return plain(re.sub(r"[_\-./]+", " ", spaced))


def _fit(header: str, names: Sequence[str]) -> float:
    """How well a header fits a list of names: 0 not at all, and less the further down the list."""
    words = words_of(header)
    for place, name in enumerate(names):
        weight = 1 - place / (2 * len(names))
        if words == name:
            return 2 * weight
        if words.startswith(name + " ") or words.endswith(" " + name):
            return weight
    return 0.0


def roles(samples: Sequence[Sample]) -> dict[str, Sample]:
    """The column that fits each role best, by its name, if its content allows the role.

    A column plays one role only; what fits nothing is left out.
    """
    taken: dict[str, Sample] = {}
    for role, names in WORDS.items():
        used = {sample.header for sample in taken.values()}
        fits = [(_fit(s.header, names), -i, s) for i, s in enumerate(samples)]
        fits = [fit for fit in fits if fit[0] > 0 and fit[2].header not in used]
        for _, _, sample in sorted(fits, key=lambda fit: fit[:2], reverse=True):
            if _allows(sample, role):
                taken[role] = sample
                break
    return taken


def contact_roles(samples: Sequence[Sample]) -> dict[str, Sample]:
    """The columns that say how someone is reached, by exactly such a name."""
    by_words = {words_of(sample.header): sample for sample in reversed(samples)}
    found = {}
    for role, names in CONTACT.items():
        column = next((by_words[name] for name in names if name in by_words), None)
        if column is not None:
            found[role] = column
    return found


def _allows(sample: Sample, role: str) -> bool:
    if role == "id" and not sample.is_key:
        return False
    if role in ("person", "account") and sample.is_a_kind:
        return False
    return role not in _NEEDS or bool(getattr(sample, _NEEDS[role]))


def is_spend(amount: Sample) -> bool:
    """Say whether an amount is money spent, by its header."""
    return _fit(amount.header, SPENT) > 0

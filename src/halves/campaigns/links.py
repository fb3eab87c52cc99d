"""Links of one person's mail: short, made for that person and campaign, and of no use to others.

A token holds keys of rows and a keyed hash (HMAC) over them and the person's own id, so that it can
neither be guessed nor be turned into another person's, also after rows were restored from a backup.
What a click leads to is in the database: a token never carries an address.
"""

import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes

from django.conf import settings

from halves.campaigns.errors import TokenUnknown
from halves.campaigns.models import Campaign, Message
from halves.people.models import Person

_MAC = 12  # bytes: nobody guesses one in 2^96
_FILE = "links-key"


class Kind(StrEnum):
    """What a link is for; it is also where it lies."""

    CLICK = "c"
    UNSUBSCRIBE = "u"
    VIEW = "m"
    PREFERENCES = "t"
    OPEN = "i"


@dataclass(frozen=True)
class Meant:
    """Whom and what a token is about.

    Args:
        person: whoever the person is by now, if they were merged since.
        campaign: none if it is gone.
        place: of the step.
        number: of the link; 0 where there is none.
    """

    person: Person
    campaign: Campaign | None
    place: int
    number: int

    @property
    def message(self) -> Message | None:
        """The message that the link was in."""
        rows = Message.objects.filter(campaign=self.campaign, step__place=self.place)
        return rows.filter(person=self.person).select_related("step").first()


def token(
    kind: Kind, *, person: int, ledger_id: str, campaign: int, place: int, number: int = 0
) -> str:
    """The token of a link; always the same."""
    numbers = (person, campaign, place, number)
    said = b"".join(_packed(one) for one in numbers) + _mac(kind, ledger_id, numbers)
    return urlsafe_b64encode(said).rstrip(b"=").decode()


def read(kind: Kind, said: str) -> Meant:
    """Whom a token is about.

    Raises:
        TokenUnknown: it is none that this house made for this kind of link.
    """
    numbers, mac = _taken_apart(said)
    person = Person.objects.filter(pk=numbers[0]).first()
    ledger_id = person.ledger_id if person else ""
    if not hmac.compare_digest(mac, _mac(kind, ledger_id, numbers)) or person is None:
        raise TokenUnknown("this link is none of ours, or somebody changed it")
    while person.merged_into is not None:
        person = person.merged_into
    campaign = Campaign.objects.filter(pk=numbers[1]).first()
    return Meant(person, campaign, numbers[2], numbers[3])


def message_key(campaign: str, ledger_id: str, place: int) -> str:
    """What makes a message's id: the same whenever the message is made again."""
    said = f"message\n{campaign}\n{ledger_id}\n{place}".encode()
    return hmac.digest(_key(settings.PLACE.home), said, "sha256")[:20].hex()


def make_key(home: Path) -> None:
    """Make the key of this house's links, if it has none: before a backup that must hold it."""
    _key(home)


def _mac(kind: Kind, ledger_id: str, numbers: Sequence[int]) -> bytes:
    said = f"{kind}\n{ledger_id}\n{numbers}".encode()
    return hmac.digest(_key(settings.PLACE.home), said, "sha256")[:_MAC]


@lru_cache(maxsize=8)
def _key(home: Path) -> bytes:
    """The key of this house's links: made once; a backup takes it along."""
    file = home / _FILE
    home.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(token_bytes(32).hex())
            out.flush()
            os.fsync(out.fileno())
    except FileExistsError:
        pass
    return sha256(file.read_bytes()).digest()


def _packed(number: int) -> bytes:
    """A number in as few bytes as it takes, seven bits in each."""
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    found.append(number)
    return bytes(found)


def _taken_apart(said: str) -> tuple[tuple[int, int, int, int], bytes]:
    wrong = TokenUnknown("this link is none of ours, or was cut off on its way")
    try:
        raw = urlsafe_b64decode(said.encode("ascii") + b"=" * (-len(said) % 4))
    except (Error, UnicodeEncodeError, ValueError):
        raise wrong from None
    is_as_written = urlsafe_b64encode(raw).rstrip(b"=").decode() == said
    if not is_as_written or not 4 + _MAC <= len(raw) <= 40 + _MAC:
        raise wrong
    numbers, number, shift = [], 0, 0
    for byte in raw[:-_MAC]:
        number |= (byte & 127) << shift
        shift += 7
        if not byte & 128:
            numbers.append(number)
            number = shift = 0
    if len(numbers) != 4 or shift or max(numbers) >= 2**63:
        raise wrong
    return (numbers[0], numbers[1], numbers[2], numbers[3]), raw[-_MAC:]

"""What a list for an ad platform is made of: a few details of a person, and their hashes."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Details:
    """What we know of one person; empty where nothing is known.

    Args:
        email: in lower case, as `ada@example.org`.
        phone: as E.164, `+4930901820`.
        first_name, last_name: as they are written.
        country: two letters, as ISO 3166 has it.
        zip: the postal code.
    """

    email: str = ""
    phone: str = ""
    first_name: str = ""
    last_name: str = ""
    country: str = ""
    zip: str = ""

    @property
    def has_address(self) -> bool:
        """Say whether names go along: without country and postal code they match nobody."""
        return all((self.first_name, self.last_name, self.country, self.zip))


def hashed(value: str) -> str:
    """SHA-256 in lower-case hexadecimal digits; nothing stays nothing.

    >>> hashed("test@example.com")
    '973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b'
    """
    return hashlib.sha256(value.encode()).hexdigest() if value else ""

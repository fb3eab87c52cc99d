"""What came of handing a mail over."""

from dataclasses import dataclass
from enum import StrEnum


class What(StrEnum):
    """What came of it."""

    SENT = "sent"  # the server took it
    LATER = "later"  # it did not, and may yet: nobody has the mail
    REFUSED = "refused"  # it never will: nobody has the mail
    UNKNOWN = "unknown"  # the line broke when it may have been taken
    DOWN = "down"  # the server cannot be reached or takes nothing: nobody has the mail


@dataclass(frozen=True)
class Outcome:
    """What came of one mail.

    Args:
        what: of it.
        words: the server's, or what went wrong.
        is_bad_address: it was refused because there is no such address.
        server_id: what a provider calls the mail from now on.
    """

    what: What
    words: str = ""
    is_bad_address: bool = False
    server_id: str = ""

"""What a channel is: something outside that takes short messages for people, each once.

Plain data in and out: no Django, no database. A channel knows nothing of people, consent or
campaigns; whoever calls it has asked about all that, right before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class What(StrEnum):
    """What came of a message."""

    SENT = "sent"  # the other side took it
    LATER = "later"  # it did not, and may yet: nobody has the message
    FAILED = "failed"  # it never will: nobody has the message
    UNKNOWN = "unknown"  # the line broke when it may have been taken
    DOWN = "down"  # the other side cannot be reached or takes nothing: nobody has the message


class Address(StrEnum):
    """What a message is addressed by."""

    EMAIL = "email"
    PHONE = "phone"  # as E.164, `+4930901820`


@dataclass(frozen=True)
class Needs:
    """What a channel needs of a person before anything is sent to them.

    Args:
        address: which of their addresses the message goes to.
        consent: the channel that they must have agreed to.
    """

    address: Address
    consent: str


@dataclass(frozen=True)
class Text:
    """One message, ready to go.

    Args:
        key: the same however often it is made; the other side drops repeats by it.
        to: the address.
        text: the words, links included.
        facts: what else a receiving program may want, such as the campaign; no secrets.
    """

    key: str
    to: str
    text: str
    facts: Mapping[str, str]


@dataclass(frozen=True)
class Outcome:
    """What came of one message.

    Args:
        what: of it.
        words: the other side's, or what went wrong.
        is_bad_address: there is no such number or address.
        id: what the other side calls the message from now on.
    """

    what: What
    words: str = ""
    is_bad_address: bool = False
    id: str = ""


class Channel(Protocol):
    """One way to reach people."""

    name: str  # as the ledger calls the channel
    needs: Needs
    at_once: int  # most messages in one call of `send`

    def is_ready(self) -> str:
        """What is not set yet, in words; empty: it can send."""

    def send(self, batch: Sequence[Text]) -> Sequence[Outcome]:
        """Hand each message over once; never try again by itself: that is for whoever calls.

        Returns:
            An outcome for each message, in their order. Nothing is raised for what went wrong.
        """

    def close(self) -> None:
        """Hang up."""

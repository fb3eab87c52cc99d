"""A dialogue: its turns, whom it was with, and what they gave or bought after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

Speaker = Literal["us", "them"]


@dataclass(frozen=True)
class Said:
    """One turn.

    Args:
        speaker: `us`, who sell or ask, or `them`.
        words: what was said.
        name: as the file names the speaker.
        at: when, if the file tells.
    """

    speaker: Speaker
    words: str
    name: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Dialogue:
    """One dialogue.

    Args:
        key: what its file calls it.
        turns: in order.
        person: what the file calls whom it was with; empty if it does not say.
        seller: what it calls whoever of us spoke; empty if it does not say.
        at: when it began, if the file tells.
        value: what they gave or paid after it, in `currency`; None if the file does not say.
        currency: ISO 4217.
    """

    key: str
    turns: Sequence[Said]
    person: str = ""
    seller: str = ""
    at: datetime | None = None
    value: Decimal | None = None
    currency: str | None = None

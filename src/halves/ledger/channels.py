"""A channel: a way a story reaches people, and how it picks them."""

from dataclasses import dataclass
from typing import Literal, get_args

ChannelPath = Literal["many", "one"]
Meets = Literal["broadcast", "targeted", "reactive"]
Picks = Literal["hot", "cold", "random", "unknown"]


@dataclass(frozen=True)
class Channel:
    """A channel, its path, how it meets people and whom it picks.

    Args:
        name: as it stands in the ledger's `channel` column.
        path: `many` (marketing) or `one` (sales).
        meets: `broadcast` (no person identity), `targeted` (chosen people, logged) or
            `reactive` (follows demand: brand search, retargeting).
        picks: whom it reaches: `hot`, `cold`, `random` or `unknown`.

    Raises:
        ValueError: an empty name, or a word outside those lists.

    >>> Channel("rep_call", path="one", meets="targeted", picks="hot").path
    'one'
    """

    name: str
    path: ChannelPath
    meets: Meets = "targeted"
    picks: Picks = "unknown"

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("a channel needs a name, got ''")
        for field, words in (("path", ChannelPath), ("meets", Meets), ("picks", Picks)):
            if getattr(self, field) not in get_args(words):
                wanted = ", ".join(get_args(words))
                found = getattr(self, field)
                raise ValueError(
                    f"channel {self.name!r}: {field} must be one of {wanted}, got {found!r}"
                )

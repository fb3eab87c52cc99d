"""Asking for what is missing: by name, with the line to add. Nothing is guessed."""

from collections.abc import Sequence
from pathlib import Path

from halves.ledger import Channel
from halves.ledger.errors import LedgerError
from halves.ledger.settings import Settings


class NotSaid(LedgerError):
    """Something that measuring needs and nobody has said; the message holds the line to add."""


def margin_of(said: Settings, option: float | None, where: Path) -> float:
    """The margin as the option or the settings say.

    Raises:
        NotSaid: neither does, or the option is outside (0, 1].
    """
    margin = said.margin if option is None else option
    if margin is None:
        raise NotSaid(
            f"the margin is not known: which part of a sale is profit, before marketing and sales? "
            f"Pass --margin, or add this line to {where} with your own figure:\nmargin = 0.6"
        )
    if not 0 < margin <= 1:
        raise NotSaid(f"--margin must be above 0 and at most 1, got {margin}")
    return margin


def channels_of(said: Settings) -> Sequence[Channel]:
    """The channels that are declared; the answer asks for those it misses."""
    return said.channels


def declare(channels: Sequence[str], where: Path) -> NotSaid:
    """What to say of channels that nobody declared."""
    entries = "\n\n".join(
        f'[[channels]]\nname = "{name}"\n'
        'path = "many"  # many: marketing, one to many; one: sales, one to one\n'
        'meets = "targeted"  # broadcast, targeted or reactive'
        for name in channels
    )
    return NotSaid(
        f"the ledger holds channels that {where} does not declare: {', '.join(channels)}. "
        f"Add these lines, and set the path of each and how it meets people:\n\n{entries}"
    )

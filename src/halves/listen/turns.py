"""What was said, turn by turn, and the sentences it is made of."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Turn:
    """What one of the two said before the other spoke.

    Args:
        conversation: which one it belongs to; its turns come one after the other.
        key: the turn's own, as the caller knows it.
        is_theirs: the buyer said it; else we did.
        words: as they were said.
    """

    conversation: int
    key: int
    is_theirs: bool
    words: str


@dataclass(frozen=True)
class Sentence:
    """One sentence of a buyer, and what it came after.

    Args:
        turn: whose words these are.
        place: which sentence of the turn, from 0.
        words: the sentence.
        before: what we had said last; empty if they began.
        language: ISO 639-1, such as `en`.
    """

    turn: Turn
    place: int
    words: str
    before: str
    language: str

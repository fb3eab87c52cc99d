"""What somebody says of a talk when they write it down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from halves.access.models import User
from halves.conversations.models import Direction, Speaker, State
from halves.deals.models import Deal
from halves.people.models import Account
from halves.stories.models import Version


@dataclass(frozen=True)
class Spoken:
    """One turn of a transcript.

    Args:
        speaker: `them` or `us`.
        words: what was said, plain text.
        name: as the transcript names them.
        at: when, if the transcript tells.
        key: of a mail: what tells it from every other.
    """

    speaker: Speaker
    words: str
    name: str = ""
    at: datetime | None = None
    key: str = ""


@dataclass(frozen=True)
class NextStep:
    """What the seller means to do next, which becomes a task."""

    title: str
    due_on: date | None = None


@dataclass(frozen=True)
class Talk:
    """A conversation as it is told.

    Args:
        kind: `call`, `meeting`, `mail` or `chat`.
        at: when it began.
        seller: whose it was; None where nobody knows.
        minutes: how long it took; None where nobody said.
        direction: who began.
        subject, summary: what it was about.
        account: the person's own, if unsaid.
        deal: that it belongs to.
        told: the story that was told in it, whose promises are opened.
        turns: what was said, in order.
        next_step: a task for the seller.
        is_private: seen by its seller only.
        state: whether it took place.
        among: people in it, who share its cost.
        propensity: the chance that a queue's dice gave to it.
        source, source_key: where it is from, and what it is called there; told twice, it is once.
        is_told_apart: the ledger hears of it from whoever logs it, in a batch of its own.
    """

    kind: str
    at: datetime
    seller: User | None
    minutes: int | None = None
    direction: str = Direction.OUT
    subject: str = ""
    summary: str = ""
    account: Account | None = None
    deal: Deal | None = None
    told: Version | None = None
    turns: Sequence[Spoken] = ()
    next_step: NextStep | None = None
    is_private: bool = False
    state: str = State.HELD
    among: int = 1
    propensity: float | None = None
    source: str = "hand"
    source_key: str = ""
    is_told_apart: bool = False

"""A meeting as a calendar has it."""

from dataclasses import dataclass
from datetime import datetime

from halves.connect.errors import FileRefused


class CalendarRefused(FileRefused):
    """A file that is no calendar, or more of one than is taken."""


@dataclass(frozen=True)
class Window:
    """The days that meetings are taken from: before the last moment, from the first on."""

    first: datetime
    last: datetime


@dataclass(frozen=True)
class Meeting:
    """One meeting; one that repeats is many.

    Args:
        key: what tells it from every other, in this calendar or another one.
        starts: when.
        minutes: how long; None if it does not say.
        subject: in one line.
        people: addresses of whoever is invited or invites, casefolded.
        is_off: it was called off.
    """

    key: str
    starts: datetime
    minutes: int | None
    subject: str
    people: tuple[str, ...]
    is_off: bool = False

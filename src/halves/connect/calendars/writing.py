"""ICS out of meetings and tasks, as calendar programs subscribe to it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import icalendar


@dataclass(frozen=True)
class Entry:
    """One line of a calendar.

    Args:
        uid: the same however often it is made.
        title: in one line.
        starts: a moment, or a day for what takes the whole of it.
        minutes: how long; half an hour if unsaid.
        url: of its page.
    """

    uid: str
    title: str
    starts: datetime | date
    minutes: int | None = None
    url: str = ""


def calendar(entries: Iterable[Entry], *, name: str) -> bytes:
    """A calendar of these entries."""
    found = icalendar.Calendar()
    found.add("prodid", "-//halves//EN")
    found.add("version", "2.0")
    found.add("x-wr-calname", name)
    for entry in entries:
        found.add_component(_event(entry))
    return bytes(found.to_ical())


def _event(entry: Entry) -> icalendar.Event:
    event, starts = icalendar.Event(), entry.starts
    event.add("uid", entry.uid)
    event.add("summary", entry.title)
    if isinstance(starts, datetime):
        at = starts.astimezone(UTC)
        event.add("dtstamp", at)
        event.add("dtstart", at)
        event.add("dtend", at + timedelta(minutes=entry.minutes or 30))
    else:
        event.add("dtstamp", datetime(starts.year, starts.month, starts.day, tzinfo=UTC))
        event.add("dtstart", starts)
        event.add("transp", "TRANSPARENT")
    if entry.url:
        event.add("url", entry.url)
    return event

"""Meetings out of an ICS file, within bounds: those that repeat, as often as their window holds."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any

import icalendar
from dateutil.rrule import DAILY, MONTHLY, WEEKLY, YEARLY, rrule, weekdays

from halves.connect.calendars.meeting import CalendarRefused, Meeting, Window

MOST_BYTES = 10_000_000
_MOST_EVENTS = 20_000
_MOST_TIMES = 750  # of one that repeats, in a window
_MOST_MINUTES = 24 * 60
_OLDEST = timedelta(days=20 * 366)  # beginnings of what repeats before the window
_EVERY = {"DAILY": DAILY, "WEEKLY": WEEKLY, "MONTHLY": MONTHLY, "YEARLY": YEARLY}
_DAYS = dict(zip(("MO", "TU", "WE", "TH", "FR", "SA", "SU"), weekdays, strict=True))
# What may stand in a rule besides: everything else can make a rule that never comes true.
_PARTS = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST", "BYMONTHDAY", "BYMONTH"})
_LONGEST = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}


def read(data: bytes, window: Window) -> tuple[list[Meeting], list[str]]:
    """Meetings of the window in their order, and what was left out, in words.

    Raises:
        CalendarRefused: too large, or no calendar.
    """
    if len(data) > MOST_BYTES:
        raise CalendarRefused(f"it has {len(data) / 1e6:.1f} MB; at most {MOST_BYTES // 10**6}")
    try:
        found = icalendar.Calendar.from_ical(data)
        events = list(islice(found.walk("VEVENT"), _MOST_EVENTS + 1))
    except (ValueError, RecursionError, IndexError, AttributeError, TypeError):
        raise CalendarRefused("this is no calendar (.ics), or it is broken") from None
    if len(events) > _MOST_EVENTS:
        raise CalendarRefused(f"it has more than {_MOST_EVENTS} meetings: export fewer days")
    left_out: list[str] = []
    changed = {_moved(one) for one in events} - {None}
    meetings: dict[str, Meeting] = {}
    for event in events:
        for meeting in _of_event(event, window, changed, left_out):
            meetings[meeting.key] = meeting
    return sorted(meetings.values(), key=lambda one: (one.starts, one.key)), left_out


def _of_event(
    event: Any, window: Window, changed: set[Any], left_out: list[str]
) -> Iterator[Meeting]:
    uid, starts = str(event.get("UID", "")).strip()[:200], _began(event)
    if not uid or starts is None:
        left_out.append(f"{_subject(event) or 'a meeting'}: it has no UID, or no beginning")
        return
    moved = event.get("RECURRENCE-ID")
    if moved is not None:  # one of many, that was changed
        own = _moment(getattr(moved, "dt", None))
        times = [(own or starts, starts)]
    else:
        times = [(at, at) for at in _times(event, starts, window, left_out)]
    repeats = moved is not None or event.get("RRULE") is not None
    for named, at in times:
        if moved is None and (uid, named) in changed:
            continue
        if window.first <= at < window.last:
            yield Meeting(
                key=f"{uid}/{named:%Y%m%dT%H%M%SZ}" if repeats else uid,
                starts=at,
                minutes=_minutes(event, starts),
                subject=_subject(event),
                people=_people(event),
                is_off=str(event.get("STATUS", "")).upper() == "CANCELLED",
            )


def _times(event: Any, starts: datetime, window: Window, left_out: list[str]) -> Iterable[datetime]:
    said = event.get("RRULE")
    if said is None:
        return [starts]
    try:
        rule = _rule(said, starts, window)
    except (ValueError, TypeError, KeyError, OverflowError) as failed:
        left_out.append(
            f"{_subject(event) or 'a meeting'}: it repeats in a way we do not: {failed}"
        )
        return [starts]
    gone = {_moment(one.dt) for part in _listed(event.get("EXDATE")) for one in part.dts}
    times = [at for at in islice(rule, _MOST_TIMES) if at not in gone]
    if len(times) >= _MOST_TIMES:
        left_out.append(f"{_subject(event) or 'a meeting'}: only its first {_MOST_TIMES} times")
    return times


def _rule(said: Any, starts: datetime, window: Window) -> Iterator[datetime]:
    """The times of a rule within the window, found without going through more than some years."""
    if isinstance(said, list):
        raise ValueError("it has two rules")
    parts = {str(name).upper(): value for name, value in said.items()}
    unknown = sorted(set(parts) - _PARTS)
    if unknown:
        raise ValueError(f"by {', '.join(unknown)}")
    every = str(parts["FREQ"][0]).upper()
    if every not in _EVERY:
        raise ValueError(f"{every.lower()}")
    if starts < window.first - _OLDEST:
        raise ValueError(f"since {starts.year}")
    months, days = _numbers(parts, "BYMONTH", 12), _numbers(parts, "BYMONTHDAY", 31)
    if months and days and all(abs(d) > _LONGEST.get(m, 31) for m in months for d in days):
        raise ValueError("on a day that there is not")
    until = _moment(parts["UNTIL"][0]) if "UNTIL" in parts else None
    last = min(until, window.last) if until else window.last
    found = rrule(
        _EVERY[every],
        dtstart=starts,
        interval=max(1, min(int(parts.get("INTERVAL", [1])[0]), 1_000)),
        count=min(int(parts["COUNT"][0]), 10_000) if "COUNT" in parts else None,
        until=None if "COUNT" in parts else last,
        byweekday=[_day(one) for one in parts.get("BYDAY", [])] or None,
        bymonth=months or None,
        bymonthday=days or None,
    )
    return (at for at in found.xafter(window.first, inc=True) if at <= last)


def _numbers(parts: dict[str, Any], name: str, most: int) -> list[int]:
    found = [int(one) for one in parts.get(name, [])]
    if any(not 1 <= abs(one) <= most for one in found):
        raise ValueError(f"{name} of {found[0]}")
    return found


def _day(said: Any) -> Any:
    name = str(said).upper()
    day, place = _DAYS[name[-2:]], name[:-2]
    return day(max(-5, min(int(place), 5))) if place else day


def _moved(event: Any) -> tuple[str, datetime | None] | None:
    said = event.get("RECURRENCE-ID")
    if said is None or isinstance(said, list):
        return None
    return str(event.get("UID", "")).strip()[:200], _moment(getattr(said, "dt", None))


def _began(event: Any) -> datetime | None:
    said = event.get("DTSTART")
    return None if isinstance(said, list) else _moment(getattr(said, "dt", None))


def _moment(said: Any) -> datetime | None:
    """A moment in UTC; a time without a zone is taken for UTC, a day for its beginning."""
    try:
        if isinstance(said, datetime):
            at = said if said.tzinfo else said.replace(tzinfo=UTC)
            return at.astimezone(UTC) if 1970 <= at.year <= 2200 else None
        if isinstance(said, date):
            at = datetime.combine(said, time(), UTC)
            return at if 1970 <= at.year <= 2200 else None
    except (ValueError, OverflowError):
        return None
    return None


def _minutes(event: Any, starts: datetime) -> int | None:
    said = event.get("DURATION")
    length = getattr(said, "dt", None) if said is not None else None
    if not isinstance(length, timedelta):
        ends = event.get("DTEND")
        end = _moment(getattr(ends, "dt", None)) if ends is not None else None
        length = end - starts if end else None
    minutes = round(length.total_seconds() / 60) if length is not None else -1
    return minutes if 0 <= minutes < _MOST_MINUTES else None  # a whole day is no meeting's length


def _subject(event: Any) -> str:
    return " ".join(str(event.get("SUMMARY", "")).replace("\x00", "").split())[:300]


def _people(event: Any) -> tuple[str, ...]:
    said = [*_listed(event.get("ATTENDEE"))[:500], *_listed(event.get("ORGANIZER"))]
    plain = (str(one).strip().casefold().removeprefix("mailto:") for one in said)
    return tuple(dict.fromkeys(one for one in plain if "@" in one))


def _listed(said: Any) -> list[Any]:
    if said is None:
        return []
    return said if isinstance(said, list) else [said]

"""Meetings are read out of calendars within bounds, and calendars are written that others read."""

import time
from datetime import UTC, date, datetime

import icalendar
import pytest

from halves.connect.calendars import CalendarRefused, Entry, Window, calendar, read

YEAR = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


def ics(*events: str) -> bytes:
    inside = "".join(f"BEGIN:VEVENT\r\n{one}\r\nEND:VEVENT\r\n" for one in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{inside}END:VCALENDAR\r\n".encode()


def event(more: str = "", *, uid: str = "1@cal", starts: str = "20260105T090000Z") -> str:
    lines = [f"UID:{uid}", f"DTSTART:{starts}", "SUMMARY:Demo", *([more] if more else [])]
    return "\r\n".join(lines)


def test_a_meeting_says_when_how_long_and_with_whom():
    more = (
        "DTEND:20260105T094500Z\r\nORGANIZER:mailto:Ben@example.org\r\n"
        "ATTENDEE;CN=Grace:MAILTO:grace@navy.example"
    )
    (found,), _ = read(ics(event(more)), YEAR)
    assert (found.key, found.subject, found.minutes) == ("1@cal", "Demo", 45)
    assert found.starts == datetime(2026, 1, 5, 9, tzinfo=UTC)
    assert found.people == ("grace@navy.example", "ben@example.org")


def test_times_have_the_zone_that_they_were_written_in():
    own = event().replace("DTSTART:20260105T090000Z", "DTSTART;TZID=Europe/Berlin:20260705T090000")
    (found,), _ = read(ics(own), YEAR)
    assert found.starts == datetime(2026, 7, 5, 7, tzinfo=UTC)


def test_one_that_repeats_is_many_less_what_was_taken_out_or_moved():
    weekly = event("RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO\r\nEXDATE:20260112T090000Z")
    moved = event("RECURRENCE-ID:20260119T090000Z", starts="20260120T100000Z")
    found, _ = read(ics(weekly, moved), YEAR)
    assert [one.starts.day for one in found] == [5, 20, 26]
    assert found[1].key == "1@cal/20260119T090000Z"


def test_one_that_was_called_off_is_known():
    (found,), _ = read(ics(event("STATUS:CANCELLED")), YEAR)
    assert found.is_off


def test_only_the_window_is_taken():
    old = event(starts="20240105T090000Z")
    assert read(ics(old), YEAR) == ([], [])
    daily = event("RRULE:FREQ=DAILY", starts="20240105T090000Z")
    found, _ = read(ics(daily), YEAR)
    assert len(found) == 365


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=SECONDLY;COUNT=1000000000",
        "FREQ=MINUTELY;INTERVAL=1",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYSETPOS=300",
        "FREQ=DAILY;BYHOUR=1;BYMINUTE=2;BYSECOND=3",
        "FREQ=DAILY;COUNT=99999999999999999999",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1",
        "FREQ=NEVER",
    ],
)
@pytest.mark.parametrize("starts", ["20260105T090000Z", "19000101T000000Z", "19750101T000000Z"])
def test_absurd_rules_take_no_time(rule, starts):
    began = time.monotonic()
    found, _ = read(ics(event(f"RRULE:{rule}", starts=starts)), YEAR)
    assert len(found) <= 750
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "bad", [b"", b"hello", b"BEGIN:VCALENDAR\r\n", b"\x00" * 100, b"x" * 11_000_000]
)
def test_what_is_no_calendar_is_refused(bad):
    with pytest.raises(CalendarRefused):
        read(bad, YEAR)


def test_a_meeting_without_a_beginning_is_left_out_in_words():
    found, left_out = read(ics("UID:2@cal\r\nSUMMARY:Lunch"), YEAR)
    assert (found, left_out) == ([], ["Lunch: it has no UID, or no beginning"])


def test_what_is_written_is_read_and_no_title_writes_more_than_itself():
    title = "Demo\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:evil"
    entries = [
        Entry("1@house", title, datetime(2026, 1, 5, 9, tzinfo=UTC), 45),
        Entry("2@house", "Send it", date(2026, 1, 6)),
    ]
    found = icalendar.Calendar.from_ical(calendar(entries, name="Ben"))
    first, second = found.walk("VEVENT")
    assert first["UID"] == "1@house"
    assert first["DTEND"].dt == datetime(2026, 1, 5, 9, 45, tzinfo=UTC)
    assert second["DTSTART"].dt == date(2026, 1, 6)

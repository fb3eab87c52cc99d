"""Calendars: meetings out of ICS files, and ICS out of meetings and tasks. Plain data in and out.

>>> calendar([Entry(uid="1@house", title="Demo", starts=date(2026, 1, 5))], name="Ada")[:15]
b'BEGIN:VCALENDAR'
"""

from datetime import date

from halves.connect.calendars.meeting import CalendarRefused, Meeting, Window
from halves.connect.calendars.reading import read
from halves.connect.calendars.writing import Entry, calendar

__all__ = ["CalendarRefused", "Entry", "Meeting", "Window", "calendar", "date", "read"]

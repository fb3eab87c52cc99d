"""Meetings in from a calendar file, and a calendar out under a secret address."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe

from django.db import transaction
from django.utils.translation import gettext as _

from halves.access import audit
from halves.access.models import User
from halves.access.rules import visible
from halves.connect.calendars import Entry, Meeting, Window, read
from halves.conversations.actions import call_off, hold, log
from halves.conversations.box_models import CalendarFeed
from halves.conversations.mailing import colleagues, known_people
from halves.conversations.models import Conversation, Kind, State
from halves.conversations.talk import Talk
from halves.people.letters import house_url
from halves.people.models import Person, Task

_MOST_PEOPLE = 10
_BEFORE, _AFTER = timedelta(days=365), timedelta(days=365)
_SHOWN_BEFORE = timedelta(days=30)
_MOST_ENTRIES = 2_000


@dataclass
class MeetingsTaken:
    """What became of the meetings of a file."""

    new: int = 0
    changed: int = 0
    passed_over: int = 0
    left_out: list[str] = field(default_factory=list)


def take_meetings(data: bytes, *, by: User, at: datetime) -> MeetingsTaken:
    """Let meetings with people whom we know be conversations of whoever gives the calendar.

    One that lies ahead is planned; one that is past took place, unless it was called off. A file
    given again changes what changed in it.

    Raises:
        CalendarRefused: it is no calendar, or too much of one.
    """
    meetings, left_out = read(data, Window(at - _BEFORE, at + _AFTER))
    found, ours = MeetingsTaken(left_out=left_out[:20]), colleagues()
    for meeting in meetings:
        people, _unknown = known_people(one for one in meeting.people if one not in ours)
        if not people or len(people) > _MOST_PEOPLE:
            found.passed_over += 1
            continue
        for person in people:
            _take(meeting, person, len(people), by=by, at=at, found=found)
    return found


def make_feed(user: User, *, at: datetime) -> str:
    """A new secret address for a colleague's calendar; the one from before is dead. Its token."""
    token = token_urlsafe(32)
    said = {"digest": _digest(token), "made_at": at, "read_at": None}
    with transaction.atomic():
        feed, _new = CalendarFeed.objects.update_or_create(user=user, defaults=said)
        audit.record("calendar_feed.make", feed, by=user, at=at)
    return token


def end_feed(user: User, *, at: datetime) -> None:
    """Let the address be dead."""
    with transaction.atomic():
        for feed in CalendarFeed.objects.filter(user=user):
            audit.record("calendar_feed.end", feed, by=user, at=at)
            feed.delete()


def reader_of(token: str, *, at: datetime) -> User | None:
    """Whose calendar a token opens; nobody's if it is none, or they work here no more."""
    rows = CalendarFeed.objects.filter(digest=_digest(token), user__is_active=True)
    feed = rows.select_related("user").first()
    if feed is None:
        return None
    CalendarFeed.objects.filter(pk=feed.pk).update(read_at=at)
    return feed.user


def entries_of(user: User, *, at: datetime) -> list[Entry]:
    """A colleague's meetings, and their open tasks that have a day."""
    mine = visible(user, "conversation", Conversation.objects.filter(seller=user))
    rows = mine.filter(kind=Kind.MEETING, at__gte=at - _SHOWN_BEFORE)
    meetings = rows.exclude(state=State.CALLED_OFF).select_related("person").order_by("at")
    tasks = Task.objects.filter(owner=user, done_at=None).exclude(due_on=None)
    host = house_url()
    return [
        *(
            Entry(
                uid=f"conversation-{one.pk}@halves",
                title=f"{one.subject or _('Meeting')}: {one.person}",
                starts=one.at,
                minutes=one.minutes,
                url=f"{host}/conversations/{one.pk}/" if host else "",
            )
            for one in meetings[:_MOST_ENTRIES]
        ),
        *(
            Entry(
                uid=f"task-{one.pk}@halves",
                title=one.title,
                starts=one.due_on,
                url=f"{host}/tasks/" if host else "",
            )
            for one in tasks.order_by("due_on")[:_MOST_ENTRIES]
        ),
    ]


def _take(
    meeting: Meeting, person: Person, among: int, *, by: User, at: datetime, found: MeetingsTaken
) -> None:
    source, key = f"ics:{by.pk}", f"{_digest(meeting.key)[:40]}:{person.pk}"
    known = Conversation.objects.filter(source=source, source_key=key).first()
    if known is not None:
        found.changed += _changed(known, meeting, by=by, at=at)
        return
    if meeting.is_off:
        return
    log(
        person,
        Talk(
            kind=Kind.MEETING,
            at=meeting.starts,
            seller=by,
            minutes=meeting.minutes,
            subject=meeting.subject,
            state=State.HELD if _is_over(meeting, at) else State.PLANNED,
            among=among,
            source=source,
            source_key=key,
        ),
        by=None,
        at=at,
    )
    found.new += 1


def _changed(one: Conversation, meeting: Meeting, *, by: User, at: datetime) -> bool:
    """Bring a planned one up to date; what took place, or was called off, stays as it is."""
    if one.state != State.PLANNED:
        return False
    if meeting.is_off:
        return call_off(one, by=by, at=at)
    moved = one.at != meeting.starts or one.minutes != meeting.minutes
    if moved:
        planned = Conversation.objects.filter(pk=one.pk, state=State.PLANNED)
        planned.update(at=meeting.starts, minutes=meeting.minutes)
        one.refresh_from_db()
    return (_is_over(meeting, at) and hold(one, minutes=meeting.minutes, by=by, at=at)) or moved


def _is_over(meeting: Meeting, at: datetime) -> bool:
    return meeting.starts + timedelta(minutes=meeting.minutes or 0) <= at


def _digest(said: str) -> str:
    return sha256(said.encode("utf-8", "ignore")).hexdigest()

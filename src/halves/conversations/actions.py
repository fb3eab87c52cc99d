"""What can happen to a conversation: it is logged, changed, planned, held or called off."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from halves.access import audit
from halves.access.models import User
from halves.access.rules import visible
from halves.conversations import posting, queue_marks
from halves.conversations.errors import ChangedMeanwhile, ConversationRefused
from halves.conversations.models import Conversation, Kind, State, Turn
from halves.conversations.talk import Spoken, Talk
from halves.deals.models import Deal
from halves.people.models import Person
from halves.people.tasks import add_task
from halves.promises.actions import open_promises
from halves.promises.models import Via

MOST_MINUTES = 24 * 60
_AT_ONCE = 1_000
_EARLY = timedelta(hours=1)
_LOGGED = ("kind", "at", "minutes", "direction", "state", "seller", "deal", "is_private")
_CHANGEABLE = ("minutes", "subject", "summary", "direction", "deal", "is_private")


def log(person: Person, talk: Talk, *, by: User | None, at: datetime) -> Conversation:
    """Write a conversation down, with all that follows from it, once.

    What follows: its touch on the ledger, the promises of the story that was told, and the task
    that the seller means to do next. A talk that its source told before is found, not written
    again.

    Args:
        person: whom it was with.
        talk: what is said of it.
        by: who writes it down; None for halves itself.
        at: now.

    Raises:
        ConversationRefused: names the field.
    """
    _check(person, talk, by)
    known = _known(talk)
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return _written(person, talk, by=by, at=at)
    except IntegrityError:  # two at once: the other has it now
        known = _known(talk)
        if known is None:
            raise
        return known


def change(one: Conversation, *, by: User, at: datetime, version: int, **said: Any) -> Conversation:
    """Correct what was written down.

    What the ledger was told first stands there: see `posting.correct`.

    Raises:
        ChangedMeanwhile: somebody else was first.
        ConversationRefused: names the field.
    """
    unknown = sorted(set(said) - set(_CHANGEABLE))
    if unknown:
        raise ConversationRefused(unknown[0], _("This cannot be changed."))
    if "is_private" in said and one.seller_id != by.pk:
        raise ConversationRefused("is_private", _("Only its seller says who sees it."))
    before, words = audit.fields_of(one, _LOGGED), (one.subject, one.summary)
    for name, value in said.items():
        setattr(one, name, value)
    _check_minutes(one.minutes)
    _check_deal(one.person, one.deal)
    with transaction.atomic():
        row = Conversation.objects.filter(pk=one.pk, version=version)
        # One conditional UPDATE, so that of two who save at once only one wins.
        if not row.update(version=version + 1):
            words = _("Somebody else changed this meanwhile. Look at both, then save again.")
            raise ChangedMeanwhile(words)
        one.version = version + 1
        one.save(update_fields=[*said, "version"])
        # The log is read by more people than a private talk is: it says that words changed.
        after = audit.fields_of(one, _LOGGED) | {"is_reworded": words != (one.subject, one.summary)}
        audit.record("conversation.change", one, by=by, at=at, before=before, after=after)
        if before["minutes"] != one.minutes:
            posting.correct(one, at=at)
    return one


def hold(one: Conversation, *, minutes: int | None, by: User | None, at: datetime) -> bool:
    """Say that a planned meeting took place: only then is it a touch.

    Returns:
        Whether this changed anything.

    Raises:
        ConversationRefused: it is yet to come, so that nobody can know.
    """
    _check_minutes(minutes)
    if is_to_come(one, at=at):
        raise ConversationRefused("at", _("It is yet to come: say so once it took place."))
    with transaction.atomic():
        planned = Conversation.objects.filter(pk=one.pk, state=State.PLANNED)
        if not planned.update(state=State.HELD, minutes=minutes):
            return False
        one.state, one.minutes = State.HELD, minutes
        audit.record("conversation.hold", one, by=by, at=at, after={"minutes": minutes})
        _follow(one, at=at)
    return True


def is_to_come(one: Conversation, *, at: datetime) -> bool:
    """Say whether a talk is planned for later; one that began a little early is not."""
    return one.state == State.PLANNED and one.at > at + _EARLY


def call_off(one: Conversation, *, by: User | None, at: datetime) -> bool:
    """Say that a planned meeting does not, or did not, take place.

    Returns:
        Whether this changed anything.
    """
    with transaction.atomic():
        planned = Conversation.objects.filter(pk=one.pk, state=State.PLANNED)
        if not planned.update(state=State.CALLED_OFF):
            return False
        one.state = State.CALLED_OFF
        audit.record("conversation.call_off", one, by=by, at=at)
    return True


def add_turns(one: Conversation, turns: Sequence[Spoken], *, by: User | None, at: datetime) -> int:
    """Put what was said after what is there; a mail that is there already is not added again.

    Returns:
        How many are new.
    """
    with transaction.atomic():
        locked = Conversation.objects.select_for_update().get(pk=one.pk)
        known = set(locked.turns.exclude(key="").values_list("key", flat=True))
        new = [turn for turn in turns if not turn.key or turn.key not in known]
        last = locked.turns.order_by("-position").values_list("position", flat=True).first()
        _say(locked, new, start=0 if last is None else last + 1)
        if new and by is not None:
            audit.record("conversation.turns", one, by=by, at=at, after={"turns": len(new)})
    return len(new)


def _written(person: Person, talk: Talk, *, by: User | None, at: datetime) -> Conversation:
    one = Conversation.objects.create(
        person=person,
        account=talk.account or person.account,
        deal=talk.deal,
        seller=talk.seller,
        told=talk.told,
        kind=talk.kind,
        direction=talk.direction,
        state=talk.state,
        at=talk.at,
        minutes=talk.minutes,
        among=talk.among,
        subject=talk.subject.strip()[:300],
        summary=talk.summary.strip(),
        is_private=talk.is_private,
        source=talk.source,
        source_key=talk.source_key,
        logged_at=at,
        touched_at=at if talk.is_told_apart else None,
    )
    _say(one, talk.turns, start=0)
    after = audit.fields_of(one, _LOGGED)
    audit.record("conversation.log", one, by=by, at=at, after=after)
    if one.state == State.HELD and not talk.is_told_apart:
        _follow(one, at=at, propensity=talk.propensity)
    _mean_next(one, talk, by=by, at=at)
    return one


def _say(one: Conversation, turns: Sequence[Spoken], *, start: int) -> None:
    rows = [
        Turn(
            conversation=one,
            position=start + place,
            speaker=turn.speaker,
            name=turn.name[:200],
            words=turn.words.replace("\x00", ""),  # no database holds it
            at=turn.at,
            key=turn.key,
        )
        for place, turn in enumerate(turns)
    ]
    Turn.objects.bulk_create(rows, batch_size=_AT_ONCE)


def _follow(one: Conversation, *, at: datetime, propensity: float | None = None) -> None:
    """What follows from a talk that took place: its touch, and the promises of the story told.

    A thread of mails is told to the ledger mail by mail.
    """
    if not one.is_thread:
        chosen = queue_marks.called(one, at=at)
        posting.touch(one, at=at, propensity=chosen if propensity is None else propensity)
    if one.told is not None:
        key = f"conversation:{one.pk}"
        open_promises(one.person, one.told, via=Via.CALL, via_key=key, at=one.at)


def _mean_next(one: Conversation, talk: Talk, *, by: User | None, at: datetime) -> None:
    owner = one.seller or by
    if talk.next_step is None or owner is None or not talk.next_step.title.strip():
        return
    said = {"title": talk.next_step.title.strip()[:200], "due_on": talk.next_step.due_on}
    add_task(owner=owner, person=one.person, at=at, by=by or owner, **said)


def _known(talk: Talk) -> Conversation | None:
    if not talk.source_key:
        return None
    rows = Conversation.objects.filter(source=talk.source, source_key=talk.source_key)
    return rows.first()


def _check(person: Person, talk: Talk, by: User | None) -> None:
    if talk.kind not in Kind.values:
        raise ConversationRefused("kind", _("Say what it was: a call, a meeting, mail or chat."))
    _check_minutes(talk.minutes)
    _check_deal(person, talk.deal)
    if talk.is_private and talk.seller is None:
        raise ConversationRefused("is_private", _("Somebody must be able to see it."))
    people = Person.objects.filter(pk=person.pk)
    if by is not None and not visible(by, "person", people).exists():
        raise ConversationRefused("person", _("This is somebody whom you do not see."))


def _check_minutes(minutes: int | None) -> None:
    if minutes is not None and not 0 <= minutes <= MOST_MINUTES:
        words = _("Minutes must be from 0 to %(most)s, got %(minutes)s.")
        raise ConversationRefused("minutes", words % {"most": MOST_MINUTES, "minutes": minutes})


def _check_deal(person: Person, deal: Deal | None) -> None:
    if deal is None or deal.person_id == person.pk:
        return
    if deal.account_id is None or deal.account_id != person.account_id:
        raise ConversationRefused("deal", _("This deal is somebody else's."))

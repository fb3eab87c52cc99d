"""Writing down what came of mails, with what follows from it, in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction

from halves.access import audit
from halves.access.models import User
from halves.campaigns.drawing import variant_of
from halves.campaigns.hours import next_open
from halves.campaigns.links import message_key
from halves.campaigns.models import Campaign, Message, MessageState, State, Step
from halves.mail.outcomes import Outcome, What
from halves.people.models import Bounce, Person
from halves.posting import outbox
from halves.promises.actions import open_for_all
from halves.promises.models import Via

_MOST_TRIES = 9
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
_ON_THE_LINE = (MessageState.SENDING, MessageState.UNKNOWN)


def record(
    campaign: Campaign,
    step: Step,
    worker: str,
    outcomes: Mapping[int, Outcome],
    *,
    at: datetime,
) -> None:
    """Write down what came of a step's messages that this worker handed over.

    What another worker took for lost meanwhile is known again by this.
    """
    with transaction.atomic():
        mine = Message.objects.filter(
            pk__in=list(outcomes), claim=worker, state__in=_ON_THE_LINE
        ).select_related("person")
        rows = list(mine)
        by_what: dict[What, list[Message]] = {what: [] for what in What}
        for row in rows:
            by_what[outcomes[row.pk].what].append(row)
        _sent(campaign, step, by_what[What.SENT], outcomes, at)
        _unknown(by_what[What.UNKNOWN], outcomes)
        for row in by_what[What.LATER]:
            _later(row, outcomes[row.pk], at)
        _down(by_what[What.DOWN])
        for row in by_what[What.REFUSED]:
            _refused(row, outcomes[row.pk], at)


def sent_after_all(message: Message, *, at: datetime) -> bool:
    """Say of one nobody knew of that it was sent; whether it was unknown until now."""
    with transaction.atomic():
        unknown = Message.objects.filter(pk=message.pk, state=MessageState.UNKNOWN)
        if not unknown.update(state=MessageState.SENT, sent_at=message.sending_at, why=""):
            return False
        row = Message.objects.select_related("person", "campaign", "step").get(pk=message.pk)
        _follow(row.campaign, row.step, [row], at)
    return True


def settle(campaign: Campaign, *, were_sent: bool, by: User, at: datetime) -> int:
    """Say of mails nobody knows of that they were sent, or that they are to be sent again.

    Returns:
        Of how many.
    """
    unknown = Message.objects.filter(campaign=campaign, state=MessageState.UNKNOWN)
    keys = list(unknown.values_list("pk", flat=True))
    with transaction.atomic():
        if were_sent:
            rows = Message.objects.filter(pk__in=keys)
            done = sum(sent_after_all(one, at=at) for one in rows)
        else:
            done = unknown.filter(pk__in=keys).update(
                state=MessageState.QUEUED, claim="", sending_at=None, due_at=at
            )
            Campaign.objects.filter(pk=campaign.pk, state=State.SENT).update(
                state=State.SENDING, ended_at=None
            )
        after = {"were_sent": were_sent, "mails": done}
        audit.record("campaign.settle", campaign, by=by, at=at, after=after)
    return done


def failed(keys: Sequence[int], worker: str, *, words: str) -> None:
    """Say that mails could not be written at all."""
    mine = Message.objects.filter(pk__in=list(keys), claim=worker)
    mine.filter(state__in=(MessageState.CLAIMED, *_ON_THE_LINE)).update(
        state=MessageState.FAILED, why=words[:300], claim="", lease_until=None
    )


def _sent(
    campaign: Campaign,
    step: Step,
    rows: list[Message],
    outcomes: Mapping[int, Outcome],
    at: datetime,
) -> None:
    if not rows:
        return
    keys = [row.pk for row in rows]
    Message.objects.filter(pk__in=keys).update(
        state=MessageState.SENT, sent_at=at, why="", claim="", lease_until=None
    )
    for row in rows:
        if outcomes[row.pk].server_id:
            Message.objects.filter(pk=row.pk).update(server_id=outcomes[row.pk].server_id)
    _follow(campaign, step, rows, at)


def _follow(campaign: Campaign, step: Step, rows: list[Message], at: datetime) -> None:
    """What follows from mails that were sent: touches, promises, and the next step's mails."""
    outbox.put("touches", [touch_of(campaign, step, row.person, at) for row in rows], at=at)
    if step.told is not None and step.told.told["promises"]:
        told = [row.person_id for row in rows]
        open_for_all(told, step.told, via=Via.CAMPAIGN, via_key=campaign.name, at=at)
    following = campaign.steps.filter(place=step.place + 1).first()
    if following is None:
        return
    usual = settings.PLACE.settings().time_zone or "UTC"
    due = at + timedelta(hours=following.wait_hours)
    Message.objects.bulk_create(
        [
            Message(
                campaign=campaign,
                step=following,
                person=row.person,
                address=row.address,
                variant=variant_of(following, row.person.ledger_id),
                due_at=next_open(campaign, due, zone=row.person.time_zone, usual=usual),
                key=message_key(campaign.name, row.person.ledger_id, following.place),
            )
            for row in rows
        ],
        ignore_conflicts=True,
    )


def touch_of(campaign: Campaign, step: Step, person: Person, at: datetime) -> dict[str, Any]:
    """A sent mail as the ledger has it."""
    told = step.told.told["name"] if step.told else ""
    row: dict[str, Any] = {
        "touch_id": f"campaign:{campaign.name}:{step.place}:{person.ledger_id}",
        "person_id": person.ledger_id,
        "at": at,
        "path": "many",
        "channel": campaign.channel,
        "campaign": campaign.name,
        "story": told,
        "propensity": 1 - campaign.holdout_share,
        "source": "campaigns",
    }
    if campaign.cost is not None:
        row |= {"cost": Decimal(campaign.cost), "currency": campaign.currency or None}
    return row


def _unknown(rows: list[Message], outcomes: Mapping[int, Outcome]) -> None:
    for row in rows:
        Message.objects.filter(pk=row.pk).update(
            state=MessageState.UNKNOWN,
            why=f"the line broke before the server answered: {outcomes[row.pk].words}"[:300],
            lease_until=None,
        )


def _later(row: Message, outcome: Outcome, at: datetime) -> None:
    tries = row.tries + 1
    wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2**row.tries)
    is_over = tries >= _MOST_TRIES
    Message.objects.filter(pk=row.pk).update(
        state=MessageState.FAILED if is_over else MessageState.QUEUED,
        tries=tries,
        due_at=at + wait,
        why=outcome.words[:300],
        claim="",
        lease_until=None,
        sending_at=None,
    )


def _down(rows: list[Message]) -> None:
    Message.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=MessageState.QUEUED, claim="", lease_until=None, sending_at=None
    )


def _refused(row: Message, outcome: Outcome, at: datetime) -> None:
    Message.objects.filter(pk=row.pk).update(
        state=MessageState.FAILED,
        why=outcome.words[:300],
        claim="",
        lease_until=None,
        sending_at=None,
    )
    if outcome.is_bad_address:
        bounced(row.person, row.address, words=outcome.words, at=at)


def bounced(person: Person, address: str, *, words: str, at: datetime) -> None:
    """Write down that an address takes no mail."""
    defaults = {"person": person, "at": at, "words": words[:300]}
    Bounce.objects.get_or_create(address=address, defaults=defaults)

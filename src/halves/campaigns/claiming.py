"""Taking messages up, so that no two workers have one, and letting them go again.

`queued` → `claimed` by one conditional UPDATE → `sending` by another, just before the mail goes on
the line. A worker that dies leaves its rows until their lease ends: claimed ones were never on the
line and wait again; those on the line may have gone, and are `unknown` until a person says.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from halves.campaigns.models import Campaign, Message, MessageState, State

_LOST = "the worker stopped while the mail was on the line"


def lease() -> timedelta:
    """For how long a worker has what it took up."""
    return timedelta(seconds=settings.SENDING_LEASE_S)


def claim(campaign: Campaign, worker: str, *, size: int, at: datetime) -> list[int]:
    """Take up messages that are due; keys of those that are this worker's now."""
    due = Message.objects.filter(campaign=campaign, state=MessageState.QUEUED, due_at__lte=at)
    keys = list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:size])
    if not keys:
        return []
    # One conditional UPDATE, so that of two workers that saw the same rows each gets its own.
    Message.objects.filter(pk__in=keys, state=MessageState.QUEUED).update(
        state=MessageState.CLAIMED, claim=worker, lease_until=at + lease()
    )
    mine = Message.objects.filter(pk__in=keys, state=MessageState.CLAIMED, claim=worker)
    return list(mine.order_by("due_at", "pk").values_list("pk", flat=True))


def mark(campaign: Campaign, worker: str, addresses: dict[int, str], *, at: datetime) -> set[int]:
    """Say that messages go on the line now; the caller sends only those that come back.

    None of a campaign that was paused or cancelled meanwhile, and none that another worker has.

    Args:
        campaign: whose they are.
        worker: who claimed them.
        addresses: message → where it goes.
        at: now.
    """
    mine = Message.objects.filter(pk__in=list(addresses), claim=worker, state=MessageState.CLAIMED)
    with transaction.atomic():
        if not Campaign.objects.filter(pk=campaign.pk, state=State.SENDING).exists():
            return set()
        rows = dict(mine.values_list("pk", "address"))
        going = {
            pk for pk, was in rows.items() if was == addresses[pk] or _moved(pk, addresses[pk])
        }
        done = mine.filter(pk__in=going).update(
            state=MessageState.SENDING, sending_at=at, lease_until=at + lease()
        )
        if done == len(going):
            return going
        mine = Message.objects.filter(pk__in=going, claim=worker, sending_at=at)
        return set(mine.filter(state=MessageState.SENDING).values_list("pk", flat=True))


def put_back(keys: Sequence[int], worker: str, *, due_at: datetime | None = None) -> None:
    """Let claimed messages wait again: as before, or until a moment."""
    mine = Message.objects.filter(pk__in=list(keys), claim=worker, state=MessageState.CLAIMED)
    later = {} if due_at is None else {"due_at": due_at}
    mine.update(state=MessageState.QUEUED, claim="", lease_until=None, **later)


def skip(keys: Sequence[int], worker: str, *, why: str) -> None:
    """Leave people out for good."""
    mine = Message.objects.filter(pk__in=list(keys), claim=worker, state=MessageState.CLAIMED)
    mine.update(state=MessageState.SKIPPED, why=why, claim="", lease_until=None)


def release_lost(*, at: datetime) -> int:
    """Let go of what dead workers held; how many mails nobody knows of."""
    over = Message.objects.filter(lease_until__lt=at)
    over.filter(state=MessageState.CLAIMED).update(
        state=MessageState.QUEUED, claim="", lease_until=None
    )
    # The claim stays: a worker that was only slow may still say what became of it.
    return over.filter(state=MessageState.SENDING).update(
        state=MessageState.UNKNOWN, why=_LOST, lease_until=None, tries=F("tries") + 1
    )


def _moved(key: int, address: str) -> bool:
    """Write down a new address, unless somebody else was written to there."""
    try:
        with transaction.atomic():
            Message.objects.filter(pk=key).update(address=address)
    except IntegrityError:
        Message.objects.filter(pk=key).update(
            state=MessageState.SKIPPED, why="same_address", claim="", lease_until=None
        )
        return False
    return True

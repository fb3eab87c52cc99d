"""What a call that was logged means for the queue: it was called, or called although left alone."""

from datetime import datetime

from halves.access import audit
from halves.conversations.models import Conversation, Direction, Kind
from halves.conversations.queue_models import DecisionState, QueueDecision


def called(talk: Conversation, *, at: datetime) -> float | None:
    """Mark the decision that a call falls under, in the caller's transaction.

    Whoever the dice left alone and who was called anyway stays among those left alone: what is
    compared is what was meant, not what was done.

    Returns:
        The chance that the dice gave to the call; None where they chose none.
    """
    if talk.kind != Kind.CALL or talk.direction != Direction.OUT:
        return None
    rows = QueueDecision.objects.filter(
        person=talk.person_id, at__lte=talk.at, period_ends__gt=talk.at
    )
    one = rows.order_by("-at", "-pk").first()
    if one is None:
        return None
    done = DecisionState.CALLED_ANYWAY if one.is_held_out else DecisionState.CALLED
    before = (DecisionState.WAITING, DecisionState.SKIPPED, DecisionState.LEFT)
    # One conditional UPDATE: the first call of a period is the queue's, others follow from it.
    row = QueueDecision.objects.filter(pk=one.pk, state__in=before)
    if not row.update(state=done, settled_at=at, conversation=talk, skipped_because=""):
        return None
    audit.record("call_queue.called", one, by=talk.seller, at=at, after={"state": str(done)})
    return None if one.is_held_out else one.chance

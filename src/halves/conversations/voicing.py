"""A concern that a seller heard and wrote down by hand, where no transcript has it."""

from datetime import datetime

from django.db import transaction

from halves.access import audit
from halves.access.models import User
from halves.concerns.models import Concern, Heard
from halves.conversations.models import Conversation, Speaker, Turn


def voiced(one: Conversation, concern: Concern, *, by: User, at: datetime) -> Heard:
    """Write down that a concern was voiced in a talk; said again, it is there once.

    What the seller wrote of the talk stands for the person's words.
    """
    words = one.summary or one.subject or concern.name
    with transaction.atomic():
        locked = Conversation.objects.select_for_update().get(pk=one.pk)
        last = locked.turns.order_by("-position").values_list("position", flat=True).first()
        turn, is_new = Turn.objects.get_or_create(
            conversation=locked,
            key=f"{Turn.BY_HAND}{concern.pk}",
            defaults={
                "position": 0 if last is None else last + 1,
                "speaker": Speaker.THEM,
                "words": words,
            },
        )
        said = {
            "concern": concern,
            "person": one.person,
            "conversation": one,
            "words": words,
            "kind": concern.kind,
            "is_aspiration": concern.is_aspiration,
            "sure": 1.0,
            "at": one.at,
            "placed_by": by,
            "is_placed": True,
        }
        heard, _new = Heard.objects.get_or_create(turn=turn, place=0, defaults=said)
        if is_new:
            after = {"concern": concern.pk}
            audit.record("conversation.voiced", one, by=by, at=at, after=after)
    return heard

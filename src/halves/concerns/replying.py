"""What sellers replied once a concern was voiced, and which of these replies say the same."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef

from halves.concerns.models import Answer, Concern, Given, Heard
from halves.listen import proposing
from halves.listen.grouping import place
from halves.listen.knowing import Knowing, Known, Said
from halves.listen.vectors import Embedding

_CONVERSATIONS, _ROWS, _MOST, _WORDS = 500, 200, 5_000, 1_000
_SEED, _LEAST, _PEOPLE = 1, 5, 3


def read_replies() -> None:
    """For each concern that was voiced, what we said next in that talk."""
    answered = Given.objects.filter(
        concern=OuterRef("concern"), conversation=OuterRef("conversation")
    )
    open_ = Heard.objects.filter(concern__isnull=False, is_aspiration=False)
    open_ = open_.filter(~Exists(answered))
    keys = sorted(set(open_.values_list("conversation_id", flat=True)))
    for begin in range(0, len(keys), _CONVERSATIONS):
        chunk = keys[begin : begin + _CONVERSATIONS]
        _write(_replies(open_.filter(conversation_id__in=chunk), chunk))


def _replies(heard: Any, chunk: Sequence[int]) -> list[Given]:
    turn = Heard._meta.get_field("turn").related_model
    ours: dict[int, list[Any]] = defaultdict(list)
    rows = turn.objects.filter(conversation_id__in=chunk, speaker="us").order_by("position")
    for one in rows.select_related("conversation"):
        ours[one.conversation_id].append(one)
    found: dict[tuple[int, int], Given] = {}
    for one in heard.select_related("turn"):
        next_ = next((a for a in ours[one.conversation_id] if a.position > one.turn.position), None)
        if next_ is not None:
            talk = next_.conversation
            found[one.concern_id, next_.pk] = Given(
                concern_id=one.concern_id, person_id=one.person_id, conversation=talk,
                turn=next_, seller_id=talk.seller_id, words=next_.words[:_WORDS],
                at=next_.at or talk.at,
            )  # fmt: skip
    return list(found.values())


def _write(rows: list[Given]) -> None:
    for begin in range(0, len(rows), _ROWS):
        Given.objects.bulk_create(rows[begin : begin + _ROWS], ignore_conflicts=True)


def put_together(ours: Embedding, *, at: datetime, tell: Callable[[int, int], object]) -> None:
    """Say which answer each reply was; replies of several talks that say the same are a new one.

    Args:
        ours: by which replies are compared.
        at: now.
        tell: is told how many of how many concerns are through; it raises to stop.
    """
    rows = Concern.objects.filter(given__answer=None, retired_at=None, is_aspiration=False)
    concerns = list(rows.filter(merged_into=None).distinct())
    for done, concern in enumerate(concerns, start=1):
        _of(concern, ours, at=at)
        tell(done, len(concerns))


def _of(concern: Concern, ours: Embedding, *, at: datetime) -> None:
    known = [Known(one.pk, _examples(one)) for one in concern.answers.all()]
    free = list(concern.given.filter(answer=None).select_related("conversation")[:_MOST])
    vectors = place(ours, [one.words for one in free], [""] * len(free))
    left, met = [], defaultdict(list)
    for one, answer in zip(free, Knowing(ours, known).of(vectors), strict=True):
        if answer is not None:
            met[answer.key].append(one.pk)
        elif not one.conversation.is_private:
            left.append(one)
    for key, same in met.items():
        _say(same, key)
    voiced = [proposing.Voiced(Said(one.words), one.person_id) for one in left]
    for found in proposing.propose(
        voiced, embedding=ours, seed=_SEED, least=_LEAST, people=_PEOPLE
    ):
        rows = [left[row] for row in found.members]
        answer = Answer.objects.create(
            concern=concern, words=rows[0].words, source="", is_proposed=True, made_at=at,
            changed_at=at,
        )  # fmt: skip
        _say([one.pk for one in rows], answer.pk)


def _say(keys: Sequence[int], answer: int) -> None:
    for begin in range(0, len(keys), _ROWS):
        Given.objects.filter(pk__in=keys[begin : begin + _ROWS]).update(answer_id=answer)


def _examples(answer: Answer) -> tuple[Said, ...]:
    said = answer.given.filter(conversation__is_private=False).order_by("-at")
    words = said.values_list("words", flat=True)[:49]
    return (Said(answer.words), *(Said(one) for one in words))

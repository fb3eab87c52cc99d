"""Dialogues of another system, with what came of them: in together, and out together.

People are known by what the files call them; whoever was decided for or against us has a deal. The
ledger gets touches and outcomes as one batch, so that taking them out again leaves nothing behind.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from django.db import transaction

from halves.access import audit
from halves.access.models import User
from halves.connect.dialogues import Dialogue
from halves.conversations import posting
from halves.conversations.actions import log
from halves.conversations.box_models import DialogueImport
from halves.conversations.errors import ConversationRefused
from halves.conversations.models import Conversation, Kind, Turn
from halves.conversations.talk import Spoken, Talk
from halves.deals.models import Deal, DealState
from halves.ledger.errors import BatchNotFound
from halves.people.arrival import Key, Trust, identify
from halves.people.models import Identifier, Person
from halves.posting.book import book

_DECIDED_AFTER = timedelta(hours=1)
_TOGETHER = 50  # dialogues in one transaction: it stays short
_NAME = 40

Tell = Callable[[int, int], None]


def bring_in(
    dialogues: Sequence[Dialogue], *, source: str, by: User | None, at: datetime, tell: Tell
) -> DialogueImport:
    """Let dialogues be conversations; said again, only what is new comes in.

    Args:
        dialogues: as they were read.
        source: what they are called together, such as `persuasionforgood`.
        by: who brings them; None for the command line.
        at: now.
        tell: gets how many are in, of how many.

    Raises:
        ConversationRefused: a source without a name, or with too long a one.
    """
    if not 0 < len(source) <= _NAME:
        raise ConversationRefused("source", f"a source has a name of 1 to {_NAME} letters")
    run = _run(source, by, at)
    for start in range(0, len(dialogues), _TOGETHER):
        tell(start, len(dialogues))
        with transaction.atomic():
            for one in dialogues[start : start + _TOGETHER]:
                _bring(one, source, by=by, at=at)
    _tell_the_ledger(run, at)
    tell(len(dialogues), len(dialogues))
    return run


def take_out(source: str, *, by: User | None, at: datetime) -> dict[str, int]:
    """Take dialogues out again, with their deals, touches, and people known by nothing else.

    Returns:
        How much went, by what it was.

    Raises:
        ConversationRefused: none of this source are in.
    """
    run = DialogueImport.objects.filter(source=source, undone_at=None).first()
    if run is None:
        raise ConversationRefused("source", f"no dialogues of {source!r} are in")
    gone = {"rows of the ledger": _untold(run)}
    with transaction.atomic():
        rows = Conversation.objects.filter(source=_source(source))
        people = set(rows.values_list("person", flat=True))
        gone["conversations"] = rows.count()
        gone["deals"] = Deal.objects.filter(source=_source(source)).count()
        Deal.objects.filter(source=_source(source)).delete()
        rows.delete()
        gone["people"] = sum(_let_go(key, source) for key in people)
        DialogueImport.objects.filter(pk=run.pk).update(undone_at=at)
        audit.record("dialogues.take_out", run, by=by, at=at, before={"source": source})
    return gone


def _run(source: str, by: User | None, at: datetime) -> DialogueImport:
    said = {"by": by, "at": at}
    with transaction.atomic():
        run, is_new = DialogueImport.objects.get_or_create(
            source=source, undone_at=None, defaults=said
        )
        if is_new:
            audit.record("dialogues.bring_in", run, by=by, at=at, after={"source": source})
    return run


def _bring(one: Dialogue, source: str, *, by: User | None, at: datetime) -> None:
    key = one.key[:200]
    if Conversation.objects.filter(source=_source(source), source_key=key).exists():
        return
    known = [Key(source, one.person or one.key)]
    person = identify(known, trust=Trust.IMPORT, source=_said(source), by=by, at=at)
    talk = Talk(
        kind=Kind.CHAT,
        at=one.at or at,
        seller=None,
        subject=f"{source} {one.key}"[:300],
        turns=[Spoken(turn.speaker, turn.words, turn.name, turn.at) for turn in one.turns],
        source=_source(source),
        source_key=key,
        is_told_apart=True,
    )
    log(person, talk, by=None, at=at)
    if one.value is not None:
        began = one.at or at
        Deal.objects.create(
            title=f"{source} {one.key}"[:200],
            person=person,
            path="one",
            value=one.value,
            currency=one.currency or "",
            state=DealState.WON if one.value > 0 else DealState.LOST,
            opened_at=began,
            closed_at=began + _DECIDED_AFTER,
            posted_at=at,
            source=_source(source),
        )


def _tell_the_ledger(run: DialogueImport, at: datetime) -> None:
    """All touches and outcomes of the source as one batch; written anew if there are more now."""
    rows = Conversation.objects.filter(source=_source(run.source)).select_related("person")
    if run.posted_at is not None and run.dialogues == rows.count():
        return
    DialogueImport.objects.filter(pk=run.pk).update(posted_at=None)
    _untold(run)
    won = Deal.objects.filter(source=_source(run.source), state=DealState.WON)
    touches = [_touch(one) for one in rows]
    outcomes = [_outcome(one) for one in won.select_related("person")]
    for table, found in (("touches", touches), ("outcomes", outcomes)):
        if found:
            book().append(table, pa.Table.from_pylist(found), batch=_batch(run))
    run.dialogues = len(touches)
    run.turns = Turn.objects.filter(conversation__in=rows).count()
    run.posted_at = at
    run.save()


def _untold(run: DialogueImport) -> int:
    try:
        return sum(book().undo(_batch(run)).values())
    except BatchNotFound:
        return 0


def _touch(one: Conversation) -> dict[str, Any]:
    return {
        "touch_id": f"conversation:{one.pk}",
        "person_id": one.person.ledger_id,
        "at": one.at.astimezone(UTC),
        "path": "one",
        "channel": one.kind,
        "source": posting.SOURCE,
    }


def _outcome(one: Deal) -> dict[str, Any]:
    return {
        "outcome_id": f"deal:{one.ledger_id}",
        "person_id": one.person.ledger_id,
        "at": one.closed_at.astimezone(UTC),
        "kind": "deal_closed",
        "path": "one",
        "value": one.value,
        "currency": one.currency,
        "deal_id": one.ledger_id,
        "source": one.source,
    }


def _let_go(key: int, source: str) -> bool:
    """Let somebody go who is known by these dialogues alone, and about whom nothing else is."""
    known = Identifier.objects.filter(person=key)
    if known.exclude(source=_said(source)).exists():
        return False
    for relation in Person._meta.related_objects:
        model = relation.related_model
        if model is not Identifier and model.objects.filter(**{relation.field.name: key}).exists():
            return False
    Person.objects.filter(pk=key).delete()
    return True


def _source(source: str) -> str:
    return f"dialogues:{source}"


def _said(source: str) -> str:
    return f"dialogues of {source}"


def _batch(run: DialogueImport) -> str:
    return f"dialogues:{run.pk}"

"""The job that listens: new turns in; concerns, what was asked, and what was answered out."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from halves.concerns import judging, proposing, replying, tallying
from halves.concerns.knowing import known_concerns
from halves.concerns.models import Asked, Heard, Listening
from halves.jobs.models import LIVE, Job
from halves.jobs.running import start
from halves.listen import hearing
from halves.listen.asking import asked_about
from halves.listen.embeddings import BEST, WORDS, embedding
from halves.listen.knowing import Known
from halves.listen.sentences import split
from halves.listen.turns import Turn
from halves.listen.vectors import Embedding

LISTEN, AGAIN = "listen", "listen_again"
_OVERLAP = 1_000  # turns: of two that are written at once the later number may be there first
_CONVERSATIONS = 500  # asked about at once
_TALKS = 50  # read at once, whole
_ROWS = 200  # written at once: what writes must not hold others up
_SAMPLE = 4_000  # turns to learn words from
_WORDS = 2_000  # letters that are kept of a sentence
Tell = Callable[..., object]


@dataclass(frozen=True)
class _When:
    at: datetime
    person: int


def ask(kind: str, *, by: Any, at: datetime) -> Job:
    """Ask for listening; what is under way or waiting is not asked for twice."""
    live = Job.objects.filter(kind__in=(LISTEN, AGAIN), state__in=LIVE).first()
    return live or start(kind, by=by, at=at, arguments={})


def last_job() -> Job | None:
    """The listening that was asked for last."""
    return Job.objects.filter(kind__in=(LISTEN, AGAIN)).order_by("-pk").first()


def listen(job: Job, tell: Tell) -> Mapping[str, Any]:
    """Hear what is new, propose what nobody knew, and count."""
    return hear_all(LISTEN, at=job.asked_at, tell=tell)


def listen_again(job: Job, tell: Tell) -> Mapping[str, Any]:
    """Hear what is new, then put all in order anew, around what people have shaped."""
    return hear_all(AGAIN, at=job.asked_at, tell=tell)


def hear_all(kind: str, *, at: datetime, tell: Tell) -> Mapping[str, Any]:
    """Listen, in this process.

    Args:
        kind: `listen`, or `listen_again` to put all in order anew.
        at: now.
        tell: is told what is done, and how much of how much; it raises to stop.

    Returns:
        How much was `heard` and `proposed`, and by which `embedding`.
    """
    # One thread: on small tables more of them mostly wait for each other, and burn a busy machine.
    with import_module("threadpoolctl").threadpool_limits(1):
        tell(_("getting to know the words"))
        ours = ready()
        heard = read_new(ours, known_concerns(), tell=tell)
        tell(_("putting together what is alike"))
        arrange = proposing.all_anew if kind == AGAIN else proposing.propose_new
        found = arrange(ours, at=at)
        return _counted(ours, heard, found, tell=tell, at=at)


def ready() -> Embedding:
    """The way to compare sentences that this house has, which has learned from its talks."""
    ours = embedding(getattr(settings, "LISTEN_EMBEDDING", BEST))
    sample: list[str] = []
    if ours.name == WORDS:
        rows = _turns().filter(speaker="them", conversation__is_private=False)
        for words in rows.order_by("-pk").values_list("words", flat=True)[:_SAMPLE]:
            sample += split(words[:_WORDS], language="en")
    return hearing.learned(ours, known_concerns(), sample)


def read_new(ours: Embedding, known: list[Known], *, tell: Tell) -> int:
    """Read turns that came since the last time; once is as good as twice."""
    mark = Listening.objects.get_or_create(pk=1)[0]
    newest = _turns().aggregate(newest=Max("pk"))["newest"] or 0
    new = _turns().filter(pk__gt=mark.turn - _OVERLAP, pk__lte=newest)
    keys = sorted(
        set(new.filter(conversation__state="held").values_list("conversation_id", flat=True))
    )
    if mark.embedding and mark.embedding != ours.name:
        keys = sorted(set(_turns().values_list("conversation_id", flat=True)))
    total = _turns().filter(pk__gt=mark.turn).count()
    whens: dict[int, _When] = {}
    found = hearing.hear(
        _read(keys, whens),
        embedding=ours,
        known=known,
        tell=lambda done: tell(_("listening"), min(done, total), total),
    )
    heard = _keep(found, whens)
    _keep_asked(keys, ours, tell)
    Listening.objects.filter(pk=1).update(turn=newest, embedding=ours.name)
    return heard


def _counted(
    ours: Embedding, heard: int, found: int, *, tell: Tell, at: datetime
) -> Mapping[str, Any]:
    answered = _("looking at what was answered")
    tell(answered)
    replying.read_replies()
    replying.put_together(ours, at=at, tell=lambda done, of: tell(answered, done, of))
    tell(_("weighing answers"))
    judging.judge(at=at)
    tell(_("counting"))
    tallying.tally(at=at)
    return {"words": "", "heard": heard, "proposed": found, "embedding": ours.name}


def _turns() -> Any:
    """All turns; the room of conversations is above this one, so that its model comes by name."""
    return Heard._meta.get_field("turn").related_model.objects.all()


def _read(keys: list[int], whens: dict[int, _When]) -> Iterator[Turn]:
    """Turns of these conversations in their order; `whens` holds those that were read just now."""
    columns = ("pk", "conversation_id", "speaker", "words", "at")
    about = ("conversation__at", "conversation__person_id")
    for begin in range(0, len(keys), _TALKS):
        chunk = keys[begin : begin + _TALKS]
        rows = _turns().filter(conversation_id__in=chunk).order_by("conversation_id", "position")
        # To the end, before any is heard: SQLite refuses a write at once, however long it would
        # wait, in the middle of a read that others have written since.
        told = list(rows.values_list(*columns, *about))
        for pk, conversation, speaker, words, at, began, person in told:
            whens[pk] = _When(at or began, person)
            yield Turn(conversation, pk, speaker == "them", words)


def _keep(found: Iterator[hearing.Heard], whens: dict[int, _When]) -> int:
    count, rows = 0, []
    for one in found:
        rows.append(_row(one, whens[one.sentence.turn.key]))
        if len(rows) == _ROWS:
            count += _write(rows)
            rows = []
            _forget(whens)
    return count + _write(rows)


def _forget(whens: dict[int, _When]) -> None:
    """Let go of turns that are through; a few thousand may still come out of the batch."""
    while len(whens) > 50_000:
        whens.pop(next(iter(whens)))


def _row(one: hearing.Heard, when: _When) -> Heard:
    sentence, meaning = one.sentence, one.meaning
    is_aspiration = one.known.is_aspiration if one.known else meaning.is_aspiration
    return Heard(
        concern_id=one.known.key if one.known else None,
        person_id=when.person,
        conversation_id=sentence.turn.conversation,
        turn_id=sentence.turn.key,
        place=sentence.place,
        words=_clean(sentence.words)[:_WORDS],
        before=_clean(sentence.before)[:_WORDS],
        kind="" if meaning.is_aspiration else meaning.kind,
        language=sentence.language[:8],
        is_aspiration=is_aspiration,
        sure=meaning.sure or 0.5,
        at=when.at,
    )


def _write(rows: list[Heard]) -> int:
    """Write what is not there yet, whoever else is listening."""
    if not rows:
        return 0
    with transaction.atomic():
        before = Heard.objects.filter(turn_id__in={one.turn_id for one in rows}).count()
        Heard.objects.bulk_create(rows, ignore_conflicts=True)
        after = Heard.objects.filter(turn_id__in={one.turn_id for one in rows}).count()
    return after - before


def _keep_asked(keys: list[int], ours: Embedding, tell: Tell) -> None:
    """What we asked about, which says what was held back although somebody asked."""
    for begin in range(0, len(keys), _CONVERSATIONS):
        tell(_("looking at what was asked"), begin, len(keys))
        chunk = keys[begin : begin + _CONVERSATIONS]
        rows = _turns().filter(conversation_id__in=chunk, speaker="us", words__contains="?")
        told = list(rows.values_list("pk", "conversation_id", "conversation__person_id", "words"))
        kinds = asked_about([words for *_, words in told], embedding=ours)
        asked = [
            Asked(turn_id=pk, conversation_id=conversation, person_id=person, kind=kind)
            for (pk, conversation, person, _words), many in zip(told, kinds, strict=True)
            for kind in sorted(many)
        ]
        for place in range(0, len(asked), _ROWS):
            Asked.objects.bulk_create(asked[place : place + _ROWS], ignore_conflicts=True)


def _clean(words: str) -> str:
    """Without what no database takes."""
    return words.replace("\x00", "")

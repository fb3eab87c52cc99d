"""Concerns that nobody knew, out of what was heard; and all of it put in order anew."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from halves.concerns.knowing import free_name, known_concerns
from halves.concerns.models import Concern, ConcernKind, Heard
from halves.listen import proposing
from halves.listen.grouping import place
from halves.listen.knowing import Knowing, Said
from halves.listen.vectors import Embedding

_MOST = 20_000  # sentences of the pile, the newest
_SEED = 1


def propose_new(ours: Embedding, *, at: datetime) -> int:
    """Make concerns of what several people voiced; what is like none stays in the pile.

    Nothing said in private is shown in a name or looked at here; it is put with what was found.
    """
    pile = list(_pile().filter(conversation__is_private=False).order_by("-at")[:_MOST])
    found = proposing.propose([_voiced(one) for one in pile], embedding=ours, seed=_SEED)
    for one in found:
        _make(one, pile, at=at)
    if found:
        _put_private(ours)
    return len(found)


def all_anew(ours: Embedding, *, at: datetime) -> int:
    """Put in order what no person has: around the concerns that people made or shaped."""
    kept = [one for one in known_concerns() if one.key in _shaped()]
    free = _pile() | Heard.objects.filter(is_placed=False, concern__in=_unshaped())
    held = list(free.filter(conversation__is_private=False).order_by("-at")[:_MOST])
    told = [(_voiced(one), one.concern_id) for one in held]
    places, found = proposing.again(told, kept=kept, embedding=ours, seed=_SEED)
    nothing = {one.key for one in kept if one.is_nothing}
    with transaction.atomic():
        members = {row for one in found for row in one.members}
        loose = [held[row].pk for row in range(len(held)) if row not in members]
        _put(loose, None)
        for key in {one for one in places if one is not None}:
            rows = [held[row].pk for row, of in enumerate(places) if of == key]
            _put(rows, None if key in nothing else key)
        for one in found:
            _make(one, held, at=at)
        Heard.objects.filter(
            concern__in=_unshaped(), conversation__is_private=True, is_placed=False
        ).update(concern=None)
        _drop_empty()
    _put_private(ours)
    return sum(one.key is None for one in found)


def _pile() -> "QuerySet[Heard]":
    return Heard.objects.filter(concern=None, is_placed=False)


def _shaped() -> set[int]:
    """Those that a person made, renamed, merged, split, pinned or retired."""
    rows = Concern.objects.filter(merged_into=None).exclude(pk__in=_unshaped())
    return set(rows.values_list("pk", flat=True))


def _unshaped() -> "QuerySet[Concern]":
    return Concern.objects.filter(is_proposed=True, is_pinned=False, retired_at=None)


def _voiced(one: Heard) -> proposing.Voiced:
    said = Said(one.words, one.before)
    return proposing.Voiced(said, one.person_id, one.kind, one.is_aspiration)


def _make(found: proposing.Proposal, rows: Sequence[Heard], *, at: datetime) -> None:
    kind = found.kind or (ConcernKind.BELONGING if found.is_aspiration else ConcernKind.OTHER)
    keys = [rows[row].pk for row in found.members]
    with transaction.atomic():
        concern = Concern.objects.filter(pk=found.key).first() if found.key else None
        if concern is None:
            concern = Concern.objects.create(
                name=free_name(found.name), kind=kind, is_aspiration=found.is_aspiration,
                is_proposed=True, phrases=found.name[:300], made_at=at,
            )  # fmt: skip
        _put(keys, concern.pk)


def _put(keys: Sequence[int], concern: int | None) -> None:
    for begin in range(0, len(keys), 500):
        some = Heard.objects.filter(pk__in=keys[begin : begin + 500], is_placed=False)
        some.update(concern_id=concern)


def _put_private(ours: Embedding) -> None:
    """What was said in private goes where it belongs: it counts, and shows to its seller alone."""
    pile = list(_pile().filter(conversation__is_private=True).order_by("-at")[:_MOST])
    if not pile:
        return
    vectors = place(ours, [one.words for one in pile], [one.before for one in pile])
    for one, known in zip(pile, Knowing(ours, known_concerns()).of(vectors), strict=True):
        if known is not None and not known.is_nothing and known.is_aspiration == one.is_aspiration:
            _put([one.pk], known.key)


def _drop_empty() -> None:
    """Proposals of before that nothing is left of, and that nobody has used."""
    unused = _unshaped().filter(heard=None, answers=None, stories=None)
    unused.delete()

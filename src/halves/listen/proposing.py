"""The pile of what is like no known concern, as proposals of new ones; and all of it anew."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from halves.listen.grouping import centres, group, how_many, joined, place
from halves.listen.knowing import Knowing, Known, Said
from halves.listen.meaning import UNKNOWN
from halves.listen.naming import typical
from halves.listen.vectors import Embedding, Integers

_ONE = 0.8  # cosine of two groups' middles from which on they are one concern
_MOST_OF = 0.6  # of the sentences whose kind is known must be of one kind
_SHARED = 0.3  # of two groups' sentences, to be the same concern as before


@dataclass(frozen=True)
class Voiced:
    """A sentence in the pile.

    Args:
        said: the sentence and what it came after.
        who: the person, so that one who says it often does not make a concern of many.
        kind: as far as it is known.
        is_aspiration: what they want, rather than what holds them back.
    """

    said: Said
    who: int
    kind: str = UNKNOWN
    is_aspiration: bool = False


@dataclass(frozen=True)
class Proposal:
    """A concern that there might be.

    Args:
        members: rows of the pile, the most typical first.
        name: its typical phrases.
        kind: of `KINDS`; empty if it is not clear.
        is_aspiration: what people want, rather than what holds them back.
        key: of the concern that it was before, where all was done anew.
    """

    members: tuple[int, ...]
    name: str
    kind: str
    is_aspiration: bool
    key: int | None = None


def propose(
    pile: Sequence[Voiced], *, embedding: Embedding, seed: int, least: int = 5, people: int = 3
) -> list[Proposal]:
    """Concerns that several people voiced and nobody knew.

    Args:
        pile: any number of sentences.
        embedding: which has learned.
        seed: of the grouping.
        least: sentences that a concern needs.
        people: who must have said them.

    Returns:
        The largest first; what is not in any stays in the pile.
    """
    found: list[Proposal] = []
    for is_aspiration in (False, True):
        rows = [row for row, one in enumerate(pile) if one.is_aspiration == is_aspiration]
        found += _proposed(pile, rows, embedding, seed, least, people)
    return sorted(found, key=lambda one: -len(one.members))


def _proposed(
    pile: Sequence[Voiced],
    rows: list[int],
    embedding: Embedding,
    seed: int,
    least: int,
    people: int,
) -> list[Proposal]:
    if len(rows) < least:
        return []
    said = [pile[row].said for row in rows]
    vectors = place(embedding, [one.words for one in said], [one.before for one in said])
    groups = joined(
        vectors,
        group(vectors, groups=min(how_many(len(rows)), len(set(said))), seed=seed),
        nearer=_ONE,
    )
    count = int(groups.max()) + 1
    near = (vectors * centres(vectors, groups, count)[groups]).sum(axis=1)
    members = [[rows[at] for at in _nearest(groups, near, one)] for one in range(count)]
    wide = [one for one in members if len(one) >= least and _people(pile, one) >= people]
    names = typical([[pile[row].said.words for row in one] for one in wide])
    return [
        Proposal(
            tuple(one), _name(phrases, pile[one[0]]), _kind(pile, one), pile[one[0]].is_aspiration
        )
        for one, phrases in zip(wide, names, strict=True)
    ]


def again(
    held: Sequence[tuple[Voiced, int | None]],
    *,
    kept: Sequence[Known],
    embedding: Embedding,
    seed: int,
    least: int = 5,
    people: int = 3,
) -> tuple[list[int | None], list[Proposal]]:
    """Put everything in order anew, around what people have shaped.

    Args:
        held: sentences with the concern that each is in; those a person put there are left out, and
            are among the examples of `kept`.
        kept: concerns that a person renamed, merged, split or pinned: they stay.
        embedding: which has learned.
        seed: of the grouping.
        least, people: as in `propose`.

    Returns:
        For each sentence the kept concern that it is in, or None; and proposals over the rest, rows
        of `held`. A proposal that mostly holds what one concern held has that concern's key.
    """
    said = [one.said for one, _ in held]
    if not said:
        return [], []
    vectors = place(embedding, [one.words for one in said], [one.before for one in said])
    found = Knowing(embedding, kept).of(vectors)
    free = [row for row, one in enumerate(found) if one is None]
    proposals = propose(
        [held[row][0] for row in free], embedding=embedding, seed=seed, least=least, people=people
    )
    before = [held[row][1] for row in free]
    known = {one.key for one in kept}
    renamed = _as_before(proposals, before, known)
    return [one.key if one else None for one in found], [
        Proposal(
            tuple(free[row] for row in one.members), one.name, one.kind, one.is_aspiration, key
        )
        for one, key in zip(proposals, renamed, strict=True)
    ]


def _as_before(
    proposals: Sequence[Proposal], before: Sequence[int | None], kept: set[int]
) -> list[int | None]:
    """Which concern each proposal was: the one that it shares most with, each once."""
    sizes = Counter(before)
    shares = []
    for row, one in enumerate(proposals):
        for key, shared in Counter(before[member] for member in one.members).items():
            union = len(one.members) + sizes[key] - shared
            if key is not None and key not in kept and shared / union >= _SHARED:
                shares.append((shared / union, row, key))
    found: list[int | None] = [None] * len(proposals)
    for _, row, key in sorted(shares, reverse=True):
        if found[row] is None and key not in found:
            found[row] = key
    return found


def _nearest(
    groups: Integers, near: "np.ndarray[tuple[int], np.dtype[np.float32]]", one: int
) -> list[int]:
    rows = np.flatnonzero(groups == one)
    return [int(row) for row in rows[np.argsort(-near[rows], kind="stable")]]


def _people(pile: Sequence[Voiced], rows: Sequence[int]) -> int:
    return len({pile[row].who for row in rows})


def _kind(pile: Sequence[Voiced], rows: Sequence[int]) -> str:
    known = Counter(
        pile[row].kind for row in rows if pile[row].kind and not pile[row].is_aspiration
    )
    if not known:
        return UNKNOWN
    kind, count = known.most_common(1)[0]
    return kind if count >= _MOST_OF * sum(known.values()) and count >= 2 else UNKNOWN


def _name(phrases: Sequence[str], typical_of: Voiced) -> str:
    return ", ".join(phrases[:3])[:200] or typical_of.said.words[:200]

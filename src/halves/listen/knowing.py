"""Concerns that are known by what was said of them, and which of them a new sentence voices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from halves.listen.grouping import place
from halves.listen.vectors import Embedding, Floats, unit

# Chosen on one half of PersuasionForGood's annotated dialogues, where two in three of the sentences
# that are put somewhere from there on are put right, among 23 labels.
NEAR: Mapping[str, float] = {"minilm": 0.65, "tfidf": 0.58}
MOST_EXAMPLES = 50  # of a concern; more change its middle little


@dataclass(frozen=True)
class Said:
    """A sentence and what it came after."""

    words: str
    before: str = ""


@dataclass(frozen=True)
class Known:
    """A concern that there is already.

    Args:
        key: as the caller knows it.
        examples: what people said who have it; the first fifty count.
        is_nothing: people said that this is no concern; what is like it is let go.
        is_aspiration: what people want to become, rather than what holds them back.
    """

    key: int
    examples: tuple[Said, ...]
    is_nothing: bool = False
    is_aspiration: bool = False


class Knowing:
    """Known concerns in the space of one embedding.

    Args:
        embedding: which has learned.
        known: those without an example are never met.
    """

    def __init__(self, embedding: Embedding, known: Sequence[Known]) -> None:
        self.known = [one for one in known if one.examples]
        self._near = NEAR.get(embedding.name, NEAR["tfidf"])
        some = [
            (row, said)
            for row, one in enumerate(self.known)
            for said in one.examples[:MOST_EXAMPLES]
        ]
        words, before = ([getattr(said, name) for _, said in some] for name in ("words", "before"))
        self._owners = np.array([row for row, _ in some], dtype=np.int64)
        self._examples = place(embedding, words, before) if some else None

    def of(self, vectors: Floats) -> list[Known | None]:
        """Which known concern each sentence voices, if it is near enough to any.

        Near is the mean of how near its middle and how near its nearest example are, so that a
        concern of many words is still found by one that fits.

        Args:
            vectors: shape (sentence, d), in context.
        """
        if self._examples is None:
            return [None] * len(vectors)
        middles = unit(
            np.stack(
                [self._examples[self._owners == row].mean(axis=0) for row in range(len(self.known))]
            )
        )
        near = vectors @ self._examples.T
        nearest = np.stack(
            [near[:, self._owners == row].max(axis=1) for row in range(len(self.known))], axis=1
        )
        scores = (vectors @ middles.T + nearest) / 2
        best = scores.argmax(axis=1)
        sure = scores[np.arange(len(best)), best] >= self._near
        return [self.known[row] if yes else None for row, yes in zip(best, sure, strict=True)]

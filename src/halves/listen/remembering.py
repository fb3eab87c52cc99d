"""Vectors of sentences that were met lately: people say the same things, and we look again."""

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from halves.listen.vectors import Embedding, Floats

_MOST = 50_000  # sentences: 77 MB by meaning


class Remembering:
    """An embedding that works out once what is said, or looked at, several times.

    Args:
        embedding: whose vectors these are.
        most: how many sentences are remembered; the first met are let go.
    """

    def __init__(self, embedding: Embedding, *, most: int = _MOST) -> None:
        self.name = embedding.name
        self._embedding = embedding
        self._most = most
        self._kept: OrderedDict[str, Floats] = OrderedDict()

    def learn(self, sentences: Sequence[str]) -> None:
        """Get to know the sentences that will be compared; what was known before is no use then."""
        self._kept.clear()
        self._embedding.learn(sentences)

    def vectors(self, sentences: Sequence[str]) -> Floats:
        """Each sentence as a vector, as the embedding has it.

        Returns:
            Shape (sentence, dimension).
        """
        if not len(sentences):
            return self._embedding.vectors(sentences)
        new = sorted({one for one in sentences if one not in self._kept})
        if new:
            found = self._embedding.vectors(new)
            # Each a copy: a row of a table would keep the whole of it for as long as it is known.
            self._kept.update((one, row.copy()) for one, row in zip(new, found, strict=True))
        told = np.stack([self._kept[one] for one in sentences])
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return told

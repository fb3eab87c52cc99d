"""Sentences as vectors: what every way of comparing them gives, and what is done with it."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]


class Embedding(Protocol):
    """A way to compare sentences; vectors of one are no use to another."""

    name: str

    def learn(self, sentences: Sequence[str]) -> None:
        """Get to know the sentences that will be compared."""

    def vectors(self, sentences: Sequence[str]) -> Floats:
        """Each sentence as a vector of length one, or zero where nothing is known of it.

        Returns:
            Shape (sentence, dimension).
        """


def unit(rows: Floats) -> Floats:
    """Rows of length one; what is zero stays zero.

    >>> unit(np.array([[3.0, 4.0], [0.0, 0.0]], dtype=np.float32))
    array([[0.6, 0.8],
           [0. , 0. ]], dtype=float32)
    """
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Floats = (rows / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)
    return scaled

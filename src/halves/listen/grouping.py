"""Sentences that say the same, put together."""

from importlib import import_module

import numpy as np

from halves.listen.vectors import Embedding, Floats, Integers, unit

# Chosen on one half of PersuasionForGood's annotated dialogues, never on the half reported.
BEFORE = 0.5  # what a sentence came after weighs so much beside its own words
_STARTS = 5
_MOST_FITTED = 20_000  # sentences that centres are looked for among; the others go to the nearest


def in_context(words: Floats, before: Floats) -> Floats:
    """What was said together with what it came after: "no" to one question is no "no" to another.

    Args:
        words: shape (sentence, d), of length one.
        before: the same of what was said before; zero where nothing was.

    Returns:
        Shape (sentence, 2d), of length one.
    """
    return unit(np.hstack([words, np.float32(BEFORE) * before]))


def place(embedding: Embedding, words: list[str], before: list[str]) -> Floats:
    """Sentences in their context as vectors; what is said twice is looked at once."""
    different = sorted({*words, *before})
    at = {one: row for row, one in enumerate(different)}
    vectors = embedding.vectors(different)
    silent = np.array([bool(one) for one in before], dtype=np.float32)[:, None]
    own = vectors[[at[one] for one in words]]
    return in_context(own, vectors[[at[one] for one in before]] * silent)


def group(vectors: Floats, *, groups: int, seed: int) -> Integers:
    """Put sentences into so many groups by k-means.

    Args:
        vectors: shape (sentence, d), of length one.
        groups: how many; at least 1.
        seed: of the starts.

    Returns:
        Shape (sentence,): the group of each, from 0.

    Raises:
        ValueError: no group, or more groups than sentences.

    Source:
        Arthur and Vassilvitskii (2007), k-means++. On unit vectors it is spherical but for the
        centres' lengths.

    >>> group(unit(np.array([[1, 0], [1, 0.1], [0, 1]], dtype=np.float32)), groups=2, seed=1).size
    3
    """
    if not 1 <= groups <= len(vectors):
        raise ValueError(f"groups must be 1 to {len(vectors)}, got {groups}")
    rng = np.random.default_rng(seed)
    some = vectors
    if len(vectors) > _MOST_FITTED:
        some = vectors[rng.choice(len(vectors), _MOST_FITTED, replace=False)]
    means = import_module("sklearn.cluster").KMeans(groups, n_init=_STARTS, random_state=seed)
    # One thread: threads that wait for each other burn a busy machine.
    with import_module("threadpoolctl").threadpool_limits(1):
        return np.asarray(means.fit(some).predict(vectors), dtype=np.int64)


def how_many(sentences: int) -> int:
    """How many groups to look for among so many sentences: more than there are, to be joined.

    >>> how_many(12), how_many(800), how_many(1_000_000)
    (2, 20, 60)
    """
    return int(min(max(np.sqrt(sentences / 2), 2), 60, max(sentences, 1)))


def centres(vectors: Floats, groups: Integers, count: int) -> Floats:
    """The middle of each group.

    Returns:
        Shape (count, d), of length one; zero for a group of nobody.
    """
    sums = np.zeros((count, vectors.shape[1]), dtype=np.float64)
    np.add.at(sums, groups, vectors)
    return unit(sums.astype(np.float32))


def joined(vectors: Floats, groups: Integers, *, nearer: float) -> Integers:
    """Join groups whose centres lie so near that they say the same.

    Args:
        vectors: shape (sentence, d).
        groups: shape (sentence,).
        nearer: cosine of two centres from which on they are one.

    Returns:
        Shape (sentence,): groups from 0, without gaps, the largest first.
    """
    count = int(groups.max()) + 1
    middle = centres(vectors, groups, count)
    if count > 1:
        linking = import_module("sklearn.cluster").AgglomerativeClustering
        linked = linking(
            None, metric="cosine", linkage="average", distance_threshold=1 - nearer
        ).fit_predict(middle)
        groups = np.asarray(linked, dtype=np.int64)[groups]
    sizes = np.bincount(groups)
    rank = np.empty(len(sizes), dtype=np.int64)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    return rank[groups]

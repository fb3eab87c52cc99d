"""Pairs joined into people: those who on the average are probably one with everyone in the group.

Joining whatever a chain of pairs connects would make one person of many by a few wrong pairs; here
two groups become one only if the pairs between them, all of them, bear it.
"""

from heapq import heapify, heappop, heappush

import numpy as np
from numpy.typing import NDArray


def grouped(
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    probability: NDArray[np.float64],
    *,
    size: int,
    least: float,
) -> NDArray[np.int64]:
    """Groups of records by average linkage.

    Args:
        first: records of each pair, 0 to size - 1, shape (pair,); each pair once.
        second: the other ones, shape (pair,).
        probability: that the two are one; a pair that is not there has 0.
        size: how many records there are.
        least: mean probability between two groups from which they are one, over 0, at most 1.

    Returns:
        shape (size,): one record of the group of each.

    Source:
        Sokal and Michener (1958), A statistical method for evaluating systematic relationships.

    >>> chain = np.array([0, 1, 2]), np.array([1, 2, 3]), np.array([0.9, 0.2, 0.9])
    >>> one = grouped(*chain, size=4, least=0.3)
    >>> bool(one[0] == one[1]), bool(one[2] == one[3]), bool(one[1] == one[2])
    (True, True, False)
    """
    near: list[dict[int, float]] = [{} for _ in range(size)]
    rows = list(zip(first.tolist(), second.tolist(), probability.tolist(), strict=True))
    for i, j, one in rows:
        near[i][j] = near[j][i] = one
    members, turn, into = [1] * size, [0] * size, list(range(size))
    heap = [(-one, i, j, 0, 0) for i, j, one in rows if one >= least]
    heapify(heap)
    while heap:
        _, i, j, turn_i, turn_j = heappop(heap)
        if turn[i] != turn_i or turn[j] != turn_j:
            continue  # one of the two has grown since, or is part of another
        i, j = (i, j) if len(near[i]) >= len(near[j]) else (j, i)
        _join(near, i, j)
        members[i] += members[j]
        into[j] = i
        turn[i] += 1
        turn[j] = -1
        for k, total in near[i].items():
            if (mean := total / (members[i] * members[k])) >= least:
                heappush(heap, (-mean, i, k, turn[i], turn[k]))
    return np.array([_root(into, i) for i in range(size)], dtype=np.int64)


def _join(near: list[dict[int, float]], kept: int, gone: int) -> None:
    """Hand the pairs of `gone` to `kept`: `near` holds the sums over all members."""
    mine, theirs = near[kept], near[gone]
    del mine[gone], theirs[kept]
    for k, total in theirs.items():
        mine[k] = near[k][kept] = mine.get(k, 0.0) + total
        del near[k][gone]
    near[gone] = {}


def _root(into: list[int], i: int) -> int:
    while into[i] != i:
        i = into[i]
    return i

"""What agreement is worth among the pairs that were compared, learned from those pairs alone.

Splink learns how often strangers agree from pairs drawn at random. Where a person has many records
those draws hold the person's own pairs too, and what agrees only by being compared looks rare: so
once all pairs are compared, both are learned again from them, and comparisons that go with one
another (a postcode and a town, two ways to look at one name) are weighed as one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ROUNDS = 40
_LITTLE = 0.5  # of a pair, added to each level, so that none is impossible


@dataclass(frozen=True)
class Patterns:
    """Pairs that agree in the same way, counted.

    Args:
        levels: of each comparison, shape (pattern,): -1 unknown, 0 different, more is more alike.
        count: pairs of each pattern.
        probability: that they are of one person, as thought before.
    """

    levels: dict[str, NDArray[np.int64]]
    count: NDArray[np.float64]
    probability: NDArray[np.float64]

    @property
    def same(self) -> float:
        """How many pairs are of one person, as thought before."""
        return float(self.count @ self.probability)


def weighed(patterns: Patterns, *, together: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    """Weights of patterns, learned by expectation maximisation from the pairs that have them.

    Args:
        patterns: what was seen.
        together: names of comparisons that are weighed as one; the others are taken as independent.

    Returns:
        log2 of the odds that a pair of the pattern is of one person, shape (pattern,).

    Source:
        Winkler (1988), Using the EM algorithm for weight computation in the Fellegi-Sunter model.
    """
    ways = _ways(patterns.levels, together)
    probability = patterns.probability
    weight = np.zeros(len(probability))
    for _ in range(ROUNDS):
        same, other = probability * patterns.count, (1 - probability) * patterns.count
        weight = np.full(
            len(probability), np.log2((same.sum() + _LITTLE) / (other.sum() + _LITTLE))
        )
        for way in ways:
            known = way >= 0
            m, u = (_shares(way[known], part[known], way.max() + 1) for part in (same, other))
            weight[known] += np.log2(m / u)[way[known]]
        probability = 1 / (1 + np.exp2(-weight))
    return weight


def _ways(
    levels: dict[str, NDArray[np.int64]], together: Sequence[Sequence[str]]
) -> list[NDArray[np.int64]]:
    """One column of levels for each group of comparisons; -1 where none of the group is known."""
    grouped = {name for group in together for name in group}
    ways = []
    for group in [*together, *([name] for name in levels if name not in grouped)]:
        code = np.zeros(len(levels[group[0]]), np.int64)
        for name in group:
            code = code * (levels[name].max() + 2) + levels[name] + 1
        _, way = np.unique(np.append(code, 0), return_inverse=True)  # 0: nothing is known
        ways.append(way[:-1] - 1)
    return ways


def _shares(way: NDArray[np.int64], part: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    found = np.bincount(way, part, minlength=size) + _LITTLE
    shares: NDArray[np.float64] = (found / found.sum()).astype(np.float64)
    return shares

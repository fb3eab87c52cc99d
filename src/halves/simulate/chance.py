"""Chance by name: the same seed, purpose and day give everybody the same luck in every world.

That is what makes worlds comparable: switching a channel off moves nobody else's dice.
"""

from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Chance:
    """Dice for a crowd: one throw a person, named by purpose and day.

    >>> dice = Chance(seed=1, people=3)
    >>> bool((dice.uniform("open", day=4) == dice.uniform("open", day=4)).all())
    True
    """

    seed: int
    people: int
    rerun: int = 0  # another draw of the same people's luck

    def uniform(self, purpose: str, *, day: int) -> Floats:
        """One number in [0, 1) a person."""
        return self._dice(purpose, day).random(self.people, dtype=np.float32)

    def normal(self, purpose: str, *, day: int) -> Floats:
        """One standard normal number a person."""
        return self._dice(purpose, day).standard_normal(self.people, dtype=np.float32)

    def mixed(self, purpose: str, person: Ints, day: Ints) -> NDArray[np.float64]:
        """One number in [0, 1) for each pair of person and day (splitmix64 of their names)."""
        with np.errstate(over="ignore"):
            key = person.astype(np.uint64) * np.uint64(100_003) + day.astype(np.uint64)
            key += np.uint64(self._key(purpose)) * _GOLDEN
            for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
                key += _GOLDEN
                key = (key ^ (key >> np.uint64(shift))) * np.uint64(factor)
            key ^= key >> np.uint64(31)
        return (key >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def _dice(self, purpose: str, day: int) -> np.random.Generator:
        names = [self.seed, self.rerun, crc32(purpose.encode()), day]
        return np.random.Generator(np.random.SFC64(np.random.SeedSequence(names)))

    def _key(self, purpose: str) -> int:
        return crc32(f"{self.seed} {self.rerun} {purpose}".encode())

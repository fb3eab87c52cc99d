"""Chance by name: the same seed, purpose and day give everybody the same luck in every world.

That is what makes worlds comparable: switching a channel off moves nobody else's dice.
"""

from dataclasses import dataclass, field
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

_GOLDEN = 0x9E3779B97F4A7C15
_MIXERS = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))
_FOR_GOOD = -1  # the day of what is drawn once


@dataclass(frozen=True)
class Chance:
    """Dice for a crowd: one throw a person, named by purpose and day.

    >>> dice = Chance(seed=1, people=3)
    >>> bool((dice.on(4).uniform("open") == dice.on(4).uniform("open")).all())
    True
    """

    seed: int
    people: int
    rerun: int = 0  # another draw of the same people's luck

    def on(self, day: int) -> "Luck":
        """Everybody's luck on one day."""
        return Luck(self.people, day, (self.seed, self.rerun))

    @property
    def for_good(self) -> "Luck":
        """What people are born with: the same in every rerun."""
        return Luck(self.people, _FOR_GOOD, (self.seed, 0))

    def mixed(self, purpose: str, person: Ints, day: Ints) -> NDArray[np.float64]:
        """One number in [0, 1) for each pair of person and day.

        Source:
            Steele, Lea, Flood (2014), Fast Splittable Pseudorandom Number Generators: the mixing
            of splitmix64.
        """
        name = crc32(f"{self.seed} {self.rerun} {purpose}".encode())
        key = person.astype(np.uint64) * np.uint64(100_003) + day.astype(np.uint64)
        key += np.uint64(name * _GOLDEN % 2**64)
        for shift, factor in _MIXERS:
            key += np.uint64(_GOLDEN)
            key ^= key >> np.uint64(shift)
            key *= np.uint64(factor)
        key ^= key >> np.uint64(31)
        return (key >> np.uint64(11)).astype(np.float64) * 2.0**-53


@dataclass(frozen=True)
class Luck:
    """One day's dice. Each is thrown once, however many worlds look at it."""

    people: int
    day: int
    names: tuple[int, ...]
    _thrown: dict[str, Floats] = field(default_factory=dict)

    def uniform(self, purpose: str) -> Floats:
        """One number in [0, 1) a person; not to be written to."""
        if purpose not in self._thrown:
            self._thrown[purpose] = self._dice(purpose).random(self.people, dtype=np.float32)
        return self._thrown[purpose]

    def normal(self, purpose: str) -> Floats:
        """One standard normal number a person; not to be written to."""
        key = f"{purpose} (normal)"
        if key not in self._thrown:
            dice = self._dice(key)
            self._thrown[key] = dice.standard_normal(self.people, dtype=np.float32)
        return self._thrown[key]

    def pick(self, purpose: str, among: int) -> Ints:
        """One of `among` places a person, each as likely."""
        return (self.uniform(purpose) * among).astype(np.int64)

    def _dice(self, purpose: str) -> np.random.Generator:
        names = [*self.names, crc32(purpose.encode()), self.day + 1]
        return np.random.Generator(np.random.SFC64(np.random.SeedSequence(names)))

"""Whom calls move, as the dice say so far: the levels that guesses are multiplied by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from halves.conversations.queue_gain import Candidate
from halves.conversations.queue_models import CallQueue

EVERY = 7  # one place in so many goes by the guess alone, whatever was learned
_FIRST = 2  # the place that does so first: short lists have one too


@dataclass(frozen=True)
class Levels:
    """What calls bring, as multiples of the guess, none below 0.

    Args:
        common: of everyone whose kind nothing is known of.
        own: reason → the level of that kind of person.
    """

    common: float = 1.0
    own: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def learned(cls, queue: CallQueue) -> "Levels":
        """What the dice taught so far; 1 for everyone before any evidence."""
        said = queue.learned or {}
        common = said.get("level", {}).get("mean", 1.0)
        own = {kind: one["level"]["mean"] for kind, one in said.get("kinds", {}).items()}
        return cls(max(common, 0.0), {kind: max(mean, 0.0) for kind, mean in own.items()})

    def of(self, one: Candidate) -> float:
        """The level of somebody's kind."""
        return self.own.get(one.reason, self.common)

    def expected(self, one: Candidate) -> float:
        """Revenue that a call is expected to bring."""
        return self.of(one) * one.guess

    def in_turn(self, found: Sequence[Candidate]) -> list[Candidate]:
        """The most promising first, and every seventh by the guess alone.

        So that a kind once thought hopeless is looked at again: without it one unlucky month would
        keep it off the list, and who is not on the list teaches nothing.

        Args:
            found: some candidates; of those that promise alike, the order stays.
        """
        by_guess = sorted(found, key=lambda one: -one.guess)
        if not self.own:
            return by_guess
        queues = iter(sorted(by_guess, key=self.expected, reverse=True)), iter(by_guess)
        taken: dict[int, Candidate] = {}
        while len(taken) < len(by_guess):
            turn = queues[len(taken) % EVERY == _FIRST]
            one = next(one for one in turn if one.person not in taken)
            taken[one.person] = one
        return list(taken.values())

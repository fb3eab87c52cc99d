"""How fast turns are heard, and in how much memory: `python -m bench.listening --turns 100000`."""

import argparse
import random
import resource
import time
from collections.abc import Iterator

from halves.listen.embeddings import embedding
from halves.listen.hearing import hear, learned
from halves.listen.knowing import Said
from halves.listen.meaning import examples
from halves.listen.proposing import Voiced, propose
from halves.listen.turns import Turn

_WHOM = ("us", "our shop", "the team", "my boss", "a firm like ours", "the board", "this year")
_WHEN = ("now", "in March", "next year", "before Easter", "after the audit", "some day", "soon")


def turns(count: int, seed: int) -> Iterator[Turn]:
    """Talks of ten turns: what is meant by the examples, said about other things, small talk."""
    rng = random.Random(seed)
    said = [(kind, one) for kind, many in examples().items() for one in many]
    small = [one for kind, one in said if kind == "nothing"]
    for place in range(count):
        _, words = rng.choice(said) if rng.random() < 0.3 else ("", rng.choice(small))
        tail = (
            f" We talked of {rng.choice(_WHOM)} {rng.choice(_WHEN)}, number {rng.randrange(5_000)}."
        )
        yield Turn(place // 10, place, place % 2 == 1, words + tail)


def main() -> None:
    """Hear, then propose; print what a person would want to know."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--turns", type=int, default=100_000)
    parser.add_argument("--by", default="tfidf")
    said = parser.parse_args()
    # Seconds of the processor: they do not depend on what else the machine has to do.
    began = time.process_time()
    ours = embedding(said.by)
    learned(ours, [], [one.words for one in turns(4_000, seed=2)])
    ready = time.process_time()
    pile = [
        Voiced(Said(one.sentence.words, one.sentence.before), one.sentence.turn.conversation,
               one.meaning.kind, one.meaning.is_aspiration)
        for one in hear(turns(said.turns, seed=1), embedding=ours)
    ]  # fmt: skip
    heard = time.process_time()
    found = propose(pile[:20_000], embedding=ours, seed=1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{said.by}: {said.turns:,} turns in {heard - ready:.1f} s of processor "
        f"({said.turns / (heard - ready):,.0f} a second), learned in {ready - began:.1f} s, "
        f"{len(pile):,} heard, {len(found)} proposed in {time.process_time() - heard:.1f} s, "
        f"at most {peak:,.0f} MB"
    )


if __name__ == "__main__":
    main()

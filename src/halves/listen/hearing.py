"""From turns to what was heard: batch by batch, so that any number of turns fits."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from halves.listen.grouping import in_context
from halves.listen.knowing import Knowing, Known, Said
from halves.listen.meaning import KINDS, Meaning, Meanings, examples
from halves.listen.sentences import sentences
from halves.listen.turns import Sentence, Turn
from halves.listen.vectors import Embedding, Floats

_BATCH = 1_000  # sentences at once

Tell = Callable[[int], object]  # how many turns are done; it raises where nobody wants more


@dataclass(frozen=True)
class Heard:
    """A sentence that voices something.

    Args:
        sentence: which.
        meaning: what it is about.
        known: the concern that it voices, if it is like one; None is for the new pile.
    """

    sentence: Sentence
    meaning: Meaning
    known: Known | None


def learned(embedding: Embedding, known: Sequence[Known], sample: Sequence[str]) -> Embedding:
    """An embedding that has seen what it will compare.

    Args:
        embedding: which has not learned yet.
        known: concerns that there are.
        sample: some of the sentences that are to come; thousands are enough.
    """
    told = [one for many in examples().values() for one in many]
    held = [said.words for one in known for said in one.examples]
    embedding.learn([*told, *held, *sample])
    return embedding


def hear(
    turns: Iterable[Turn],
    *,
    embedding: Embedding,
    known: Sequence[Known] = (),
    tell: Tell = lambda _done: None,
    language: str = "en",
) -> Iterator[Heard]:
    """What buyers voice in these turns.

    Args:
        turns: each conversation's one after the other; taken one at a time, never all at once.
        embedding: which has learned.
        known: concerns that there are.
        tell: is told how many turns are done, after each batch.
        language: what a conversation is taken for until it says more.

    Yields:
        What voices a known concern, or a concern or an aspiration of its own.
    """
    done = 0

    def counted() -> Iterator[Turn]:
        nonlocal done
        for turn in turns:
            done += 1
            yield turn

    knowing, meanings = Knowing(embedding, known), Meanings(embedding)
    said = sentences(counted(), language=language)
    while batch := list(islice(said, _BATCH)):
        yield from _heard(batch, embedding, knowing, meanings)
        tell(done)
    tell(done)


def _heard(
    batch: Sequence[Sentence], embedding: Embedding, knowing: Knowing, meanings: Meanings
) -> Iterator[Heard]:
    words = [one.words for one in batch]
    own = embedding.vectors(words)
    found = knowing.of(in_context(own, _before(embedding, batch)))
    about = meanings.of_vectors(own, words, [one.language for one in batch])
    for sentence, meaning, known in zip(batch, about, found, strict=True):
        if known is not None and known.is_nothing:
            continue
        if known is not None and known.is_aspiration != meaning.is_aspiration and meaning.is_heard:
            known = None  # what holds them back and what they want may sound alike
        if known is not None or meaning.is_heard:
            yield Heard(sentence, meaning, known)


def _before(embedding: Embedding, batch: Sequence[Sentence]) -> Floats:
    """What was said before each; zero where nothing was."""
    said = np.array([bool(one.before) for one in batch], dtype=np.float32)
    return embedding.vectors([one.before for one in batch]) * said[:, None]


__all__ = ["KINDS", "Heard", "Known", "Said", "Tell", "hear", "learned"]

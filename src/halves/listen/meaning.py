"""What a sentence is about: a concern of some kind, an aspiration, or neither.

Two witnesses are heard: words that give it away, and how near it is to sentences that mean it.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from halves.listen.vectors import Embedding, Floats

KINDS = (
    "price", "trust", "timing", "need", "authority", "risk", "effort", "fit", "belonging",
)  # fmt: skip
ASPIRATION, NOTHING, UNKNOWN = "aspiration", "nothing", ""
_WORDS = Path(__file__).with_name("words")


@dataclass(frozen=True)
class Weights:
    """How much each witness counts; chosen by what it does with sentences written for that.

    Args:
        cue: what words that give a kind away add to how near the sentence is to it.
        least: nearness below which a sentence is about nothing in particular.
        ahead: how far it must be nearer to a concern than to talk that is none.
        surer: how far the best kind must be ahead of the second; else the kind is unknown.
    """

    cue: float
    least: float
    ahead: float
    surer: float


WEIGHTS: Mapping[str, Weights] = {
    "minilm": Weights(cue=0.3, least=0.3, ahead=0.05, surer=0.02),
    "tfidf": Weights(cue=0.5, least=0.45, ahead=0.05, surer=0.04),
}


@dataclass(frozen=True)
class Meaning:
    """What a sentence is about.

    Args:
        kind: of `KINDS`, `aspiration`, or empty: a concern of a kind that is not known.
        is_heard: it voices a concern or an aspiration at all.
        sure: 0 to 1, how far it is beyond what would have been enough; no probability.
    """

    kind: str
    is_heard: bool
    sure: float

    @property
    def is_aspiration(self) -> bool:
        """It says what they want to become or belong to."""
        return self.kind == ASPIRATION


class Meanings:
    """Sentences of known meaning, in the space of one embedding.

    Args:
        embedding: which has learned.
    """

    def __init__(self, embedding: Embedding) -> None:
        self._weights = WEIGHTS.get(embedding.name, WEIGHTS["tfidf"])
        self._embedding = embedding
        said = [(kind, one) for kind, many in examples().items() for one in many]
        self._kinds = np.array([kind for kind, _ in said])
        self._known = embedding.vectors([one for _, one in said])

    def of(self, sentences: Sequence[str], languages: Sequence[str]) -> list[Meaning]:
        """What each sentence is about.

        Args:
            sentences: any number.
            languages: of each, ISO 639-1.
        """
        return self.of_vectors(self._embedding.vectors(sentences), sentences, languages)

    def of_vectors(
        self, vectors: Floats, sentences: Sequence[str], languages: Sequence[str]
    ) -> list[Meaning]:
        """The same, where the vectors are there already, shape (sentence, d)."""
        near = vectors @ self._known.T
        names = (*KINDS, ASPIRATION, NOTHING)
        scores = np.stack([_best(near[:, self._kinds == kind]) for kind in names], axis=1)
        for row, (words, language) in enumerate(zip(sentences, languages, strict=True)):
            for kind in given_away(words, language):
                scores[row, names.index(kind)] += self._weights.cue
        return [self._meaning(row) for row in scores]

    def _meaning(self, scores: Floats) -> Meaning:
        names = (*KINDS, ASPIRATION)
        order = np.argsort(-scores[: len(names)], kind="stable")
        best, second = (float(scores[place]) for place in order[:2])
        nothing = float(scores[-1])
        beyond = min(best - self._weights.least, best - nothing - self._weights.ahead)
        if beyond <= 0:
            return Meaning(UNKNOWN, is_heard=False, sure=0.0)
        kind = names[order[0]] if best - second >= self._weights.surer else UNKNOWN
        return Meaning(kind, is_heard=True, sure=min(0.5 + 2 * beyond, 1.0))


def _best(near: Floats) -> Floats:
    """How near a sentence is to those of one kind: the mean of the nearest two."""
    some = np.sort(near, axis=1)[:, -2:]
    mean: Floats = some.mean(axis=1)
    return mean


def given_away(words: str, language: str) -> list[str]:
    """The kinds that words of it give away.

    >>> given_away("That is too expensive for firms like ours.", "en")
    ['price', 'belonging']
    """
    found = []
    for kind, cues in _cues(language).items():
        if cues.search(words):
            found.append(kind)
    return found


def examples() -> dict[str, list[str]]:
    """Sentences that mean it, by kind, aspirations and talk that is neither among them."""
    return {kind: list(said.get("says", [])) for kind, said in _read("en").items()}


@cache
def _cues(language: str) -> dict[str, re.Pattern[str]]:
    known = language if (_WORDS / f"{language}.toml").exists() else "en"
    return {
        kind: re.compile("|".join(said["cues"]), re.IGNORECASE)
        for kind, said in _read(known).items()
        if said.get("cues")
    }


@cache
def _read(language: str) -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((_WORDS / f"{language}.toml").read_text(encoding="utf-8"))

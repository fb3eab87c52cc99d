"""Turns as sentences, in the language they are in; long pastes are taken in pieces."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from typing import Any

from halves.listen.languages import language_of
from halves.listen.turns import Sentence, Turn

LONGEST = 600  # letters of a sentence; what runs on is cut at a space
MOST_WORDS = 200_000  # letters of a turn; a paste of megabytes is no talk
_PIECE = 2_000  # letters that are looked at together: the rules are slow on endless text
_RULES = frozenset(
    "en hi mr zh es am ar hy bg ur ru pl fa nl da fr my el it ja de kk sk".split()  # noqa: SIM905
)
_END = re.compile(r"[.!?。！？…]\S*\s+\S")
_SPACE = re.compile(r"\s+")
_LINE = re.compile(r"[\r\n]+")


def sentences(turns: Iterable[Turn], *, language: str = "en") -> Iterator[Sentence]:
    """The buyers' sentences, each with what it came after; turns go by one at a time.

    Args:
        turns: each conversation's one after the other, in their order.
        language: what a conversation is taken for until something longer is said in it.

    >>> talk = [Turn(1, 1, False, "Shall we start?"), Turn(1, 2, True, "Hm. It is too expensive.")]
    >>> [(one.words, one.before) for one in sentences(talk)]
    [('Hm.', 'Shall we start?'), ('It is too expensive.', 'Shall we start?')]
    """
    conversation, before, spoken = None, "", language
    for turn in turns:
        if turn.conversation != conversation:
            conversation, before, spoken = turn.conversation, "", language
        if not turn.is_theirs:
            before = _SPACE.sub(" ", turn.words[-LONGEST:]).strip()
            continue
        spoken = language_of(turn.words, otherwise=spoken)
        for place, words in enumerate(split(turn.words, language=spoken)):
            yield Sentence(turn, place, words, before, spoken)


def split(words: str, *, language: str) -> list[str]:
    """A text's sentences, of at most 600 letters each.

    >>> split("We met Dr. Wu. She liked it!\\nHow much is it?", language="en")
    ['We met Dr. Wu.', 'She liked it!', 'How much is it?']
    """
    found = []
    for line in _LINE.split(words[:MOST_WORDS]):
        for piece in _pieces(_SPACE.sub(" ", line).strip(), _PIECE):
            # Most turns are one sentence, and then the rules need not be asked.
            parts = _segmenter(language).segment(piece) if _END.search(piece) else [piece]
            for part in parts:
                found += [one for one in _pieces(part.strip(), LONGEST) if one]
    return found


def _pieces(text: str, most: int) -> Iterator[str]:
    while len(text) > most:
        cut = text.rfind(" ", 1, most) if " " in text[1:most] else most
        yield text[:cut]
        text = text[cut:].lstrip()
    yield text


@cache
def _segmenter(language: str) -> Any:
    known = language if language in _RULES else "en"
    return import_module("pysbd").Segmenter(language=known, clean=False)

"""How hard a text is to read, and which of its sentences claim something."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from halves.stories.errors import TemplateRefused
from halves.stories.templates import pieces

_FEWEST = 20  # words; of fewer nothing can be said
_NUMBER = re.compile(r"(?<![\w.])\d[\d.,]*(?: ?%| ?percent|x\b| times\b)?", re.IGNORECASE)
_BOAST = re.compile(
    r"\b(?:best|fastest|cheapest|leading|number one|no\. ?1|#1|guaranteed?|proven|award-winning|"
    r"everyone|nobody else|the only|always|never fails?|doubles?|triples?|halves|proved?)\b",
    re.IGNORECASE,
)
_MEANS = re.compile(r"%|percent|\d ?x\b|times\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?](?=\S)[^.!?\n]+)*[.!?]?")


@dataclass(frozen=True)
class Claim:
    """A sentence that says something which could be false, and where it is."""

    words: str
    line: int


def ease_of(source: str) -> float | None:
    """Years of school that a text takes, by the length of its words and sentences.

    None for too few words.

    Source: Senter and Smith (1967), Automated Readability Index. It asks for no dictionary of
    syllables, which would have to be fetched.
    """
    plain = _plain(source)
    words = plain.split()
    if len(words) < _FEWEST:
        return None
    sentences = sum(any(map(str.isalnum, one)) for one in _SENTENCE.findall(plain)) or 1
    letters = sum(map(str.isalnum, plain))
    index = 4.71 * letters / len(words) + 0.5 * len(words) / sentences - 21.43
    return max(index, 0.0)


def claims_in(source: str, proved: Sequence[str]) -> list[Claim]:
    """Sentences with a share, a multiple or a boast that no proof has.

    A proof is taken to be of a sentence that has one of its numbers, or half of its longer words.
    """
    found = []
    for number, line in enumerate(_plain(source).split("\n"), start=1):
        for sentence in _SENTENCE.findall(line):
            said = sentence.strip(" -*>#")
            if _is_claim(said) and not any(_proves(one, said) for one in proved):
                found.append(Claim(said[:120], number))
    return found


def _is_claim(said: str) -> bool:
    return _BOAST.search(said) is not None or any(
        _MEANS.search(number) for number in _NUMBER.findall(said)
    )


def _proves(proof: str, said: str) -> bool:
    if _figures(proof) & _figures(said):
        return True
    words = _long_words(said)
    return bool(words) and len(words & _long_words(proof)) * 2 >= len(words)


def _figures(said: str) -> set[str]:
    return {re.sub(r"[^\d.]", "", one).strip(".") for one in _NUMBER.findall(said)}


def _long_words(said: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[^\W\d_]{5,}", said)}


def _plain(source: str) -> str:
    """The words alone, line by line as they were written."""
    try:
        parts = pieces(source)
    except TemplateRefused:
        return ""
    said = "".join(
        "it" if one.words.startswith("{{") else "" if one.is_tag else one.words for one in parts
    )
    said = re.sub(r"\[([^\[\]]{1,300})\]\([^()]{1,500}\)", r"\1", said)
    said = re.sub(r"https?://\S+", "", said)
    return re.sub(r"<[^<>\n]{0,300}>", " ", said)

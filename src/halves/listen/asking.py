"""What our own questions ask about."""

from collections.abc import Sequence

from halves.listen.languages import language_of
from halves.listen.meaning import Meanings
from halves.listen.sentences import split
from halves.listen.vectors import Embedding


def asked_about(turns: Sequence[str], *, embedding: Embedding) -> list[set[str]]:
    """The kinds of concern that each of our turns asks about.

    Args:
        turns: what we said.
        embedding: which has learned.

    Returns:
        For each turn, kinds of `meaning.KINDS`; empty where it asks about none.
    """
    said = [(row, one, "en") for row, words in enumerate(turns) for one in _questions(words)]
    found: list[set[str]] = [set() for _ in turns]
    if not said:
        return found
    sentences = [one for _, one, _ in said]
    languages = [language_of(one, otherwise=known) for _, one, known in said]
    for (row, _, _), meaning in zip(
        said, Meanings(embedding).of(sentences, languages), strict=True
    ):
        if meaning.is_heard and meaning.kind and not meaning.is_aspiration:
            found[row].add(meaning.kind)
    return found


def _questions(words: str) -> list[str]:
    return [one for one in split(words, language="en") if one.rstrip().endswith("?")]

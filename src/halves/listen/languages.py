"""Which language something is written in."""

from functools import cache
from importlib import import_module
from typing import Any

_LEAST_LETTERS = 24  # shorter text says too little
_SURE = 0.6


def language_of(words: str, *, otherwise: str) -> str:
    """The language of a text.

    Args:
        words: of which the first thousand characters are looked at.
        otherwise: what it is taken for where it is too short to tell.

    Returns:
        ISO 639-1, such as `de`.

    Source:
        Lui and Baldwin (2012), langid.py; the package `py3langid`.

    >>> language_of("Das ist uns leider viel zu teuer geworden.", otherwise="en")
    'de'
    >>> language_of("Ok.", otherwise="pt")
    'pt'
    """
    if sum(map(str.isalpha, words)) < _LEAST_LETTERS:
        return otherwise
    found, sure = _identifier().classify(words[:1000])
    return str(found) if sure >= _SURE else otherwise


@cache
def _identifier() -> Any:
    known = import_module("py3langid.langid")
    return known.LanguageIdentifier.from_model_file(known.MODEL_FILE, norm_probs=True)

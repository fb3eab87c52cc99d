"""What search looks in, and what it looks for: words without accents, in small letters."""

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
_MOST = 6


def plain_words(*texts: str) -> str:
    """The words of some texts, for searching: no accents, small letters, each once.

    >>> plain_words("Zoë Müller", "zoe@example.org")
    'zoe muller example org'
    """
    return " ".join(dict.fromkeys(word for text in texts for word in _words(text)))


def as_prefixes(said: str) -> list[str]:
    """What someone typed, as beginnings of words that must all be there.

    >>> as_prefixes("Zoë  mül")
    ['zoe', 'mul']
    """
    return _words(said)[:_MOST]


def _words(text: str) -> list[str]:
    apart = unicodedata.normalize("NFKD", text.casefold())
    return _WORD.findall("".join(c for c in apart if not unicodedata.combining(c)))

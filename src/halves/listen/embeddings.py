"""Which ways to compare sentences there are."""

from halves.listen.errors import BackEndUnknown
from halves.listen.lsa import Lsa
from halves.listen.minilm.model import MiniLm, is_installed
from halves.listen.remembering import Remembering
from halves.listen.vectors import Embedding

BEST, WORDS, MEANING = "best", "tfidf", "minilm"
NAMES = (BEST, WORDS, MEANING)


def embedding(name: str = BEST, *, seed: int = 1, threads: int = 1) -> Embedding:
    """A way to compare sentences; what was compared lately is remembered.

    Args:
        name: `tfidf` by their words, `minilm` by their meaning (the extra `halves[listen]`), or
            `best`: the latter where it is installed.
        seed: of what is learned.
        threads: of the processor.

    Raises:
        BackEndMissing: `minilm` without the extra.
        BackEndUnknown: another name.

    >>> embedding("tfidf").name
    'tfidf'
    """
    if name not in NAMES:
        raise BackEndUnknown(name, NAMES)
    if name == MEANING or (name == BEST and is_installed()):
        return Remembering(MiniLm(threads=threads))
    return Remembering(Lsa(seed=seed))

"""Groups of sentences by the phrases that are typical of them."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from math import log

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_LONGEST = 4
_STEM = 5  # letters that words which mean the same begin with alike: donate, donation, donating
# Words that begin and end no phrase: they are in every sentence.
_LINKS = frozenset(
    """
    a an the and or but if of to in on at for with from by as is are was were be been am do does
    did have has had will would can could should may might it its it's this that these those i i'm
    i'd i've i'll you your you're we our us we're my me he she they them their not no so just very
    really there here what which who how when where why about any some all than then too also get
    got go goes going like know think don't doesn't didn't isn't won't can't haven't hasn't let up
    out der die das und oder ein eine zu in ist sind wir ich sie es nicht mit für auf que de la el
    los las un una y o en es no le les des et je nous vous est pas pour du au os as um uma e é não
    """.split()  # noqa: SIM905
)


def typical(groups: Sequence[Sequence[str]], *, most: int = 4) -> list[list[str]]:
    """Phrases of each group that the other groups rarely say.

    Args:
        groups: their sentences.
        most: phrases a group.

    Returns:
        For each group its phrases of one to four words, the most typical first; a phrase that
        shares a word with one that was chosen, however inflected, is left out.

    Source:
        Class-based TF-IDF: Grootendorst (2022), BERTopic; a phrase counts once a sentence.

    >>> typical([["It is too expensive", "too expensive for us"], ["call me next year"]], most=1)
    [['expensive'], ['call me next year']]
    >>> typical([["Donations?", "I donate.", "Cents", "2"]], most=2)
    [['cents', 'donate']]
    """
    counts = [_counts(one) for one in groups]
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    average = sum(total.values()) / max(len(counts), 1)
    return [
        _best(one, total, average, len(said), most)
        for one, said in zip(counts, groups, strict=True)
    ]


def _counts(sentences: Sequence[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for one in sentences:
        found.update(set(_phrases(one)))
    return found


def _phrases(sentence: str) -> Iterator[str]:
    words = [one.group().lower() for one in _WORD.finditer(sentence)]
    for start in range(len(words)):
        for end in range(start + 1, min(start + _LONGEST, len(words)) + 1):
            phrase = " ".join(words[start:end])
            is_said = any(letter.isalpha() for letter in phrase)
            if is_said and words[start] not in _LINKS and words[end - 1] not in _LINKS:
                yield phrase


def _best(
    counts: Counter[str], total: Counter[str], average: float, sentences: int, most: int
) -> list[str]:
    least = 2 if sentences > 4 else 1
    scored = sorted(
        (-(n * log(1 + average / total[phrase]) * (1 + 0.5 * phrase.count(" "))), phrase)
        for phrase, n in counts.items()
        if n >= least
    )
    chosen: list[str] = []
    for _, phrase in scored:
        if not any(_overlap(phrase, other) for other in chosen):
            chosen.append(phrase)
        if len(chosen) == most:
            break
    return chosen


def _overlap(one: str, other: str) -> bool:
    """They share a word, however it is inflected or spelt: a name says each thing once."""
    return bool(_stems(one) & _stems(other))


def _stems(phrase: str) -> set[str]:
    return {re.sub("['’]", "", word)[:_STEM] for word in phrase.split()}

"""How much it says that two records have a word or a value in common: the rarer, the more."""

from collections import Counter
from math import log2

import pyarrow as pa

STEP = 2.0  # bits that each of a word's numbers stands for
FEW = 200  # records; words of no more are compared with one another whatever else they say


def with_rarity(records: pa.Table, *columns: str) -> pa.Table:
    """Add `<column>_bits`: log2 of how many records there are for each one that says the same."""
    for column in columns:
        said = records[column].to_pylist()
        often = Counter(one for one in said if one is not None)
        bits = [one and log2(len(said) / often[one]) for one in said]
        records = records.append_column(f"{column}_bits", pa.array(bits, pa.float64()))
    return records


def with_words(records: pa.Table, column: str) -> pa.Table:
    """Add what a text's words say, in whatever order they come.

    Returns:
        records with `words` (each once, without punctuation), `rare_words` (those of `FEW` records
        at the most) and `words_bits`: for each word as many numbers as it is rare, so that what two
        texts have in common is as much as how many numbers they have in common.
    """
    said = [_words(text or "") for text in records[column].to_pylist()]
    often = Counter(word for words in said for word in words)
    numbers: dict[str, list[int]] = {}
    for word, n in often.items():
        copies = max(1, round(log2(len(said) / n) / STEP))
        numbers[word] = [len(numbers) * 64 + copy for copy in range(copies)]
    rare = [[word for word in words if often[word] <= FEW] for words in said]
    bits = [[one for word in words for one in numbers[word]] for words in said]
    words_kind, bits_kind = pa.list_(pa.string()), pa.list_(pa.int64())
    records = records.append_column("words", pa.array(said, words_kind))
    records = records.append_column("rare_words", pa.array(rare, words_kind))
    return records.append_column("words_bits", pa.array(bits, bits_kind))


def _words(text: str) -> list[str]:
    plain = "".join(one if one.isalnum() or one.isspace() else "" for one in text.casefold())
    return sorted({word for word in plain.split() if len(word) > 1})

"""Sentences by their words: TF-IDF with latent semantics, learned from what was said here."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np

from halves.listen.vectors import Floats, unit

_DIMENSIONS = 100
_MOST_FEATURES = 40_000
_WORD = r"(?u)\b\w+\b|[?!$€£]"


class Lsa:
    """A place for each sentence among those that share its words and the parts of its words.

    Whole words and pairs say what it is about; pieces of two to five letters bring together what is
    inflected or misspelt, in any language.

    Args:
        seed: of the factorisation.

    Source:
        Deerwester et al. (1990), Indexing by Latent Semantic Analysis; Halko et al. (2011).
    """

    name = "tfidf"

    def __init__(self, *, seed: int = 1) -> None:
        self._seed = seed
        self._weighing: Any = None
        self._turning: Any = None

    def learn(self, sentences: Sequence[str]) -> None:
        """Learn which words say much, and which go together; a sample of what will be compared.

        Raises:
            ValueError: fewer than two different sentences.
        """
        different = sorted({one for one in sentences if one.strip()})
        if len(different) < 2:
            raise ValueError(f"two different sentences at least, got {len(different)}")
        text = import_module("sklearn.feature_extraction.text")
        rare = 2 if len(different) >= 200 else 1
        words = text.TfidfVectorizer(
            ngram_range=(1, 2), sublinear_tf=True, min_df=rare, token_pattern=_WORD,
            max_features=_MOST_FEATURES,
        )  # fmt: skip
        pieces = text.TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=rare,
            max_features=_MOST_FEATURES,
        )  # fmt: skip
        pipeline = import_module("sklearn.pipeline")
        self._weighing = pipeline.FeatureUnion([("words", words), ("pieces", pieces)])
        weights = self._weighing.fit_transform(different)
        most = min(_DIMENSIONS, min(weights.shape) - 1)
        factors = import_module("sklearn.decomposition").TruncatedSVD
        self._turning = factors(max(most, 1), random_state=self._seed).fit(weights)

    def vectors(self, sentences: Sequence[str]) -> Floats:
        """Each sentence as a vector.

        Returns:
            Shape (sentence, at most 100), of length one; zero where no word is known.

        Raises:
            ValueError: nothing was learned yet.
        """
        if self._turning is None:
            raise ValueError("nothing is learned yet: learn from some sentences first")
        if not len(sentences):
            return np.zeros((0, self._turning.n_components), dtype=np.float32)
        weights = self._weighing.transform(sentences)
        return unit(np.asarray(self._turning.transform(weights), dtype=np.float32))

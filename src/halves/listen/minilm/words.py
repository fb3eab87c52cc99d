"""Words as the numbers that all-MiniLM-L6-v2 knows them by: BERT's uncased word pieces."""

from importlib import import_module
from pathlib import Path
from typing import Any

LONGEST = 128  # word pieces of a sentence, as the model was trained; what is longer is cut
_VOCABULARY = Path(__file__).with_name("vocab.txt")


def word_pieces() -> Any:
    """A tokenizer of the package `tokenizers`, made from the vocabulary beside this file.

    Returns:
        A `tokenizers.Tokenizer` that cuts and pads, and puts [CLS] and [SEP] around a sentence.

    Source:
        Devlin et al. (2019), BERT; the vocabulary of sentence-transformers/all-MiniLM-L6-v2.
    """
    made = import_module("tokenizers").BertWordPieceTokenizer(str(_VOCABULARY), lowercase=True)
    made.enable_truncation(LONGEST)
    made.enable_padding()
    return made

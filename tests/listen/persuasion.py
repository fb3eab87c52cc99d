"""PersuasionForGood's annotated dialogues: what the persuaded said, and its label."""

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from python_calamine import CalamineWorkbook
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from halves.listen.vectors import Integers

FOLDER = Path(__file__).parents[2].parent / "shared/data/persuasionforgood"
needs_dialogues = pytest.mark.skipif(
    not FOLDER.exists(), reason="no shared/data/persuasionforgood here"
)
_DIALOGUES = 300


@dataclass(frozen=True)
class Labelled:
    """One sentence of the persuaded, what the persuader had said last, and its label."""

    dialogue: str
    words: str
    before: str
    label: str


def dialogues(*, for_tuning: bool) -> list[Labelled]:
    """One half of the dialogues, drawn once: choices are made on one, figures told of the other."""
    rows = CalamineWorkbook.from_path(FOLDER / "300_dialog.xlsx").get_sheet_by_index(0).to_python()
    names = sorted({row[1] for row in rows[1:]})
    assert len(names) == _DIALOGUES
    random.Random(6).shuffle(names)
    chosen = set(names[: _DIALOGUES // 2] if for_tuning else names[_DIALOGUES // 2 :])
    found, before, of = [], "", ""
    for _, dialogue, role, _, words, _, label, *_ in rows[1:]:
        before = before if dialogue == of else ""
        of = dialogue
        if role == 0:
            before = str(words)
        elif label and dialogue in chosen:
            found.append(Labelled(dialogue, str(words), before, label))
    return found


@dataclass(frozen=True)
class Agreement:
    """How well groups and labels agree: 0 by chance (or near it), 1 wholly."""

    nmi: float
    ari: float


def agreement(labels: list[str], groupings: list[Integers]) -> Agreement:
    """The mean over several starts."""
    return Agreement(
        nmi=float(np.mean([normalized_mutual_info_score(labels, one) for one in groupings])),
        ari=float(np.mean([adjusted_rand_score(labels, one) for one in groupings])),
    )


def by_words_alone(said: list[Labelled], *, groups: int, seeds: range) -> Agreement:
    """What there is to beat: TF-IDF and k-means, as its documentation has it."""
    weights = TfidfVectorizer().fit_transform([one.words for one in said])
    found = [
        KMeans(groups, n_init=5, random_state=seed).fit_predict(weights).astype(np.int64)
        for seed in seeds
    ]
    return agreement([one.label for one in said], found)

"""Groups of what the persuaded said agree with what people took it for, better than by words."""

import pytest

from halves.listen.embeddings import embedding
from halves.listen.grouping import group, place
from halves.listen.minilm.model import is_installed
from tests.listen.persuasion import (
    Agreement,
    Labelled,
    agreement,
    by_words_alone,
    dialogues,
    needs_dialogues,
)

pytestmark = needs_dialogues
SEEDS = range(1, 4)


def of_ours(name: str, said: list[Labelled], groups: int) -> Agreement:
    ours = embedding(name)
    ours.learn([one.words for one in said])
    vectors = place(ours, [one.words for one in said], [one.before for one in said])
    found = [group(vectors, groups=groups, seed=seed) for seed in SEEDS]
    return agreement([one.label for one in said], found)


def compared(name: str, said: list[Labelled]) -> tuple[Agreement, Agreement]:
    """Ours and what there is to beat: the same sentences, as many groups as there are labels."""
    groups = len({one.label for one in said})
    ours, theirs = of_ours(name, said, groups), by_words_alone(said, groups=groups, seeds=SEEDS)
    print(f"{name}: {len(said)} sentences, {groups} groups, ours {ours}, TF-IDF {theirs}")
    return ours, theirs


def reported(some: int) -> list[Labelled]:
    said = dialogues(for_tuning=False)
    chosen = set(sorted({one.dialogue for one in said})[:some])
    return [one for one in said if one.dialogue in chosen]


SOME = pytest.mark.parametrize(
    "some", [20, pytest.param(150, marks=pytest.mark.slow)], ids=["sample", "all"]
)


@SOME
def test_by_words_and_context_beats_words_alone(some):
    ours, theirs = compared("tfidf", reported(some))

    assert ours.nmi > theirs.nmi
    assert ours.ari > theirs.ari


@pytest.mark.skipif(not is_installed(), reason="halves[listen] is not installed")
@SOME
def test_by_meaning_beats_words_alone(some):
    ours, theirs = compared("minilm", reported(some))

    assert ours.nmi > theirs.nmi + 0.03
    assert ours.ari > theirs.ari

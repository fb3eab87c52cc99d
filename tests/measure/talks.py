"""Talks before decisions: planted ones, and PersuasionForGood's annotated dialogues."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from python_calamine import CalamineWorkbook

from halves.measure.answers import Talks

FOLDER = Path(__file__).parents[2].parent / "shared/data/persuasionforgood"
needs_dialogues = pytest.mark.skipif(
    not FOLDER.exists(), reason="no shared/data/persuasionforgood here"
)

# Said once they have decided: what comes from there on would leak the result.
DECIDED = {
    "agree-donation",
    "disagree-donation",
    "disagree-donation-more",
    "provide-donation-amount",
    "confirm-donation",
}
LEAKS = {"confirm-donation", "ask-donate-more"}
VOICED = (
    "negative-reaction-to-donation",
    "neutral-reaction-to-donation",
    "ask-org-info",
    "ask-donation-procedure",
    "negative-to-inquiry",
    "ask-persuader-donation-intention",
)


def persuasion() -> Talks:
    """One row a dialogue: the 25 labels of the persuader before the decision, and who gave."""
    rows = CalamineWorkbook.from_path(FOLDER / "300_dialog.xlsx").get_sheet_by_index(0).to_python()
    people = CalamineWorkbook.from_path(FOLDER / "300_info.xlsx").get_sheet_by_index(0).to_python()
    given = {row[0]: float(row[4]) > 0 for row in people[1:] if row[2] == 1}
    sellers = {row[0]: row[1] for row in people[1:] if row[2] == 0}
    labels = sorted({row[5] for row in rows[1:] if row[5]} - LEAKS)
    said = {name: np.zeros(len(labels), dtype=bool) for name in given}
    voiced = {name: Counter() for name in given}
    turns, decided = Counter(), set()
    for _, name, _, _, _, ours, theirs, *_ in rows[1:]:
        decided |= {name} if {ours, theirs} & DECIDED else set()
        if name in decided:
            continue
        turns[name] += 1
        if ours in labels:
            said[name][labels.index(ours)] = True
        if theirs in VOICED:
            voiced[name][theirs] += 1
    names = sorted(given)
    concerns = [voiced[one].most_common(1)[0][0] if voiced[one] else "" for one in names]
    return Talks(
        given=np.stack([said[one] for one in names]),
        won=np.array([given[one] for one in names]),
        concern=np.unique(concerns, return_inverse=True)[1].astype(np.int64),
        seller=np.unique([sellers[one] for one in names], return_inverse=True)[1].astype(np.int64),
        covariates=np.array([[float(turns[one])] for one in names]),
        decision=np.arange(len(names)),
    )


def planted(
    seed: int, *, rows: int = 1_000, points: float = 0.15, answers: int = 12, winning: int = 2
) -> Talks:
    """Good sellers and easy concerns confound: both win more, and lead to other answers.

    The first `winning` answers raise the chance to win by `points`; the others do nothing.
    """
    rng = np.random.default_rng(seed)
    sellers, concerns = rng.integers(12, size=rows), rng.integers(6, size=rows)
    skill, ease = rng.normal(0, 0.1, 12)[sellers], rng.normal(0, 0.08, 6)[concerns]
    size = rng.normal(size=rows)
    habit = rng.normal(0, 0.8, (12, answers))[sellers] + rng.normal(0, 0.5, (6, answers))[concerns]
    likes = habit + 4 * skill[:, None] + 0.3 * size[:, None] - 0.4
    given = rng.random((rows, answers)) < 1 / (1 + np.exp(-likes))
    chance = 0.35 + skill + ease + 0.05 * size + points * given[:, :winning].sum(axis=1)
    won = rng.random(rows) < np.clip(chance, 0.02, 0.98)
    covariates = size[:, None]
    return Talks(given, won, concerns, sellers, covariates, np.arange(rows))


def shuffled(talks: Talks, seed: int) -> Talks:
    """The same with outcomes dealt anew: no answer does anything."""
    return replace(talks, won=np.random.default_rng(seed).permutation(talks.won))

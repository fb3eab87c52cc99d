"""Pairs joined into people, and what agreement is worth, against SciPy and a drawn truth."""

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from halves.people.grouping import grouped
from halves.people.weighing import Patterns, weighed


def test_groups_are_those_of_average_linkage():
    rng = np.random.default_rng(7)
    first, second = np.triu_indices(40, k=1)
    probability = rng.random(len(first))

    found = grouped(first, second, probability, size=40, least=0.6)
    theirs = fcluster(linkage(1 - probability, "average"), 0.4, "distance")

    assert (found[:, None] == found).tolist() == (theirs[:, None] == theirs).tolist()


def test_one_wrong_pair_does_not_make_one_person_of_two():
    first = np.array([0, 0, 1, 3, 3, 4, 2])
    second = np.array([1, 2, 2, 4, 5, 5, 3])
    probability = np.array([0.9] * 6 + [0.99])

    found = grouped(first, second, probability, size=6, least=0.5)

    assert len(set(found.tolist())) > 1


def test_what_agreement_is_worth_is_learned_from_pairs_nobody_labelled():
    rng = np.random.default_rng(7)
    is_same = rng.random(200_000) < 0.05
    agrees = [rng.random(200_000) < np.where(is_same, m, u) for m, u in ((0.9, 0.05), (0.8, 0.1))]
    agrees.append(rng.random(200_000) < np.where(is_same, 0.95, 0.2))
    seen, count = np.unique(np.column_stack(agrees).astype(int), axis=0, return_counts=True)
    levels = {name: seen[:, i] for i, name in enumerate("abc")}
    guess = np.where(seen.sum(axis=1) >= 2, 0.5, 0.01)

    weight = weighed(Patterns(levels, count.astype(float), guess), together=[])

    all_agree = np.log2(0.05 / 0.95 * (0.9 / 0.05) * (0.8 / 0.1) * (0.95 / 0.2))
    assert abs(weight[seen.sum(axis=1) == 3][0] - all_agree) < 0.7

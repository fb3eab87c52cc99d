"""How two people of the house are compared: by name, e-mail address, number, account and region."""

from typing import Any

import numpy as np
import pyarrow as pa

from halves.people.grouping import grouped
from halves.people.matching import Recipe, graded
from halves.people.rarity import with_rarity, with_words

LEAST = 0.9  # probability from which two are proposed
LINK = 0.05  # probability from which a pair counts when records are grouped
MEAN = 0.5  # mean probability between two groups from which they are one
# Of two records of one person, how often they agree; and of two strangers.
_GIVEN = {
    "name": ([0.55, 0.25, 0.12, 0.08], [0.0005, 0.001, 0.01, 0.9885]),
    "email": ([0.5, 0.5], [0.00001, 0.99999]),
    "mailbox": ([0.6, 0.15, 0.25], [0.0005, 0.002, 0.9975]),
    "phone": ([0.7, 0.3], [0.0001, 0.9999]),
    "account": ([0.8, 0.2], [0.05, 0.95]),
    "region": ([0.9, 0.1], [0.3, 0.7]),
}


def _comparisons(library: Any) -> list[Any]:
    shared = "len(list_intersect(words_bits_l, words_bits_r)) >= {}".format  # each is two bits
    spelt = "jaro_winkler_similarity(name_l, name_r) >= {}".format
    same = "account_l = account_r"
    return [
        # Shared words and spelling in one comparison: as two, they would count the same twice.
        graded(
            "name",
            "name_l is null or name_r is null",
            f"{shared(9)} and {spelt(0.95)}",
            f"{shared(7)} and {spelt(0.88)}",
            spelt(0.95),
            shared(9),
            shared(7),
            spelt(0.88),
            shared(5),
            spelt(0.75),
            shared(3),
        ),
        graded(
            "mailbox",
            "mailbox_l is null or mailbox_r is null",
            "email_l = email_r",
            "mailbox_l = mailbox_r",
            "jaro_winkler_similarity(mailbox_l, mailbox_r) >= 0.93",
        ),
        library.ExactMatch("phone"),
        graded(
            "account",
            "account_l is null or account_r is null",
            f"{same} and account_bits_l >= 9",
            f"{same} and account_bits_l >= 6",
            same,
        ),
        library.ExactMatch("region"),
    ]


def _given(library: Any) -> list[Any]:
    compared = [
        library.JaroWinklerAtThresholds("name", [0.95, 0.88]),
        library.JaroWinklerAtThresholds("mailbox", [0.93]),
        *map(library.ExactMatch, ("phone", "account", "region")),
    ]
    names = ("name", "mailbox", "phone", "account", "region")
    return [
        one.configure(m_probabilities=_GIVEN[name][0], u_probabilities=_GIVEN[name][1])
        for name, one in zip(names, compared, strict=True)
    ]


PEOPLE = Recipe(
    comparisons=_comparisons,
    given=_given,
    blocking=[
        ["phone"],
        ["mailbox"],
        ["name"],
        ["substr(name, 1, 4)", "account"],
        ["family", "substr(name, 1, 1)"],
        ["words", "account"],
        ["rare_words"],
    ],
    lists=["words", "rare_words"],
    together=[["account", "region"]],
    learning=[["phone"], ["name", "account"]],
    certain=["l.email = r.email and l.name = r.name", "l.phone = r.phone and l.family = r.family"],
)


def described(records: pa.Table) -> pa.Table:
    """Add what the recipe compares besides what the records say themselves."""
    return with_rarity(with_words(records, "name"), "account")


def proposed(pairs: pa.Table) -> pa.Table:
    """The pairs to ask about: probable by themselves, or borne by a third record of the person.

    Args:
        pairs: as `probable_pairs` gives them, from `LINK` on.
    """
    if not pairs.num_rows:
        return pairs
    ends = [pairs[f"unique_id_{end}"].to_numpy() for end in "lr"]
    keys, place = np.unique(np.concatenate(ends), return_inverse=True)
    first, second = place[: pairs.num_rows], place[pairs.num_rows :]
    probability = pairs["match_probability"].to_numpy()
    groups = grouped(first, second, probability, size=len(keys), least=MEAN)
    is_borne = (groups[first] == groups[second]) & (np.bincount(groups)[groups[first]] > 2)
    return pairs.filter(pa.array((probability >= LEAST) | is_borne))

"""Who is who in 50,000 records of historical figures with errors: against the truth in the data.

Half of the people (by a hash of their cluster) choose the thresholds; the other half is reported.
A false pair with one foot in a half counts against that half, whole.

    .venv/bin/python -m bench.identity
"""

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from halves.people.grouping import grouped
from halves.people.matching import Recipe, graded, probable_pairs
from halves.people.rarity import with_rarity, with_words

DATA = Path(__file__).parents[2] / "shared/data/identity/historical_figures_with_errors_50k.parquet"
WEIGHTS = np.arange(-4, 20, 0.25)
MEANS = (0.15, 0.175, 0.2, 0.225, 0.25, 0.275, 0.3, 0.4, 0.5)
LEAST_PRECISION = 0.975  # on the half that chooses: a little above what is asked of the other

_BITS = "len(list_intersect(words_bits_l, words_bits_r)) >= {}"  # each is two bits
_SPELT = "jaro_winkler_similarity(full_name_l, full_name_r) >= {}"
_DOB, _CODE = "hamming(dob_l, dob_r)", "levenshtein(postcode_l, postcode_r)"
_YEAR = "year_l = year_r"
_NEXT_YEAR = "hamming(year_l, year_r) <= 1"


def _unknown(column: str) -> str:
    return f"{column}_l is null or {column}_r is null"


def _same(column: str, *bits: float) -> list[str]:
    """The same value; the rarer it is, the more alike."""
    same = f"{column}_l = {column}_r"
    return [*(f"{same} and {column}_bits_l >= {one}" for one in bits), same]


FIGURES = Recipe(
    comparisons=lambda _library: [
        graded(
            "words",
            _unknown("full_name"),
            *(_BITS.format(shared) for shared in (12, 10, 8, 7, 6, 5, 4, 3, 1)),
        ),
        graded("spelling", _unknown("full_name"), *map(_SPELT.format, (0.95, 0.85, 0.7))),
        graded(
            "dob",
            _unknown("dob"),
            *_same("dob", 12, 10),
            f"{_DOB} <= 1",
            f"{_YEAR} and {_DOB} <= 2",
            _YEAR,
            f"{_DOB} <= 2",
            f"{_DOB} <= 3",
            _NEXT_YEAR,
        ),
        graded(
            "postcode",
            _unknown("postcode"),
            "postcode_l = postcode_r",
            f"{_CODE} <= 1",
            "outward_l = outward_r",
            f"{_CODE} <= 2",
            "area_l = area_r",
        ),
        graded(
            "birth_place",
            _unknown("birth_place"),
            *_same("birth_place", 10, 8, 6),
            "jaro_winkler_similarity(birth_place_l, birth_place_r) >= 0.88",
        ),
        graded("occupation", _unknown("occupation"), *_same("occupation", 7, 5)),
        graded("gender", _unknown("gender"), "gender_l = gender_r"),
    ],
    together=[["words", "spelling"], ["postcode", "birth_place"]],
    blocking=[
        ["postcode"],
        ["full_name"],
        ["outward", "occupation"],
        ["outward", "year"],
        ["birth_place", "year"],
        ["birth_place", "outward"],
        ["dob"],
        ["substr(surname, 1, 4)", "substr(first_name, 1, 2)"],
        ["words", "outward"],
        ["words", "birth_place"],
        ["words", "year"],
        ["rare_words"],
    ],
    lists=["words", "rare_words"],
    learning=[["first_name", "surname"], ["postcode"]],
    certain=[
        "l.first_name = r.first_name and l.surname = r.surname and l.dob = r.dob",
        "substr(l.first_name, 1, 2) = substr(r.first_name, 1, 2) and l.surname = r.surname "
        "and substr(l.postcode, 1, 2) = substr(r.postcode, 1, 2)",
        "l.dob = r.dob and l.postcode = r.postcode",
    ],
)


@dataclass(frozen=True)
class Score:
    """How well pairs agree with the truth."""

    least: float  # the weight of pairs, or the mean probability within groups, from which on
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / (self.precision + self.recall)


@dataclass(frozen=True)
class Half:
    """Scores of pairs as they are weighed, and of those that follow when records are grouped."""

    pairs: Score
    grouped: Score


@dataclass(frozen=True)
class Found:
    """The half that is reported, with what the other half chose."""

    reported: Half
    tuned: Half
    seconds: float  # from the records to the groups


@dataclass(frozen=True)
class Pairs:
    """Records by their place in the table, and how probably the two are one."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    weight: NDArray[np.float64]

    def groups(self, size: int, least: float) -> NDArray[np.int64]:
        probability = 1 / (1 + np.exp2(-self.weight))
        return grouped(self.first, self.second, probability, size=size, least=least)


def records() -> pa.Table:
    table = pq.read_table(DATA).rename_columns({"postcode_fake": "postcode"})
    outward = [code and code.split(" ")[0] for code in table["postcode"].to_pylist()]
    area = [code and code.rstrip("0123456789") for code in outward]
    year = [day and day[:4] for day in table["dob"].to_pylist()]
    table = table.append_column("year", pa.array(year, pa.string()))
    table = table.append_column("outward", pa.array(outward, pa.string()))
    table = table.append_column("area", pa.array(area, pa.string()))
    return with_rarity(with_words(table, "full_name"), "dob", "birth_place", "occupation")


def measured(table: pa.Table, *, say: Callable[[str], None] = lambda words: None) -> Found:
    begun = time.monotonic()
    pairs = _compared(table, say)
    compared_in = time.monotonic() - begun
    truth, half = _truth(table)
    by_weight = [_pairs(pairs, truth, half == 0, least) for least in WEIGHTS]
    by_group, groups_in = [], []
    for least in MEANS:
        begun = time.monotonic()
        groups = pairs.groups(len(truth), least)
        groups_in.append(time.monotonic() - begun)
        by_group.append((_grouped(groups, truth, half == 0, least), groups))
        say(f"grouped, from a mean of {least} on")
    weighed = _best(by_weight)
    chosen = _best([score for score, _ in by_group])
    groups = next(groups for score, groups in by_group if score is chosen)
    reported = Half(
        _pairs(pairs, truth, half == 1, weighed.least),
        _grouped(groups, truth, half == 1, chosen.least),
    )
    return Found(reported, Half(weighed, chosen), compared_in + max(groups_in))


def _compared(table: pa.Table, say: Callable[[str], None]) -> Pairs:
    asked = table.drop_columns(["cluster"])
    found = probable_pairs(asked, FIGURES, least=1 / 128, seed=1, tell=say)
    place = {one: i for i, one in enumerate(table["unique_id"].to_pylist())}
    first, second = (
        np.array([place[one] for one in found[f"unique_id_{end}"].to_pylist()]) for end in "lr"
    )
    return Pairs(first, second, found["match_weight"].to_numpy())


def _truth(table: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    names, truth = np.unique(table["cluster"].to_pylist(), return_inverse=True)
    half = np.array([sha256(one.encode()).digest()[0] % 2 for one in names])
    return truth, half[truth]


def _best(scores: list[Score]) -> Score:
    good = [one for one in scores if one.precision >= LEAST_PRECISION]
    return max(good, key=lambda one: one.recall)


def _pairs(pairs: Pairs, truth: NDArray, mine: NDArray, least: float) -> Score:
    a, b = pairs.first, pairs.second
    is_said = (pairs.weight >= least) & (mine[a] | mine[b])
    right = (is_said & (truth[a] == truth[b])).sum()
    return Score(least, right / max(is_said.sum(), 1), right / _all_pairs(truth[mine]))


def _grouped(groups: NDArray, truth: NDArray, mine: NDArray, least: float) -> Score:
    right = _all_pairs((groups * (truth.max() + 1) + truth)[mine])
    claimed = _all_pairs(groups) - _all_pairs(groups[~mine])
    return Score(least, right / max(claimed, 1), right / _all_pairs(truth[mine]))


def _all_pairs(labels: NDArray) -> float:
    counts = np.unique(labels, return_counts=True)[1].astype(float)
    return float((counts * (counts - 1) / 2).sum())


def main() -> None:
    found = measured(records(), say=lambda words: print(f"… {words}"))
    for name in ("pairs", "grouped"):
        one, tuned = getattr(found.reported, name), getattr(found.tuned, name)
        print(
            f"{name}: precision {one.precision:.4f}, recall {one.recall:.4f}, F1 {one.f1:.4f} "
            f"from {one.least} on (tuned half: {tuned.precision:.4f}, {tuned.recall:.4f})"
        )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{found.seconds:.1f} s, {memory:.0f} MiB at the most")


if __name__ == "__main__":
    main()

"""Who is who in 50,000 records of historical figures with errors: against the truth in the data.

Half of the people (by a hash of their cluster) choose the threshold; the other half is reported.
A false pair with one foot in a half counts against that half, whole.

    .venv/bin/python -m bench.identity
"""

import resource
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from halves.people.matching import Recipe, probable_pairs

DATA = Path(__file__).parents[2] / "shared/data/identity/historical_figures_with_errors_50k.parquet"
WEIGHTS = np.arange(-4, 20, 0.5)
LEAST_PRECISION = 0.975  # on the half that chooses: a little above what is asked of the other

FIGURES = Recipe(
    comparisons=lambda cl: [
        cl.ForenameSurnameComparison(
            "first_name", "surname", forename_surname_concat_col_name="first_and_surname"
        ),
        cl.DateOfBirthComparison("dob", input_is_string=True),
        cl.PostcodeComparison("postcode_fake"),
        cl.ExactMatch("birth_place").configure(term_frequency_adjustments=True),
        cl.ExactMatch("occupation").configure(term_frequency_adjustments=True),
    ],
    blocking=[
        ["substr(first_name, 1, 3)", "substr(surname, 1, 4)"],
        ["substr(surname, 1, 4)", "birth_place"],
        ["postcode_fake"],
        ["surname", "outward"],
        ["first_name", "outward"],
        ["surname", "substr(dob, 1, 4)"],
        ["surname", "dob"],
        ["first_name", "dob"],
        ["dob", "birth_place"],
        ["dob", "outward"],
        ["outward", "substr(dob, 1, 4)"],
        ["first_name", "birth_place"],
        ["surname", "occupation"],
        ["outward", "occupation"],
    ],
    learning=[["first_name", "surname"], ["dob"]],
    certain=[
        "l.first_name = r.first_name and l.surname = r.surname and l.dob = r.dob",
        "substr(l.first_name, 1, 2) = substr(r.first_name, 1, 2) and l.surname = r.surname "
        "and substr(l.postcode_fake, 1, 2) = substr(r.postcode_fake, 1, 2)",
        "l.dob = r.dob and l.postcode_fake = r.postcode_fake",
    ],
)


@dataclass(frozen=True)
class Score:
    """How well pairs agree with the truth."""

    weight: float
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / (self.precision + self.recall)


@dataclass(frozen=True)
class Found:
    """Scores of pairs as they are, and of those that follow when pairs are joined into people."""

    pairs: Score
    joined: Score
    tuned_pairs: Score
    tuned_joined: Score
    seconds: float


def records() -> pa.Table:
    columns = ("unique_id", "cluster", "first_name", "surname", "first_and_surname")
    rest = ("dob", "birth_place", "postcode_fake", "occupation")
    table = pq.read_table(DATA, columns=[*columns, *rest])
    outward = [code and code.split(" ")[0] for code in table["postcode_fake"].to_pylist()]
    return table.append_column("outward", pa.array(outward, pa.string()))


def measured(table: pa.Table, *, say=lambda words: None) -> Found:
    begun = time.monotonic()
    asked = table.drop_columns(["cluster"])
    pairs = probable_pairs(asked, FIGURES, least=0.05, seed=1, tell=say)
    seconds = time.monotonic() - begun
    place = {one: i for i, one in enumerate(table["unique_id"].to_pylist())}
    a = np.array([place[one] for one in pairs["unique_id_l"].to_pylist()])
    b = np.array([place[one] for one in pairs["unique_id_r"].to_pylist()])
    weight = pairs["match_weight"].to_numpy()
    names, truth = np.unique(table["cluster"].to_pylist(), return_inverse=True)
    half = np.array([sha256(one.encode()).digest()[0] % 2 for one in names])[truth]
    found = []
    for score in (_pairs, _joined):
        tuned = [score(a, b, weight, truth, half == 0, least) for least in WEIGHTS]
        good = [one for one in tuned if one.precision >= LEAST_PRECISION]
        best = max(good, key=lambda one: one.recall)
        found += [score(a, b, weight, truth, half == 1, best.weight), best]
    return Found(found[0], found[2], found[1], found[3], seconds)


def _pairs(a, b, weight, truth: NDArray, mine: NDArray, least: float) -> Score:
    is_said = (weight >= least) & (mine[a] | mine[b])
    right = (is_said & (truth[a] == truth[b])).sum()
    return Score(least, right / max(is_said.sum(), 1), right / _all_pairs(truth[mine]))


def _joined(a, b, weight, truth: NDArray, mine: NDArray, least: float) -> Score:
    said, n = weight >= least, len(truth)
    edges = coo_matrix((np.ones(said.sum()), (a[said], b[said])), shape=(n, n))
    _, joined = connected_components(edges, directed=False)
    right = _all_pairs((joined.astype(np.int64) * (truth.max() + 1) + truth)[mine])
    claimed = _all_pairs(joined) - _all_pairs(joined[~mine])
    return Score(least, right / max(claimed, 1), right / _all_pairs(truth[mine]))


def _all_pairs(labels: NDArray) -> float:
    counts = np.unique(labels, return_counts=True)[1].astype(float)
    return float((counts * (counts - 1) / 2).sum())


def main() -> None:
    found = measured(records(), say=lambda words: print(f"… {words}"))
    for name, one, tuned in (
        ("pairs", found.pairs, found.tuned_pairs),
        ("joined into people", found.joined, found.tuned_joined),
    ):
        print(
            f"{name}: precision {one.precision:.4f}, recall {one.recall:.4f}, F1 {one.f1:.4f} "
            f"at weight {one.weight} (tuned half: {tuned.precision:.4f}, {tuned.recall:.4f})"
        )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{found.seconds:.1f} s, {memory:.0f} MiB at the most")


if __name__ == "__main__":
    main()

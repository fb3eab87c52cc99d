"""How probable it is that two records are of one person: Splink on DuckDB, in this process.

What agreement is worth is learned from the records themselves by expectation maximisation; nobody
has to say which are the same. Splink is an extra: `halves[identity]`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module, util
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from halves.people.errors import IdentityNotInstalled
from halves.people.weighing import Patterns, weighed

DRIFT = 2.0  # times as many pairs of one person as Splink thinks, or as few
ENOUGH_TO_LEARN = 2_000  # records; with fewer, what agreement is worth is taken as given


@dataclass(frozen=True)
class Recipe:
    """Which columns are compared, and how.

    Args:
        comparisons: made from Splink's library when Splink is there.
        given: the same with what agreement is worth, for when there is too little to learn from;
            none if unsaid.
        blocking: two records are compared if they have all expressions of one of these in common.
        learning: expressions as in `blocking`, of which expectation maximisation learns.
        certain: conditions that hold for next to no two people; they say how many pairs there are.
        lists: columns that hold lists; in `blocking` one thing in common is enough.
        together: names of comparisons that go with one another, each group weighed as one.
    """

    comparisons: Callable[[Any], Sequence[Any]]
    blocking: Sequence[Sequence[str]]
    learning: Sequence[Sequence[str]]
    certain: Sequence[str]
    given: Callable[[Any], Sequence[Any]] | None = None
    lists: Sequence[str] = ()
    together: Sequence[Sequence[str]] = ()


def graded(name: str, unknown: str, *levels: str) -> dict[str, Any]:
    """A comparison in SQL: what is alike, the most alike first.

    Args:
        name: of the comparison; the result has `gamma_<name>`.
        unknown: condition on `<column>_l` and `<column>_r` under which one of the two does not say.
        levels: conditions, the first that holds counts; what is left over is different.
    """
    # Last but one: with null no level holds, and DuckDB works out what levels share only once.
    said = [{"sql_condition": one, "label_for_charts": one} for one in (*levels, unknown, "ELSE")]
    said[-2] = {**said[-2], "is_null_level": True}  # type: ignore[dict-item]
    return {"output_column_name": name, "comparison_levels": said}


def is_installed() -> bool:
    """Say whether Splink is there."""
    return util.find_spec("splink") is not None


def probable_pairs(
    records: pa.Table, recipe: Recipe, *, least: float, seed: int, tell: Callable[[str], None]
) -> pa.Table:
    """Pairs of records that are probably of one person.

    Args:
        records: `unique_id` and the columns that the recipe compares; null where unknown.
        recipe: how.
        least: probability from which a pair is given, 0 to 1.
        seed: for the sample of pairs that are no match.
        tell: told what is being done.

    Returns:
        unique_id_l, unique_id_r, match_probability, match_weight (log2 of the odds), and a
        `gamma_…` for each comparison: -1 unknown, 0 different, more is more alike.

    Raises:
        IdentityNotInstalled: Splink is not there.
    """
    if not is_installed():
        raise IdentityNotInstalled("looking for duplicates takes `pip install 'halves[identity]'`")
    splink = import_module("splink")
    library = import_module("splink.comparison_library")
    connection = duckdb.connect()
    is_few = recipe.given is not None and not _teaches(connection, records, recipe)
    compared = recipe.given if is_few and recipe.given else recipe.comparisons
    settings = splink.SettingsCreator(
        link_type="dedupe_only",
        comparisons=list(compared(library)),
        blocking_rules_to_generate_predictions=_blocking(splink, recipe),
        # Of a few records about one in five has a double: n / 5 of n² / 2 pairs.
        probability_two_random_records_match=min(0.1, 0.4 / max(records.num_rows, 1)),
        max_iterations=20,
        em_convergence=0.01,
    )
    linker = splink.Linker(splink.DuckDBAPI(connection).register(records), settings, log_level=40)
    if not is_few:
        _learn(linker.training, splink, recipe, seed=seed, tell=tell)
    tell("comparing")
    compared = linker.inference.predict(threshold_match_probability=least if is_few else None)
    if is_few:
        return connection.sql(f"select * from {compared.physical_name}").to_arrow_table()
    tell("weighing what agrees")
    return _weighed(connection, compared.physical_name, recipe, least=least)


def _teaches(connection: duckdb.DuckDBPyConnection, records: pa.Table, recipe: Recipe) -> bool:
    """Say whether there are records enough, and pairs of them for each thing to learn from."""
    if records.num_rows < ENOUGH_TO_LEARN:
        return False
    connection.register("all_records", records)
    for rule in recipe.learning:
        filled = " and ".join(f"{one} is not null" for one in rule)
        shared = f"from all_records where {filled} group by {', '.join(rule)} having count(*) > 1"
        if not connection.sql(f"select 1 {shared} limit 1").fetchall():
            return False
    return True


def _blocking(splink: Any, recipe: Recipe) -> list[Any]:
    rules = []
    for rule in recipe.blocking:
        lists = [one for one in rule if one in recipe.lists]
        rules.append(splink.block_on(*rule, arrays_to_explode=lists or None))
    return rules


def _weighed(
    connection: duckdb.DuckDBPyConnection, compared: str, recipe: Recipe, *, least: float
) -> pa.Table:
    """The pairs from `least` on, by what agreement is worth among those that were compared."""
    names = [one for one in connection.table(compared).columns if one.startswith("gamma_")]
    levels = ", ".join(names)
    seen = connection.sql(
        f"select {levels}, count(*)::double as n, avg(match_probability) as p "
        f"from {compared} group by all"
    ).to_arrow_table()
    patterns = Patterns(
        levels={name.removeprefix("gamma_"): seen[name].to_numpy().astype(int) for name in names},
        count=seen["n"].to_numpy(),
        probability=seen["p"].to_numpy(),
    )
    weight = weighed(patterns, together=recipe.together)
    if not 1 / DRIFT <= (patterns.count / (1 + np.exp2(-weight))).sum() / patterns.same <= DRIFT:
        # What was learned is no longer who is the same, but some other thing that pairs share.
        odds = np.clip(patterns.probability, 1e-12, 1 - 1e-12)
        weight = np.log2(odds / (1 - odds))
    known = seen.select(names)
    known = known.append_column("match_weight", pa.array(weight))
    known = known.append_column("match_probability", pa.array(1 / (1 + np.exp2(-weight))))
    connection.register("weighed", known)
    return connection.sql(
        f"select unique_id_l, unique_id_r, match_probability, match_weight, {levels} "
        f"from (select unique_id_l, unique_id_r, {levels} from {compared}) "
        f"join weighed using ({levels}) where match_probability >= {least:.6f}"
    ).to_arrow_table()


def _learn(
    training: Any, splink: Any, recipe: Recipe, *, seed: int, tell: Callable[[str], None]
) -> None:
    tell("counting who is certainly the same")
    training.estimate_probability_two_random_records_match(list(recipe.certain), recall=0.6)
    tell("learning how often strangers agree")
    training.estimate_u_using_random_sampling(max_pairs=5e5, seed=seed)
    for one in recipe.learning:
        tell("learning how often the same person agrees")
        training.estimate_parameters_using_expectation_maximisation(splink.block_on(*one))

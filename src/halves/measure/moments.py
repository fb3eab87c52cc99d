"""One pass of the engine over a trial: from assignments, outcomes and touches to sums of products.

Every row is aggregated where it lies, first by randomised unit, then by arm; what comes back is a
few hundred numbers however large the ledger is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from halves.ledger import Ledger
from halves.measure.adjust import Floats, Sums
from halves.measure.trial_rows import Design, covariate_names, per_row

_ARMS = ((True, "treated"), (False, "held_out"))
_LEAST_ROWS = 2  # in an arm


@dataclass(frozen=True)
class ArmTotals:
    """What happened to one arm in the window, in all."""

    outcomes: int
    priced: int  # outcomes that carry a value
    doors_opened: int
    deals_closed: int
    touches: int
    reached: int
    cost: float


@dataclass(frozen=True)
class Passed:
    """What the pass brought back."""

    treated: Sums
    held_out: Sums
    treated_totals: ArmTotals
    held_out_totals: ArmTotals
    spread: Floats  # Σ u·u′ over units, as `adjust` wants it
    clusters: int | None
    covariates: tuple[str, ...]
    value_currencies: tuple[str | None, ...]
    cost_currencies: tuple[str | None, ...]
    last_event: datetime | None

    @property
    def imbalance(self) -> float:
        """By how many standard errors the arms' sizes differ from what the propensities say.

        Each arm's weights, 1 / propensity, sum to the number of units in expectation.
        """
        size = len(self.treated.plain)
        gap = self.treated.products[0, 0] - self.held_out.products[0, 0]
        return float(gap / np.sqrt(self.spread[0, 0] + self.spread[size, size]))


def aggregate(book: Ledger, design: Design) -> Passed:
    """Run the pass; both arms must have assignments."""
    rows = per_row(book, design)
    z = _columns(rows, design)
    sums = _by_arm(rows, z, weighted=design.weighted)
    answer = book.query(rows.group_by("treated").agg(**sums, **_totals(rows))).to_pylist()
    clusters = None
    if design.per_decision:
        clusters = book.query(_clusters(rows, z)).to_pylist()[0]
    return _passed(design, answer, clusters)


def aggregate_by_kind(book: Ledger, design: Design, kinds: pa.Table) -> dict[str, Passed]:
    """The same for each kind of decision apart, in one pass over all of them.

    A decision's outcomes end at the person's next decision, of whatever kind that is.

    Args:
        book: the ledger.
        design: of an experiment that rolled its dice for each decision.
        kinds: columns `decision` and `kind`; decisions that are not among them are left out.

    Returns:
        Kind → its sums; kinds without two decisions in each arm are left out.
    """
    with book.engine.kept("rows_of_kinds", _with_kinds(book, design, kinds)) as rows:
        z = _columns(rows, design)
        sums = _by_arm(rows, z, weighted=design.weighted)
        answer = book.query(rows.group_by("kind", "treated").agg(**sums, **_totals(rows)))
        clusters = book.query(_clusters(rows, z, "kind"))
    arms: dict[str, list[dict[str, Any]]] = {}
    for row in answer.to_pylist():
        if row["rows"] >= _LEAST_ROWS:
            arms.setdefault(row["kind"], []).append(row)
    of_kind = {row["kind"]: row for row in clusters.to_pylist()}
    return {
        kind: _passed(design, found, of_kind[kind])
        for kind, found in sorted(arms.items())
        if len(found) == len(_ARMS)
    }


def _with_kinds(book: Ledger, design: Design, kinds: pa.Table) -> ibis.Table:
    rows = per_row(book, design)
    named = book.engine.arrow("kinds_of_decisions", kinds)
    return rows.inner_join(named, "decision")


def _columns(rows: ibis.Table, design: Design) -> list[Any]:
    return [rows.one, rows.y, *(rows[name] for name in covariate_names(design))]


def _passed(
    design: Design, answer: Sequence[dict[str, Any]], of_clusters: dict[str, Any] | None
) -> Passed:
    """What one or several kinds' rows of the two queries say."""
    names = covariate_names(design)
    size = len(names) + 2
    found = {row["treated"]: row for row in answer}
    arms = {arm: _sums(found[arm], size) for arm, _ in _ARMS}
    clusters, spread = None, _spread_of_rows(found, arms, size)
    if of_clusters is not None:
        clusters = int(of_clusters["clusters"])
        spread = _matrix(of_clusters, "products", 2 * size)
    lasts = [row["last_event"] for row in answer if row["last_event"] is not None]
    return Passed(
        treated=arms[True],
        held_out=arms[False],
        treated_totals=_arm_totals(found[True]),
        held_out_totals=_arm_totals(found[False]),
        spread=spread,
        clusters=clusters,
        covariates=names,
        value_currencies=_currencies(answer, "value"),
        cost_currencies=_currencies(answer, "cost"),
        last_event=max(lasts, default=None),
    )


def _by_arm(rows: ibis.Table, z: Sequence[Any], *, weighted: bool) -> dict[str, Any]:
    """Σ w·z·z′ and its like; what one weight in an arm makes a multiple of it is left out."""
    sums: dict[str, Any] = {"rows": rows.count()}
    for i, left in enumerate(z):
        weighed = rows.weight * left
        if i:
            sums[f"cubes_{i}"] = (weighed * left * left).sum()
            sums[f"fourths_{i}"] = (weighed * left * left * left).sum()
        if weighted:
            sums[f"plain_{i}"] = left.sum()
        for j, right in enumerate(z[: i + 1]):
            sums[f"products_{i}_{j}"] = (weighed * right).sum()
            if weighted:
                sums[f"squared_{i}_{j}"] = (rows.weight * weighed * right).sum()
    return sums


def _totals(rows: ibis.Table) -> dict[str, Any]:
    counted = ("outcomes", "priced", "doors_opened", "deals_closed", "touches", "cost")
    return {
        **{f"total_{name}": rows[name].sum() for name in counted},
        "total_reached": (rows.touches > 0).sum(),
        "value_least": rows.value_currency_least.min(),
        "value_most": rows.value_currency_most.max(),
        "cost_least": rows.cost_currency_least.min(),
        "cost_most": rows.cost_currency_most.max(),
        "last_event": rows.last_event.max(),
    }


def _arm_totals(row: dict[str, Any]) -> ArmTotals:
    counts = ("outcomes", "priced", "doors_opened", "deals_closed", "touches", "reached")
    return ArmTotals(
        **{name: int(row[f"total_{name}"]) for name in counts}, cost=float(row["total_cost"])
    )


def _sums(row: dict[str, Any], size: int) -> Sums:
    def vector(name: str) -> Floats:
        return np.array([row.get(f"{name}_{i}", 0.0) for i in range(size)], dtype=np.float64)

    rows, products = int(row["rows"]), _matrix(row, "products", size)
    plain = vector("plain") if "plain_0" in row else products[0] * rows / products[0, 0]
    return Sums(
        rows=rows,
        plain=plain,
        products=products,
        cubes=vector("cubes"),
        fourths=vector("fourths"),
    )


def _matrix(row: dict[str, Any], name: str, size: int) -> Floats:
    matrix = np.empty((size, size))
    for i in range(size):
        for j in range(i + 1):
            matrix[i, j] = matrix[j, i] = row[f"{name}_{i}_{j}"]
    return matrix


def _spread_of_rows(found: dict[bool, dict[str, Any]], arms: dict[bool, Sums], size: int) -> Floats:
    """Σ w²·z·z′ in each arm; where all its weights are one weight, that times Σ w·z·z′."""
    spread = np.zeros((2 * size, 2 * size))
    for place, (arm, _) in enumerate(_ARMS):
        block = slice(place * size, (place + 1) * size)
        if "squared_0_0" in found[arm]:
            spread[block, block] = _matrix(found[arm], "squared", size)
        else:
            weight = arms[arm].products[0, 0] / arms[arm].rows
            spread[block, block] = weight * arms[arm].products
    return spread


def _clusters(rows: ibis.Table, z: Sequence[Any], *by: str) -> ibis.Table:
    """A second query: add up each unit's decisions first, then multiply."""
    parts = {
        f"u_{place}_{i}": (rows.weight * value).sum(where=rows.treated == arm).fill_null(0.0)
        for place, (arm, _) in enumerate(_ARMS)
        for i, value in enumerate(z)
    }
    units = rows.group_by("unit", *by).agg(**parts)
    u = [units[name] for name in parts]
    sums = {
        f"products_{i}_{j}": (left * right).sum()
        for i, left in enumerate(u)
        for j, right in enumerate(u[: i + 1])
    }
    grouped = units.group_by(*by) if by else units
    return grouped.agg(clusters=units.count(), **sums)


def _currencies(answer: Sequence[dict[str, Any]], of: str) -> tuple[str | None, ...]:
    found = {row[f"{of}_{end}"] for row in answer for end in ("least", "most")} - {None}
    return tuple(code or None for code in sorted(found))

"""One pass of the engine over a trial: from assignments, outcomes and touches to sums of products.

Every row is aggregated where it lies, first by randomised unit, then by arm; what comes back is a
few hundred numbers however large the ledger is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from halves.ledger import Ledger
from halves.ledger.schema import OUTCOME_KINDS, PATHS
from halves.measure.adjust import Floats, Sums
from halves.measure.trial_result import Measure, UnitKind

_UNIT_COLUMN = {"person": "person_id", "account": "account_id", "region": "region"}
_ARMS = ((True, "treated"), (False, "held_out"))
_LEAST_ROWS = 2  # in an arm


@dataclass(frozen=True)
class Design:
    """Which rows of the ledger a trial is about."""

    experiment: str
    withheld: tuple[str, ...]
    unit_kind: UnitKind
    per_decision: bool
    weighted: bool  # propensities differ within an arm
    since: datetime
    until: datetime
    outcome: str
    of: Measure
    currency: str | None
    covariate_window: timedelta


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


def covariate_names(design: Design) -> tuple[str, ...]:
    """What is known of a unit before its arm, the most telling first."""
    own = (f"value_{design.outcome}", f"count_{design.outcome}")
    others = [kind for kind in OUTCOME_KINDS if kind != design.outcome]
    return (
        *(own if design.of == "value" else own[::-1]),
        *(f"count_{kind}" for kind in others),
        "value_others",
        *(f"touches_{path}" for path in PATHS),
    )


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


def per_row(
    book: Ledger, design: Design, *, prices: Mapping[str, float] | None = None
) -> ibis.Table:
    """One row a unit (or decision): arm, weight, outcome, covariates, what was received.

    Args:
        book: the ledger.
        design: the trial.
        prices: channel → what a touch costs that does not say so itself; with them, `other_cost`
            is what the touches cost that the trial did not withhold.
    """
    assigned = _assigned(book, design)
    outcomes = _outcomes_by_row(book, design, assigned)
    touches = _touches_by_row(book, design, assigned, prices or {})
    key = ["unit", "decision"]
    rows = assigned.left_join(outcomes, key, rname="{name}_of_outcomes")
    rows = rows.left_join(touches, key, rname="{name}_of_touches")
    y = rows.value if design.of == "value" else rows.outcomes.cast("float64")
    counted = ("outcomes", "priced", "doors_opened", "deals_closed", "touches", "cost")
    covariates = {name: _tamed(rows[name], design) for name in covariate_names(design)}
    if design.per_decision:  # the past is joined to a unit's first decision: spread it to all
        whole = ibis.window(group_by=rows.unit)
        covariates = {name: value.sum().over(whole) for name, value in covariates.items()}
    return rows.select(
        "unit",
        "decision",
        "treated",
        "weight",
        "opens",
        "value_currency_least",
        "value_currency_most",
        "cost_currency_least",
        "cost_currency_most",
        one=ibis.literal(1.0),
        y=y.fill_null(0.0),
        other_cost=rows.other_cost,
        last_event=ibis.greatest(rows.last_outcome, rows.last_touch),
        **{name: rows[name].fill_null(0) for name in counted},
        **covariates,
    )


def _tamed(value: Any, design: Design) -> Any:
    """A square root keeps whales from steering the slope and, unlike a logarithm, the fit from
    depending on the currency. Regions differ in size, not by whales: there the past is taken
    as it is.
    """
    value = value.cast("float64").fill_null(0.0)
    return value if design.unit_kind == "region" else value.sign() * value.abs().sqrt()


def _assigned(book: Ledger, design: Design) -> ibis.Table:
    """Who was assigned what, with the times between which a row's outcomes count."""
    rows = book.table("assignments", aliased=False)
    rows = rows.filter(rows.experiment == design.experiment, rows["at"] < design.until)
    since, until = ibis.literal(design.since), ibis.literal(design.until)
    look_back = ibis.interval(seconds=int(design.covariate_window.total_seconds()))
    rows = rows.select(
        unit="unit_id",
        decision=rows.decision_id.fill_null(""),
        treated=rows.arm == "treated",
        weight=1.0 / rows.propensity,
        opens=ibis.greatest(rows["at"], since),
        first_look_back=ibis.greatest(rows["at"], since) - look_back,
    )
    if not design.per_decision:
        return rows.mutate(closes=until, looks_back_to=rows.first_look_back).drop("first_look_back")
    in_order = ibis.window(group_by=rows.unit, order_by=[rows.opens, rows.decision])
    is_first = ibis.row_number().over(in_order) == 0
    return rows.mutate(
        closes=rows.opens.lead().over(in_order).fill_null(until),
        looks_back_to=is_first.ifelse(rows.first_look_back, rows.opens),
    ).drop("first_look_back")


def _events_by_row(
    book: Ledger, design: Design, table: str, columns: Sequence[str], assigned: ibis.Table
) -> ibis.Table:
    """A table's rows in each assignment's window or look-back, with `during` telling which."""
    events = book.table(table, aliased=False, currency=design.currency)
    events = events.filter(
        events["at"] >= design.since - design.covariate_window, events["at"] < design.until
    )
    unit = _UNIT_COLUMN[design.unit_kind]
    events = events.select("person_id", "at", *columns, unit=unit)
    if design.unit_kind != "person":
        # Few systems write the account or region on each row; the person's own stands in.
        people = book.table("people", aliased=False).select("person_id", home=unit)
        events = events.left_join(people, "person_id")
        events = events.mutate(unit=ibis.coalesce(events.unit, events.home)).drop(
            "person_id_right", "home"
        )
    events = events.drop("person_id")
    joined = events.inner_join(
        assigned.select("unit", "decision", "opens", "closes", "looks_back_to"),
        [
            events.unit == assigned.unit,
            events["at"] >= assigned.looks_back_to,
            events["at"] < assigned.closes,
        ],
    )
    return joined.mutate(during=joined["at"] >= joined.opens)


def _outcomes_by_row(book: Ledger, design: Design, assigned: ibis.Table) -> ibis.Table:
    rows = _events_by_row(book, design, "outcomes", ["kind", "value", "currency"], assigned)
    # A refund takes money back; it is not one more deal.
    counts = rows.value.isnull() | (rows.value >= 0)
    past = ~rows.during
    is_own = rows.kind == design.outcome
    before = {
        f"count_{kind}": (past & counts & (rows.kind == kind)).sum() for kind in OUTCOME_KINDS
    }
    before[f"value_{design.outcome}"] = rows.value.sum(where=past & is_own)
    before["value_others"] = rows.value.sum(where=past & ~is_own)
    wanted = rows.during & is_own
    currency = rows.currency.fill_null("")
    return rows.group_by("unit", "decision").agg(
        value=rows.value.sum(where=wanted).cast("float64"),
        outcomes=(wanted & counts).sum(),
        priced=(wanted & rows.value.notnull()).sum(),
        doors_opened=(rows.during & (rows.kind == "door_opened") & counts).sum(),
        deals_closed=(rows.during & (rows.kind == "deal_closed") & counts).sum(),
        value_currency_least=currency.min(where=rows.value.notnull()),
        value_currency_most=currency.max(where=rows.value.notnull()),
        last_outcome=rows["at"].max(),
        **before,
    )


def _touches_by_row(
    book: Ledger, design: Design, assigned: ibis.Table, prices: Mapping[str, float]
) -> ibis.Table:
    columns = ["path", "channel", "campaign", "cost", "currency"]
    rows = _events_by_row(book, design, "touches", columns, assigned)
    withheld = rows.channel.isin(design.withheld) | rows.campaign.isin(design.withheld)
    received = rows.during & withheld.fill_null(False)
    currency = rows.currency.fill_null("")
    return rows.group_by("unit", "decision").agg(
        touches=received.sum(),
        cost=rows.cost.sum(where=received).cast("float64"),
        cost_currency_least=currency.min(where=received & rows.cost.notnull()),
        cost_currency_most=currency.max(where=received & rows.cost.notnull()),
        other_cost=_cost(rows, prices).sum(where=rows.during & ~withheld.fill_null(False)),
        last_touch=rows["at"].max(),
        **{f"touches_{path}": (~rows.during & (rows.path == path)).sum() for path in PATHS},
    )


def _cost(rows: ibis.Table, prices: Mapping[str, float]) -> Any:
    """What each touch cost: as it says, or its channel's price."""
    price = rows.channel.cases(*prices.items(), else_=0.0) if prices else ibis.literal(0.0)
    return ibis.coalesce(rows.cost.cast("float64"), price.cast("float64"))


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

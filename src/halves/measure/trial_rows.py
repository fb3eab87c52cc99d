"""A row for each unit, or decision, of a trial: its arm, what it did, what was known before.

Made by the engine out of assignments, outcomes and touches; `moments` adds the rows up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import ibis

from halves.ledger import Ledger
from halves.ledger.schema import OUTCOME_KINDS, PATHS
from halves.measure.trial_result import Measure, UnitKind

_UNIT_COLUMN = {"person": "person_id", "account": "account_id", "region": "region"}


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

"""An experiment's plan and its dice, as logged; checked before anything is computed from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from halves.ledger import Ledger
from halves.measure.errors import (
    MixedAssignments,
    NoAssignments,
    NotRandomised,
    TooFewUnits,
    UnknownExperiment,
    WindowEmpty,
)
from halves.measure.trial_result import UnitKind

_LEAST_UNITS = 2


@dataclass(frozen=True)
class Plan:
    """What an experiment withholds, from what kind of unit, and when."""

    experiment: str
    withheld: tuple[str, ...]
    unit_kind: UnitKind
    starts: datetime
    ends: datetime


@dataclass(frozen=True)
class Dice:
    """How an experiment's arms were drawn."""

    per_decision: bool  # rolled anew for each decision, not once for a unit
    weighted: bool  # propensities differ within an arm


def plan_of(book: Ledger, experiment: str) -> Plan:
    """Read an experiment's plan.

    Raises:
        UnknownExperiment: the ledger has none of this name.
    """
    rows = book.table("experiments")
    named = book.query(rows.filter(rows.experiment == experiment)).to_pylist()
    if not named:
        known = book.query(rows.select("experiment").order_by("experiment").limit(10))
        names = ", ".join(known.column("experiment").to_pylist()) or "none"
        raise UnknownExperiment(f"no experiment {experiment!r}; the ledger has {names}")
    row = named[0]
    return Plan(experiment, tuple(row["withheld"]), row["unit_kind"], row["starts"], row["ends"])


def dice_of(book: Ledger, plan: Plan, *, until: datetime) -> Dice:
    """Check the assignments before a moment, and say how they were drawn.

    Raises:
        WindowEmpty, NoAssignments, TooFewUnits, MixedAssignments, NotRandomised: as `trial` says.
    """
    name = f"experiment {plan.experiment!r}"
    if until <= plan.starts:
        raise WindowEmpty(
            f"{name} starts {plan.starts:%Y-%m-%d %H:%M}; "
            f"there is nothing to see until {until:%Y-%m-%d %H:%M}"
        )
    arms = _logged(book, plan, until)
    if not arms:
        raise NoAssignments(f"{name}: nobody is assigned to an arm before {until:%Y-%m-%d %H:%M}")
    counts = {key: sum(arm[key] for arm in arms) for key in arms[0] if key != "arm"}
    _check_units(name, plan, {arm["arm"]: arm["units"] for arm in arms})
    _check_kinds(name, plan, counts)
    if counts["certain"]:
        raise NotRandomised(
            f"{name}: {counts['certain']} propensities are 1; a propensity is the chance of the "
            "arm that came up, below 1 where there were dice"
        )
    return Dice(
        per_decision=counts["decisions"] > 0,
        weighted=any(arm["least"] != arm["most"] for arm in arms),
    )


def _logged(book: Ledger, plan: Plan, until: datetime) -> Sequence[Mapping[str, Any]]:
    rows = book.table("assignments", aliased=False)
    rows = rows.filter(rows.experiment == plan.experiment, rows["at"] < until)
    by_arm = rows.group_by("arm").agg(
        rows=rows.count(),
        units=rows.unit_id.nunique(),
        other_kind=(rows.unit_kind != plan.unit_kind).sum(),
        decisions=rows.decision_id.notnull().sum(),
        certain=(rows.propensity == 1).sum(),
        least=rows.propensity.min(),
        most=rows.propensity.max(),
    )
    found: list[dict[str, Any]] = book.query(by_arm).to_pylist()
    return found


def _check_units(name: str, plan: Plan, units: Mapping[str, int]) -> None:
    for arm in ("treated", "held_out"):
        if units.get(arm, 0) < _LEAST_UNITS:
            raise TooFewUnits(
                f"{name}: {units.get(arm, 0)} {plan.unit_kind} units are {arm.replace('_', ' ')}; "
                "an interval needs two at least in each arm"
            )


def _check_kinds(name: str, plan: Plan, counts: Mapping[str, int]) -> None:
    if counts["other_kind"]:
        raise MixedAssignments(
            f"{name} is of {plan.unit_kind} units; {counts['other_kind']} of its "
            f"{counts['rows']} assignments are of another kind"
        )
    if counts["decisions"] not in (0, counts["rows"]):
        raise MixedAssignments(
            f"{name}: {counts['decisions']} of {counts['rows']} assignments have a decision_id; "
            "give all of them one (dice for each decision) or none (arms that last)"
        )

"""A trial's people, or everyone today, as the ledger knows them: one row a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, get_args

import ibis
import numpy as np
import pyarrow as pa

from halves.ledger import Ledger
from halves.ledger.schema import OUTCOME_KINDS, PATHS
from halves.measure.adjust import Floats
from halves.measure.dice import Plan, dice_of, plan_of
from halves.measure.errors import MeasureError
from halves.measure.trial_result import Measure
from halves.measure.uplift_people import TrialPeople

_YEAR = timedelta(days=365)
_DAY = 24 * 3600
COVARIATES = (
    *(f"count_{kind}" for kind in OUTCOME_KINDS),
    "value",
    *(f"touches_{path}" for path in PATHS),
    "days_since_outcome",
    "days_since_touch",
)


class NotByPerson(MeasureError):
    """An experiment that did not roll its dice once for each person."""


@dataclass(frozen=True)
class Everyone:
    """People as they are known at a moment, with the covariates of `trial_people`.

    Args:
        ids: shape (person,).
        covariates: shape (person, covariate).
    """

    ids: Sequence[str]
    covariates: Floats


def trial_people(
    book: Ledger,
    experiment: str,
    *,
    outcome: str = "deal_closed",
    of: Measure = "outcomes",
    until: datetime | None = None,
    currency: str | None = None,
    look_back: timedelta = _YEAR,
) -> TrialPeople:
    """Read who was in a trial, what was known of them before, and what they then did.

    Known are, from the `look_back` before a person's dice fell: how many outcomes of each kind,
    their value (its square root, so that whales do not steer), touches by path, and how many days
    ago the last outcome and the last touch were.

    Args:
        book: the ledger.
        experiment: its name; one that rolled the dice once for each person.
        outcome: the kind of outcome that the touch should change.
        of: how many `"outcomes"`, or their `"value"` in money.
        until: look at what was known by this moment; the experiment's end if None or later.
        currency: convert values to this ISO 4217 currency; None if all are in one.
        look_back: how far back to look, above zero.

    Raises:
        NotByPerson: dice for accounts or regions, or for each decision.
        UnknownExperiment, NoAssignments, MixedAssignments, NotRandomised, WindowEmpty: as `trial`.
        TooFewUnits, NoSpread: as `TrialPeople`.
        CurrencyUnknown, MissingRate: as the ledger says.
        ValueError: an unknown word, or a `look_back` that is not above zero.
    """
    if outcome not in OUTCOME_KINDS:
        raise ValueError(f"outcome must be one of {', '.join(OUTCOME_KINDS)}, got {outcome!r}")
    if of not in get_args(Measure):
        raise ValueError(f"of must be one of {', '.join(get_args(Measure))}, got {of!r}")
    plan = plan_of(book, experiment)
    closes = plan.ends if until is None else min(until, plan.ends)
    if plan.unit_kind != "person" or dice_of(book, plan, until=closes).per_decision:
        raise NotByPerson(
            f"experiment {experiment!r} did not roll its dice once for each person, and whom to "
            "touch is told of people"
        )
    if currency is None:
        book.one_currency("outcomes")
    assigned = _assigned(book, plan, closes)
    known = _known(book, assigned, look_back, currency, aliased=False)
    did = _did(book, assigned, closes, outcome, of, currency)
    rows = assigned.left_join(known, "unit").left_join(did, "unit")
    found = book.query(_filled(rows, look_back, "treated", "chance", "y").order_by("unit"))
    treated = found.column("treated").to_numpy()
    chance = found.column("chance").to_numpy()
    return TrialPeople(
        ids=found.column("unit").to_pylist(),
        covariates=_covariates(found),
        names=COVARIATES,
        treated=treated,
        outcome=found.column("y").to_numpy().astype(np.float64),
        propensity=np.where(treated, chance, 1 - chance),
    )


def people_known(
    book: Ledger, *, at: datetime, currency: str | None = None, look_back: timedelta = _YEAR
) -> Everyone:
    """Everyone the ledger knows, as of a moment, for `Uplift.predict` to tell whom to touch.

    Args:
        book: the ledger.
        at: the moment; what came later is not looked at.
        currency, look_back: as the trial was read with.

    Raises:
        CurrencyUnknown, MissingRate: as the ledger says.
        ValueError: a `look_back` that is not above zero.
    """
    if currency is None:
        book.one_currency("outcomes")
    seen = []
    for name, when in (("people", "since"), ("touches", "at"), ("outcomes", "at")):
        rows = book.table(name)
        seen.append(rows.filter(rows[when] < at).select(unit="person_id"))
    everyone = ibis.union(*seen, distinct=True).mutate(opens=ibis.literal(at))
    known = _known(book, everyone, look_back, currency, aliased=True)
    rows = everyone.left_join(known, "unit")
    found = book.query(_filled(rows, look_back).order_by("unit"))
    return Everyone(ids=found.column("unit").to_pylist(), covariates=_covariates(found))


def _assigned(book: Ledger, plan: Plan, closes: datetime) -> ibis.Table:
    rows = book.table("assignments", aliased=False)
    rows = rows.filter(rows.experiment == plan.experiment, rows["at"] < closes)
    return rows.select(
        unit="unit_id",
        treated=rows.arm == "treated",
        chance=rows.propensity,
        opens=ibis.greatest(rows["at"], ibis.literal(plan.starts)),
    )


def _known(
    book: Ledger, units: ibis.Table, look_back: timedelta, currency: str | None, *, aliased: bool
) -> ibis.Table:
    """One row a person with a past: their covariates."""
    if look_back <= timedelta(0):
        raise ValueError(f"look_back must be above zero, got {look_back}")
    outcomes = _before(book.table("outcomes", aliased=aliased, currency=currency), units, look_back)
    counts = outcomes["value"].isnull() | (outcomes["value"] >= 0)  # a refund is no outcome
    value: Any = outcomes["value"].sum().cast("float64").fill_null(0.0)
    bought = outcomes.group_by("unit").aggregate(
        value=value.sign() * value.abs().sqrt(),
        days_since_outcome=outcomes.days.min(),
        **{f"count_{kind}": (counts & (outcomes.kind == kind)).sum() for kind in OUTCOME_KINDS},
    )
    touches = _before(book.table("touches", aliased=aliased), units, look_back)
    reached = touches.group_by("unit").aggregate(
        days_since_touch=touches.days.min(),
        **{f"touches_{path}": (touches.path == path).sum() for path in PATHS},
    )
    both = bought.outer_join(reached, "unit")
    return both.mutate(unit=ibis.coalesce(both.unit, both.unit_right)).drop("unit_right")


def _before(events: ibis.Table, units: ibis.Table, look_back: timedelta) -> ibis.Table:
    """Events of these people before their own moment, and how many days before."""
    opens = units.select("unit", "opens")
    rows = events.inner_join(opens, events.person_id == opens.unit)
    rows = rows.mutate(days=(rows.opens.epoch_seconds() - rows["at"].epoch_seconds()) / _DAY)
    return rows.filter(rows["at"] < rows.opens, rows.days <= look_back / timedelta(days=1))


def _did(
    book: Ledger,
    assigned: ibis.Table,
    closes: datetime,
    outcome: str,
    of: Measure,
    currency: str | None,
) -> ibis.Table:
    events = book.table("outcomes", aliased=False, currency=currency)
    events = events.filter(events.kind == outcome, events["at"] < closes)
    opens = assigned.select("unit", "opens")
    rows = events.inner_join(opens, events.person_id == opens.unit)
    rows = rows.filter(rows["at"] >= rows.opens)
    value: Any = rows["value"].cast("float64")
    counts = (value.isnull() | (value >= 0)).sum().cast("float64")
    return rows.group_by("unit").aggregate(y=value.sum() if of == "value" else counts)


def _filled(rows: ibis.Table, look_back: timedelta, *more: str) -> ibis.Table:
    """What nobody saw of a person is 0, and was as long ago as one can look back."""
    longest = look_back / timedelta(days=1)
    columns = {
        name: rows[name].cast("float64").fill_null(longest if name.startswith("days_") else 0.0)
        for name in COVARIATES
    }
    if "y" in more:
        columns["y"] = rows.y.fill_null(0.0)
    return rows.select("unit", *(name for name in more if name != "y"), **columns)


def _covariates(found: pa.Table) -> Floats:
    return np.column_stack([found.column(name).to_numpy() for name in COVARIATES])

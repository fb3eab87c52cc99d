"""An answer read back from its JSON, so that what was stored can be drawn and planned with."""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np

from halves.measure.answer import Answer, Money, Proposal, UnitAnswer, Week
from halves.measure.interval import Interval
from halves.measure.joint import Joint
from halves.measure.mix_result import ChannelChecks, Checks, Fit
from halves.measure.synergy import Crossing, Synergy


def answer_of(said: str | Mapping[str, Any], joint: Joint | None = None) -> Answer:
    """The answer that `as_json` wrote; what an older halves did not write is left out.

    Args:
        said: the JSON, as text or already read.
        joint: the draws that were stored beside it, if there are any.

    Raises:
        KeyError: a key that `as_json` always writes is missing.
    """
    found = json.loads(said) if isinstance(said, str) else said
    computed = found["computed"]
    return Answer(
        units=[_unit(one) for one in found["units"]],
        wasted_share=_interval(found["wasted_share"]),
        synergy=_interval(found["synergy"]),
        since=date.fromisoformat(found["since"]),
        until=date.fromisoformat(found["until"]),
        by=found["by"],
        margin=found["margin"],
        currency=found["currency"],
        people=found["people"],
        outcomes=found["outcomes"],
        outcome_value=found["outcome_value"],
        weeks=[
            Week(date.fromisoformat(one["starts"]), one["doors_opened"], one["deals_closed"])
            for one in found["weeks"]
        ],
        ledger_versions=computed["ledger_versions"],
        seed=computed["seed"],
        draws=computed["draws"],
        prior=computed["prior"],
        notes=found["notes"],
        joint=joint,
        checks={name: _checks(one) for name, one in found.get("checks", {}).items()},
        paths=_paths(found.get("paths")),
    )


def _paths(said: Mapping[str, Any] | None) -> Synergy | None:
    if not said:
        return None
    told = {name: Interval(**one) for name, one in said.items() if isinstance(one, Mapping)}
    crossings = [
        Crossing(**{**one, "many": tuple(one["many"]), "one": tuple(one["one"])})
        for one in said["crossings"]
    ]
    return Synergy(**told, crossings=tuple(crossings), learned=said["learned"])


def _checks(said: Mapping[str, Any]) -> Checks:
    fit = said["fit"]
    return Checks(
        channels=tuple(ChannelChecks(**one) for one in said["channels"]),
        r_hat=said["r_hat"],
        effective_draws=said["effective_draws"],
        fit=Fit(
            weeks=tuple(date.fromisoformat(week) for week in fit["weeks"]),
            outcome=np.array(fit["outcome"]),
            fitted=np.array(fit["fitted"]),
            noise=fit["noise"],
        ),
    )


def _unit(said: Mapping[str, Any]) -> UnitAnswer:
    money, proposal = said["money"], said["proposal"]
    return UnitAnswer(
        unit=said["unit"],
        path=said["path"],
        spend=said["spend"],
        incremental=_interval(said["incremental"]),
        p_wasted=said["p_wasted"],
        verdict=said["verdict"],
        is_tested=said["is_tested"],
        evidence=said["evidence"],
        claims=said["claims"],
        basis=said["basis"],
        proposal=_proposal(proposal) if proposal else None,
        money=Money(**{name: Interval(**one) for name, one in money.items()}) if money else None,
    )


def _proposal(said: Mapping[str, Any]) -> Proposal:
    rest = {name: value for name, value in said.items() if name != "days"}
    return Proposal(**rest, length=timedelta(days=said["days"]))


def _interval(said: Mapping[str, float] | None) -> Interval | None:
    return Interval(**said) if said else None

"""The answer as JSON, with keys that stay.

Top level: `since`, `until`, `by`, `currency`, `margin`, `people`, `outcomes`, `outcome_value`,
`spend`, `spend_by_verdict`, `wasted_share`, `synergy`, `paths`, `units`, `weeks`, `checks`,
`notes`, `computed`.
A unit: `unit`, `path`, `spend`, `incremental`, `p_wasted`, `verdict`, `is_tested`, `basis`,
`evidence`, `money` (`profit`, `induced`, `marginal_return`, `wasted`, `loss`, `past_margin`),
`claims` (rule → credit), `proposal`. An interval: `mean`, `low`, `high` (90%). What is not known is
null. `paths`: revenue with `both` paths, `many_alone`, `one_alone`, `neither`; each path's share,
`many` and `one`; `needed_both`, of which `funnel` and `rest`; `crossings` and `learned`. `checks`:
of each model `r_hat`, `effective_draws`, `channels`, and the `fit` by week. `computed`: `seed`,
`draws`, `prior`, `ledger_versions`.
"""

import json
from dataclasses import asdict, fields
from typing import Any

from halves.measure.answer import Answer, Money, Proposal, UnitAnswer
from halves.measure.interval import Interval
from halves.measure.mix_result import Checks
from halves.measure.synergy import Synergy


def as_json(answer: Answer) -> str:
    """The whole answer; the same answer gives the same text."""
    return json.dumps(as_data(answer), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def as_data(answer: Answer) -> dict[str, Any]:
    """The same, as plain data."""
    return {
        "since": answer.since.isoformat(),
        "until": answer.until.isoformat(),
        "by": answer.by,
        "currency": answer.currency,
        "margin": answer.margin,
        "people": answer.people,
        "outcomes": answer.outcomes,
        "outcome_value": answer.outcome_value,
        "spend": answer.spend,
        "spend_by_verdict": answer.spend_by_verdict,
        "wasted_share": _interval(answer.wasted_share),
        "synergy": _interval(answer.synergy),
        "paths": _paths(answer.paths),
        "units": [_unit(unit) for unit in answer.units],
        "weeks": [
            {
                "starts": week.starts.isoformat(),
                "doors_opened": week.doors_opened,
                "deals_closed": week.deals_closed,
            }
            for week in answer.weeks
        ],
        "checks": {name: _checks(one) for name, one in answer.checks.items()},
        "notes": list(answer.notes),
        "computed": {
            "seed": answer.seed,
            "draws": answer.draws,
            "prior": answer.prior,
            "ledger_versions": dict(answer.ledger_versions),
        },
    }


def _paths(found: Synergy | None) -> dict[str, object] | None:
    return asdict(found) if found else None


def _checks(found: Checks) -> dict[str, object]:
    fit = found.fit
    return {
        "r_hat": found.r_hat,
        "effective_draws": found.effective_draws,
        "channels": [asdict(one) for one in found.channels],
        "fit": {
            "weeks": [week.isoformat() for week in fit.weeks],
            "outcome": fit.outcome.tolist(),
            "fitted": fit.fitted.tolist(),
            "noise": fit.noise,
        },
    }


def _unit(unit: UnitAnswer) -> dict[str, object]:
    return {
        "unit": unit.unit,
        "path": unit.path,
        "spend": unit.spend,
        "incremental": _interval(unit.incremental),
        "p_wasted": unit.p_wasted,
        "verdict": unit.verdict,
        "is_tested": unit.is_tested,
        "basis": unit.basis,
        "evidence": unit.evidence,
        "money": _money(unit.money),
        "claims": dict(unit.claims),
        "proposal": _proposal(unit.proposal),
    }


def _money(money: Money | None) -> dict[str, object] | None:
    if money is None:
        return None
    return {one.name: _interval(getattr(money, one.name)) for one in fields(money)}


def _interval(interval: Interval | None) -> dict[str, float] | None:
    if interval is None:
        return None
    return {"mean": interval.mean, "low": interval.low, "high": interval.high}


def _proposal(proposal: Proposal | None) -> dict[str, object] | None:
    if proposal is None:
        return None
    return {
        "withheld": proposal.withheld,
        "held_out_share": proposal.held_out_share,
        "people": proposal.people,
        "days": proposal.length.days,
        "detectable": proposal.detectable,
        "words": proposal.words,
    }

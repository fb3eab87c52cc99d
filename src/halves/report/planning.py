"""A plan and the next test as plain data, and how sure they are in words."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from halves.measure.answer import Answer
from halves.measure.next_test import NextTest, NextTests
from halves.measure.plan import Plan, UnitPlan
from halves.report import words

_STILL = 0.005  # a change of less than this share of a unit's spend is none


@dataclass(frozen=True)
class Ahead:
    """The days planned for."""

    starts: date
    ends: date  # the day after the last
    fraction: float  # of the measured period's length

    @property
    def words(self) -> str:
        """By the first and last day."""
        return f"{words.day(self.starts)} to {words.day(self.ends - timedelta(days=1))}"


def plan_as_json(plan: Plan, answer: Answer, ahead: Ahead, held: Sequence[str]) -> str:
    """The plan with keys that stay.

    Top level: `from`, `to` (the day after the last), `currency`, `budget`, `today`, `advised`,
    `change`, `p_better`, `regret`, `extrapolated`, `held`, `units`, `computed`. A unit: `unit`,
    `today`, `advised`, `change`, `p_better`, `is_extrapolated`. Money is of the days planned for.
    """
    said = {
        "from": ahead.starts.isoformat(),
        "to": ahead.ends.isoformat(),
        "currency": answer.currency,
        "budget": plan.budget,
        "today": plan.today,
        "advised": plan.advised,
        "change": asdict(plan.change),
        "p_better": plan.p_better,
        "regret": plan.regret,
        "extrapolated": plan.extrapolated,
        "held": list(held),
        "units": [asdict(unit) for unit in plan.units],
        "computed": _computed(answer),
    }
    return _text(said)


def tests_as_json(found: NextTests, answer: Answer) -> str:
    """The tests with keys that stay.

    Top level: `horizon_days`, `currency`, `best` (a unit, or null where no test is worth its
    cost), `tests`, `untestable` (unit → why), `computed`. A test: `unit`, `share`, `days`,
    `people`, `regions`, `se`, `pays_from`, `power`, `p_wasted`, `p_changes`, `now` (the multiple
    of today's spend that is best without a test), `gain`, `cost`, `delay`, `net`, `perfect`,
    `words`. `se` and `pays_from` are revenue of the period `since` to `until`; the other money is
    profit over the horizon.
    """
    return _text(tests_as_data(found, answer))


def tests_as_data(found: NextTests, answer: Answer) -> dict[str, Any]:
    """The same, as plain data."""
    return {
        "horizon_days": found.horizon.days,
        "currency": answer.currency,
        "best": found.best.unit if found.best else None,
        "tests": [_test_as_json(one) for one in found.tests],
        "untestable": dict(found.untestable),
        "computed": _computed(answer),
    }


def _test_as_json(one: NextTest) -> dict[str, object]:
    return {
        "unit": one.unit,
        "share": one.design.share,
        "days": one.design.length.days,
        "people": one.design.people,
        "regions": list(one.design.regions),
        "se": one.design.se,
        "pays_from": one.pays_from,
        "power": one.power,
        "p_wasted": one.p_wasted,
        "p_changes": one.p_changes,
        "now": one.now,
        "gain": one.gain,
        "cost": one.cost,
        "delay": one.delay,
        "net": one.net,
        "perfect": one.perfect,
        "words": one.words,
    }


def _computed(answer: Answer) -> dict[str, object]:
    return {
        "since": answer.since.isoformat(),
        "until": answer.until.isoformat(),
        "by": answer.by,
        "margin": answer.margin,
        "seed": answer.seed,
        "draws": answer.draws,
        "ledger_versions": dict(answer.ledger_versions),
    }


def _text(said: dict[str, Any]) -> str:
    return json.dumps(said, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def chance(share: float) -> str:
    """Draws can all agree; that is not to be certain."""
    return words.percent(min(max(share, 1e-4), 1 - 1e-4))


def is_still(unit: UnitPlan) -> bool:
    """Say whether a unit spends as today."""
    return abs(unit.advised - unit.today) <= _STILL * unit.today

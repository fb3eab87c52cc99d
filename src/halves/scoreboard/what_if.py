"""Move the budget between units, and see what that would bring, from an answer's stored draws."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from halves.measure.answer import Answer
from halves.measure.joint import Joint
from halves.measure.plan import LOCKED, Limits, Plan, plan, unmeasured
from halves.scoreboard.errors import PlanRefused

MOST_TIMES = 10  # today's spend; nothing is known of more


@dataclass(frozen=True)
class Laid:
    """A budget laid out; money of as long a time as the answer's period.

    Args:
        plan: each unit's part, and what it would bring.
        held: units left as they are, because nothing speaks of them yet.
    """

    plan: Plan
    held: Sequence[str]


def lay_out(
    answer: Answer,
    *,
    budget: float | None = None,
    limits: Mapping[str, Limits] | None = None,
    move_all: bool = False,
) -> Laid:
    """Lay out a budget so that the expected profit is greatest.

    Args:
        answer: with its draws.
        budget: the most to spend; None for as much as today.
        limits: unit → least and most, in times of today's spend.
        move_all: move also units that no test and no model speaks of.

    Raises:
        PlanRefused: there are no draws, a unit is none of them, or what must be kept is more than
            the budget.
    """
    joint, own = _joint(answer), dict(limits or {})
    _check_known(joint, own)
    held = [] if move_all else [unit for unit in unmeasured(answer) if unit not in own]
    try:
        found = plan(joint, budget=budget, limits=dict.fromkeys(held, LOCKED) | own)
    except ValueError as refused:
        raise PlanRefused(
            _("The budget is too small for what is kept as it is: %(why)s.") % {"why": refused}
        ) from refused
    return Laid(found, held)


def try_out(answer: Answer, amounts: Mapping[str, float]) -> Laid:
    """What spending these amounts would bring; a unit that is not named spends as today.

    The regret is told beside the best layout of the same sum, every unit free to move.

    Raises:
        PlanRefused: there are no draws, a unit is none of them or gets more than ten times
            today's, or nothing is spent.
    """
    joint = _joint(answer)
    _check_known(joint, amounts)
    today = dict(zip(joint.units, joint.spend.tolist(), strict=True))
    wanted = {unit: amounts.get(unit, spend) for unit, spend in today.items()}
    for unit, amount in wanted.items():
        if not 0 <= amount <= MOST_TIMES * today[unit]:
            raise PlanRefused(
                _("%(unit)s: from nothing to ten times today's %(today).2f, got %(amount).2f.")
                % {"unit": unit, "today": today[unit], "amount": amount}
            )
    budget = sum(wanted.values())
    if not budget > 0:
        raise PlanRefused(_("Spend something on at least one of them."))
    times = {unit: wanted[unit] / spend for unit, spend in today.items()}
    exact = {unit: Limits(one, one) for unit, one in times.items()}
    mine = plan(joint, budget=budget, limits=exact)
    free = {unit: Limits(0.0, max(2.0, one)) for unit, one in times.items()}
    best = plan(joint, budget=budget, limits=free)
    perfect = best.change.mean + best.regret  # what the best plan of each draw gains over today
    return Laid(replace(mine, regret=max(0.0, perfect - mine.change.mean)), ())


def _check_known(joint: Joint, units: Iterable[str]) -> None:
    for unit in units:
        if unit not in joint.units:
            raise PlanRefused(
                _("%(unit)s is none of the answer's units: %(units)s.")
                % {"unit": unit, "units": ", ".join(joint.units)}
            )


def _joint(answer: Answer) -> Joint:
    if answer.joint is None:
        raise PlanRefused(
            _("There is no money to move: no spend, or no sale with a value, is known.")
        )
    return answer.joint

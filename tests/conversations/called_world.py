"""Companies made of chance whose sellers call whom the queue says: what each call brings is known.

The queue's own code weighs, lists and rolls; chance alone makes who there is and who buys. No
database and no ledger: a company lives half a year in a second, so that many can.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from halves.conversations.queue import held_out_share
from halves.conversations.queue_gain import AT_RISK, Candidate
from halves.conversations.queue_kinds import FEW_SALES
from halves.conversations.queue_levels import Levels
from halves.conversations.queue_models import CallQueue, Reason
from halves.measure.adjust import Sums, adjust
from halves.measure.call_dice import chances, shortlist_size
from halves.measure.call_gain import Level, freshness, level_of, moved_by_a_call
from halves.measure.call_kinds import Seen, levels_of
from halves.measure.errors import NoSpread
from halves.measure.quantiles import normal_quantile

MARGIN = 0.5
PEOPLE, ROOM = 80, 20  # who could be called in a draw, and how many are
DRAWS = 8  # a week
KINDS = tuple(Reason)
_SHARES = (0.1, 0.2, 0.25, 0.25, 0.2)  # of those people, by kind


@dataclass
class Lived:
    """What came of it.

    Args:
        earned: what all calls truly gained, their cost taken off.
        best: what the same number of calls would have, had one known whom calls move, without dice.
        levels: reason → what the queue believes in the end.
        rough: reasons of which too few sales were seen for a verdict.
        p_wasted: of all calls.
    """

    earned: float = 0.0
    best: float = 0.0
    levels: Mapping[str, Level] = field(default_factory=dict)
    rough: frozenset[str] = frozenset()
    p_wasted: float = 0.5


def lived(
    truth: Mapping[str, float], *, seed: int, weeks: int = 26, cost: float = 5.0, by_kind: bool
) -> Lived:
    """Half a year of calls.

    Args:
        truth: reason → what a call to such people brings, as a multiple of the guess.
        seed: of the company; both ways of learning meet the same people.
        weeks: after each the dice are read.
        cost: of a call.
        by_kind: whether the queue learns a level for each kind, or one for all.
    """
    found, queue, rows = Lived(), CallQueue(), _Rows()
    for week in range(weeks):
        rng = np.random.default_rng([seed, week])
        for _draw in range(DRAWS):
            _drawn(found, queue, rows, truth, cost, rng)
        queue.learned = _learned(found, rows, cost)
        if not by_kind:
            del queue.learned["kinds"]
    return found


@dataclass
class _Rows:
    kind: list[str] = field(default_factory=list)
    guess: list[float] = field(default_factory=list)
    treated: list[bool] = field(default_factory=list)
    propensity: list[float] = field(default_factory=list)
    bought: list[float] = field(default_factory=list)


def _drawn(
    found: Lived,
    queue: CallQueue,
    rows: _Rows,
    truth: Mapping[str, float],
    cost: float,
    rng: np.random.Generator,
) -> None:
    everyone, levels = _met(rng), Levels.learned(queue)
    dice, luck, sale = rng.random(PEOPLE), rng.random(PEOPLE), rng.normal(-0.125, 0.5, PEOPLE)
    some = shortlist_size(ROOM, held_out_share=held_out_share(queue))
    shortlist = levels.in_turn(everyone)[:some]
    gains = np.array([MARGIN * levels.expected(one) - cost for one in shortlist])
    for one, chance in zip(shortlist, chances(gains, called=float(ROOM)), strict=True):
        is_called = bool(dice[one.person] < chance)
        if is_called:
            found.earned += MARGIN * truth[one.reason] * one.guess - cost
        moved = truth[one.reason] * one.guess / one.value * is_called
        buys = luck[one.person] < one.chance + moved
        rows.kind.append(str(one.reason))
        rows.guess.append(one.guess)
        rows.treated.append(is_called)
        rows.propensity.append(chance if is_called else 1 - chance)
        rows.bought.append(one.value * math.exp(sale[one.person]) if buys else 0.0)
    true = sorted((MARGIN * truth[one.reason] * one.guess - cost for one in everyone), reverse=True)
    found.best += sum(gain for gain in true[:ROOM] if gain > 0)


def _met(rng: np.random.Generator) -> list[Candidate]:
    """Who could be called: deals differ in value and chance, others are of a usual deal."""
    kinds = rng.choice(len(KINDS), PEOPLE, p=_SHARES)
    values, even = np.exp(rng.normal(math.log(900), 0.6, PEOPLE)), rng.uniform(0.05, 0.6, PEOPLE)
    days = rng.exponential(20.0, PEOPLE)
    people = []
    for place in range(PEOPLE):
        reason = KINDS[kinds[place]]
        has_deal = reason in (Reason.PROMISE, Reason.DEAL)
        value = float(values[place]) if has_deal else 1000.0
        chance = 0.2 if reason == Reason.DOOR else 0.02
        chance = float(even[place]) if has_deal else chance
        came = None if reason == Reason.OTHER else float(days[place])
        guess = moved_by_a_call(value, chance) * freshness(came)
        guess *= AT_RISK if reason == Reason.PROMISE else 1.0
        people.append(
            Candidate(
                place, f"p{place}", None, value, chance, came, guess=guess, reason=reason,
                is_at_risk=reason == Reason.PROMISE,
            )
        )  # fmt: skip
    return people


def _learned(found: Lived, rows: _Rows, cost: float) -> dict:
    kind, guess = np.array(rows.kind), np.array(rows.guess)
    treated, propensity = np.array(rows.treated), np.array(rows.propensity)
    bought = np.array(rows.bought)

    def told(of: np.ndarray) -> Seen:
        arms = [of & (treated == arm) for arm in (True, False)]
        seen = Seen(float(guess[of].mean()), cost)
        if min(arm.sum() for arm in arms) < 2:
            return seen
        effect = _compared([(bought[arm], 1 / propensity[arm]) for arm in arms])
        return seen if effect is None else Seen(seen.guessed, cost, *effect)

    everyone = told(np.ones(len(kind), np.bool_))
    level = level_of(
        guessed=everyone.guessed,
        cost=cost,
        margin=MARGIN,
        found=everyone.found,
        error=everyone.error,
    )
    found.levels = levels_of({one: told(kind == one) for one in np.unique(kind)}, margin=MARGIN).own
    found.p_wasted = level.p_wasted
    sales = {
        one: min(((kind == one) & (treated == arm) & (bought > 0)).sum() for arm in (True, False))
        for one in found.levels
    }
    found.rough = frozenset(one for one, fewest in sales.items() if fewest < FEW_SALES)
    return {
        "level": {"mean": level.interval.mean},
        "p_wasted": level.p_wasted,
        "kinds": {one: {"level": {"mean": own.interval.mean}} for one, own in found.levels.items()},
    }


def _compared(arms: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[float, float] | None:
    """The effect and its error, as the trials of decisions say them."""
    sums = [_sums(*arm) for arm in arms]
    spread = np.zeros((4, 4))
    for place, (bought, weight) in enumerate(arms):
        z = np.stack([np.ones_like(bought), bought]) * weight
        spread[2 * place : 2 * place + 2, 2 * place : 2 * place + 2] = z @ z.T
    try:
        one = adjust(*sums, spread=spread, clusters=None, covariates=0)
    except NoSpread:
        return None
    return one.effect, one.standard_error * one.quantile / normal_quantile(0.95)


def _sums(bought: np.ndarray, weight: np.ndarray) -> Sums:
    z = np.stack([np.ones_like(bought), bought])
    return Sums(
        rows=len(bought),
        plain=z.sum(axis=1),
        products=(z * weight) @ z.T,
        cubes=(z**3) @ weight,
        fourths=(z**4) @ weight,
    )

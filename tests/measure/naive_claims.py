"""Claims worked out the plain way: loops over people, and chains cut by hand."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise, permutations

import numpy as np


@dataclass(frozen=True)
class Touch:
    person: str
    at: datetime
    unit: str


@dataclass(frozen=True)
class Outcome:
    person: str
    at: datetime
    value: float


@dataclass(frozen=True)
class Journey:
    touches: Sequence[Touch]
    outcome: Outcome | None


def journeys(
    touches: Sequence[Touch],
    outcomes: Sequence[Outcome],
    *,
    opens: datetime,
    look_back: timedelta,
) -> list[Journey]:
    """All journeys; touches of one moment are in the order given."""
    found = []
    for person in {row.person for row in [*touches, *outcomes]}:
        mine = sorted((t for t in touches if t.person == person), key=lambda t: t.at)
        moments = sorted({o.at for o in outcomes if o.person == person})
        spare = list(mine)
        before = None
        for moment in moments:
            piece = [t for t in mine if (before is None or t.at > before) and t.at <= moment]
            counted = [t for t in piece if t.at >= moment - look_back]
            too_old = [t for t in piece if t not in counted and t.at >= opens]
            if too_old:
                found.append(Journey(too_old, None))
            if moment >= opens:
                found += [
                    Journey(counted, o) for o in outcomes if (o.person, o.at) == (person, moment)
                ]
            spare = [t for t in spare if t.at > moment]
            before = moment
        spare = [t for t in spare if t.at >= opens]
        if spare:
            found.append(Journey(spare, None))
    return found


def claims(
    all_journeys: Sequence[Journey], rule: str, *, of: str, half_life: timedelta
) -> dict[str, float]:
    """unit → claimed; `self` for outcomes without touches."""
    claimed: dict[str, float] = defaultdict(float)
    for journey in all_journeys:
        if journey.outcome is not None and not journey.touches:
            claimed["self"] += _credit(journey, of)
    if rule == "markov":
        shares = _removal_effects(all_journeys, of)
        total = sum(_credit(j, of) for j in all_journeys if j.outcome and j.touches)
        for unit, share in shares.items():
            claimed[unit] += share * total
        return claimed
    for journey in all_journeys:
        if journey.outcome is None or not journey.touches:
            continue
        units = [touch.unit for touch in journey.touches]
        weights = _weights(rule, journey, half_life)
        if rule == "shapley":
            units = sorted(set(units))
            weights = [1.0] * len(units)
        for unit, weight in zip(units, weights, strict=True):
            claimed[unit] += _credit(journey, of) * weight / sum(weights)
    return claimed


def _credit(journey: Journey, of: str) -> float:
    assert journey.outcome is not None
    return journey.outcome.value if of == "value" else 1.0


def _weights(rule: str, journey: Journey, half_life: timedelta) -> list[float]:
    size = len(journey.touches)
    assert journey.outcome is not None
    if rule == "first_touch":
        return [1.0] + [0.0] * (size - 1)
    if rule == "last_touch":
        return [0.0] * (size - 1) + [1.0]
    if rule == "position":
        if size <= 2:
            return [1 / size] * size
        return [0.4] + [0.2 / (size - 2)] * (size - 2) + [0.4]
    if rule == "time_decay":
        return [0.5 ** ((journey.outcome.at - t.at) / half_life) for t in journey.touches]
    return [1.0] * size


def _removal_effects(all_journeys: Sequence[Journey], of: str) -> dict[str, float]:
    """unit → its share: solve the chain once as it is, and once with each unit cut out."""
    units = sorted({touch.unit for journey in all_journeys for touch in journey.touches})
    place = {unit: number + 1 for number, unit in enumerate(units)}  # 0 is the start
    moved = np.zeros((len(units) + 1, len(units) + 1))
    left = np.zeros(len(units) + 1)
    gained = np.zeros(len(units) + 1)
    for journey in all_journeys:
        if not journey.touches:
            continue
        stops = [0, *(place[touch.unit] for touch in journey.touches)]
        for here, there in pairwise(stops):
            moved[here, there] += 1
            left[here] += 1
        left[stops[-1]] += 1
        if journey.outcome is not None:
            gained[stops[-1]] += _credit(journey, of)

    def worth(without: int | None) -> float:
        chances = moved / np.maximum(left, 1)[:, None]
        reward = gained / np.maximum(left, 1)
        if without is not None:
            chances[:, without] = 0.0
        return float(np.linalg.solve(np.eye(len(left)) - chances, reward)[0])

    effects = {unit: worth(None) - worth(place[unit]) for unit in units}
    total = sum(effects.values())
    return {unit: effect / total if total else 0.0 for unit, effect in effects.items()}


def shapley_by_orders(all_journeys: Sequence[Journey], units: Sequence[str]) -> dict[str, float]:
    """Each unit's mean addition to what converts, over all orders in which units may join."""

    def converted(members: frozenset[str]) -> float:
        return sum(
            journey.outcome.value
            for journey in all_journeys
            if journey.outcome and journey.touches
            if {touch.unit for touch in journey.touches} <= members
        )

    added: dict[str, float] = dict.fromkeys(units, 0.0)
    orders = list(permutations(units))
    for order in orders:
        for place, unit in enumerate(order):
            before = frozenset(order[:place])
            added[unit] += converted(before | {unit}) - converted(before)
    return {unit: total / len(orders) for unit, total in added.items()}

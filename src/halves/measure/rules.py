"""Rules of thumb: how a conversion's credit is shared among the touches of its journey."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from halves.measure.journeys import Converted, Floats, per_unit

Rule = Callable[[Converted, Floats, int, int], Floats]


def _first_touch(journeys: Converted, credit: Floats, units: int, half_life: int) -> Floats:
    return per_unit(journeys.unit[journeys.starts], credit, units)


def _last_touch(journeys: Converted, credit: Floats, units: int, half_life: int) -> Floats:
    return per_unit(journeys.unit[journeys.ends], credit, units)


def _linear(journeys: Converted, credit: Floats, units: int, half_life: int) -> Floats:
    return _shared(journeys, np.ones(len(journeys.unit)), credit, units)


def _position(journeys: Converted, credit: Floats, units: int, half_life: int) -> Floats:
    """40% to the first touch, 40% to the last and 20% to those between; of two, half each."""
    between = journeys.ends - journeys.starts - 1
    weight = np.repeat(0.2 / np.maximum(between, 1), between + 2)
    weight[journeys.starts] = 0.4
    weight[journeys.ends] = 0.4
    return _shared(journeys, weight, credit, units)


def _time_decay(journeys: Converted, credit: Floats, units: int, half_life: int) -> Floats:
    """A touch weighs half as much as one a half-life later."""
    # Counted back from the journey's last touch: shares are the same as counted back from the
    # outcome, and do not vanish when every touch is old.
    lengths = journeys.ends - journeys.starts + 1
    before_last = np.repeat(journeys.at[journeys.ends], lengths) - journeys.at
    return _shared(journeys, np.exp2(before_last / -half_life), credit, units)


def _shared(journeys: Converted, weight: Floats, credit: Floats, units: int) -> Floats:
    """Share each journey's credit in proportion to its touches' weights."""
    if not len(journeys.starts):
        return np.zeros(units)
    per_weight = credit / np.add.reduceat(weight, journeys.starts)
    lengths = journeys.ends - journeys.starts + 1
    return per_unit(journeys.unit, weight * np.repeat(per_weight, lengths), units)


THUMB_RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "first_touch": _first_touch,
        "last_touch": _last_touch,
        "linear": _linear,
        "position": _position,
        "time_decay": _time_decay,
    }
)

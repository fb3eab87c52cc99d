"""The best budget that whoever knows every channel's true response would draw up."""

from collections.abc import Mapping

import numpy as np

from bench.wanamaker_worlds import Budget, World

MULTIPLES = (0.0, 0.5, 1.0, 1.5, 2.0)
_TICKS = 20_000  # the budget is counted in so many


def oracle(world: World) -> Budget:
    """Lay the same money, or less, where it truly earns most.

    Each channel's response is lived at each of `MULTIPLES`, the others as they are.
    """
    units = list(world.known.units)
    asked = [{unit: x} for unit in units for x in MULTIPLES]
    profits = np.array(world.profits(asked)).reshape(len(units), len(MULTIPLES))
    gains = profits - profits[:, [MULTIPLES.index(1.0)]]
    return best(
        {unit: world.known.units[unit].spend for unit in units},
        dict(zip(units, gains.tolist(), strict=True)),
    )


def best(spend: Mapping[str, float], gains: Mapping[str, list[float]]) -> dict[str, float]:
    """The multiples that gain most and cost no more than today's spend, by dynamic programming.

    Args:
        spend: money by channel.
        gains: profit gained by channel at each of `MULTIPLES`, others as they are.
    """
    tick = sum(spend.values()) / _TICKS
    most = np.zeros(_TICKS + 1)  # gain with so many ticks for the channels so far
    taken = []
    for unit, of_unit in gains.items():
        options = np.full((len(MULTIPLES), _TICKS + 1), -np.inf)
        for place, (x, gain) in enumerate(zip(MULTIPLES, of_unit, strict=True)):
            cost = int(np.floor(x * spend[unit] / tick))
            if cost <= _TICKS:
                options[place, cost:] = most[: _TICKS + 1 - cost] + gain
        taken.append(options.argmax(axis=0))
        most = options.max(axis=0)
    left, found = _TICKS, {}
    for unit, choice in zip(reversed(list(gains)), reversed(taken), strict=True):
        found[unit] = MULTIPLES[choice[left]]
        left -= int(np.floor(found[unit] * spend[unit] / tick))
    return found

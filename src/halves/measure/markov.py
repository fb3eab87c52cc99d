"""The Markov removal effect: what would no longer convert if a unit's touches led nowhere."""

import numpy as np

from halves.measure.errors import TooManyUnits
from halves.measure.journeys import Converted, Floats, Integers, Paths, per_unit

_MOST_UNITS = 5_000  # a chain of more would not fit in memory with its inverse


class Chain:
    """A first-order Markov chain of journeys: from unit to unit, to a conversion or to nothing."""

    def __init__(self) -> None:
        self.started = np.zeros(0)
        self._moved = np.zeros((0, 0))
        self.came_to_nothing = np.zeros(0)
        self.converted = np.zeros(0)
        self.credit = np.zeros(0)  # what the conversions that came after each unit are worth

    def add_null(self, journeys: Paths, units: int) -> None:
        """Count journeys that led to nothing; `units` is how many there are by now."""
        self._make_room(units)
        self.started += np.bincount(journeys.unit[journeys.starts], minlength=units)
        self.came_to_nothing += np.bincount(journeys.unit[journeys.ends], minlength=units)
        steps = _steps(journeys, units)
        self._count(steps)
        # Where a journey ends and the next one starts, nobody moved.
        self._count(steps[journeys.starts[1:] - 1], -1.0)

    def add_converted(
        self, journeys: Converted, outcomes: Floats, credit: Floats, units: int
    ) -> None:
        """Count journeys that led to so many outcomes, worth so much, one entry a journey."""
        self._make_room(units)
        last = journeys.unit[journeys.ends]
        self.started += per_unit(journeys.unit[journeys.starts], outcomes, units)
        self.converted += per_unit(last, outcomes, units)
        self.credit += per_unit(last, credit, units)
        times = np.repeat(outcomes, journeys.ends - journeys.starts + 1)
        times[journeys.starts] = 0.0  # nobody moved there from the journey before
        self._count(_steps(journeys, units), times[1:])

    def claims(self) -> Floats:
        """Each unit's removal effect, scaled so that all of them sum to the credit.

        With a unit removed, whoever comes to it converts no more. What is lost is exactly what
        flows through the unit: the chance of ever reaching it, (sN)_c / N_cc, times what is to be
        expected from there on, (Nr)_c. Here s is where journeys start, Q how they move on,
        N = (I - Q)^-1 how often each unit is visited, and r what follows each unit at once: the
        chance of a conversion times the mean credit of the conversions after that unit.

        Returns:
            Shape (units,). Where the effects on credit cancel out (refunds), shares are by the
            effects on the number of outcomes.

        Source:
            Anderl et al. (2016), Mapping the customer journey, for the removal effect; Kemeny &
            Snell (1960), Finite Markov Chains, for the chance of reaching a state. Mean credit by
            last unit is how the package ChannelAttribution weighs value too.
        """
        effects = self._removal_effects(self.credit)
        if not effects.sum():
            effects = self._removal_effects(self.converted)
        total = effects.sum()
        return effects / total * self.credit.sum() if total else effects

    def _removal_effects(self, gained: Floats) -> Floats:
        units = len(self.started)
        left = self._moved.sum(axis=1) + self.converted + self.came_to_nothing
        once = np.maximum(left, 1.0)  # a unit without touches is never left, and nothing flows
        visits = np.linalg.inv(np.eye(units) - self._moved / once[:, None])
        reached = (self.started @ visits) / np.diag(visits)
        return np.asarray(reached * (visits @ (gained / once)))

    def _count(self, steps: Integers, times: Floats | float = 1.0) -> None:
        flat = self._moved.reshape(-1)
        if flat.size > len(steps):
            np.add.at(flat, steps, times)
        else:
            weights = None if isinstance(times, float) else times
            counted = np.bincount(steps, weights, flat.size)
            flat += counted * times if weights is None else counted

    def _make_room(self, units: int) -> None:
        if units > _MOST_UNITS:
            raise TooManyUnits(
                f"markov needs a matrix of units by units, and there are {units:,}: "
                f"more than {_MOST_UNITS:,}; ask for the other rules, or for larger units"
            )
        more = units - len(self.started)
        if more:
            self.started = np.pad(self.started, (0, more))
            self.came_to_nothing = np.pad(self.came_to_nothing, (0, more))
            self.converted = np.pad(self.converted, (0, more))
            self.credit = np.pad(self.credit, (0, more))
            self._moved = np.pad(self._moved, (0, more))


def _steps(journeys: Paths, units: int) -> Integers:
    """From which unit to which each touch moved on, as one number."""
    return journeys.unit[:-1] * units + journeys.unit[1:]

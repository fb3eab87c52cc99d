"""The running count of who claims what, journey by journey."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal, get_args

import numpy as np

from halves.measure.journeys import MICROSECOND, Conversions, Converted, Floats, Paths
from halves.measure.markov import Chain
from halves.measure.rules import THUMB_RULES
from halves.measure.shapley import shapley_shares

RuleName = Literal[
    "first_touch", "last_touch", "linear", "position", "time_decay", "markov", "shapley"
]
RULES: tuple[RuleName, ...] = get_args(RuleName)


class Tally:
    """Counts journeys under several rules at once.

    Args:
        rules: some of `RULES`.
        conversions: what there is to claim.
        half_life: of `time_decay`.
    """

    def __init__(
        self, rules: Sequence[RuleName], conversions: Conversions, *, half_life: timedelta
    ) -> None:
        self.rules = tuple(rules)
        self._conversions = conversions
        self._half_life = half_life // MICROSECOND
        self._claimed = {rule: np.zeros(0) for rule in rules if rule != "markov"}
        self._chain = Chain()
        self._is_met = np.zeros(len(conversions.at), np.bool_)

    def count(self, null: Paths, converted: Converted, *, units: int) -> None:
        """Count some more journeys; `units` is how many units there are by now."""
        credit = self._conversions.credit[converted.conversion]
        self._is_met[converted.conversion] = True
        for rule, claimed in self._claimed.items():
            if rule == "shapley":
                more = shapley_shares(converted, credit, units)
            else:
                more = THUMB_RULES[rule](converted, credit, units, self._half_life)
            more[: len(claimed)] += claimed
            self._claimed[rule] = more
        if "markov" in self.rules:
            outcomes = self._conversions.outcomes[converted.conversion]
            self._chain.add_null(null, units)
            self._chain.add_converted(converted, outcomes, credit, units)

    def claimed(self, rule: RuleName, *, units: int) -> Floats:
        """What the rule gives to each unit, and at the end what no unit has touched."""
        found = self._chain.claims() if rule == "markov" else self._claimed[rule]
        is_alone = self._conversions.is_claimed & ~self._is_met
        alone = self._conversions.credit[is_alone].sum()
        return np.concatenate([found, np.zeros(units - len(found)), [alone]])

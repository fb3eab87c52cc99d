"""A confidence sequence: an interval that holds at every look at once."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from halves.measure.interval import Interval


def score_error(
    treated: NDArray[np.float64],
    held_out: NDArray[np.float64],
    *,
    n_treated: NDArray[np.int64],
    n_held_out: NDArray[np.int64],
) -> NDArray[np.float64]:
    """The standard error of an effect that is safe to look at early.

    The score's own variance pools the arms' spread, so a holdout in which by luck hardly anybody
    bought yet cannot make itself look certain. Where the arms truly differ in spread, their own
    variances may be larger; the larger one counts.

    Args:
        treated, held_out: variances of the two arms' means; any shape.
        n_treated, n_held_out: units in each arm; the same shape.

    >>> score_error(np.array([0.04]), np.array([0.0]), n_treated=np.array([90]),
    ...             n_held_out=np.array([10])).round(2)
    array([0.6])
    """
    own = treated + held_out
    pooled = (n_treated**2 * treated + n_held_out**2 * held_out) / (n_treated * n_held_out)
    return np.sqrt(np.maximum(own, pooled))


@dataclass(frozen=True)
class ConfidenceSequence:
    """A normal-mixture confidence sequence: look as often as you like, stop when you like.

    It watches the score S, a sum of one increment per randomised unit: how far the unit's
    treatment was from its chance, times its outcome less what was expected. With V the score's
    variance so far, S leaves ±√((V + ρ²)·log((V + ρ²) / (ρ²α²))) at any time with probability at
    most α, if there is no effect. An ordinary interval promises that for one look only.

    **One increment per unit, never one per purchase.** Before a unit's outcome is seen its arm is
    a fresh die, so each increment is fair given what came before. Of a repeat buyer's second
    purchase that is no longer true: the arm is known by then, the increments move together, and a
    V that adds their squares is too small. So V is made of each unit's total; a total that grows
    while the window is open only ties looks closer together, and closed windows need no such
    argument at all.

    Args:
        mixture: ρ², in the units of V; fix it before the first look, best with `planned`.
        alpha: chance that any look goes wrong; 0.1 for 90% intervals.

    Source:
        Robbins (1970), Statistical Methods Related to the Law of the Iterated Logarithm; Howard et
        al. (2021), Time-uniform, Nonparametric, Nonasymptotic Confidence Sequences, eq. 14; for
        estimated variances Waudby-Smith et al. (2024), Time-uniform Central Limit Theory and
        Asymptotic Confidence Sequences.

    >>> sequence = ConfidenceSequence.planned(variance=100.0, alpha=0.05)
    >>> sequence.boundary(np.array([25.0, 100.0])).round(1)
    array([16.3, 30.4])
    """

    mixture: float
    alpha: float = 0.1

    def __post_init__(self) -> None:
        if not (self.mixture > 0 and math.isfinite(self.mixture)):
            raise ValueError(f"mixture must be above 0 and finite, got {self.mixture}")
        if not 0 < self.alpha < 1:
            raise ValueError(f"alpha must be between 0 and 1, got {self.alpha}")

    @classmethod
    def planned(cls, *, variance: float, alpha: float = 0.1) -> Self:
        """The sequence that is narrowest when the score's variance has grown to this.

        Args:
            variance: V expected at the planned end; above 0.
            alpha: chance that any look goes wrong.

        Source:
            Howard et al. (2021), section 3.5: ρ² = V/x where x - log(1 + x) = -2 log α.
        """
        wanted = -2 * math.log(alpha)
        ratio = wanted + math.log1p(wanted) + 1
        for _ in range(50):  # Newton's method on a convex function, from above
            ratio -= (ratio - math.log1p(ratio) - wanted) * (1 + ratio) / ratio
        return cls(mixture=variance / ratio, alpha=alpha)

    def boundary(self, variance: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far the score may stray where its variance so far is this; any shape, V >= 0."""
        total = variance + self.mixture
        return np.sqrt(total * np.log(total / (self.mixture * self.alpha**2)))

    def around(self, effect: float, *, standard_error: float, information: float) -> Interval:
        """The interval around an effect at one look, valid at all looks together.

        Args:
            effect: the estimate so far: score over information.
            standard_error: its standard error at this look, above 0.
            information: what turns an effect into a score; n_T·n_C/(n_T + n_C) for a difference
                between two arms.

        >>> sequence = ConfidenceSequence.planned(variance=(0.4 * 50) ** 2)
        >>> sequence.around(1.0, standard_error=0.4, information=50.0).excludes(0.0)
        False
        """
        variance = (standard_error * information) ** 2
        margin = float(self.boundary(np.array([variance]))[0]) / information
        return Interval(mean=effect, low=effect - margin, high=effect + margin)

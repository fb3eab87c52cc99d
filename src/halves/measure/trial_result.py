"""What a trial found, as plain named things."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from halves.measure.interval import Interval

UnitKind = Literal["person", "account", "region"]
Measure = Literal["value", "outcomes"]


@dataclass(frozen=True)
class Arm:
    """One group of a trial, over the window."""

    units: int  # people, accounts or regions; decisions where dice were rolled for each
    mean: Interval  # outcome a unit, unadjusted
    doors_opened: int
    deals_closed: int
    touches: int  # of what the trial withholds: contamination, if this is the held-out arm
    reached: int  # units with at least one such touch
    cost: float  # of those touches


@dataclass(frozen=True)
class TrialResult:
    """The effect of a story, channel or campaign on those it was sent to, against those held out.

    Intervals are 90%. Money is in `currency`; the effect is of being *assigned* (intention to
    treat), whoever was then reached.
    """

    experiment: str
    withheld: Sequence[str]
    unit_kind: UnitKind
    per_decision: bool  # a unit of the effect is one roll of the dice, not one person
    outcome: str
    of: Measure
    currency: str | None
    since: datetime
    until: datetime  # where this look ends
    planned_until: datetime  # where the experiment ends
    treated: Arm
    held_out: Arm
    effect: Interval  # a unit, over the window, regression-adjusted
    standard_error: float
    degrees_of_freedom: float
    unadjusted: Interval
    unadjusted_standard_error: float
    ratio: Interval | None  # treated / held out - 1; None where nothing to divide by
    total: Interval  # effect times treated units
    always_valid: Interval  # a unit; holds at every look at once
    covariates: Sequence[str]
    variance_reduction: float  # share of the unadjusted variance that adjustment took away
    words: str
    notes: Sequence[str] = ()

    @property
    def n_treated(self) -> int:
        """How many units were assigned to be treated."""
        return self.treated.units

    @property
    def n_held_out(self) -> int:
        """How many units were assigned to be left alone."""
        return self.held_out.units

    @property
    def held_out_share(self) -> float:
        """Which share of the units was left alone."""
        return self.n_held_out / (self.n_treated + self.n_held_out)

    @property
    def total_standard_error(self) -> float:
        """Standard error of `total`."""
        return self.standard_error * self.n_treated

    @property
    def contamination(self) -> float:
        """Which share of the held-out units got what was to be withheld."""
        return self.held_out.reached / self.n_held_out

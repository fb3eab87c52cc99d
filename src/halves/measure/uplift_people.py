"""People of a trial: who they were before, which arm they drew, what they then did."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halves.measure.adjust import Floats
from halves.measure.errors import NoSpread, NotRandomised, TooFewUnits
from halves.measure.uplift_qini import Booleans

LEAST_PEOPLE = 500  # in each arm; with fewer, differences between people drown


@dataclass(frozen=True)
class TrialPeople:
    """Everyone in a trial, one entry each.

    Args:
        ids: shape (person,), as they were randomised; text, each once.
        covariates: shape (person, covariate), known before the dice fell; finite numbers. A
            category comes as one column of 0 and 1 for each of its values.
        names: the covariates' names.
        treated: shape (person,).
        outcome: shape (person,), what came of it: 0 or 1, a count or money.
        propensity: shape (person,), probability of being treated; strictly between 0 and 1.

    Raises:
        TooFewUnits: fewer than 500 people in an arm.
        NoSpread: everyone's outcome is the same.
        NotRandomised: a propensity that is no dice.
        ValueError: shapes that do not fit, an id twice, or a number that is none.
    """

    ids: Sequence[str]
    covariates: Floats
    names: Sequence[str]
    treated: Booleans
    outcome: Floats
    propensity: Floats

    def __post_init__(self) -> None:
        people = len(self.ids)
        if self.covariates.shape != (people, len(self.names)):
            raise ValueError(
                f"covariates must have the shape (people, names) {(people, len(self.names))}, got "
                f"{self.covariates.shape}"
            )
        for name in ("treated", "outcome", "propensity"):
            if (found := getattr(self, name).shape) != (people,):
                raise ValueError(f"{name} must have the shape ({people},), got {found}")
        if len(set(self.ids)) < people:
            raise ValueError(f"{people - len(set(self.ids)):,} ids come more than once")
        if not (np.isfinite(self.covariates).all() and np.isfinite(self.outcome).all()):
            raise ValueError("covariates and outcomes must be numbers, and some are none")
        self._refuse_what_tells_nothing()

    def _refuse_what_tells_nothing(self) -> None:
        least = min(int(self.treated.sum()), int((~self.treated).sum()))
        if least < LEAST_PEOPLE:
            raise TooFewUnits(
                f"an arm has {least:,} people; who changes can be told from {LEAST_PEOPLE} in each "
                "arm on, and well from several thousand"
            )
        if not ((self.propensity > 0) & (self.propensity < 1)).all():
            raise NotRandomised("everyone must have had a chance of either arm, and some had none")
        if self.outcome.min() == self.outcome.max():
            raise NoSpread(f"everyone's outcome is {self.outcome[0]:g}, so nobody changed")

    @property
    def chance(self) -> Floats:
        """The probability of the arm that each person drew."""
        return np.where(self.treated, self.propensity, 1 - self.propensity)

    def folds(self, count: int) -> NDArray[np.int64]:
        """Which part each person is in, by a hash of the id: the same in every run and order."""
        digests = b"".join(
            hashlib.blake2b(one.encode(), digest_size=8).digest() for one in self.ids
        )
        return (np.frombuffer(digests, dtype=">u8") % np.uint64(count)).astype(np.int64)

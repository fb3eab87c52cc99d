"""Groups of regions against their synthetic controls, all on one scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from halves.measure.synthetic import Floats, Mix, Places, mix_to_match

Compare = Literal["levels", "shares"]
PENALTIES = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003)
_FOLDS = 4
_GROUPS_TO_TUNE_ON = 40


@dataclass(frozen=True)
class Scaled:
    """A panel in the units of the comparison, the days before the test first."""

    outcome: Floats  # (time, region)
    unit: Floats  # (region,) what one is worth in outcomes
    before: int  # days before the test

    @classmethod
    def of(cls, outcome: Floats, *, before: int, compare: Compare) -> "Scaled":
        """Leave levels as they are, or measure each region in its own mean before the test."""
        mean = outcome[:before].mean(axis=0)
        unit = np.ones(len(mean)) if compare == "levels" else mean
        return cls(outcome / unit, unit, before)

    @property
    def mean(self) -> Floats:
        """Each region's mean before the test."""
        mean: Floats = self.outcome[: self.before].mean(axis=0)
        return mean

    def own(self, group: Places) -> Floats:
        """The weights with which a group's regions add up to its total."""
        own = np.zeros(len(self.unit))
        own[group] = self.unit[group] / self.unit[group].sum()
        return own

    def products(self) -> Floats:
        """Sums of products before the test, each region less its own mean."""
        return sums_of_products(self.outcome[: self.before])


@dataclass(frozen=True)
class Fitted:
    """One group's fit, relative to the group's mean before the test."""

    mix: Mix
    contrast: Floats  # (region,) the group less its control
    misfit: float  # root mean square before the test

    def gap(self, outcome: Floats, mean: Floats) -> Floats:
        """The group less its control, less the same before the test, by day."""
        gap: Floats = (outcome - mean) @ self.contrast
        return gap


def sums_of_products(outcome: Floats) -> Floats:
    """Each pair of regions' sum of products over the days, each less its own mean."""
    centred = outcome - outcome.mean(axis=0)
    products: Floats = centred.T @ centred
    return products


def fit(products: Floats, mean: Floats, own: Floats, *, days: int, penalty: float) -> Fitted:
    """Fit a group's synthetic control, and say how well it fits."""
    mix = mix_to_match(products, own, penalty=penalty)
    contrast = (own - mix.augmented) / (own @ mean)
    square = max(float(contrast @ products @ contrast), 0.0) / days
    return Fitted(mix, contrast, square**0.5)


def choose_penalty(panel: Scaled, groups: Sequence[Places]) -> float:
    """The ridge penalty that foretells held-out stretches best, for all kinds of groups at once.

    Each quarter of the time before the test is foretold from the other three. Of the penalties
    whose error is within a standard error of the least, the largest is taken. It is chosen without
    regard to who is treated, so that placebo groups are fitted by the very same rule.
    """
    before = panel.outcome[: panel.before]
    errors = np.zeros((len(PENALTIES), min(len(groups), _GROUPS_TO_TUNE_ON)))
    for held_out in np.array_split(np.arange(panel.before), _FOLDS):
        kept = np.delete(before, held_out, axis=0)
        products, mean = sums_of_products(kept), kept.mean(axis=0)
        ahead = before[held_out].mean(axis=0)
        for column in range(errors.shape[1]):
            own = panel.own(groups[column])
            for row, penalty in enumerate(PENALTIES):
                found = fit(products, mean, own, days=len(kept), penalty=penalty)
                errors[row, column] += float(found.gap(ahead, mean)) ** 2
    average = errors.mean(axis=1)
    best = int(np.argmin(average))
    slack = float(errors[best].std()) / errors.shape[1] ** 0.5
    return next(
        penalty
        for penalty, error in zip(PENALTIES, average, strict=True)
        if error <= average[best] + slack
    )

"""Groups of regions against their synthetic controls, all on one scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from halves.measure.synthetic import Floats, Mix, Places, mix_to_match

Compare = Literal["levels", "shares"]
PENALTIES = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003)
MODERATIONS = (1.0, 0.3, 0.1, 0.03)
_CLEARLY = 3.0  # of log-likelihood, 20 to 1: what it takes to leave the first
_TINY = 1e-300
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
        """The group less its control on each day, less the same over the days of the fit."""
        gap: Floats = (outcome - mean) @ self.contrast
        return gap


def usable_regions(history: Floats) -> NDArray[np.bool_]:
    """Which regions have an outcome before the test, and one that moves.

    Whichever quarter of that time is left out: each is foretold from the others.
    """
    usable = _moves(history)
    for held_out in np.array_split(np.arange(len(history)), _FOLDS):
        if len(held_out) < len(history):
            usable &= _moves(np.delete(history, held_out, axis=0))
    return usable


def _moves(outcome: Floats) -> NDArray[np.bool_]:
    moves: NDArray[np.bool_] = (np.ptp(outcome, axis=0) > 0) & (outcome.mean(axis=0) > 0)
    return moves


def sums_of_products(outcome: Floats) -> Floats:
    """Each pair of regions' sum of products over the days, each less its own mean."""
    centred = outcome - outcome.mean(axis=0)
    products: Floats = centred.T @ centred
    return products


def fit(products: Floats, mean: Floats, own: Floats, *, days: int, penalty: float) -> Fitted:
    """Fit a group's synthetic control, and say how well it fits."""
    return _fits(products, mean, own, days=days, penalties=[penalty])[0]


def _fits(
    products: Floats, mean: Floats, own: Floats, *, days: int, penalties: Sequence[float]
) -> list[Fitted]:
    fits = []
    for mix in mix_to_match(products, own, penalties=penalties):
        contrast = (own - mix.augmented) / (own @ mean)
        square = max(float(contrast @ products @ contrast), 0.0) / days
        fits.append(Fitted(mix, contrast, square**0.5))
    return fits


@dataclass(frozen=True)
class Tuning:
    """How groups are fitted and measured, chosen without regard to who is treated.

    So placebo groups are handled by the very same rule, and comparing with them stays exact.
    """

    penalty: float  # of the ridge
    moderation: float  # how much of the usual misfit is mixed into a group's own

    def scale(self, misfit: Floats, *, usual: float) -> Floats:
        """What a group's gap is measured in.

        A group that fits badly may stray further, and one that fits well by luck is not taken at
        its word: its misfit is mixed with the usual one.
        """
        scale: Floats = np.sqrt(misfit**2 + self.moderation * usual**2)
        return scale if usual > 0 else np.ones(len(misfit))


def tune(panel: Scaled, groups: Sequence[Places], *, penalty: float | None) -> Tuning:
    """Choose by foretelling held-out stretches of the time before the test.

    Each quarter of that time is foretold from the other three, for all kinds of groups at once. Of
    the penalties whose error is within a standard error of the least, the largest is taken. The
    scale mixes a group's misfit with the usual one half and half, unless errors clearly go more
    with each group's own: by likelihood, as if they were normal.

    Source:
        Ben-Michael, Feller and Rothstein (2021), for choosing the penalty by cross-validation;
        Tusher, Tibshirani and Chu (2001), Significance Analysis of Microarrays, for moderating
        the scale.
    """
    penalties = PENALTIES if penalty is None else (penalty,)
    some = groups[:: -(-len(groups) // _GROUPS_TO_TUNE_ON)]
    errors, misfits = _held_out(panel, some, penalties)  # (penalty, fold, group)
    by_group = (errors**2).mean(axis=1)
    average = by_group.mean(axis=1)
    best = int(np.argmin(average))
    slack = float(by_group[best].std()) / len(some) ** 0.5
    row = int(np.flatnonzero(average <= average[best] + slack)[0])
    likely = np.array([_likelihood(errors[row], misfits[row], one) for one in MODERATIONS])
    # Groups that share regions share their luck: no more of them count than there are regions.
    gain = (likely - likely[0]) * _FOLDS * min(len(some), len(panel.unit))
    moderation = MODERATIONS[int(np.argmax(gain))] if gain.max() > _CLEARLY else MODERATIONS[0]
    return Tuning(penalties[row], moderation)


def _held_out(
    panel: Scaled, groups: Sequence[Places], penalties: Sequence[float]
) -> tuple[Floats, Floats]:
    before = panel.outcome[: panel.before]
    errors = np.zeros((len(penalties), _FOLDS, len(groups)))
    misfits = np.zeros_like(errors)
    for fold, held_out in enumerate(np.array_split(np.arange(panel.before), _FOLDS)):
        kept = np.delete(before, held_out, axis=0)
        products, mean = sums_of_products(kept), kept.mean(axis=0)
        ahead = before[held_out].mean(axis=0) - mean
        for column, group in enumerate(groups):
            own = panel.own(group)
            fits = _fits(products, mean, own, days=len(kept), penalties=penalties)
            errors[:, fold, column] = [float(ahead @ found.contrast) for found in fits]
            misfits[:, fold, column] = [found.misfit for found in fits]
    return errors, misfits


def _likelihood(errors: Floats, misfits: Floats, moderation: float) -> float:
    """Mean log-likelihood of errors (fold, group) whose variance goes with the moderated scale."""
    usual = np.median(misfits, axis=1, keepdims=True)
    variance = np.maximum(misfits**2 + moderation * usual**2, _TINY)
    level = np.maximum((errors**2 / variance).mean(axis=1), _TINY)
    return -float(np.log(variance).mean() + np.log(level).mean()) / 2

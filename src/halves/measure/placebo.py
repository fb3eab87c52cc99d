"""How large an effect would look where there is none: placebo groups, and shifted time."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from halves.measure.geo_fit import Fitted, Scaled, Tuning, fit, sums_of_products
from halves.measure.synthetic import Floats, Places

_ROUNDING = 1e-9
_REACH = 40  # how many standard deviations away the end of an interval is looked for
_HALVINGS = 20


@dataclass(frozen=True)
class Inference:
    """An effect, relative to the group's mean before the test, and what chance makes of it."""

    effect: float
    low: float
    high: float
    p_value: float
    placebos: int  # groups or shifts that it was compared with, itself included


def draw_groups(
    regions: int, treated: Places, *, most: int, rng: np.random.Generator
) -> list[Places]:
    """Groups that might have been treated: all of the same size, or `most` drawn at random.

    The treated group is among them, and nothing in their order gives it away.
    """
    size = len(treated)
    if math.comb(regions, size) <= most:
        every = combinations(range(regions), size)
        return [np.array(group, dtype=np.intp) for group in every]
    drawn = {tuple(np.sort(treated).tolist())}
    while len(drawn) < most:
        drawn.add(tuple(np.sort(rng.choice(regions, size, replace=False)).tolist()))
    return [np.array(group, dtype=np.intp) for group in sorted(drawn)]


def against_groups(
    panel: Scaled,
    treated: Fitted,
    placebos: Sequence[Fitted],
    *,
    who: Places,
    tuning: Tuning,
    level: float,
) -> Inference:
    """Compare a group's effect with those of groups where nothing was done.

    An effect δ is rejected if, once it is taken out of the treated regions, the treated group's
    gap is among the largest of all groups' gaps, each in its own group's moderated misfit before
    the test. If the treated were drawn at random among the groups, the interval covers at least
    `level` of the time, whatever the outcomes do.

    Source:
        Abadie, Diamond and Hainmueller (2010) for the placebos; Firpo and Possebom (2018),
        Synthetic Control Method: Inference, Sensitivity Analysis and Confidence Sets, for turning
        the test into an interval.
    """
    after = panel.outcome[panel.before :].mean(axis=0) - panel.mean
    contrasts = np.array([placebo.contrast for placebo in placebos])
    misfit = np.array([treated.misfit, *(placebo.misfit for placebo in placebos)])
    scale = tuning.scale(misfit, usual=float(np.median(misfit)))
    own, other = float(scale[0]), scale[1:]
    effect = float(treated.contrast @ after)
    # What a treated region brings into other groups' gaps, as a member or in the control.
    brought = contrasts[:, who] @ panel.mean[who]
    gaps, moves = contrasts @ after / other * own, brought / other * own
    as_large = np.abs(gaps) >= abs(effect) * (1 - _ROUNDING)
    low, high = _bounds(effect, gaps, moves, level=level)
    return Inference(
        effect=effect,
        low=low,
        high=high,
        p_value=float(1 + as_large.sum()) / len(scale),
        placebos=len(scale),
    )


def _bounds(effect: float, gaps: Floats, moves: Floats, *, level: float) -> tuple[float, float]:
    """The effects that are not rejected, solved exactly.

    Placebo b speaks for δ where |gap_b - δ move_b| >= |effect - δ|: between the two crossings of
    these lines, if its own line is the flatter one; else for every δ.
    """
    needed = math.floor((1 - level) * (len(gaps) + 1) + _ROUNDING)
    if needed == 0 or not len(gaps):
        return -math.inf, math.inf
    flat = np.abs(moves) < 1
    moves = np.where(flat, moves, 0.0)
    first, second = (effect - gaps) / (1 - moves), (effect + gaps) / (1 + moves)
    lows = np.where(flat, np.minimum(first, second), -math.inf)
    highs = np.where(flat, np.maximum(first, second), math.inf)
    return float(np.sort(lows)[needed - 1]), float(np.sort(highs)[-needed])


def against_days(
    panel: Scaled, own: Floats, *, who: Places, penalty: float, level: float
) -> Inference:
    """Compare a group's effect with its own gaps in every other stretch of time as long.

    For each effect δ, it is taken out of the treated days, the control is fitted on all days, and
    the mean gap in the test is compared with that in every stretch of the same length, the last
    days joined to the first. It holds approximately, where the misfit is stationary.

    Source:
        Chernozhukov, Wüthrich and Zhu (2021), An Exact and Robust Conformal Inference Method for
        Counterfactual and Synthetic Controls, moving-block permutations.
    """
    plain = fit(panel.products(), panel.mean, own, days=panel.before, penalty=penalty)
    gap = plain.gap(panel.outcome, panel.mean)
    effect = float(gap[panel.before :].mean())
    step = float(gap[: panel.before].std()) / 2 or abs(effect) / 2 or 1.0

    def p_value(taken_out: float) -> float:
        return _p_of_shift(panel, own, who, penalty, taken_out)

    def end(direction: float) -> float:
        return _last_kept(p_value, effect, direction * step, alpha=1 - level)

    return Inference(
        effect=effect,
        low=end(-1.0),
        high=end(1.0),
        p_value=p_value(0.0),
        placebos=len(panel.outcome),
    )


def _p_of_shift(panel: Scaled, own: Floats, who: Places, penalty: float, taken_out: float) -> float:
    without = panel.outcome.copy()
    without[panel.before :, who] -= taken_out * panel.mean[who]
    mean, days = without.mean(axis=0), len(without)
    found = fit(sums_of_products(without), mean, own, days=days, penalty=penalty)
    gap = found.gap(without, mean)
    length = days - panel.before
    # A running sum over the days twice over gives every stretch, those across the end too.
    running = np.concatenate([[0.0], np.concatenate([gap, gap]).cumsum()])
    stretches = np.abs(running[length : length + days] - running[:days])
    return float((stretches >= stretches[panel.before] - _ROUNDING * np.abs(gap).sum()).mean())


def _last_kept(p_value: Callable[[float], float], start: float, step: float, alpha: float) -> float:
    """The furthest effect on one side that is not rejected, looked for step by step."""
    kept = start
    for count in range(1, _REACH + 1):
        if p_value(start + count * step) <= alpha:
            break
        kept = start + count * step
    else:
        return math.copysign(math.inf, step)
    refused = kept + step
    for _ in range(_HALVINGS):
        middle = (kept + refused) / 2
        if p_value(middle) > alpha:
            kept = middle
        else:
            refused = middle
    return kept

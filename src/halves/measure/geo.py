"""Geo tests: what treating some regions and not others shows."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from halves.measure.errors import NoSpread, NothingToCompare, TooFewDays, TooFewRegions
from halves.measure.geo_fit import Compare, Fitted, Scaled, Tuning, fit, tune, usable_regions
from halves.measure.geo_panel import Floats, GeoPanel
from halves.measure.interval import Interval
from halves.measure.placebo import Inference, against_days, against_groups, draw_groups
from halves.measure.quantiles import normal_quantile
from halves.measure.synthetic import Places
from halves.measure.trial_words import rounded

By = Literal["regions", "days"]
_LEVEL = 0.9
PLACEBOS = 1_000
_LEAST_DAYS_BEFORE = 8  # quarters of two days, to tune the penalty on
_LEAST_GROUPS = 20  # fewer cannot reject at 5%
_ENOUGH_DAYS = 25
_POOR_FIT = 0.5


@dataclass(frozen=True)
class PreFit:
    """How well the synthetic control follows the treated regions before the test."""

    l2_imbalance: float  # root of the summed squares, in outcomes a region
    scaled_l2_imbalance: float  # as a share of that of equal weights; 0 is perfect
    misfit: float  # root mean square a day, as a share of the treated regions' mean


@dataclass(frozen=True)
class GeoLift:
    """What was found in the treated regions, against what they would have done. Intervals: 90%."""

    treated: tuple[str, ...]
    treated_from: date
    last_day: date
    days: int  # periods in the test: days, or weeks
    total: Interval  # over all treated regions and the whole test
    per_day: Interval  # over all treated regions
    per_region_day: Interval
    lift: Interval  # as a share of what would have been
    p_value: float  # of no effect, two-sided
    by: By  # what it was compared with: other regions, or other stretches of time
    placebos: int  # how many of those, itself included; p cannot be below 1 / placebos
    pre_fit: PreFit
    weights: Mapping[str, float]  # of the control, by region; those of 0 left out
    penalty: float  # of the ridge; infinite where there was none
    moderation: float  # how much of the usual misfit went into each group's scale
    actual: Floats  # by day, the treated regions together
    expected: Floats  # by day, what they would have done
    words: str
    notes: tuple[str, ...]

    @property
    def standard_error(self) -> float:
        """Of `total`: what a normal error would be with an interval as wide."""
        return (self.total.high - self.total.low) / (2 * normal_quantile((1 + _LEVEL) / 2))


def geo_lift(
    panel: GeoPanel,
    *,
    treated: Sequence[str],
    treated_from: date,
    rng: np.random.Generator,
    until: date | None = None,
    compare: Compare = "levels",
    penalty: float | None = None,
    by: By | None = None,
    most_placebos: int = PLACEBOS,
) -> GeoLift:
    """Say what treating some regions did, against a synthetic control made of the others.

    Args:
        panel: outcomes by day and region, before the test and in it.
        treated: the regions in which something was done that was not done in the others.
        treated_from: the first day of the test.
        rng: draws the placebo groups, where there are more than `most_placebos`.
        until: the last day of the test; the panel's last if None.
        compare: `"levels"` mixes outcomes as they are (as GeoLift does); `"shares"` mixes each
            region in its own mean before the test, better where regions differ much in size.
        penalty: of the ridge that augments the control, above 0, in units of the largest squared
            singular value; infinite for none. None chooses it by foretelling held-out stretches.
        by: tell effect from chance by comparing with other `"regions"` (exact if the treated were
            drawn at random) or with other `"days"` (approximate). None compares with regions
            where there are at least 20 groups of that size.
        most_placebos: no more groups than this are compared with.

    Returns:
        The effect in total, per day and as a share, each with a 90% interval, a p-value, the
        control's weights and its fit before the test.

    Raises:
        UnknownRegion: a treated region that is not in the panel.
        NothingToCompare: no region treated, or fewer than two left.
        TooFewDays: fewer than 8 days before the test, or none in it.
        TooFewRegions: too few groups for a 90% interval by regions.
        NoSpread: the treated regions' outcome is constant before the test, or nothing.
        ValueError: a region treated twice, or an option out of range.

    Source:
        Ben-Michael, Feller and Rothstein (2021), The Augmented Synthetic Control Method;
        `against_groups` and `against_days` for the intervals.

    >>> from datetime import timedelta
    >>> rng = np.random.default_rng(1)
    >>> days = tuple(date(2026, 1, 1) + timedelta(days=place) for place in range(60))
    >>> season = 100 + 20 * np.sin(np.arange(60) / 5)
    >>> outcome = np.column_stack([season + rng.normal(0, 1, 60) for _ in range(25)])
    >>> outcome[50:, 3] *= 1.10  # a lift of 10% in one region
    >>> panel = GeoPanel([f"r{place}" for place in range(25)], days, outcome)
    >>> found = geo_lift(panel, treated=["r3"], treated_from=days[50], rng=rng)
    >>> found.lift.low < 0.10 < found.lift.high, round(found.p_value, 2)
    (True, 0.04)
    """
    if until is not None:
        panel = panel.until(until)
    test = _Test.of(panel, treated, treated_from, compare)
    groups = draw_groups(len(test.kept), test.who, most=most_placebos, rng=rng)
    by = by or ("regions" if len(groups) >= _LEAST_GROUPS else "days")
    tuning = tune(test.scaled, groups, penalty=penalty)
    found, inferred = _infer(test, groups, by, tuning)
    return _result(panel, test, found, inferred, by, tuning)


@dataclass(frozen=True)
class _Test:
    """A test, checked, without the regions that cannot serve in it."""

    names: tuple[str, ...]  # of the treated
    scaled: Scaled
    who: Places  # the treated, among the kept
    kept: tuple[str, ...]
    left_out: tuple[str, ...]

    @classmethod
    def of(
        cls, panel: GeoPanel, treated: Sequence[str], treated_from: date, compare: Compare
    ) -> "_Test":
        names = tuple(treated)
        places = [panel.place(name) for name in names]
        if len(set(names)) != len(names):
            raise ValueError(f"treated names a region twice: {', '.join(names)}")
        before = sum(day < treated_from for day in panel.days)
        _refuse_short(panel, treated_from, before)
        history = panel.outcome[:before]
        group = history[:, places].sum(axis=1)
        if names and not usable_regions(group[:, None])[0]:
            raise NoSpread(
                f"the outcome of {', '.join(names)} before {treated_from} is "
                f"{group.mean():g} on average and spreads by {np.ptp(group):g}: "
                "nothing there to follow, or only in one quarter of that time"
            )
        usable = usable_regions(history)
        usable[places] = True
        kept = np.flatnonzero(usable)
        if not names or len(kept) - len(names) < 2:
            raise NothingToCompare(
                f"{len(names)} of {len(panel.regions)} regions are treated and "
                f"{len(kept) - len(names)} others are left to compare with; it takes 2 at least"
            )
        return cls(
            names=names,
            scaled=Scaled.of(panel.outcome[:, kept], before=before, compare=compare),
            who=np.searchsorted(kept, np.sort(places)),
            kept=tuple(panel.regions[place] for place in kept.tolist()),
            left_out=tuple(panel.regions[place] for place in np.flatnonzero(~usable).tolist()),
        )


def _refuse_short(panel: GeoPanel, treated_from: date, before: int) -> None:
    if before < _LEAST_DAYS_BEFORE:
        raise TooFewDays(
            f"{before} days lie before {treated_from}; it takes {_LEAST_DAYS_BEFORE} at least, "
            f"and {_ENOUGH_DAYS} or more to trust it"
        )
    if before == len(panel.days):
        raise TooFewDays(f"no day from {treated_from} on: the panel ends on {panel.days[-1]}")


def _infer(
    test: _Test, groups: Sequence[Places], by: By, tuning: Tuning
) -> tuple[Fitted, Inference]:
    scaled, who = test.scaled, test.who
    products, mean, penalty = scaled.products(), scaled.mean, tuning.penalty

    def fitted(group: Places) -> Fitted:
        return fit(products, mean, scaled.own(group), days=scaled.before, penalty=penalty)

    found = fitted(who)
    if by == "days":
        inferred = against_days(scaled, scaled.own(who), who=who, penalty=penalty, level=_LEVEL)
    else:
        placebos = [fitted(group) for group in groups if not np.array_equal(group, who)]
        inferred = against_groups(scaled, found, placebos, who=who, tuning=tuning, level=_LEVEL)
    if not math.isfinite(inferred.high - inferred.low):
        raise TooFewRegions(
            f"compared with {inferred.placebos} {by}, no effect can be ruled out at 90%: treat "
            "fewer or more regions, add regions, or compare with the other of regions and days"
        )
    return found, inferred


def _result(
    panel: GeoPanel, test: _Test, found: Fitted, inferred: Inference, by: By, tuning: Tuning
) -> GeoLift:
    scaled = test.scaled
    days = len(panel.days) - scaled.before
    base = float((scaled.unit * scaled.mean)[test.who].sum())  # a day, before the test
    actual = (scaled.outcome * scaled.unit)[:, test.who].sum(axis=1)
    gap = found.gap(scaled.outcome, scaled.mean) * base
    total = _times(inferred, base * days)
    length = days * panel.step.days
    lift = _lift(inferred, float(actual[scaled.before :].mean()) / base)
    first, last = panel.days[scaled.before], panel.days[-1]
    return GeoLift(
        treated=test.names,
        treated_from=first,
        last_day=last,
        days=days,
        total=total,
        per_day=_times(inferred, base * days / length),
        per_region_day=_times(inferred, base * days / length / len(test.names)),
        lift=lift,
        p_value=inferred.p_value,
        by=by,
        placebos=inferred.placebos,
        pre_fit=_pre_fit(test, found, base),
        weights={
            name: float(weight)
            for name, weight in zip(test.kept, found.mix.augmented, strict=True)
            if weight
        },
        penalty=tuning.penalty,
        moderation=tuning.moderation,
        actual=actual,
        expected=actual - gap,
        words=_words(test.names, first, last, total, lift),
        notes=_notes(test, found, days),
    )


def _times(inferred: Inference, factor: float) -> Interval:
    return Interval(inferred.effect * factor, inferred.low * factor, inferred.high * factor)


def _lift(inferred: Inference, actual: float) -> Interval:
    """Effects as shares of what would have been; all relative to the mean before the test."""

    def share(effect: float) -> float:
        return effect / (actual - effect) if effect < actual else math.inf

    return Interval(share(inferred.effect), share(inferred.low), share(inferred.high))


def _pre_fit(test: _Test, found: Fitted, base: float) -> PreFit:
    scaled = test.scaled
    own = scaled.own(test.who)
    equal = np.where(own == 0, 1.0, 0.0) / np.count_nonzero(own == 0)
    contrast = (own - equal) / float(own @ scaled.mean)
    naive = math.sqrt(float(contrast @ scaled.products() @ contrast))
    ours = found.misfit * math.sqrt(scaled.before)
    return PreFit(
        l2_imbalance=ours * base / len(test.names),
        scaled_l2_imbalance=ours / naive if naive else 0.0,
        misfit=found.misfit,
    )


def _words(names: Sequence[str], first: date, last: date, total: Interval, lift: Interval) -> str:
    where = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
    if len(names) > 4:
        where = f"{len(names)} regions"
    more = "more" if total.mean >= 0 else "less"
    return (
        f"{where} from {first} to {last}: {rounded(abs(total.mean))} {more} than without "
        f"({lift.mean:+.1%}), 90% between {rounded(total.low)} and {rounded(total.high)}"
    )


def _notes(test: _Test, found: Fitted, days: int) -> tuple[str, ...]:
    notes = []
    before = test.scaled.before
    if before < max(_ENOUGH_DAYS, 2 * days):
        notes.append(
            f"only {before} days lie before the test of {days}: the control is made on little"
        )
    if test.left_out:
        notes.append(
            f"left out, with nothing or always the same before the test: {', '.join(test.left_out)}"
        )
    return tuple(notes)

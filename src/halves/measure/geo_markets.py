"""Which regions to treat, and for how long, so that an effect of a given size is found."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations

import numpy as np

from halves.measure.errors import TooFewDays, TooFewRegions
from halves.measure.geo_fit import Compare, Scaled, Tuning, fit, tune, usable_regions
from halves.measure.geo_panel import Floats, GeoPanel
from halves.measure.synthetic import Places

_ALPHA = 0.05
_POWER = 0.8
_LEAST_DAYS_BEFORE = 8
_HALVINGS = 40
_STARTS = 5  # from how many past days a test is pretended to start
_LEAST_GROUPS = 20  # fewer cannot reject at 5%


@dataclass(frozen=True)
class GeoDesign:
    """A geo test that could be run, and what it would find."""

    treated: tuple[str, ...]
    days: int  # periods of the panel: days, or weeks
    detectable_lift: float  # found 8 times in 10 (two-sided, 5%), as a share
    power: float  # the chance of finding the lift that was asked for
    misfit: float  # of the control, root mean square a day, as a share of the regions' mean
    outcome_share: float  # the regions' part of all outcomes
    words: str


def plan_geo_test(
    panel: GeoPanel,
    *,
    lift: float,
    rng: np.random.Generator,
    sizes: Sequence[int] = (1, 2, 3, 4),
    lengths: Sequence[int] = (14, 21, 28),
    candidates: Sequence[str] | None = None,
    compare: Compare = "levels",
    most_groups: int = 300,
    most_designs: int = 10,
) -> tuple[GeoDesign, ...]:
    """Choose regions and a length for a geo test, from days in which nothing was done.

    Tests are pretended to start on several days of the past: for each, placebo groups of each size
    are fitted on the days before and measured on the days after, which says how far an effect
    strays by chance, in units of a group's own misfit, and how far it must stray to be noticed.
    Each group that could be treated is then judged by its misfit over all days.

    Args:
        panel: outcomes by day and region, all of them from before the test.
        lift: the effect that is to be found, as a share, above 0.
        rng: draws groups, where there are more than `most_groups` of a size.
        sizes: how many regions may be treated.
        lengths: for how many periods of the panel the test may run.
        candidates: the regions that may be treated; None for all.
        compare: as for `geo_lift`; analyse the test in the same way.
        most_groups: how many groups of a size to consider.
        most_designs: how many designs to return.

    Returns:
        Designs, the best first: those that find the lift 8 times in 10, the smallest share of the
        outcome × length first; then the others, the smallest detectable lift first.

    Raises:
        UnknownRegion: a candidate that is not in the panel.
        TooFewDays: no stretch of the past is long enough to pretend a test in.
        TooFewRegions: no size leaves enough groups to tell an effect from chance.
        ValueError: a lift, size or length that is not above 0.

    Source:
        Power by placebo on the past as in Meta's GeoLift; the scale and the test as in
        `against_groups`.

    >>> from datetime import date, timedelta
    >>> rng = np.random.default_rng(1)
    >>> days = tuple(date(2026, 1, 1) + timedelta(days=place) for place in range(90))
    >>> season = 100 + 20 * np.sin(np.arange(90) / 5)
    >>> noise = np.where(np.arange(30) < 10, 1.0, 5.0)  # ten calm regions
    >>> outcome = season[:, None] + rng.normal(0, 1, (90, 30)) * noise
    >>> panel = GeoPanel([f"r{place}" for place in range(30)], days, outcome)
    >>> best = plan_geo_test(panel, lift=0.02, rng=rng, sizes=[1], lengths=[14])[0]
    >>> int(best.treated[0][1:]) < 10, best.detectable_lift < 0.02 < 4 * best.detectable_lift
    (True, True)
    """
    _check(lift, sizes, lengths)
    starts = _starts(len(panel.days), lengths)
    known = usable_regions(panel.outcome[: min(starts)])  # of every test that is pretended
    usable = np.flatnonzero(known & usable_regions(panel.outcome))
    allowed: Sequence[int] = range(len(usable))
    if candidates is not None:
        wanted = {panel.place(name) for name in candidates}
        allowed = [place for place, region in enumerate(usable.tolist()) if region in wanted]
    past = _Past(
        names=tuple(panel.regions[place] for place in usable.tolist()),
        outcome=panel.outcome[:, usable],
        starts=starts,
        lengths=lengths,
        compare=compare,
        step=panel.step,
    )
    designs: list[GeoDesign] = []
    for size in sizes:
        if len(usable) - size < 2 or math.comb(len(usable), size) < _LEAST_GROUPS:
            continue
        groups = _groups(range(len(usable)), size, most_groups, rng)
        chosen = groups if candidates is None else _groups(allowed, size, most_groups, rng)
        if chosen:
            designs += _designs(past, groups, chosen, lift)
    if not designs:
        raise TooFewRegions(
            f"{len(allowed)} candidates among {len(usable)} regions with outcomes: it takes one "
            f"group at least to treat, of {_LEAST_GROUPS} as large, or an effect could not be told "
            "from chance"
        )
    return tuple(sorted(designs, key=_rank)[:most_designs])


def _check(lift: float, sizes: Sequence[int], lengths: Sequence[int]) -> None:
    if not lift > 0:
        raise ValueError(f"lift must be above 0, got {lift}")
    for name, values in (("sizes", sizes), ("lengths", lengths)):
        if not values or min(values) < 1:
            raise ValueError(f"{name} must be at least 1, got {list(values)}")


@dataclass(frozen=True)
class _Past:
    """Days in which nothing was done, and the tests pretended in them."""

    names: tuple[str, ...]
    outcome: Floats
    starts: tuple[int, ...]
    lengths: Sequence[int]
    compare: Compare
    step: timedelta

    def scaled(self, before: int) -> Scaled:
        return Scaled.of(self.outcome, before=before, compare=self.compare)


@dataclass(frozen=True)
class _Chance:
    """How far groups strayed by chance in tests of one length, in their own scale, by start."""

    strayed: tuple[Floats, ...]

    def power(self, shift: float) -> float:
        """The chance that an effect this large, in a group's scale, is noticed."""
        found = []
        for strayed in self.strayed:
            bar = np.quantile(np.abs(strayed), 1 - _ALPHA, method="higher")
            # An effect up is as likely met by luck up as by luck down.
            found += [np.abs(shift + strayed) >= bar, np.abs(shift - strayed) >= bar]
        return float(np.mean(found))

    def needed(self) -> float:
        """The least effect, in a group's scale, that is noticed 8 times in 10."""
        low, high = 0.0, 1.0
        while self.power(high) < _POWER:
            low, high = high, 2 * high
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (low, middle) if self.power(middle) >= _POWER else (middle, high)
        return high


def _starts(days: int, lengths: Sequence[int]) -> tuple[int, ...]:
    """Days in the second half of the past, the last that leaves room for each length among them."""
    latest = days - min(lengths)
    if days - max(lengths) < max(_LEAST_DAYS_BEFORE, days // 2):
        raise TooFewDays(
            f"{days} days are too few to pretend a test of {max(lengths)} in them: it takes "
            f"{max(_LEAST_DAYS_BEFORE + max(lengths), 2 * max(lengths))}"
        )
    spread = np.linspace(max(days // 2, _LEAST_DAYS_BEFORE), latest, _STARTS)
    return tuple(sorted({*(int(start) for start in spread), *(days - one for one in lengths)}))


def _groups(places: Sequence[int], size: int, most: int, rng: np.random.Generator) -> list[Places]:
    if math.comb(len(places), size) <= most:
        return [np.array(group, dtype=np.intp) for group in combinations(places, size)]
    every = np.asarray(places, dtype=np.intp)
    drawn = {tuple(np.sort(rng.choice(every, size, replace=False)).tolist()) for _ in range(most)}
    return [np.array(group, dtype=np.intp) for group in sorted(drawn)]


def _designs(
    past: _Past, groups: Sequence[Places], chosen: Sequence[Places], lift: float
) -> list[GeoDesign]:
    now = past.scaled(len(past.outcome))
    tuning = tune(now, groups, penalty=None)
    usual = float(np.median(_misfits(now, groups, tuning.penalty)))
    misfits = _misfits(now, chosen, tuning.penalty)
    scales = tuning.scale(misfits, usual=usual)
    chances = _chances(past, groups, tuning)
    share = past.outcome.sum(axis=0) / past.outcome.sum()
    designs = []
    for length, chance in chances.items():
        needed = chance.needed()
        for group, misfit, scale in zip(chosen, misfits, scales, strict=True):
            treated = tuple(past.names[place] for place in group.tolist())
            detectable, part = needed * float(scale), float(share[group].sum())
            power = chance.power(lift / float(scale))
            words = _words(treated, length * past.step, detectable, power, lift, part)
            designs.append(
                GeoDesign(treated, length, detectable, power, float(misfit), part, words)
            )
    return designs


def _misfits(scaled: Scaled, groups: Sequence[Places], penalty: float) -> Floats:
    products, mean = scaled.products(), scaled.mean
    return np.array(
        [
            fit(products, mean, scaled.own(group), days=scaled.before, penalty=penalty).misfit
            for group in groups
        ]
    )


def _chances(past: _Past, groups: Sequence[Places], tuning: Tuning) -> dict[int, _Chance]:
    strayed: dict[int, list[Floats]] = {length: [] for length in past.lengths}
    for start in past.starts:
        scaled = past.scaled(start)
        products, mean = scaled.products(), scaled.mean
        fits = [
            fit(products, mean, scaled.own(group), days=start, penalty=tuning.penalty)
            for group in groups
        ]
        misfits = np.array([one.misfit for one in fits])
        scale = tuning.scale(misfits, usual=float(np.median(misfits)))
        contrasts = np.array([one.contrast for one in fits])
        for length in past.lengths:
            if start + length <= len(past.outcome):
                after = scaled.outcome[start : start + length].mean(axis=0) - mean
                strayed[length].append(contrasts @ after / scale)
    return {length: _Chance(tuple(found)) for length, found in strayed.items()}


def _rank(design: GeoDesign) -> tuple[bool, float, float]:
    """What finds it and touches least comes first; of what does not, what sees most."""
    if design.power >= _POWER:
        return False, design.outcome_share * design.days, design.detectable_lift
    return True, design.detectable_lift, design.outcome_share


def _words(
    treated: Sequence[str],
    length: timedelta,
    detectable: float,
    power: float,
    lift: float,
    share: float,
) -> str:
    where = ", ".join(treated)
    whole_weeks = length.days % 7 == 0 and length.days > 7
    time = f"{length.days // 7} weeks" if whole_weeks else f"{length.days} days"
    return (
        f"treat {where} ({share:.0%} of the outcome) for {time}: finds a lift of "
        f"{detectable:.1%} 8 times in 10, and one of {lift:.1%} with a chance of {power:.0%}"
    )

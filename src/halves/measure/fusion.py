"""All evidence on all units brought together in one joint posterior."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from halves.measure.induced import CostOfDemand
from halves.measure.joint import Joint
from halves.measure.mix_evidence import MixEvidence
from halves.measure.mix_media import Grid
from halves.measure.nested import nest
from halves.measure.posterior import Belief, Bound, Finding, believe, joint_draws, log_fit
from halves.measure.prior import Floats, Prior
from halves.measure.stages import BOTH, OPENING, Stages

_GENERAL = 0.4  # spread of what demand costs in general, as a share of it
_LEAST_GENERAL = 0.02  # and at least this share of the unit's spend
_FEWEST = 200.0  # draws of the mix model that must count after weighing


@dataclass(frozen=True)
class Fused:
    """The joint posterior, and each unit's own belief where that is exact.

    Args:
        joint: draws of all units.
        beliefs: unit → its return on a grid, where nothing ties it to another unit.
        dropped: units of the mix model whose tests say so much more than it that it was left out.
    """

    joint: Joint
    beliefs: Mapping[str, Belief]
    dropped: Sequence[str] = field(default=())


def fuse(
    *,
    spends: Mapping[str, float],
    paths: Mapping[str, str],
    margin: float,
    findings: Sequence[Finding],
    bounds: Sequence[Bound],
    mixed: MixEvidence | None,
    costs: CostOfDemand,
    prior: Prior,
    draws: int,
    rng: np.random.Generator,
    parents: Mapping[str, str] | None = None,
) -> Fused:
    """Multiply the prior by everything that speaks of each unit, and draw all units together.

    Args:
        spends: unit → spend of the period, above 0.
        paths: unit → `many` or `one`.
        margin: profit for each 1 of revenue.
        findings: tests, as statements on returns margin × Δ / spend.
        bounds: what person-level records say a return is at most or at least.
        mixed: the mix model's draws; None without one.
        costs: what revenue through doors makes others spend.
        prior: on returns.
        draws: how many, at least 1.
        rng: where chance comes from.
        parents: unit → what it nests in, if anything; siblings are believed to resemble each other.
    """
    alone = [finding for finding in findings if finding.unit is not None]
    drawn, dropped = _of_mix(mixed, spends, margin, alone, draws, prior, rng)
    apart = [unit for unit in spends if unit not in drawn]
    families = [f for f in _families(apart, parents or {}) if len(f) > 1]
    nests = [nest(prior, family, alone, bounds) for family in families]
    nested = {unit for family in families for unit in family}
    beliefs = {
        unit: believe(
            prior,
            [one for one in alone if one.unit == unit],
            [one for one in bounds if one.unit == unit],
        )
        for unit in apart
        if unit not in nested
    }
    together = [finding for finding in findings if finding.unit is None]
    extra = {unit: one.returns for unit, one in drawn.items()}
    returns = joint_draws(beliefs, together, draws=draws, rng=rng, drawn=extra, nests=nests)
    tied = {unit for finding in together for unit in finding.weights}
    joint = _joint(spends, paths, margin, returns, drawn if not together else {}, alone, costs, rng)
    return Fused(joint, {u: b for u, b in beliefs.items() if u not in tied}, dropped)


def _families(units: Sequence[str], parents: Mapping[str, str]) -> list[list[str]]:
    """Units by what they nest in."""
    families: dict[str, list[str]] = {}
    for unit in units:
        if unit in parents:
            families.setdefault(parents[unit], []).append(unit)
    return list(families.values())


@dataclass(frozen=True, eq=False)
class _Drawn:
    returns: Floats
    opening: Floats
    half: Floats


def _of_mix(
    mixed: MixEvidence | None,
    spends: Mapping[str, float],
    margin: float,
    alone: Sequence[Finding],
    draws: int,
    prior: Prior,
    rng: np.random.Generator,
) -> tuple[dict[str, _Drawn], list[str]]:
    """The mix model's draws, resampled by the fusion's prior and by tests of its units."""
    if mixed is None:
        return {}, []
    returns = {
        unit: mixed.incremental[:, place] * margin / spends[unit]
        for place, unit in enumerate(mixed.units)
    }
    log = mixed.log_weights.sum(axis=1)
    dropped = []
    for unit in mixed.units:
        about = [one for one in alone if one.unit == unit]
        fit = sum((log_fit(one, {unit: returns[unit]}) for one in about), np.zeros(len(log)))
        if _effective(log + fit) < _FEWEST and about:
            dropped.append(unit)
        else:
            log = log + fit
    returns = {unit: _about_zero(one, prior, rng) for unit, one in returns.items()}
    marks = (np.arange(draws) + rng.random()) / draws
    weights = np.exp(log - log.max())
    kept = np.minimum(np.searchsorted(weights.cumsum() / weights.sum(), marks), len(log) - 1)
    kept = rng.permutation(kept)
    return {
        unit: _Drawn(returns[unit][kept], mixed.opening[kept, place], mixed.half[kept, place])
        for place, unit in enumerate(mixed.units)
        if unit not in dropped
    }, dropped


def _about_zero(returns: Floats, prior: Prior, rng: np.random.Generator) -> Floats:
    """Where the mix model says nothing, the fusion's prior says next to nothing."""
    idle = prior.nothing * rng.standard_normal(returns.shape)
    return np.where(returns == 0, idle, returns)


def _effective(log: Floats) -> float:
    weights = np.exp(log - log.max())
    return float(weights.sum() ** 2 / (weights**2).sum())


def _joint(
    spends: Mapping[str, float],
    paths: Mapping[str, str],
    margin: float,
    returns: Mapping[str, Floats],
    drawn: Mapping[str, _Drawn],
    alone: Sequence[Finding],
    costs: CostOfDemand,
    rng: np.random.Generator,
) -> Joint:
    units = tuple(spends)
    spend = np.array([spends[unit] for unit in units])
    incremental = np.stack([returns[unit] for unit in units], axis=1) * spend / margin
    opening = np.empty_like(incremental)
    half = np.empty_like(incremental)
    induced = np.empty_like(incremental)
    for place, unit in enumerate(units):
        brought = incremental[:, place]
        staged = [one for one in alone if one.unit == unit and one.stages is not None]
        if unit in drawn:
            opening[:, place], half[:, place] = drawn[unit].opening, drawn[unit].half
        else:
            opening[:, place] = _opening(staged, brought * margin, spends[unit], rng)
            half[:, place] = _half(len(brought), rng)
        general = costs.draw(unit, opening[:, place] * brought, rng=rng)
        induced[:, place] = _induced(staged, spends[unit], general, rng)
    for unit, cost in costs.broken.draw(len(induced), rng=rng).items():
        if unit in returns:
            induced[:, units.index(unit)] += cost
    return Joint(
        units=units,
        paths=tuple(paths[unit] for unit in units),
        spend=spend,
        margin=margin,
        incremental=incremental,
        induced=induced,
        opening=opening,
        half=half,
    )


def _opening(
    staged: Sequence[Finding], earned: Floats, spend: float, rng: np.random.Generator
) -> Floats:
    """The share through doors: as a test by stages sees it, else anything."""
    if staged:
        one = staged[0]
        assert isinstance(one.stages, Stages)
        unit = str(one.unit)
        return one.stages.opening(earned * one.weights[unit] / spend, one.drift[unit], rng=rng)
    kind = rng.random(len(earned))
    between = rng.random(len(earned))
    return np.where(kind < OPENING, 1.0, np.where(kind < OPENING + BOTH, between, 0.0))


def _half(draws: int, rng: np.random.Generator) -> Floats:
    """Nothing but the prior tells how a unit saturates that was only ever on or off."""
    grid = Grid()
    return np.clip(
        grid.middle * np.exp(grid.spread * rng.standard_normal(draws)), grid.lowest, grid.highest
    )


def _induced(
    staged: Sequence[Finding], spend: float, general: Floats, rng: np.random.Generator
) -> Floats:
    """Seen in a test, and weighed with what demand costs in general."""
    if not staged:
        return general
    one = staged[0]
    assert isinstance(one.stages, Stages)
    scale = spend / one.weights[str(one.unit)]
    seen, error = one.stages.induced * scale, one.stages.induced_se * scale
    own = np.maximum(np.abs(general) * _GENERAL, _LEAST_GENERAL * spend)
    share = own**2 / (own**2 + error**2 + 1e-30)
    mean = general + share * (seen - general)
    return np.asarray(mean + np.sqrt(share) * error * rng.standard_normal(len(general)))

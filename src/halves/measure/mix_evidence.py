"""The mix model as evidence: what broadcast units brought, with the mix model's prior divided out.

Where the ledger records doors, the model is factored by funnel stage: doors by week and region on
spend; then revenue on spend, given the doors of that week and of the weeks before. Given the data
the two stages are independent, so their draws pair in any order. A unit's increment is the
worth of the doors it opened and what it did to closing.

Draws carry weights: the chance of each under the fusion's prior over that under the model's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from halves.measure.doors import Doors
from halves.measure.errors import NeverSpent
from halves.measure.geo_weeks import Flags, GeoWeeks
from halves.measure.mix import Effort, mix
from halves.measure.mix_data import Floats, MixData
from halves.measure.mix_prior import MixPrior
from halves.measure.mix_result import ChannelMix, Mix
from halves.measure.prior import Prior
from halves.measure.stages import BOTH, CLOSING, OPENING

_SPREADS_OF_PAR = 6.0  # the model's prior reaches to this many times break-even and beyond
_GROWS, _FAR = 5.0, 1.5  # it grows so much where the data lie so many of its scales out
_MOST_SHARE = 0.5  # of the whole outcome, as the prior's spread
_CLOSES = 0.5  # chance beforehand that a broadcast does nothing to closing
_DOOR_LAGS = ((0, 1), (1, 3), (3, 6), (6, 10))  # weeks from door to deal, grouped
_WORTH_SPREAD = 0.15  # of what a door that spend opened is worth, against the average door
_EFFORT = Effort(chains=12, enough=400)


@dataclass(frozen=True, eq=False)
class MixEvidence:
    """Draws of what units brought over the period, not yet weighed.

    Args:
        units: names.
        incremental: shape (draw, unit), revenue of the period.
        opening: shape (draw, unit), the share of it that came through doors.
        half: shape (draw, unit), h of each draw's response, in multiples of today's spend.
        log_weights: shape (draw, unit), fusion's prior over the model's.
        models: the fitted stages, by what they explain: `doors` and `closing`, or `revenue`.
        weeks: how many weeks were fitted.
        regions: how many regions.
        words: unit → what the model saw, in plain words.
    """

    units: tuple[str, ...]
    incremental: Floats
    opening: Floats
    half: Floats
    log_weights: Floats
    models: Mapping[str, Mix]
    weeks: int
    regions: int
    words: Mapping[str, str]


def mix_evidence(
    found: GeoWeeks,
    *,
    spends: Mapping[str, float],
    earns: Mapping[str, float],
    doors: Doors,
    prior: Prior,
    since: date,
    until: date,
    seed: int,
) -> MixEvidence:
    """Fit the mix model to a ledger's weeks and weigh its draws by the fusion's prior.

    Args:
        found: the ledger by week and region.
        spends: unit → its spend in the period, money.
        earns: unit → profit before spend for each 1 of its revenue, above 0.
        doors: what a door of the period is worth.
        prior: the fusion's, on earned money / spend.
        since: first day of the period.
        until: the day after its last.
        seed: of all chance.

    Raises:
        MixDataUnfit: weeks, spend or outcomes that no model can be fitted to.
        NotConverged: chains that disagree.
    """
    _refuse_still(found)
    period = _Period(found, spends, earns, since, until, seed)
    worth = doors.worth
    if worth is None or found.doors.sum() <= 0:
        whole = period.fit(found.revenue, prior.at_zero + prior.below_zero, {})
        return _of_one(period, whole, prior)
    opens = period.fit(found.doors, prior.at_zero + prior.below_zero, {})
    # Deals of the weeks after a hole came through doors that nobody counted.
    unseen = _spread_on(found.missing, _DOOR_LAGS[-1][1] - 1)
    closes = period.fit(found.revenue, _CLOSES, _later(found.doors), left_out=unseen)
    return _of_two(period, opens, closes, worth, prior)


def _refuse_still(found: GeoWeeks) -> None:
    """What never moves cannot be told from the level."""
    for place, unit in enumerate(found.units):
        spend = found.spend[..., place]
        if not spend.any():
            raise NeverSpent(f"{unit} spent nothing in the weeks that also record outcomes")


@dataclass(frozen=True, eq=False)
class _Period:
    found: GeoWeeks
    spends: Mapping[str, float]
    earns: Mapping[str, float]
    since: date
    until: date
    seed: int

    @property
    def spread(self) -> tuple[float, ...]:
        """Each unit's share of all revenue at which it breaks even, times a few."""
        weeks = [self.since <= week < self.until for week in self.found.weeks]
        revenue = max(self.found.revenue[weeks].sum(), 1e-300)
        return tuple(
            float(min(_SPREADS_OF_PAR * self.spends[u] / (self.earns[u] * revenue), _MOST_SHARE))
            for u in self.found.units
        )

    def fit(
        self,
        outcome: Floats,
        at_zero: float,
        controls: Mapping[str, Floats],
        *,
        left_out: Flags | None = None,
    ) -> Mix:
        """The mix model of one outcome; weeks left out have a level of their own each."""
        data = MixData(
            weeks=self.found.weeks,
            regions=self.found.regions,
            channels=self.found.units,
            spend=self.found.spend,
            outcome=outcome,
            population=self.found.population,
        )
        a_head = {name: values / data.size for name, values in controls.items()}
        missing = self.found.missing if left_out is None else left_out
        data = replace(data, controls={**a_head, **_levels(missing)})
        share = self.spread
        while True:
            prior = MixPrior(at_zero=at_zero, share=share)
            model = mix(
                data,
                seed=self.seed,
                prior=prior,
                since=self.since,
                until=self.until,
                effort=_EFFORT,
            )
            wider = _wider(model, share)
            if wider == share:
                return model
            share = wider

    def scale(self, one: ChannelMix) -> float:
        """From the fitted whole weeks to the period's spend."""
        return self.spends[one.channel] / one.spend


def _wider(model: Mix, share: tuple[float, ...]) -> tuple[float, ...]:
    """Shares that hold what was found: the model's prior is divided out, and must not be far off.

    Weights of draws that a prior held down would rest on few of them.
    """
    return tuple(
        min(_GROWS * each, _MOST_SHARE)
        if one.increment_draws.mean() > _FAR * one.scale_before
        else each
        for one, each in zip(model.channels, share, strict=True)
    )


def _levels(missing: Flags) -> dict[str, Floats]:
    """A column for each week and region marked, so that the fit learns nothing from it."""
    levels = {}
    for week, region in np.argwhere(missing):
        one = np.zeros(missing.shape)
        one[week, region] = 1.0
        levels[f"level of week {week} in region {region}"] = one
    return levels


def _spread_on(missing: Flags, weeks: int) -> Flags:
    """Also mark as many weeks after each that is marked."""
    return np.asarray(
        [missing[max(week - weeks, 0) : week + 1].any(axis=0) for week in range(len(missing))]
    )


def _later(doors: Floats) -> dict[str, Floats]:
    """Doors of earlier weeks, grouped by how long ago; before the first week, as on average."""
    level = np.broadcast_to(doors.mean(axis=0), (_DOOR_LAGS[-1][1], doors.shape[1]))
    padded = np.concatenate([level, doors])
    whole, time = len(padded), len(doors)
    return {
        f"doors {low} to {high} weeks before": np.sum(
            [padded[whole - time - lag : whole - lag] for lag in range(low, high)], axis=0
        )
        for low, high in _DOOR_LAGS
    }


def _of_one(period: _Period, model: Mix, prior: Prior) -> MixEvidence:
    columns = []
    for one in model.channels:
        scale = period.scale(one)
        brought = one.increment_draws * scale
        returns = brought * period.earns[one.channel] / period.spends[one.channel]
        own = _half_normal(one, scale)
        log = np.where(
            brought > 0,
            _log_prior(returns, prior) - own.log_density(brought),
            np.log(prior.at_zero + prior.below_zero) - np.log(one.p_zero_before),
        )
        log = log + np.where(
            brought > 0, np.log(period.earns[one.channel] / period.spends[one.channel]), 0
        )
        columns.append(
            (
                brought,
                np.full_like(brought, np.nan),
                _half(one, brought / scale, one.marginal_draws),
                log,
            )
        )
    return _gathered(period, columns, {"revenue": model})


def _of_two(period: _Period, opens: Mix, closes: Mix, worth: float, prior: Prior) -> MixEvidence:
    rng = np.random.default_rng([period.seed, 2])
    size = max(len(m.channels[0].increment_draws) for m in (opens, closes))
    first, second = (_shuffled(m, size, rng) for m in (opens, closes))
    columns = []
    for door, deal in zip(opens.channels, closes.channels, strict=True):
        scale, unit = period.scale(door), door.channel
        each = worth * scale * np.exp(_WORTH_SPREAD * rng.standard_normal(size))
        through = door.increment_draws[first] * each
        directly = deal.increment_draws[second] * scale
        slope = (door.marginal_draws[first] * each + deal.marginal_draws[second] * scale) / scale
        brought = through + directly
        per_money = period.earns[unit] / period.spends[unit]
        own = _half_normal(door, scale * worth), _half_normal(deal, scale)
        log = _joint_log_weight(through, directly, own, prior, per_money)
        share = np.where(brought > 0, through / np.where(brought > 0, brought, 1), np.nan)
        columns.append((brought, share, _half_of(slope, brought / period.spends[unit]), log))
    return _gathered(period, columns, {"doors": opens, "closing": closes})


def _shuffled(model: Mix, size: int, rng: np.random.Generator) -> np.ndarray:
    have = len(model.channels[0].increment_draws)
    return rng.permutation(np.resize(rng.permutation(have), size))


@dataclass(frozen=True)
class _HalfNormal:
    """The model's own prior of an increment: no effect, or a half-normal."""

    at_zero: float
    scale: float

    def log_density(self, brought: Floats) -> Floats:
        """Of an effect above zero, the chance of one included."""
        return np.asarray(
            np.log1p(-self.at_zero)
            + 0.5 * np.log(2 / np.pi)
            - np.log(self.scale)
            - (brought / self.scale) ** 2 / 2
        )


def _half_normal(one: ChannelMix, scale: float) -> _HalfNormal:
    return _HalfNormal(one.p_zero_before, one.scale_before * scale)


def _log_prior(returns: Floats, prior: Prior) -> Floats:
    return prior.log_density(np.where(returns > 0, returns, 1.0))


def _joint_log_weight(
    through: Floats,
    directly: Floats,
    own: tuple[_HalfNormal, _HalfNormal],
    prior: Prior,
    per_money: float,
) -> Floats:
    """Fusion's prior of (total, share through doors) over the product of both stages' own."""
    total = through + directly
    has = through > 0, directly > 0
    wanted = _log_prior(total * per_money, prior) + np.log(per_money)
    kinds = np.log([OPENING, CLOSING, BOTH])
    safe = np.where(total > 0, total, 1.0)
    wanted = np.select(
        [has[0] & ~has[1], ~has[0] & has[1], has[0] & has[1]],
        [wanted + kinds[0], wanted + kinds[1], wanted + kinds[2] - np.log(safe)],
        np.log(prior.at_zero + prior.below_zero),
    )
    model = [
        np.where(present, one.log_density(part), np.log(one.at_zero))
        for present, part, one in zip(has, (through, directly), own, strict=True)
    ]
    return np.asarray(wanted - model[0] - model[1])


def _half(one: ChannelMix, brought: Floats, slope: Floats) -> Floats:
    return _half_of(slope, brought / one.spend)


def _half_of(slope: Floats, average: Floats) -> Floats:
    """h of a response whose slope today is this part of its average: h/(1 + h)."""
    part = np.where(average > 0, slope / np.where(average > 0, average, 1.0), 0.6)
    part = np.clip(part, 0.05, 0.95)
    return np.asarray(part / (1 - part))


def _gathered(
    period: _Period,
    columns: Sequence[tuple[Floats, Floats, Floats, Floats]],
    models: Mapping[str, Mix],
) -> MixEvidence:
    brought, share, half, log = (np.stack(one, axis=1) for one in zip(*columns, strict=True))
    found = period.found
    where = f" in {len(found.regions)} regions" if len(found.regions) > 1 else ""
    gaps = int(found.missing.any(axis=1).sum())
    without = f", of which {gaps} lack outcomes and are left out" if gaps else ""
    return MixEvidence(
        units=found.units,
        incremental=brought,
        opening=np.where(np.isfinite(share), share, 1.0),
        half=half,
        log_weights=log,
        models=models,
        weeks=len(found.weeks),
        regions=len(found.regions),
        words={
            unit: f"a mix model of {len(found.weeks)} weeks{where}{without}" for unit in found.units
        },
    )

"""A company whose channels' effects are known, written out week by week."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from halves.measure.mix_data import Floats, MixData


@dataclass(frozen=True, eq=False)
class MixWorld:
    """Data, and what each channel truly brought over all weeks."""

    data: MixData
    increments: Floats  # (channel,)


def made_up(
    *,
    seed: int,
    weeks: int = 156,
    regions: int = 1,
    kept: tuple[float, ...] = (0.6, 0.2, 0.4),
    half: tuple[float, ...] = (1.0, 3.0, 2.0),
    share: tuple[float, ...] = (0.15, 0.08, 0.0),
    noise: float = 0.04,
    rho: float = 0.3,
    apart: float = 0.0,
) -> MixWorld:
    """Spend in bursts, a season and a trend, and errors that follow last week's.

    Effects differ between regions by lognormal factors with a spread of `apart`.
    """
    rng = np.random.default_rng(seed)
    heads = rng.uniform(0.5, 2.0, regions)
    time = np.arange(weeks)
    burst = rng.random((weeks, regions, len(kept))) < 0.6
    spend = burst * rng.gamma(2.0, 500.0, (weeks, regions, len(kept))) * heads[:, None]
    base = 1 + 0.1 * np.sin(2 * np.pi * time / 52.18) + 0.1 * time / weeks
    error = np.zeros((weeks, regions))
    error[0] = rng.standard_normal(regions) / np.sqrt(1 - rho**2)
    for week in range(1, weeks):
        error[week] = rho * error[week - 1] + rng.standard_normal(regions)
    outcome = base[:, None] + noise * error
    increments = []
    for channel in range(len(kept)):
        brought = _response(spend[..., channel] / heads / 1000, kept[channel], half[channel])
        brought *= np.exp(apart * rng.standard_normal(regions))
        brought *= share[channel] / np.average(brought.mean(axis=0), weights=heads)
        outcome = outcome + brought
        increments.append((brought * heads).sum() * 10_000)
    first = date(2023, 1, 2)
    data = MixData(
        weeks=tuple(first + timedelta(weeks=week) for week in range(weeks)),
        regions=tuple(f"region_{place}" for place in range(regions)),
        channels=tuple(f"channel_{place}" for place in range(len(kept))),
        spend=spend,
        outcome=outcome * heads * 10_000,
        population=heads * 1_000_000,
    )
    return MixWorld(data, np.array(increments))


def _response(spend: Floats, kept: float, half: float) -> Floats:
    """Carry-over and saturation as a plain loop, after weeks like the first four."""
    brought, state = np.zeros_like(spend), spend[:4].mean(axis=0)
    for week in range(len(spend)):
        state = kept * state + (1 - kept) * spend[week]
        brought[week] = state / (state + half)
    return brought

"""What moves the outcome besides spend: level, trend, season, holidays, controls."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from halves.measure.mix_data import Floats, MixData

_YEAR_WEEKS = 365.25 / 7
_DEPENDENT = 1e-8


@dataclass(frozen=True)
class Baseline:
    """What the baseline may do.

    Args:
        harmonics: waves a year, each with sine and cosine; 0 for none.
        bends: how often the trend may change its slope, at even distances; it is linear with 0.
    """

    harmonics: int = 2
    bends: int = 0


def columns(data: MixData, baseline: Baseline) -> Floats:
    """The baseline's columns, a head: shape (time, region, coefficient).

    Each region has its own level and trend; season, holidays and controls act a head alike.
    """
    time, region = data.outcome.shape
    progress = np.linspace(-1, 1, time) if time > 1 else np.zeros(1)
    knots = np.linspace(-1, 1, baseline.bends + 2)[1:-1]
    own = [np.ones(time), progress, *(np.maximum(progress - knot, 0) for knot in knots)]
    each = np.einsum("tk,rs->trks", np.array(own).T, np.eye(region)).reshape(time, region, -1)
    angle = 2 * np.pi * np.arange(time) / _YEAR_WEEKS
    waves = [f(angle * turn) for turn in range(1, baseline.harmonics + 1) for f in (np.sin, np.cos)]
    days = [[_holds(week, days) for week in data.weeks] for days in data.holidays.values()]
    shared = np.array([*waves, *days], dtype=np.float64).reshape(-1, time)
    common = np.broadcast_to(shared.T[:, None, :], (time, region, len(shared)))
    controls = [values[..., None] for values in data.controls.values()]
    return np.concatenate([each, common, *controls], axis=2)


def orthonormal(design: Floats) -> Floats:
    """The same span in orthonormal columns, without those that depend on others."""
    flat = design.reshape(-1, design.shape[-1])
    norms = np.linalg.norm(flat, axis=0)
    left, sizes, _ = np.linalg.svd(flat / np.where(norms > 0, norms, 1.0), full_matrices=False)
    kept = left[:, sizes > _DEPENDENT * sizes[0]]
    return np.asarray(kept.reshape(*design.shape[:-1], -1))


def _holds(week: date, days: tuple[date, ...]) -> bool:
    return any(0 <= (day - week).days < 7 for day in days)

"""Weekly spend and revenue as peers get them, and where they put their draws.

Only NumPy and the standard library, so that it runs in a peer's environment too.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np


@dataclass(frozen=True, eq=False)
class Weekly:
    """Spend and revenue by week and region, and the weeks that are asked about.

    Args:
        weeks: shape (time,), first days, ISO.
        regions: names; a single one for national data.
        channels: names.
        spend: shape (time, region, channel), money.
        revenue: shape (time, region), money.
        population: shape (region,), heads.
        period: shape (time,), whether each week is asked about.
    """

    weeks: list[str]
    regions: list[str]
    channels: list[str]
    spend: np.ndarray
    revenue: np.ndarray
    population: np.ndarray
    period: np.ndarray

    @classmethod
    def read(cls, file: Path) -> Self:
        """From a file of `write`."""
        found = np.load(file, allow_pickle=False)
        names = {name: found[name].tolist() for name in ("weeks", "regions", "channels")}
        arrays = {name: found[name] for name in ("spend", "revenue", "population", "period")}
        return cls(**names, **arrays)

    def write(self, file: Path) -> None:
        """As arrays, names as text."""
        np.savez(file, **vars(self))


def keep(file: Path, *, increments: np.ndarray, parameters: dict[str, np.ndarray]) -> None:
    """Put a peer's draws where they are asked for.

    Args:
        file: to write.
        increments: shape (chain, draw, channel), revenue that each channel brought in the period:
            what would be lost within these weeks if it had spent nothing in them.
        parameters: name → shape (chain, draw, ...), all that was sampled.
    """
    flat = [np.asarray(draws).reshape(*draws.shape[:2], -1) for draws in parameters.values()]
    np.savez(file, increments=increments, parameters=np.concatenate(flat, axis=2))

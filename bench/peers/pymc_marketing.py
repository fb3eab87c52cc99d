"""What PyMC-Marketing says each channel brought, by its own defaults.

    python -m bench.peers.pymc_marketing GIVEN.npz DRAWN.npz SEED

runs in that package's own environment (see bench/mix_peers.py). Choices, all of its quickstart:

- Geometric adstock over 8 weeks, logistic saturation, two waves a year and a linear trend, all with
  their default priors; the trend runs from 0 to 1, as its documentation asks of controls.
- Regions are a dimension of the model (`dims=("geo",)`), with the default priors again.
- Draws by default, by nutpie, which PyMC takes by itself where it is installed; 4 chains, where two
  cores would get two.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from pymc_marketing.mmm import MMM, GeometricAdstock, LogisticSaturation

from bench.peers.weekly import Weekly, keep


def main() -> None:
    given, drawn, seed = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    weekly = Weekly.read(given)
    table = _table(weekly)
    model = MMM(
        date_column="week",
        channel_columns=weekly.channels,
        target_column="revenue",
        adstock=GeometricAdstock(l_max=8),
        saturation=LogisticSaturation(),
        control_columns=["trend"],
        yearly_seasonality=2,
        dims=("geo",) if len(weekly.regions) > 1 else None,
    )
    model.fit(
        table.drop(columns="revenue"),
        table["revenue"],
        chains=4,
        random_seed=seed,
        progressbar=False,
    )
    asked = [week for week, on in zip(weekly.weeks, weekly.period, strict=True) if on]
    found = model.incrementality.compute_incremental_contribution(
        frequency="all_time", start_date=asked[0], end_date=asked[-1]
    )
    if "geo" in found.dims:
        found = found.sum("geo")
    found = found.sel(channel=weekly.channels).transpose("chain", "draw", "channel")
    sampled = model.posterior
    free = [one.name for one in model.model.free_RVs]
    parameters = {name: sampled[name].transpose("chain", "draw", ...).values for name in free}
    keep(drawn, increments=np.asarray(found), parameters=parameters)


def _table(weekly: Weekly) -> pd.DataFrame:
    """One row for each region and week."""
    parts = []
    for place, region in enumerate(weekly.regions):
        part = pd.DataFrame(weekly.spend[:, place], columns=weekly.channels)
        part["week"] = pd.to_datetime(weekly.weeks)
        part["trend"] = np.linspace(0, 1, len(weekly.weeks))
        part["revenue"] = weekly.revenue[:, place]
        if len(weekly.regions) > 1:
            part["geo"] = region
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


if __name__ == "__main__":
    main()

"""What Meridian says each channel brought, by its own defaults.

    python -m bench.peers.meridian GIVEN.npz DRAWN.npz SEED

runs in that package's own environment (see bench/mix_peers.py). Choices, all its documented ones:

- Spend stands for media too, as the guide says where there are no impressions; the outcome is
  revenue; regions come with their population.
- `ModelSpec()` as it is: a lognormal(0.2, 0.9) prior on each channel's ROI, geometric adstock over
  8 weeks, Hill saturation, effects that differ by region, and time effects with a knot a week where
  there are regions and a single one where there are none.
- Chains and draws of the guide's "Run the model": 7 chains, 1,000 to adapt, 500 to burn in, 1,000
  kept.
"""

import sys
from pathlib import Path

import numpy as np
from meridian.analysis.analyzer import Analyzer
from meridian.data.nd_array_input_data_builder import NDArrayInputDataBuilder
from meridian.model.model import Meridian
from meridian.model.spec import ModelSpec

from bench.peers.weekly import Weekly, keep

EFFORT = {"n_chains": 7, "n_adapt": 1000, "n_burnin": 500, "n_keep": 1000}


def main() -> None:
    given, drawn, seed = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    weekly = Weekly.read(given)
    model = Meridian(input_data=_data(weekly), model_spec=ModelSpec())
    model.sample_posterior(**EFFORT, seed=seed)
    asked = [week for week, on in zip(weekly.weeks, weekly.period, strict=True) if on]
    found = Analyzer(
        model_context=model.model_context, inference_data=model.inference_data
    ).incremental_outcome(selected_times=asked, media_selected_times=asked)
    sampled = model.inference_data.posterior
    parameters = {name: sampled[name].values for name in sampled.data_vars}
    keep(drawn, increments=np.asarray(found), parameters=parameters)


def _data(weekly: Weekly):
    builder = NDArrayInputDataBuilder(kpi_type="revenue")
    builder.time_coords = builder.media_time_coords = weekly.weeks
    is_national = len(weekly.regions) == 1  # its one region has a name of Meridian's own
    if not is_national:
        builder.geos = weekly.regions
    spend = weekly.spend.transpose(1, 0, 2)
    builder = builder.with_kpi(weekly.revenue.T).with_media(spend, spend, weekly.channels)
    return (builder if is_national else builder.with_population(weekly.population)).build()


if __name__ == "__main__":
    main()

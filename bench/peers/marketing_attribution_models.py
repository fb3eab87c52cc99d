"""What marketing-attribution-models takes for its rules, from touches to claims.

    python -m bench.peers.marketing_attribution_models TOUCHES.parquet

runs in that package's own environment (see bench/claims.py).
"""

import sys

import polars as pl
from mam import MAM

from bench.measured import Measured

RULES = {
    "first_touch": "run_first_click",
    "last_touch": "run_last_click",
    "linear": "run_linear",
    "position": "run_position_based",
    "time_decay": "run_time_decay",
    "markov": "run_markov",
    "shapley": "run_shapley",  # of the last four channels of a journey; more take too long
}


def main() -> None:
    measured = Measured()
    with measured.part("read"):
        touches = pl.read_parquet(sys.argv[1]).with_columns(converts=pl.col("value").is_not_null())
    with measured.part("paths"):
        model = MAM(
            touches,
            format_type="session",
            channels_colname="channel",
            journey_with_conv_colname="converts",
            datetime_colname="at",
            user_id_colname="person_id",
            conversion_value_colname="value",
        )
    for rule, run in RULES.items():
        with measured.part(rule):
            result = getattr(model, run)()
        named = result.to_polars()
        measured.claims[rule] = dict(named.select(named.columns[0], "attribution").iter_rows())
    measured.report()


if __name__ == "__main__":
    main()

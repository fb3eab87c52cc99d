"""What ChannelAttribution takes for first, last, linear and Markov, from touches to claims.

    python -m bench.peers.channel_attribution TOUCHES.parquet

runs in that package's own environment (see bench/claims.py).
"""

import sys

import ChannelAttribution
import pandas as pd

from bench.measured import Measured


def main() -> None:
    measured = Measured()
    with measured.part("read"):
        touches = pd.read_parquet(sys.argv[1], columns=["person_id", "channel", "value"])
    with measured.part("paths"):
        people = touches.groupby("person_id", sort=False)
        journeys = pd.DataFrame({"path": people["channel"].agg(" > ".join)})
        journeys["value"] = people["value"].max()
        journeys["won"] = journeys["value"].notna().astype(int)
        journeys["lost"] = 1 - journeys["won"]
        journeys["value"] = journeys["value"].fillna(0.0)
        paths = journeys.groupby("path", as_index=False, sort=False).sum()
    with measured.part("rules"):
        rules = ChannelAttribution.heuristic_models(paths, "path", "won", "value", flg_pro=False)
    with measured.part("markov"):
        markov = ChannelAttribution.markov_model(
            paths, "path", "won", "value", "lost", flg_pro=False, verbose=False
        )
    by_channel = rules.set_index("channel_name")
    for rule in ("first_touch", "last_touch", "linear"):
        column = f"{rule.removesuffix('_touch')}_touch_value"
        measured.claims[rule] = by_channel[column].to_dict()
    measured.claims["markov"] = markov.set_index("channel_name")["total_conversion_value"].to_dict()
    measured.report()


if __name__ == "__main__":
    main()

"""Claims on public paths, against what a published package makes of them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pytest

from halves import Channel, Ledger
from halves.measure.claims import all_claims

PATHS = Path(__file__).parents[2].parent / "shared/data/journeys/PathData.csv"
SINCE, UNTIL = date(2026, 1, 1), date(2026, 3, 1)

# ChannelAttribution 2.2.5 on PyPI. heuristic_models: conversions, value.
FIRST_TOUCH = {
    "eta": (3164, 11909.476213),
    "iota": (4606, 19597.261277),
    "alpha": (6308, 19121.272356),
    "beta": (2831, 12235.591744),
    "theta": (1606, 6652.349347),
    "lambda": (902, 3735.602165),
    "kappa": (74, 305.743250),
    "zeta": (27, 103.004000),
    "epsilon": (99, 412.301243),
    "gamma": (165, 718.977992),
    "delta": (1, 6.119000),
    "mi": (2, 5.273000),
}
LAST_TOUCH = {
    "eta": (4167, 16754.203800),
    "iota": (3355, 13487.974271),
    "alpha": (8447, 28414.214274),
    "beta": (989, 3850.020987),
    "theta": (653, 2799.091988),
    "lambda": (1207, 5249.949985),
    "kappa": (230, 1069.384250),
    "zeta": (107, 453.260750),
    "epsilon": (531, 2202.612289),
    "gamma": (92, 506.013992),
    "delta": (5, 10.972000),
    "mi": (2, 5.273000),
}
LINEAR = {
    "eta": (3539.951157, 13783.497051),
    "iota": (3857.096221, 15988.988995),
    "alpha": (7574.718594, 24524.709569),
    "beta": (2083.500145, 8954.266717),
    "theta": (1022.801394, 4295.743619),
    "lambda": (1035.257572, 4430.316169),
    "kappa": (137.964078, 599.747786),
    "zeta": (136.551540, 539.528763),
    "epsilon": (272.170438, 1106.270065),
    "gamma": (121.041639, 569.417358),
    "delta": (1.725000, 4.404050),
    "mi": (2.222222, 6.081444),
}
# markov_model(order=1, nsim_start=4e6, nfold=1, max_step=1000), mean over seeds 100 to 123:
# conversions, their standard error; value, its standard error. It simulates; ours is solved.
MARKOV = {
    "eta": (3340.5, 0.7, 12986.2, 3.1),
    "iota": (3885.6, 1.0, 14977.0, 4.0),
    "alpha": (5345.1, 1.1, 18799.7, 5.0),
    "beta": (2527.5, 0.7, 9683.1, 3.6),
    "theta": (1970.6, 0.8, 7508.3, 3.7),
    "lambda": (1283.2, 0.5, 5145.4, 2.5),
    "kappa": (274.0, 0.3, 1137.9, 1.5),
    "zeta": (380.8, 0.4, 1467.9, 1.7),
    "epsilon": (600.5, 0.5, 2354.3, 2.8),
    "gamma": (170.9, 0.2, 724.0, 2.8),
    "delta": (4.7, 0.1, 14.1, 0.2),
    "mi": (1.7, 0.05, 5.3, 0.1),
}


@pytest.fixture(scope="module")
def public_paths(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Every path as often as it was seen: a person each, touches a minute apart."""
    if not PATHS.exists():
        pytest.skip("PathData.csv (from the R package ChannelAttribution) is not beside this copy")
    paths = pa.csv.read_csv(PATHS)
    won = paths["total_conversions"].to_numpy()
    lost = paths["total_null"].to_numpy().astype(int)
    path = np.repeat(np.arange(len(won)), won + lost)
    nth = np.arange(len(path)) - np.repeat(np.cumsum(won + lost) - won - lost, won + lost)
    steps = pc.split_pattern(paths["path"], " > ").combine_chunks().take(pa.array(path))
    size = pc.list_value_length(steps).to_numpy()
    book = Ledger.create(tmp_path_factory.mktemp("published") / "book")
    book.append("touches", _touches(steps.flatten(), size), batch="paths")
    buyers = np.flatnonzero(nth < won[path])
    value = (paths["total_conversion_value"].to_numpy() / np.maximum(won, 1))[path[buyers]]
    book.append("outcomes", _outcomes(buyers, value), batch="paths")
    return book


def _touches(channel: pa.Array, size: np.ndarray) -> pa.Table:
    person = np.repeat(np.arange(len(size)), size)
    minute = np.arange(len(person)) - np.repeat(np.cumsum(size) - size, size)
    return pa.table(
        {
            "touch_id": pa.array(np.arange(len(person))).cast(pa.string()),
            "person_id": pa.array(person).cast(pa.string()),
            "at": _minutes(minute),
            "path": pa.repeat("many", len(person)),
            "channel": channel,
            "source": pa.repeat("PathData.csv", len(person)),
        }
    )


def _outcomes(buyers: np.ndarray, value: np.ndarray) -> pa.Table:
    return pa.table(
        {
            "outcome_id": pa.array(buyers).cast(pa.string()),
            "person_id": pa.array(buyers).cast(pa.string()),
            "at": _minutes(np.full(len(buyers), 1_000)),
            "kind": pa.repeat("deal_closed", len(buyers)),
            "value": value,
            "source": pa.repeat("PathData.csv", len(buyers)),
        }
    )


def _minutes(minutes: np.ndarray) -> pa.Array:
    start = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp())
    return pa.array((start + 60 * minutes) * 1_000_000).cast(pa.timestamp("us", "UTC"))


def _claims(book: Ledger, of: str) -> Mapping[str, Mapping[str, float]]:
    table = all_claims(
        book,
        rules=("first_touch", "last_touch", "linear", "markov", "shapley"),
        channels=[Channel(name, path="many") for name in MARKOV],
        since=SINCE,
        until=UNTIL,
        look_back=timedelta(days=1),
        of=of,
    )
    return {row["unit"]: row for row in table.to_pylist()}


@pytest.mark.parametrize(("of", "place"), [("outcomes", 0), ("value", 1)])
def test_rules_of_thumb_agree_with_the_published_package(
    public_paths: Ledger, of: str, place: int
) -> None:
    claimed = _claims(public_paths, of)
    for rule, published in (
        ("first_touch", FIRST_TOUCH),
        ("last_touch", LAST_TOUCH),
        ("linear", LINEAR),
    ):
        ours = {unit: claimed[unit][rule] for unit in published}
        # Values are kept to a millionth each, and there are up to 20,000 of them.
        expected = {unit: figures[place] for unit, figures in published.items()}
        assert ours == pytest.approx(expected, rel=1e-6, abs=2e-3)


@pytest.mark.parametrize(("of", "place"), [("outcomes", 0), ("value", 2)])
def test_markov_agrees_with_the_published_simulation_within_its_error(
    public_paths: Ledger, of: str, place: int
) -> None:
    claimed = _claims(public_paths, of)
    for unit, figures in MARKOV.items():
        mean, error = figures[place], figures[place + 1]
        assert abs(claimed[unit]["markov"] - mean) < 3 * error, unit


def test_claims_on_public_paths_sum_to_what_converted(public_paths: Ledger) -> None:
    for of, total in (("outcomes", 19_785), ("value", 74_802.971587)):
        claimed = _claims(public_paths, of).values()
        for rule in ("first_touch", "last_touch", "linear", "markov", "shapley"):
            assert sum(row[rule] for row in claimed) == pytest.approx(total, rel=1e-6)

"""The mix model on data that others publish to fit such models to."""

import csv
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from halves.measure.mix import mix
from halves.measure.mix_data import MixData

SHARED = Path(__file__).parents[2].parent / "shared/data"
MERIDIAN = [f"Channel{place}" for place in range(5)]
ROBYN = ["tv_S", "ooh_S", "print_S", "facebook_S", "search_S"]


def read(path):
    if not path.exists():
        pytest.skip(f"needs {path.parent.name}/{path.name} in the shared data")
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def gathered(rows, *, week, region, channels, outcome, controls, population=None):
    """Rows of a file as one data set; `region` None for national data."""
    weeks = sorted({row[week] for row in rows})
    regions = sorted({row[region] for row in rows}) if region else ["all"]
    at = {(row[week], row[region] if region else "all"): row for row in rows}

    def values(name):
        return np.array([[float(at[when, where][name]) for where in regions] for when in weeks])

    return MixData(
        weeks=tuple(date.fromisoformat(when) for when in weeks),
        regions=tuple(regions),
        channels=tuple(channels),
        spend=np.stack([values(name) for name in channels], axis=2),
        outcome=np.prod([values(name) for name in outcome], axis=0),
        controls={name: values(name) for name in controls},
        population=values(population)[0] if population else None,
    )


def meridian(name, *, region, population):
    return gathered(
        read(SHARED / "meridian" / name),
        week="time",
        region=region,
        channels=[f"{channel}_spend" for channel in MERIDIAN],
        outcome=["conversions", "revenue_per_conversion"],
        controls=["competitor_sales_control", "sentiment_score_control", "Promo"],
        population=population,
    )


def assert_sound(answer, data):
    assert answer.r_hat <= 1.01
    assert answer.effective_draws >= 400
    total = sum(channel.increment_draws for channel in answer.channels)
    assert 0 < total.mean() < data.outcome.sum()
    for channel in answer.channels:
        # More spend brings more, and each further unit less.
        heights = np.diff(channel.curve_draws.mean(axis=0)) / np.diff(channel.multiples)
        assert (heights > 0).all()
        assert (np.diff(heights) < 0).all()
        assert channel.marginal.mean < channel.returned.mean


def test_robyns_weeks_converge_and_its_television_works():
    data = gathered(
        read(SHARED / "robyn/dt_simulated_weekly.csv"),
        week="DATE",
        region=None,
        channels=ROBYN,
        outcome=["revenue"],
        controls=["competitor_sales_B", "newsletter"],
    )

    answer = mix(data, seed=1)

    assert len(data.weeks) == 208
    assert_sound(answer, data)
    assert answer["tv_S"].p_zero < 0.01


def test_meridians_national_weeks_converge():
    data = meridian("national_all_channels.csv", region=None, population=None)

    answer = mix(data, seed=1)

    assert_sound(answer, data)


@pytest.mark.slow
def test_meridians_forty_regions_converge_and_tell_more_than_the_nation():
    regions = meridian("geo_all_channels.csv", region="geo", population="population")
    nation = meridian("national_all_channels.csv", region=None, population=None)

    answer = mix(regions, seed=1)

    assert regions.spend.shape == (156, 40, 5)
    assert_sound(answer, regions)
    for one, other in zip(answer.channels, mix(nation, seed=1).channels, strict=True):
        assert one.return_draws.std() < other.return_draws.std()

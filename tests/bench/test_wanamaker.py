"""The Wanamaker bench: its regressions against naive loops, its scores against hand-worked ones."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from bench import wanamaker_regressions as regressions
from bench.wanamaker_budgets import MULTIPLES, best
from bench.wanamaker_methods import METHODS, Said, Told
from bench.wanamaker_scores import Heard, UnitHeard, from_json, heard, score, to_json
from bench.wanamaker_worlds import SEEDS, Case, Worlds
from halves import Ledger
from halves.simulate import Company, Year, simulate


@pytest.fixture(scope="module")
def year() -> Year:
    return simulate(Company.small(people=900, until=date(2025, 10, 1)), seed=3)


@pytest.fixture(scope="module")
def case(year: Year, tmp_path_factory: pytest.TempPathFactory) -> Case:
    book = Ledger.create(tmp_path_factory.mktemp("wanamaker") / "book")
    year.write(book)
    company = year.company
    return Case(
        book, company.channels, company.margin, company.currency, company.since, company.until
    )


def people_row_by_row(year: Year, case: Case) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Design and revenue of the people regression, by loops over the tables."""
    met, brought = Counter(), Counter()
    for row in year.tables["touches"].to_pylist():
        met[row["person_id"], row["channel"], row["at"].date() < case.since] += 1
    for row in year.tables["outcomes"].to_pylist():
        key = row["person_id"], row["kind"], row["at"].date() < case.since
        brought[key] += 1 if row["kind"] == "door_opened" else float(row["value"])
    kinds = sorted({channel for _, channel, _ in met})
    channels = [one.name for one in case.channels if one.name in kinds]
    regions = sorted({row["region"] for row in year.tables["people"].to_pylist()})
    design, revenue = [], []
    for row in year.tables["people"].to_pylist():
        who = row["person_id"]
        design.append(
            [float(row["region"] == region) for region in regions]
            + [np.log1p((case.since - row["since"].date()).days)]
            + [met[who, kind, True] for kind in kinds]
            + [brought[who, "door_opened", True], brought[who, "deal_closed", True]]
            + [met[who, channel, False] for channel in channels]
        )
        revenue.append(brought[who, "deal_closed", False])
    return np.array(design), np.array(revenue), channels


def test_the_people_regression_is_least_squares_on_what_loops_count(year, case):
    design, revenue, channels = people_row_by_row(year, case)
    slopes = np.linalg.lstsq(design, revenue, rcond=None)[0][-len(channels) :]
    found = regressions.adjusted(case)

    for place, channel in enumerate(channels, start=-len(channels)):
        brought = slopes[place] * design[:, place].sum()
        assert found[channel].found == pytest.approx(brought, rel=1e-6)
        assert found[channel].se > 0


def test_the_mix_regression_is_least_squares_on_what_loops_count(year, case):
    held_since = min(row["day"] for row in year.tables["spend"].to_pylist())
    weeks = (case.until - held_since).days // 7
    first = case.until - timedelta(weeks=weeks)
    names = [one.name for one in case.channels]
    money, revenue = np.zeros((weeks, len(names))), np.zeros(weeks)
    bills = [(r["day"], r["channel"], r["amount"]) for r in year.tables["spend"].to_pylist()]
    touches = year.tables["touches"].to_pylist()
    pieces = [(r["at"].date(), r["channel"], r["cost"]) for r in touches if r["cost"] is not None]
    for day, channel, amount in [*bills, *pieces]:
        if day >= first:
            money[(day - first).days // 7, names.index(channel)] += float(amount)
    for row in year.tables["outcomes"].to_pylist():
        if row["kind"] == "deal_closed" and row["at"].date() >= first:
            revenue[(row["at"].date() - first).days // 7] += float(row["value"])
    turn = 2 * np.pi * 7 * np.arange(weeks) / 365.25
    time = [np.ones(weeks), np.arange(weeks) / weeks, np.sin(turn), np.cos(turn)]
    slopes = np.linalg.lstsq(np.column_stack([*time, money]), revenue, rcond=None)[0][4:]
    spent = money[(case.since - first).days // 7 :].sum(axis=0)
    found = regressions.least_squares_mix(case)

    for place, name in enumerate(names):
        assert found[name].found == pytest.approx(slopes[place] * spent[place], rel=1e-5)


@pytest.mark.parametrize("method", [name for name in METHODS if name != "halves"])
def test_every_method_speaks_of_every_channel_that_spent(method, case):
    said = METHODS[method](case).units

    assert {one.unit for one in said} == {one.name for one in case.channels}
    assert all(one.spend > 0 and np.isfinite(one.incremental) for one in said)


def unit(truth: float, said: float, *, chance: float, wasted: bool) -> UnitHeard:
    reach = 10.0
    one = Said("tv", 50.0, said, chance > 0.5, chance, None, None, (said - reach, said + reach))
    return UnitHeard(one, truth, wasted)


def hand_made() -> list[Heard]:
    right = unit(100.0, 95.0, chance=0.05, wasted=False)
    wrong = unit(100.0, 40.0, chance=0.95, wasted=False)
    waste = unit(0.0, 5.0, chance=0.9, wasted=True)
    return [
        Heard(1, 1000.0, (right, waste), gained=50.0, most=50.0, cpu_s=1.0),
        Heard(2, 1000.0, (wrong, waste), gained=-30.0, most=50.0, cpu_s=3.0),
        Heard(3, 2000.0, (right,), gained=0.0, most=20.0, cpu_s=2.0),
    ]


def test_scores_of_three_companies_are_those_worked_by_hand():
    found = score(hand_made())

    assert found.error.value == pytest.approx((5 + 5 + 60 + 5 + 5) / 300)
    assert found.captured.value == pytest.approx(20 / 120)
    assert found.gain.value == pytest.approx((0.05 - 0.03 + 0.0) / 3)
    assert found.worst == -0.03
    assert (found.flagged, found.wrongly_flagged) == (3, 1)
    assert (found.sure, found.wrongly_sure) == (3, 1)
    assert found.brier.value == pytest.approx((0.05**2 * 2 + 0.95**2 + 0.1**2 * 2) / 5)
    assert found.covered[1].value == pytest.approx(4 / 5)
    assert np.isnan(found.covered[0].value)
    assert found.cpu_s == 2.0
    assert found.calibration[0] == (2, pytest.approx(0.05), 0.0)
    assert found.calibration[-1] == (3, pytest.approx(2.75 / 3), pytest.approx(2 / 3))


def test_the_bound_of_a_mean_is_students_t_over_companies():
    shares = np.array([0.05, -0.03, 0.0])
    reach = 2.919986 * shares.std(ddof=1) / np.sqrt(3)  # t table: two degrees of freedom, 95%
    found = score(hand_made()).gain

    assert found.high - found.value == pytest.approx(reach, rel=1e-5)
    assert found.value - found.low == pytest.approx(reach, rel=1e-5)


def test_what_was_heard_survives_being_kept():
    [one, *_] = hand_made()

    assert from_json(to_json(one)) == one


def test_tuning_and_report_worlds_share_no_seed(tmp_path: Path):
    assert not set(SEEDS["tuning"]) & set(SEEDS["report"])
    with pytest.raises(ValueError, match="tuning seeds are range"):
        Worlds("tuning", people=10, home=tmp_path).build(1000, "with")


def test_the_best_budget_is_the_one_that_trying_all_finds():
    rng = np.random.default_rng(1)
    for _ in range(20):
        spend = dict(zip("abcde", rng.uniform(1, 10, 5), strict=True))
        gains = {unit: rng.normal(0, 1, 5).tolist() for unit in spend}
        total = sum(spend.values())
        tried = [
            sum(gains[unit][MULTIPLES.index(x)] for unit, x in zip(spend, taken, strict=True))
            for taken in product(MULTIPLES, repeat=5)
            if sum(x * spend[unit] for unit, x in zip(spend, taken, strict=True)) <= total
        ]
        found = best(spend, gains)
        gained = sum(gains[unit][MULTIPLES.index(x)] for unit, x in found.items())

        assert gained == pytest.approx(max(tried))
        assert sum(x * spend[unit] for unit, x in found.items()) <= total * 1.0005


@pytest.mark.slow
def test_who_knows_the_truth_gains_all_and_who_cuts_nothing_gains_nothing(tmp_path):
    worlds = Worlds("tuning", people=600, home=tmp_path)
    assert worlds.build(5, "with")
    assert not worlds.build(5, "with")
    world = worlds.world(5, "with")
    said = tuple(
        Said(one.unit, one.spend, one.incremental, one.is_wasted)
        for one in world.known.units.values()
    )
    perfect = heard(world, Told(said), cpu_s=0.0)
    idle = heard(world, Told(tuple(replace(one, is_flagged=False) for one in said)), cpu_s=0.0)

    assert score([perfect]).error.value == 0
    assert perfect.gained == perfect.most > 0
    assert idle.gained == 0

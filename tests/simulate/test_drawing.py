"""Companies drawn by chance: every one is whole, wastes on both paths, and can be tested."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pyarrow.compute as pc
import pytest

from halves import Ledger, which_half
from halves.simulate import Company, Year, simulate, truth

UNTIL = date(2025, 7, 1)
SEEDS = range(300)


@pytest.fixture(scope="module")
def drawn() -> list[Company]:
    return [Company.random(seed=seed, people=2_000, until=UNTIL) for seed in SEEDS]


@pytest.fixture(scope="module")
def known_year() -> Year:
    """Of a company with a geo test, a platform's study, synergy and weariness."""
    company = Company.random(seed=47, people=2_000, until=UNTIL)
    assert company.geo_tests
    assert min(company.demand.synergy, company.demand.weariness) > 0
    assert any(trial.study for trial in company.trials)
    return simulate(company, seed=1)


def idle(company: Company) -> list[str]:
    """The paths of the channels that do nothing."""
    ways = [*company.broadcasts, *company.practices]
    return [way.channel.path for way in ways if way.effect.is_nothing]


def test_a_seed_is_a_company(drawn: list[Company]):
    again = Company.random(seed=7, people=2_000, until=UNTIL)

    assert again == drawn[7]
    assert len({str(company) for company in drawn}) == len(drawn)


def test_every_company_has_ten_channels_or_more_and_both_paths(drawn: list[Company]):
    for company in drawn:
        paths = Counter(channel.path for channel in company.channels)
        assert paths.total() >= 10
        assert min(paths["many"], paths["one"]) >= 4


def test_on_each_path_of_every_company_some_channel_does_nothing(drawn: list[Company]):
    assert all(set(idle(company)) == {"many", "one"} for company in drawn)


def test_three_channels_in_ten_do_nothing(drawn: list[Company]):
    """Nine channels by dice of 0.3 and four, and where the dice spare a whole path, one of it."""
    counts = np.array([len(idle(company)) for company in drawn])
    expected = 0.3 * 13 + 0.7**9 + 0.7**4

    assert abs(counts.mean() - expected) < 3.3 * counts.std() / counts.size**0.5


def test_what_does_nothing_is_wasted_on_both_paths():
    company = Company.random(seed=2, people=2_000, until=UNTIL)
    company = replace(company, demand=replace(company.demand, weariness=0.0))
    names = [w.channel.name for w in company.practices if w.effect.is_nothing]
    names += [w.channel.name for w in company.broadcasts if w.effect.is_nothing]

    known = truth(company, seed=2, units=names)

    paths = {channel.name: channel.path for channel in company.channels}
    assert {paths[name] for name in names} == {"many", "one"}
    for name in names:
        assert known.units[name].incremental == 0
        assert known.units[name].is_wasted


def test_half_of_the_channels_that_meet_people_are_tested_on_each_path(drawn: list[Company]):
    for company in drawn:
        paths = {channel.name: channel.path for channel in company.channels}
        tested = [trial.withheld for trial in company.trials]
        assert len(set(tested)) == len(tested) == len(company.practices) // 2
        assert {paths[name] for name in tested} == {"many", "one"}
        assert all(0.2 <= trial.held_out <= 0.5 for trial in company.trials)


def test_a_broadcast_of_every_second_company_is_tested_in_half_of_its_regions(
    drawn: list[Company],
):
    tests = [test for company in drawn for test in company.geo_tests]

    assert abs(len(tests) / len(drawn) - 0.5) < 3.3 * 0.5 / len(drawn) ** 0.5
    assert {test.withheld for test in tests} == {"tv", "radio", "outdoor"}
    for test in tests:
        assert len(set(test.held_out)) == len(drawn[0].regions) // 2
        assert date(2025, 1, 1) < test.starts < test.ends <= UNTIL


def test_without_experiments_it_is_the_same_company(drawn: list[Company]):
    untested = Company.random(seed=4, people=2_000, until=UNTIL, experiments=False)

    assert drawn[4].trials
    assert drawn[4].geo_tests
    assert untested == replace(drawn[4], trials=(), geo_tests=())


def test_in_about_half_of_the_companies_the_paths_help_each_other(drawn: list[Company]):
    share = np.mean([company.demand.synergy > 0 for company in drawn])

    assert abs(share - 0.5) < 3.3 * 0.5 / len(drawn) ** 0.5


def test_a_period_too_short_for_its_tests_is_refused():
    with pytest.raises(ValueError, match="needs 15 weeks, got 2025-01-01 to 2025-03-01"):
        Company.random(seed=1, until=date(2025, 3, 1))

    starts = date(2025, 1, 1)
    for seed in range(40):
        Company.random(seed=seed, since=starts, until=starts + timedelta(weeks=15))


def test_a_ledger_takes_a_whole_year_of_a_company_drawn_by_chance(known_year: Year, tmp_path):
    book = Ledger.create(tmp_path / "book")

    written = known_year.write(book)

    for name, rows in known_year.tables.items():
        assert book.read(name).num_rows == rows.num_rows == written[name] > 0


def test_a_geo_test_is_on_the_ledger_region_by_region_and_nothing_was_spent(known_year: Year):
    [test] = known_year.company.geo_tests
    assigned = known_year.tables["assignments"].filter(pc.field("experiment") == test.name)
    arms = dict(zip(*(assigned[c].to_pylist() for c in ("unit_id", "arm")), strict=True))
    spend = known_year.tables["spend"].filter(pc.field("channel") == test.withheld)
    during = spend.filter((pc.field("day") >= test.starts) & (pc.field("day") < test.ends))

    assert set(arms) == set(known_year.company.regions)
    assert {region for region, arm in arms.items() if arm == "held_out"} == set(test.held_out)
    assert not set(test.held_out) & set(during["region"].to_pylist())
    assert set(spend["region"].to_pylist()) == set(arms)


def test_a_platforms_study_tells_its_result_and_nobodys_arm(known_year: Year):
    [study] = [trial for trial in known_year.company.trials if trial.study]
    experiments = known_year.tables["experiments"]["experiment"].to_pylist()

    assert known_year.tables["lifts"]["withheld"].to_pylist() == [[study.withheld]]
    assert study.name not in experiments
    assert study.name not in known_year.tables["assignments"]["experiment"].to_pylist()


def test_history_is_told_but_not_tested(known_year: Year):
    company = known_year.company
    first = datetime.combine(company.since, time(), UTC)

    assert pc.min(known_year.tables["touches"]["at"]).as_py() < first - timedelta(days=300)
    assert pc.min(known_year.tables["assignments"]["at"]).as_py() >= first


@pytest.mark.slow
def test_which_half_answers_for_every_channel_of_a_company_drawn_by_chance(
    known_year: Year, tmp_path
):
    book = Ledger.create(tmp_path / "book")
    known_year.write(book)
    company = known_year.company

    answer = which_half(
        book,
        channels=company.channels,
        margin=company.margin,
        since=company.since,
        until=company.until,
        seed=1,
    )

    known = truth(company, seed=1)
    spent = {unit.unit: unit.spend for unit in answer.units}
    assert spent == {name: pytest.approx(unit.spend) for name, unit in known.units.items()}

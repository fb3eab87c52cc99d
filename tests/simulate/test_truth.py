"""The truth of a simulated company: what switching off changes, and that trials find it."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from halves.simulate import Company, Truth, Year, simulate, truth
from halves.simulate.chance import Chance
from halves.simulate.people import meet
from halves.simulate.practices import Effect
from halves.simulate.world import Lived, live


@pytest.fixture(scope="module")
def known(company: Company) -> Truth:
    return truth(company, seed=1)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def worlds(company: Company, *offs: str, seed: int = 1) -> list[Lived]:
    chance = Chance(seed, company.people)
    people = meet(company, chance)
    return live(company, people, chance, offs=[frozenset(), *(frozenset([off]) for off in offs)])


@pytest.mark.parametrize("channel", ["retargeting", "checkin_call"])
def test_switching_off_what_does_nothing_changes_no_outcome(company: Company, channel: str):
    real, without = worlds(company, channel)
    others = [name for name in real.touches if name != channel]

    for one, other in [
        (real.opened, without.opened),
        (real.closed, without.closed),
        (real.visits, without.visits),
        *((real.touches[name], without.touches[name]) for name in others),
    ]:
        assert np.array_equal(one.person, other.person)
        assert np.array_equal(one.day, other.day)
    assert np.array_equal(real.expected, without.expected)


@pytest.mark.parametrize("channel", ["retargeting", "checkin_call"])
def test_what_does_nothing_loses_exactly_what_it_costs(known: Truth, channel: str):
    unit = known.units[channel]

    assert unit.incremental == 0
    assert unit.saved == pytest.approx(unit.spend)
    assert unit.profit == pytest.approx(-unit.spend)
    assert unit.is_wasted


@pytest.mark.parametrize("unit", ["newsletter", "tv", "sdr_call", "many", "letter-tips", "Gus"])
def test_switching_off_changes_nothing_before_the_period(company: Company, unit: str):
    real, without = worlds(company, unit)
    first = company.day_of(company.since)

    for name, touches in real.touches.items():
        before = touches.where(touches.day < first)
        other = without.touches[name]
        assert np.array_equal(before.person, other.where(other.day < first).person)
    for name, aired in real.aired.items():
        assert np.array_equal(aired[:, :first], without.aired[name][:, :first])


def test_people_whom_a_channel_never_met_live_the_same_life_without_it(company: Company):
    real, without = worlds(company, "newsletter")
    met = set(real.touches["newsletter"].person)
    never = np.array([person not in met for person in range(company.people)])

    assert 0.2 < never.mean() < 0.8
    assert np.array_equal(real.expected[never], without.expected[never])
    assert not np.array_equal(real.expected, without.expected)
    assert np.array_equal(
        real.visits.person[never[real.visits.person]],
        without.visits.person[never[without.visits.person]],
    )


def test_what_is_off_touches_nobody_and_costs_nothing(company: Company):
    first = company.day_of(company.since)
    for unit in ("newsletter", "one", "many"):
        _, without = worlds(company, unit)
        for way in company.practices:
            if unit in (way.channel.name, way.channel.path):
                assert len(without.touches[way.channel.name].since(first)) == 0
    assert without.aired["tv"][:, first:].sum() == 0


def test_a_campaign_or_seller_off_leaves_the_others_at_work(company: Company, year: Year):
    known = truth(company, seed=1, units=["letter-tips", "letter-members", "newsletter", "Ada"])
    touches = year.tables["touches"]
    since = midnight(company.since)
    calls = touches.filter((pc.field("seller") == "Ada") & (pc.field("at") >= since))

    assert known.units["Ada"].spend == pytest.approx(float(pc.sum(calls["cost"]).as_py()))
    parts = [known.units[name].incremental for name in ("letter-tips", "letter-members")]
    assert sum(parts) == pytest.approx(known.units["newsletter"].incremental)
    assert all(part > 0 for part in parts)


def test_the_truth_spends_what_the_ledger_says(company: Company, year: Year, known: Truth):
    since = midnight(company.since)
    pieces = year.tables["touches"].filter(pc.field("at") >= since)
    spend = year.tables["spend"].filter(pc.field("day") >= pa.scalar(company.since))

    for name, unit in known.units.items():
        billed = pc.sum(spend.filter(pc.field("channel") == name)["amount"]).as_py() or 0
        carried = pc.sum(pieces.filter(pc.field("channel") == name)["cost"]).as_py() or 0
        assert unit.spend == pytest.approx(float(billed + carried))
    assert known.spend == pytest.approx(sum(unit.spend for unit in known.units.values()))


def test_the_two_paths_add_up(known: Truth):
    assert known.paths["one"].incremental == pytest.approx(known.v11 - known.v10)
    assert known.paths["many"].incremental == pytest.approx(known.v11 - known.v01)
    assert known.v00 < min(known.v10, known.v01)
    assert max(known.v10, known.v01) < known.v11
    assert known.synergy > 0  # a funnel: doors that marketing opens are closed by sales


def deals_of(year: Year) -> pa.Table:
    """Deals closed in the period."""
    return year.tables["outcomes"].filter(
        (pc.field("kind") == "deal_closed") & (pc.field("at") >= midnight(year.company.since))
    )


def arms_apart(year: Year, trial: str) -> tuple[float, float]:
    """A naive trial: the difference of the arms' means times the treated, and its error."""
    brought: dict[str, float] = {}
    for deal in deals_of(year).select(["person_id", "value"]).to_pylist():
        person = deal["person_id"]
        brought[person] = brought.get(person, 0.0) + float(deal["value"])
    rows = year.tables["assignments"].filter(pc.field("experiment") == trial)
    arms = {
        arm: np.array(
            [
                brought.get(person, 0.0)
                for person in rows.filter(pc.field("arm") == arm)["unit_id"].to_pylist()
            ]
        )
        for arm in ("treated", "held_out")
    }
    treated, alone = arms["treated"], arms["held_out"]
    error = (treated.var(ddof=1) / treated.size + alone.var(ddof=1) / alone.size) ** 0.5
    return (treated.mean() - alone.mean()) * treated.size, error * treated.size


def platform_says(year: Year, spend: float) -> tuple[float, float]:
    """What the platform's study found, scaled from the spend withheld to all that was spent."""
    [lift] = year.tables["lifts"].to_pylist()
    scale = spend / float(lift["spend_withheld"])
    return lift["lift"] * scale, lift["se"] * scale


def with_all_tested(company: Company) -> Company:
    """The company with every trial and study running from the period's first day to its last."""
    trials = (replace(t, starts=company.since, ends=company.until) for t in company.trials)
    return replace(company, trials=tuple(trials))


def score(company: Company, *, seeds: range) -> tuple[np.ndarray, np.ndarray]:
    """How far trials, and revenue, were from the truth: in standard errors, and as a share."""
    misses, gaps = [], []
    for seed in seeds:
        year = simulate(company, seed=seed)
        known = truth(company, seed=seed, units=[trial.withheld for trial in company.trials])
        for trial in company.trials:
            unit = known.units[trial.withheld]
            found, error = (
                platform_says(year, unit.spend) if trial.study else arms_apart(year, trial.name)
            )
            misses.append((found - unit.incremental) / error)
        gaps.append(float(pc.sum(deals_of(year)["value"]).as_py()) / known.v11 - 1)
    return np.array(misses), np.array(gaps)


def test_holding_people_out_finds_the_truth():
    """Trials miss by their own error and no more; χ² with 40 degrees of freedom at 99.9%."""
    quarter = with_all_tested(Company.small(people=3_000, until=date(2025, 4, 1)))

    misses, gaps = score(quarter, seeds=range(1, 9))

    assert abs(misses.mean()) * misses.size**0.5 < 3.3
    assert 0.6 < misses.std() < 1.4
    assert abs(gaps.mean()) < 3.3 * gaps.std(ddof=1) / gaps.size**0.5


@pytest.mark.slow
def test_holding_people_out_finds_the_truth_over_many_years():
    """As above with 200 trials of a year: χ² at 99.9% is 0.83 to 1.17."""
    company = with_all_tested(Company.small(people=10_000))

    misses, gaps = score(company, seeds=range(1, 41))

    assert abs(misses.mean()) * misses.size**0.5 < 3.3
    assert 0.83 < misses.std() < 1.17
    assert abs(gaps.mean()) < 3.3 * gaps.std(ddof=1) / gaps.size**0.5


def test_more_reruns_are_surer_and_agree(company: Company, known: Truth):
    surer = truth(company, seed=1, units=["newsletter"], reruns=4).units["newsletter"]
    once = known.units["newsletter"]

    assert surer.incremental_se < 0.75 * once.incremental_se
    assert abs(surer.incremental - once.incremental) < 3 * once.incremental_se


def test_a_stronger_story_brings_more(company: Company):
    company = replace(company, history=timedelta(0))
    known = truth(company, seed=1, units=["newsletter"])
    ways = tuple(
        replace(way, effect=Effect(opening=1.2, kept=0.94))
        if way.channel.name == "newsletter"
        else way
        for way in company.practices
    )
    stronger = truth(replace(company, practices=ways), seed=1, units=["newsletter"])

    assert stronger.units["newsletter"].incremental > known.units["newsletter"].incremental
    assert stronger.v01 == known.v01  # without marketing the two companies are one


def test_a_company_where_nothing_works_wastes_everything(company: Company):
    quarter = replace(company, until=date(2025, 4, 1), trials=())
    idle = replace(
        quarter,
        practices=tuple(replace(way, effect=Effect()) for way in quarter.practices),
        broadcasts=tuple(replace(way, effect=Effect()) for way in quarter.broadcasts),
    )

    known = truth(idle, seed=1)

    assert {unit.incremental for unit in known.units.values()} == {0.0}
    assert known.v11 == known.v10 == known.v01 == known.v00 > 0
    assert known.wasted_share == pytest.approx(1)


@pytest.mark.parametrize("unit", ["radio", ""])
def test_the_truth_of_an_unknown_unit_is_refused(company: Company, unit: str):
    with pytest.raises(ValueError, match=f"no unit '{unit}'.*newsletter"):
        truth(company, seed=1, units=[unit])


def test_at_least_one_run_is_needed(company: Company):
    with pytest.raises(ValueError, match="reruns must be at least 1, got 0"):
        truth(company, seed=1, reruns=0)


@pytest.mark.slow
def test_the_small_company_is_neither_rich_nor_poor_and_wastes_on_both_paths():
    company = Company.small(people=50_000)
    known = truth(company, seed=1)
    wasted = {name for name, unit in known.units.items() if unit.is_wasted}
    working = set(known.units) - wasted

    assert 0.3 < known.wasted_share < 0.5
    assert wasted == {"retargeting", "brand_search", "checkin_call"}
    assert {c.path for c in company.channels if c.name in wasted} == {"many", "one"}
    assert {c.path for c in company.channels if c.name in working} == {"many", "one"}
    assert 0.1 < (company.margin * known.v11 - known.spend) / known.v11 < 0.4

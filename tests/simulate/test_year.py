"""A simulated year as the company sees it: whole, repeatable, each penny once."""

import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from time import process_time

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from halves import Ledger
from halves.ledger import TABLES
from halves.simulate import Company, Year, simulate
from halves.simulate.tables import money

NO_EFFECT = ("retargeting", "checkin_call")


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def of_channel(year: Year, table: str, channel: str) -> pa.Table:
    return year.tables[table].filter(pc.field("channel") == channel)


def total(rows: pa.Table, column: str) -> Decimal:
    return sum(filter(None, rows[column].to_pylist()), Decimal(0))


def test_a_ledger_gives_back_the_rows_and_the_money_that_it_was_given(year: Year, tmp_path):
    book = Ledger.create(tmp_path / "book")

    written = year.write(book)

    assert set(written) == set(year.tables)
    for name, rows in year.tables.items():
        held = book.read(name)
        assert held.num_rows == rows.num_rows == written[name] > 0
        for column in rows.column_names:
            if TABLES[name].columns[column].is_money:
                assert total(held, column) == total(rows, column)


def test_writing_a_year_twice_adds_nothing(year: Year, tmp_path):
    book = Ledger.create(tmp_path / "book")
    year.write(book)

    assert set(year.write(book).values()) == {0}


def test_the_same_seed_gives_the_same_year(company: Company, year: Year):
    again = simulate(company, seed=1)

    assert all(again.tables[name].equals(rows) for name, rows in year.tables.items())


def test_another_seed_gives_another_year(company: Company, year: Year):
    other = simulate(company, seed=2)

    assert not other.tables["outcomes"].equals(year.tables["outcomes"])
    assert other.tables["people"]["region"] != year.tables["people"]["region"]


def test_every_touch_outcome_and_assignment_is_of_someone_the_company_knows(year: Year):
    known = set(year.tables["people"]["person_id"].to_pylist())

    assert len(known) == year.company.people
    assert set(year.tables["touches"]["person_id"].to_pylist()) <= known
    assert set(year.tables["outcomes"]["person_id"].to_pylist()) <= known
    assert set(year.tables["assignments"]["unit_id"].to_pylist()) <= known


@pytest.mark.parametrize("table", ["people", "touches", "spend", "outcomes", "assignments"])
def test_keys_do_not_repeat(year: Year, table: str):
    rows = year.tables[table]
    keys = [key for key in TABLES[table].key if key in rows.column_names]

    assert rows.group_by(keys).aggregate([]).num_rows == rows.num_rows


@pytest.mark.parametrize("table", ["touches", "outcomes", "assignments"])
def test_everything_happens_in_the_days_that_the_ledger_covers(year: Year, table: str):
    at = year.tables[table]["at"]
    begins, until = midnight(year.company.begins), midnight(year.company.until)

    assert at.type == pa.timestamp("us", tz="UTC")
    assert begins <= pc.min(at).as_py()
    assert pc.max(at).as_py() < until


def test_a_deal_opens_before_it_closes_and_people_have_one_at_a_time(year: Year):
    rows = year.tables["outcomes"].sort_by("at").to_pylist()
    opened = {row["deal_id"]: row["at"] for row in rows if row["kind"] == "door_opened"}
    closed = [row for row in rows if row["kind"] == "deal_closed"]
    by_person = defaultdict(list)
    for row in rows:
        by_person[row["person_id"]].append(row["kind"])

    assert closed
    assert all(opened[row["deal_id"]] < row["at"] for row in closed)
    assert all(row["value"] > 0 for row in closed)
    assert not any(
        kinds[place] == kinds[place + 1] == "deal_closed"
        for kinds in by_person.values()
        for place in range(len(kinds) - 1)
    )


def test_people_held_out_are_not_touched_while_the_trial_runs(year: Year):
    for trial in (trial for trial in year.company.trials if not trial.study):
        rows = year.tables["assignments"].filter(pc.field("experiment") == trial.name).to_pylist()
        joined = {row["unit_id"]: row for row in rows}
        starts = midnight(trial.starts)
        during = [
            touch
            for touch in of_channel(year, "touches", trial.withheld).to_pylist()
            if touch["at"] >= starts
        ]

        assert during
        assert all(joined[touch["person_id"]]["arm"] == "treated" for touch in during)
        assert all(joined[touch["person_id"]]["at"] < touch["at"] for touch in during)


def test_arms_have_the_size_and_the_propensity_they_were_given(year: Year):
    for trial in (trial for trial in year.company.trials if not trial.study):
        rows = year.tables["assignments"].filter(pc.field("experiment") == trial.name).to_pylist()
        arms = Counter((row["arm"], row["propensity"]) for row in rows)
        spread = (len(rows) * trial.held_out * (1 - trial.held_out)) ** 0.5

        assert set(arms) == {("treated", 1 - trial.held_out), ("held_out", trial.held_out)}
        assert abs(arms["held_out", trial.held_out] - len(rows) * trial.held_out) < 3.5 * spread


def test_a_platforms_study_shows_its_result_and_hides_its_arms(year: Year):
    [study] = [trial for trial in year.company.trials if trial.study]
    [lift] = year.tables["lifts"].to_pylist()

    assert lift["withheld"] == [study.withheld]
    assert lift["se"] > 0
    assert study.name not in year.tables["experiments"]["experiment"].to_pylist()
    assert study.name not in year.tables["assignments"]["experiment"].to_pylist()


def test_each_path_has_two_channels_that_nobody_tested(company: Company):
    tested = {trial.withheld for trial in company.trials}
    untested = Counter(c.path for c in company.channels if c.name not in tested)

    assert untested["many"] >= 2
    assert untested["one"] >= 2


def test_calls_and_mail_carry_their_cost_and_clicks_are_billed_in_spend(year: Year):
    for way in year.company.practices:
        touches = of_channel(year, "touches", way.channel.name)
        spend = of_channel(year, "spend", way.channel.name)
        on_touches = touches["cost"].null_count == 0
        assert on_touches == bool(way.minutes or way.postage)
        assert touches["cost"].null_count in (0, touches.num_rows)
        if way.click:
            assert total(spend, "amount") == touches.num_rows * way.click
            assert pc.sum(spend["clicks"]).as_py() == touches.num_rows
        elif way.making:
            days = {at.date() for at in touches["at"].to_pylist()}
            assert spend["day"].to_pylist() == sorted(days)
            assert set(spend["amount"].to_pylist()) == {way.making * year.company.people / 1000}
        else:
            assert spend.num_rows == 0


def test_a_call_costs_its_minutes_times_the_wage(year: Year):
    for way in (way for way in year.company.practices if way.minutes):
        costs = [
            float(c) for c in of_channel(year, "touches", way.channel.name)["cost"].to_pylist()
        ]
        full = way.minutes / 60 * float(way.wage)

        assert 0.25 * full - 0.01 <= min(costs)
        assert max(costs) <= 1.75 * full + 0.01
        # A uniform length around the average: its sd is 1.5 / √12 of the average.
        assert abs(sum(costs) / len(costs) / full - 1) < 4 * 0.433 / len(costs) ** 0.5


def test_every_touch_of_a_channel_names_its_campaign_story_and_seller(year: Year):
    stories = {story.name for story in year.company.stories}
    for way in year.company.practices:
        told = {(c.name, c.story) for c in way.campaigns}
        rows = of_channel(year, "touches", way.channel.name).to_pylist()
        assert {(row["campaign"], row["story"]) for row in rows} == told
        assert {story for _, story in told} <= stories
        assert {row["seller"] for row in rows} == ({s.name for s in way.sellers} or {None})
        assert {row["path"] for row in rows} == {way.channel.path}


def test_callers_pick_the_hot_and_winback_the_cold(year: Year):
    since = midnight(year.company.since)
    visits = Counter(
        row["person_id"]
        for row in of_channel(year, "touches", "visit").to_pylist()
        if row["at"] < since
    )

    def visits_before(channel: str) -> float:
        """Visits in the history of a person, averaged over the period's touches."""
        rows = of_channel(year, "touches", channel).to_pylist()
        later = [row["person_id"] for row in rows if row["at"] >= since]
        return sum(visits[person] for person in later) / len(later)

    average = visits.total() / year.company.people
    assert visits_before("sdr_call") > 1.5 * average
    assert visits_before("winback") < 0.75 * average


def test_last_touch_credits_what_does_nothing(year: Year):
    """A naive loop: the last touch that is not a visit, in the 60 days before a deal."""
    touched = defaultdict(list)
    for row in year.tables["touches"].sort_by("at").to_pylist():
        if row["path"] != "self":
            touched[row["person_id"]].append((row["at"], row["channel"]))
    credit: Counter[str] = Counter()
    for row in year.tables["outcomes"].filter(pc.field("kind") == "deal_closed").to_pylist():
        before = [
            channel
            for at, channel in touched[row["person_id"]]
            if row["at"] - timedelta(days=60) <= at < row["at"]
        ]
        credit[before[-1] if before else "self"] += row["value"]

    assert {way.channel.name for way in year.company.practices if way.effect.is_nothing} == set(
        NO_EFFECT
    )
    for channel in NO_EFFECT:
        assert credit[channel] > Decimal("0.1") * credit.total()


@pytest.mark.parametrize("people", [1, 2, 7])
def test_the_smallest_companies_can_be_lived(people: int, tmp_path):
    company = replace(Company.small(people=people), trials=())

    year = simulate(company, seed=1)

    year.write(Ledger.create(tmp_path / "book"))
    assert year.tables["people"].num_rows == people


@given(st.lists(st.integers(-(10**18) + 1, 10**18 - 1)))
def test_millionths_become_the_ledgers_decimals_exactly(micros: list[int]):
    assert money(np.array(micros, np.int64)).to_pylist() == [
        Decimal(micro).scaleb(-6) for micro in micros
    ]


def test_ten_thousand_people_take_seconds():
    started = process_time()
    simulate(Company.small(people=10_000), seed=1)

    assert process_time() - started < 10


@pytest.mark.slow
def test_a_hundred_thousand_people_take_half_a_minute_and_three_gigabytes(tmp_path):
    """In a process of its own, the writing of the ledger included."""
    script = f"""
import resource
from halves import Ledger
from halves.simulate import Company, simulate
simulate(Company.small(people=100_000), seed=1).write(Ledger.create({str(tmp_path / "book")!r}))
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)
"""
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
    cpu_seconds, peak_bytes = map(float, done.stdout.split())

    assert cpu_seconds < 30
    assert peak_bytes < 3e9

"""Trials that crossed: what needed both, against naive loops and against worlds without either."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow.compute as pc
import pytest

from halves import Ledger, which_half
from halves.measure.answer import Answer
from halves.measure.synergy import Crossing
from halves.simulate import Company, Year, simulate
from halves.simulate.chance import Chance
from halves.simulate.people import meet
from halves.simulate.practices import Effect, Trial
from halves.simulate.world import live

SINCE, UNTIL = date(2025, 1, 1), date(2025, 7, 1)
MAIL = Trial("mail holdout", "newsletter", 0.5, SINCE, UNTIL)
CALLS = Trial("meeting holdout", "rep_meeting", 0.5, SINCE, UNTIL)


def company(*, people: int, synergy: float = 0.0, trials: tuple[Trial, ...] = (MAIL, CALLS)):
    """Mail opens doors, meetings close deals; people are many, busy and much alike."""
    small = Company.small(people=people, since=SINCE, until=UNTIL)
    effects = {
        "newsletter": Effect(opening=1.2, kept=0.95),
        "rep_meeting": Effect(closing=1.8, kept=0.95),
    }
    practices = tuple(
        replace(way, effect=effects[way.channel.name], chance=min(way.chance * 5, 1), follows=0.0)
        for way in small.practices
        if way.channel.name in effects
    )
    demand = replace(
        small.demand,
        opening=0.001,
        fit_sd=0.4,
        spell_sd=0.4,
        sated=0.0,
        value_sd=0.1,
        value_noise=0.1,
        synergy=synergy,
    )
    return replace(
        small,
        practices=practices,
        broadcasts=(),
        trials=trials,
        demand=demand,
        history=timedelta(0),
        subscribed=1.0,
    )


def ask(year: Year, folder) -> Answer:
    book = Ledger.create(folder)
    year.write(book)
    book.compact()
    known = year.company
    return which_half(
        book,
        channels=known.channels,
        margin=known.margin,
        since=known.since,
        until=known.until,
        seed=1,
    )


def the_crossing(answer: Answer) -> Crossing:
    assert answer.paths is not None
    [one] = answer.paths.crossings
    return one


def naive(year: Year) -> float:
    """Σ w·w′·y, a person at a time."""
    arms: dict[str, dict[str, tuple[float, datetime]]] = {"mail holdout": {}, "meeting holdout": {}}
    for row in year.tables["assignments"].to_pylist():
        sign = 1 if row["arm"] == "treated" else -1
        arms[row["experiment"]][row["unit_id"]] = (sign / row["propensity"], row["at"])
    mail, calls = arms.values()
    both = {who: (mail[who], calls[who]) for who in mail.keys() & calls.keys()}
    bought = dict.fromkeys(both, 0.0)
    outcomes = year.tables["outcomes"].filter(pc.field("kind") == "deal_closed")
    for deal in outcomes.select(["person_id", "at", "value"]).to_pylist():
        who = deal["person_id"]
        if who in both and deal["at"] >= max(at for _, at in both[who]):
            bought[who] += float(deal["value"])
    middle = sum(bought.values()) / len(bought)
    return sum(a * b * (bought[who] - middle) for who, ((a, _), (b, _)) in both.items())


def needed_both(design: Company, seed: int) -> float:
    """The truth: the same people and dice with both, either and neither; none are held out."""
    untested = replace(design, trials=())
    chance = Chance(seed, untested.people)
    offs = [[], ["rep_meeting"], ["newsletter"], ["newsletter", "rep_meeting"]]
    worlds = live(untested, meet(untested, chance), chance, offs=[frozenset(off) for off in offs])
    v11, v10, v01, v00 = (float(world.expected.sum()) for world in worlds)
    return v11 - v10 - v01 + v00


@pytest.fixture(scope="module")
def year() -> Year:
    return simulate(company(people=3_000), seed=1)


@pytest.fixture(scope="module")
def answer(year: Year, tmp_path_factory) -> Answer:
    return ask(year, tmp_path_factory.mktemp("crossed") / "book")


def test_a_crossing_is_a_sum_over_everyone_in_both_trials(year: Year, answer: Answer):
    found = the_crossing(answer)

    assert found.found == pytest.approx(naive(year))
    assert (found.many, found.one) == (("newsletter",), ("rep_meeting",))


def test_a_crossing_counts_the_people_in_both(year: Year, answer: Answer):
    rows = year.tables["assignments"]
    people = [
        set(rows.filter(pc.field("experiment") == trial.name)["unit_id"].to_pylist())
        for trial in (MAIL, CALLS)
    ]

    assert the_crossing(answer).people == len(people[0] & people[1]) > 500


def test_the_answer_says_what_needed_both(answer: Answer):
    assert answer.paths is not None
    assert answer.synergy == answer.paths.needed_both
    assert answer.paths.is_tested


@pytest.mark.slow
def test_trials_that_ran_one_after_the_other_do_not_cross(tmp_path):
    trials = (replace(MAIL, ends=date(2025, 3, 1)), replace(CALLS, starts=date(2025, 3, 1)))

    paths = ask(simulate(company(people=1_000, trials=trials), seed=1), tmp_path / "book").paths

    assert paths is not None
    assert not paths.is_tested


@pytest.mark.slow
def test_crossed_trials_narrow_the_rest(tmp_path):
    """Beside the same company whose seller tested nothing."""
    crossed = ask(simulate(company(people=20_000), seed=1), tmp_path / "crossed").paths
    design = company(people=20_000, trials=(MAIL,))
    alone = ask(simulate(design, seed=1), tmp_path / "alone").paths

    assert crossed is not None
    assert alone is not None
    assert crossed.is_tested
    assert not alone.is_tested
    width = [one.rest.high - one.rest.low for one in (crossed, alone)]
    assert width[0] < 0.8 * width[1]


def misses(seeds: range, folder, *, people: int, synergy: float) -> np.ndarray:
    """How far crossings were from the truth, in standard errors."""
    design = company(people=people, synergy=synergy)
    found = []
    for seed in seeds:
        one = the_crossing(ask(simulate(design, seed=seed), folder / f"book {synergy} {seed}"))
        found.append((one.found - needed_both(design, seed)) / one.se)
    return np.array(found)


@pytest.mark.slow
@pytest.mark.parametrize("synergy", [0.0, 0.5])
def test_crossings_miss_the_truth_by_their_own_error(tmp_path, synergy: float):
    """Though mail decides who comes to be met; χ² with 16 degrees of freedom at 99.9%."""
    away = misses(range(1, 17), tmp_path, people=2_000, synergy=synergy)

    assert abs(away.mean()) * away.size**0.5 < 3.3
    assert 0.46 < (away**2).mean() ** 0.5 < 1.58

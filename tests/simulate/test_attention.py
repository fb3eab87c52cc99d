"""What the two paths do to each other, and what touches cost in attention."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from halves.simulate import Company, Truth, truth
from halves.simulate.practices import Effect

UNTIL = date(2025, 7, 1)


@pytest.fixture(scope="module")
def company() -> Company:
    drawn = Company.random(seed=2, people=2_000, until=UNTIL, experiments=False)
    calm = replace(drawn.demand, weariness=0.0, synergy=0.0)
    return replace(drawn, history=timedelta(0), demand=calm)


def funnel(company: Company) -> Company:
    """Marketing only opens doors, sales only closes deals; people are many, busy and much alike."""
    openers = {"tv": 0.7, "social": 1.1, "webinar": 0.8}
    demand = replace(
        company.demand, opening=0.0005, fit_sd=0.5, spell_sd=0.5, sated=0.0, value_sd=0.1
    )
    return replace(
        company,
        people=5_000,
        demand=demand,
        broadcasts=tuple(
            replace(way, effect=Effect(opening=openers.get(way.channel.name, 0), kept=0.9))
            for way in company.broadcasts
        ),
        practices=tuple(
            replace(
                way,
                follows=0.0,
                chance=min(way.chance * (6 if way.channel.path == "one" else 1), 1.0),
                effect=Effect(opening=openers.get(way.channel.name, 0), kept=0.9)
                if way.channel.path == "many"
                else Effect(closing=1.6 * (way.channel.name == "rep_meeting"), kept=0.93),
            )
            for way in company.practices
        ),
    )


def idle(company: Company) -> Company:
    return replace(
        company,
        broadcasts=tuple(replace(way, effect=Effect()) for way in company.broadcasts),
        practices=tuple(replace(way, effect=Effect()) for way in company.practices),
    )


def known(company: Company, **demand: float) -> Truth:
    return truth(replace(company, demand=replace(company.demand, **demand)), seed=1, units=[])


def test_without_synergy_what_needed_both_is_doors_times_closings(company: Company):
    """A funnel multiplies: 1 + a more doors and 1 + b more of them closed make (1 + a)(1 + b)."""
    plain = known(funnel(company))
    doors, closings = plain.v10 / plain.v00, plain.v01 / plain.v00

    assert min(doors, closings) > 1.2
    assert plain.synergy > 0
    assert plain.synergy == pytest.approx(plain.v00 * (doors - 1) * (closings - 1), rel=0.15)


def test_synergy_is_beyond_what_the_funnel_makes(company: Company):
    plain, helped = (known(funnel(company), synergy=synergy) for synergy in (0.0, 0.5))
    rest = helped.synergy - (helped.v10 - helped.v00) * (helped.v01 - helped.v00) / helped.v00

    assert rest > 0.3 * plain.synergy
    assert helped.v00 == plain.v00


def test_a_path_alone_has_no_synergy(company: Company):
    plain, helped = (known(company, synergy=synergy) for synergy in (0.0, 0.5))

    assert (plain.v10, plain.v01, plain.v00) == (helped.v10, helped.v01, helped.v00)
    assert helped.v11 > plain.v11


def test_weariness_takes_more_the_more_often_people_are_touched(company: Company):
    fresh, tired, weary = (known(idle(company), weariness=taken) for taken in (0.0, 0.02, 0.05))

    assert fresh.v11 == fresh.v10 == fresh.v01 == fresh.v00
    assert fresh.v00 == tired.v00 == weary.v00  # nobody is touched there
    assert fresh.v11 > tired.v11 > weary.v11


def test_a_touch_that_does_nothing_harms_where_people_grow_weary(company: Company):
    weary = replace(company, demand=replace(company.demand, weariness=0.05))
    unit = truth(idle(weary), seed=1, units=["social"]).units["social"]

    assert unit.incremental < 0
    assert unit.profit < -unit.spend


def test_what_nobody_is_touched_by_makes_nobody_weary(company: Company):
    weary = replace(company, demand=replace(company.demand, weariness=0.05))
    unit = truth(idle(weary), seed=1, units=["radio"]).units["radio"]

    assert unit.incremental == 0

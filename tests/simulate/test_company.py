"""The design of a company, and what it refuses."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from halves.ledger import Channel
from halves.simulate import Company
from halves.simulate.practices import Campaign, Effect, GeoTest, Practice, Seller, Trial

SPRING = Trial("spring", "newsletter", 0.2, date(2025, 3, 1), date(2025, 6, 1))
ISLANDS = GeoTest("islands", "tv", ("island",), date(2025, 3, 1), date(2025, 4, 1))
STORY = Campaign("call", "one of us")


def calls(**different: object) -> Practice:
    given: dict[str, object] = {
        "channel": Channel("call", path="one"),
        "effect": Effect(),
        "campaigns": (STORY,),
        "among": "deal",
        "chance": 0.1,
    }
    return Practice(**(given | different))  # type: ignore[arg-type]


def test_channels_are_declared_as_the_answer_wants_them(company: Company):
    by_name = {channel.name: channel for channel in company.channels}

    assert len(by_name) == len(company.channels) == 9
    assert by_name["tv"] == Channel("tv", path="many", meets="broadcast")
    assert by_name["brand_search"].meets == by_name["retargeting"].meets == "reactive"
    assert by_name["sdr_call"].picks == "hot"
    assert by_name["winback"].picks == "cold"


def test_history_comes_before_the_period(company: Company):
    assert company.begins + company.history == company.since
    assert company.day_of(company.begins) == 0
    assert company.day_of(company.until) == company.days


def test_wages_are_those_of_channels_that_take_time(company: Company):
    assert set(company.wages) == {"sdr_call", "rep_meeting", "checkin_call"}
    assert all(wage > 0 for wage in company.wages.values())


def test_a_seed_draws_sellers_and_campaigns():
    skills = [
        [seller.skill for way in Company.small(seed=seed).practices for seller in way.sellers]
        for seed in (1, 1, 2)
    ]

    assert skills[0] == skills[1] != skills[2]
    assert len(set(skills[0])) > 6


def test_everything_that_can_be_switched_off_has_one_name(company: Company):
    assert {"many", "one", "tv", "winback", "tv-us", "Ada", "Gus"} <= company.units


@pytest.mark.parametrize(
    ("different", "words"),
    [
        ({"people": 0}, "people must be at least 1, got 0"),
        ({"until": date(2025, 1, 1)}, "since must be before until, got 2025-01-01 and 2025-01-01"),
        ({"history": timedelta(days=-1)}, "history must not be negative"),
        ({"margin": 1.5}, "margin must be above 0 and at most 1, got 1.5"),
        ({"regions": ()}, "a company needs a region"),
        ({"trials": (replace(SPRING, withheld="tv"),)}, "'spring' withholds 'tv'"),
        ({"trials": (SPRING, SPRING)}, "trial 'spring' comes twice"),
        (
            {"trials": (replace(SPRING, ends=date(2026, 2, 1)),)},
            "'spring' must run within the ledger's days",
        ),
        ({"geo_tests": (replace(ISLANDS, withheld="newsletter"),)}, "'newsletter', no broadcast"),
        (
            {"geo_tests": (replace(ISLANDS, held_out=("atlantis",)),)},
            "'islands' must hold out some of the regions",
        ),
        (
            {"geo_tests": (replace(ISLANDS, starts=date(2024, 1, 1)),)},
            "'islands' must run within the ledger's days",
        ),
        ({"geo_tests": (ISLANDS,), "trials": (replace(SPRING, name="islands"),)}, "comes twice"),
    ],
)
def test_a_company_that_cannot_be_is_refused(company: Company, different, words: str):
    with pytest.raises(ValueError, match=words):
        replace(company, **different)


def test_a_channel_cannot_come_twice(company: Company):
    with pytest.raises(ValueError, match="tv"):
        replace(company, broadcasts=company.broadcasts * 2)


@pytest.mark.parametrize(
    ("different", "words"),
    [
        ({"chance": 1.1}, "'call': chance must be from 0 to 1, got 1.1"),
        ({"campaigns": ()}, "'call': a campaign is needed, got none"),
        ({"minutes": 5.0}, "'call': minutes and sellers go together"),
        ({"sellers": (Seller("Ada"),)}, "'call': minutes and sellers go together"),
        ({"every": timedelta(hours=1)}, "'call': every must be whole days"),
        ({"postage": Decimal(-1)}, "'call': postage must not be negative, got -1"),
    ],
)
def test_a_practice_that_cannot_be_is_refused(different, words: str):
    with pytest.raises(ValueError, match=words):
        calls(**different)


def test_a_call_with_postage_is_refused_since_a_touch_has_one_cost():
    with pytest.raises(ValueError, match="'call': minutes and postage do not go together"):
        calls(minutes=5.0, sellers=(Seller("Ada"),), postage=Decimal("0.5"))


def test_a_stock_that_never_fades_is_refused():
    with pytest.raises(ValueError, match="kept must be at least 0 and below 1, got 1"):
        Effect(kept=1)


@pytest.mark.parametrize("held_out", [0.0, 1.0])
def test_a_trial_needs_both_arms(held_out: float):
    with pytest.raises(ValueError, match=f"held_out must be between 0 and 1, got {held_out}"):
        replace(SPRING, held_out=held_out)


def test_a_trial_ends_after_it_starts():
    with pytest.raises(ValueError, match="'spring' must end after it starts"):
        replace(SPRING, ends=SPRING.starts)


def test_a_geo_test_holds_out_some_but_not_all_regions(company: Company):
    with pytest.raises(ValueError, match="'islands' holds out no region"):
        replace(ISLANDS, held_out=())
    with pytest.raises(ValueError, match="'islands' must hold out some of the regions"):
        replace(company, geo_tests=(replace(ISLANDS, held_out=company.regions),))


def test_a_geo_test_ends_after_it_starts():
    with pytest.raises(ValueError, match="'islands' must end after it starts"):
        replace(ISLANDS, ends=ISLANDS.starts)

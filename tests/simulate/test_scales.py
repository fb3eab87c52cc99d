"""Anything done more or less: against companies that were designed so, and lived apart."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from halves.simulate import Company, Money, outcome_of, truth
from halves.simulate.practices import Effect

UNTIL = date(2025, 5, 1)


@pytest.fixture(scope="module")
def company() -> Company:
    """No history: a channel that was never there is a channel switched off."""
    drawn = Company.random(seed=0, people=2_000, until=UNTIL, experiments=False)
    return replace(drawn, history=timedelta(0))


def without(company: Company, channel: str) -> Company:
    """A company that never had the channel."""
    return replace(
        company,
        broadcasts=tuple(w for w in company.broadcasts if w.channel.name != channel),
        practices=tuple(w for w in company.practices if w.channel.name != channel),
    )


def designed(company: Company, channel: str, times: float) -> Company:
    """A company that does the channel so many times as much from its first day."""
    ways = tuple(
        replace(way, chance=way.chance * times) if way.channel.name == channel else way
        for way in company.practices
    )
    aired = tuple(
        replace(way, per_head=way.per_head * times) if way.channel.name == channel else way
        for way in company.broadcasts
    )
    return replace(company, practices=ways, broadcasts=aired)


def lived(company: Company) -> Money:
    """What it brought and cost, lived by itself."""
    [money] = outcome_of(company, seed=1, do=[{}])
    return money


REST = [pytest.param(one, marks=pytest.mark.slow) for one in ("outdoor", "winback", "demo")]


@pytest.mark.parametrize("channel", ["tv", "social", "rep_meeting", *REST])
def test_truth_is_the_difference_from_a_company_that_never_had_the_channel(
    company: Company, channel: str
):
    real, never = lived(company), lived(without(company, channel))

    unit = truth(company, seed=1, units=[channel]).units[channel]

    assert unit.incremental == pytest.approx(real.revenue - never.revenue)
    assert unit.saved == pytest.approx(real.spend - never.spend)
    assert unit.profit == pytest.approx(real.profit - never.profit)


def test_a_path_off_is_a_company_without_its_channels(company: Company):
    known = truth(company, seed=1, units=[])
    marketing = sales = neither = company
    for channel in company.channels:
        neither = without(neither, channel.name)
        marketing = without(marketing, channel.name) if channel.path == "one" else marketing
        sales = without(sales, channel.name) if channel.path == "many" else sales

    assert known.v11 == pytest.approx(lived(company).revenue)
    assert known.v10 == pytest.approx(lived(marketing).revenue)
    assert known.v01 == pytest.approx(lived(sales).revenue)
    assert known.v00 == pytest.approx(lived(neither).revenue)


@pytest.mark.parametrize("channel", ["tv", "social", "rep_meeting", "sdr_call"])
def test_done_more_is_a_company_designed_to_do_more(company: Company, channel: str):
    [more] = outcome_of(company, seed=1, do=[{channel: 1.5}])

    naive = lived(designed(company, channel, 1.5))

    assert more.revenue == pytest.approx(naive.revenue, rel=1e-6)
    assert more.spend == pytest.approx(naive.spend, rel=1e-6)


def test_done_no_times_is_off_and_done_once_is_as_it_was():
    drawn = Company.random(seed=6, people=2_000, until=UNTIL)
    known = truth(drawn, seed=6, units=["radio", "webinar"])

    real, radio, webinar, many, once = outcome_of(
        drawn, seed=6, do=[{}, {"radio": 0}, {"webinar": 0}, {"many": 0}, {"radio": 1, "one": 1}]
    )

    assert real.revenue == once.revenue == pytest.approx(known.v11)
    assert real.spend == once.spend == pytest.approx(known.spend)
    for off, unit in [(radio, "radio"), (webinar, "webinar")]:
        assert real.revenue - off.revenue == pytest.approx(known.units[unit].incremental)
        assert real.spend - off.spend == pytest.approx(known.units[unit].saved)
    assert many.revenue == pytest.approx(known.v01)


def test_a_path_done_more_is_each_of_its_channels_done_more(company: Company):
    sales = {channel.name: 1.3 for channel in company.channels if channel.path == "one"}

    path, each = outcome_of(company, seed=1, do=[{"one": 1.3}, sales])

    assert path.revenue == each.revenue
    assert path.done["one"] == pytest.approx(sum(each.done.values()))


def test_several_worlds_side_by_side_are_each_as_if_alone(company: Company):
    do = [{"tv": 2.0}, {"social": 0.5, "demo": 3.0}]

    together = outcome_of(company, seed=1, do=do)

    assert together == [outcome_of(company, seed=1, do=[one])[0] for one in do]


@pytest.mark.parametrize("channel", ["social", "rep_meeting", "tv"])
def test_the_return_at_the_margin_is_a_finite_difference_of_designs(company: Company, channel: str):
    more, less = (lived(designed(company, channel, times)) for times in (1.1, 0.9))
    paid = [
        truth(designed(company, channel, times), seed=1, units=[channel]).units[channel].spend
        for times in (1.1, 0.9)
    ]
    cost_elsewhere = (more.spend - less.spend) - (paid[0] - paid[1])
    earned = company.margin * (more.revenue - less.revenue) - cost_elsewhere

    unit = truth(company, seed=1, units=[channel], marginals=True).units[channel]

    assert unit.marginal_return == pytest.approx(earned / (paid[0] - paid[1]), rel=1e-3)


def test_what_does_nothing_earns_nothing_at_the_margin(company: Company):
    idle = replace(
        company,
        demand=replace(company.demand, weariness=0.0),
        practices=tuple(
            replace(way, effect=Effect()) if way.channel.name == "social" else way
            for way in company.practices
        ),
    )

    unit = truth(idle, seed=1, units=["social"], marginals=True).units["social"]

    assert unit.marginal_return == pytest.approx(0, abs=1e-9)


def test_the_next_unit_of_money_on_tv_earns_less_than_the_average_one(company: Company):
    """Airtime saturates as x / (1 + x); with flights of 2.5 times the half it is well past it."""
    unit = truth(designed(company, "tv", 4.0), seed=1, units=["tv"], marginals=True).units["tv"]
    average = (unit.profit + unit.spend) / unit.spend

    assert unit.marginal_return is not None
    assert 0 < unit.marginal_return < 0.6 * average


def test_who_is_met_already_cannot_be_met_more(company: Company):
    """A mail to every subscriber: a tenth more sends none more, so only a tenth less tells."""
    everyone = designed(company, "newsletter", 1.0)
    everyone = replace(
        everyone,
        practices=tuple(
            replace(way, chance=1.0) if way.channel.name == "newsletter" else way
            for way in everyone.practices
        ),
    )

    same, more = outcome_of(everyone, seed=1, do=[{"newsletter": 1}, {"newsletter": 1.1}])

    assert same.done == more.done
    assert same.revenue == more.revenue


def test_what_cannot_be_sent_more_or_less_has_no_margin(company: Company):
    """Nobody is in the audience of a channel without a chance to meet anybody."""
    never = designed(company, "social", 0.0)

    assert (
        truth(never, seed=1, units=["social"], marginals=True).units["social"].marginal_return
        is None
    )


@pytest.mark.parametrize("world", [{"tv": -0.5}, {"radios": 1.0}, {"": 2.0}])
def test_what_cannot_be_done_is_refused(company: Company, world: dict[str, float]):
    with pytest.raises(ValueError, match="no channel or path"):
        outcome_of(company, seed=1, do=[{}, world])

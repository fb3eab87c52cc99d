"""Trials that cannot be read say why, and what is missing."""

from datetime import datetime, timedelta

import pytest

from halves.ledger.errors import CurrencyUnknown, MissingRate
from halves.measure.errors import (
    MeasureError,
    MixedAssignments,
    NoAssignments,
    NoOutcomes,
    NoSpread,
    NotRandomised,
    OutcomesWithoutValue,
    TooFewUnits,
    UnknownExperiment,
    WindowEmpty,
)
from halves.measure.trials import trial
from tests.measure.made_up_trial import DAY, END, START, MadeUp, people


@pytest.fixture
def made_up():
    made_up = MadeUp()
    made_up.assign_halves(people(8))
    return made_up


def test_an_experiment_the_ledger_does_not_know(made_up, tmp_path):
    with pytest.raises(UnknownExperiment, match=r"no experiment 'autumn'; the ledger has spring"):
        trial(made_up.write(tmp_path), "autumn")


def test_an_experiment_nobody_was_assigned_to(tmp_path):
    with pytest.raises(NoAssignments, match="'spring': nobody is assigned"):
        trial(MadeUp().write(tmp_path), "spring")


@pytest.mark.parametrize(("held_out", "said"), [(0, "0 person units"), (1, "1 person units")])
def test_an_arm_too_small_to_tell(tmp_path, held_out, said):
    made_up = MadeUp()
    for place, person in enumerate(people(6)):
        made_up.assign(person, "held_out" if place < held_out else "treated")

    with pytest.raises(TooFewUnits, match=f"{said} are held out"):
        trial(made_up.write(tmp_path), "spring")


def test_assignments_of_another_kind_of_unit(made_up, tmp_path):
    made_up.assign("acme", "treated", unit_kind="account")

    with pytest.raises(MixedAssignments, match="1 of its 9 assignments are of another kind"):
        trial(made_up.write(tmp_path), "spring")


def test_lasting_arms_beside_single_decisions(made_up, tmp_path):
    made_up.assign("p1", "treated", decision_id="d1")

    with pytest.raises(MixedAssignments, match="1 of 9 assignments have a decision_id"):
        trial(made_up.write(tmp_path), "spring")


def test_a_certainty_is_no_dice(made_up, tmp_path):
    made_up.assign("sure", "treated", propensity=1.0)

    with pytest.raises(NotRandomised, match="1 propensities are 1; a propensity is the chance"):
        trial(made_up.write(tmp_path), "spring")


@pytest.mark.parametrize("until", [START, START - 30 * DAY])
def test_a_look_before_the_start(made_up, tmp_path, until):
    with pytest.raises(WindowEmpty, match="starts 2026-01-05 00:00; there is nothing to see"):
        trial(made_up.write(tmp_path), "spring", until=until)


def test_nobody_bought(made_up, tmp_path):
    made_up.sell("p1", 10.0, at=END)
    made_up.sell("stranger", 10.0)

    with pytest.raises(NoOutcomes, match="not one deal_closed by any of its 8 person units"):
        trial(made_up.write(tmp_path), "spring")


def test_outcomes_without_a_value(made_up, tmp_path):
    made_up.sell("p1", None)
    book = made_up.write(tmp_path)

    with pytest.raises(OutcomesWithoutValue, match='with of="outcomes"'):
        trial(book, "spring")
    assert trial(book, "spring", of="outcomes").treated.mean.mean == pytest.approx(1 / 4)


def test_everyone_bought_the_same(made_up, tmp_path):
    for person in people(8):
        made_up.sell(person, 10.1)

    with pytest.raises(NoSpread, match="all 4 treated have one and the same outcome"):
        trial(made_up.write(tmp_path), "spring")


def test_several_currencies_and_none_named(made_up, tmp_path):
    made_up.sell("p1", 10.0, currency="EUR")
    made_up.sell("p6", 10.0, currency="USD")
    book = made_up.write(tmp_path)

    with pytest.raises(CurrencyUnknown, match=r"\(EUR, USD\); name the reporting currency"):
        trial(book, "spring")
    with pytest.raises(MissingRate, match="no rate from EUR to USD on 2026-01-06"):
        trial(book, "spring", currency="USD")
    assert trial(book, "spring", of="outcomes").effect.mean == pytest.approx(0.0)


def test_costs_in_several_currencies(made_up, tmp_path):
    made_up.sell("p1", 10.0)
    made_up.touch("p1", cost=1.0, currency="EUR")
    made_up.touch("p2", cost=1.0)

    with pytest.raises(CurrencyUnknown, match=r"touches .* \(none, EUR\)"):
        trial(made_up.write(tmp_path), "spring", of="outcomes")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"outcome": "deals"}, "outcome must be one of door_opened, .* got 'deals'"),
        ({"of": "money"}, "of must be one of value, outcomes, got 'money'"),
        ({"until": datetime(2026, 2, 1)}, "until needs a time zone, got 2026-02-01"),  # noqa: DTZ001
        ({"covariate_window": timedelta(days=-1)}, "must not be below zero"),
    ],
)
def test_what_the_call_itself_got_wrong(made_up, tmp_path, wrong, said):
    with pytest.raises(ValueError, match=said):
        trial(made_up.write(tmp_path), "spring", **wrong)


def test_every_refusal_is_one_a_command_can_print():
    refusals = (NoOutcomes, NotRandomised, TooFewUnits, UnknownExperiment, WindowEmpty)

    assert all(issubclass(refusal, MeasureError) for refusal in refusals)

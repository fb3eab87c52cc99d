"""Geo tests read from the ledger: the same as from plain numbers, and what is refused."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from halves.ledger import Ledger
from halves.ledger.errors import CurrencyUnknown
from halves.measure.errors import (
    MixedAssignments,
    NoAssignments,
    NoOutcomes,
    NotByRegion,
    OutcomesWithoutValue,
    TooFewDays,
    UnknownExperiment,
    WindowEmpty,
)
from halves.measure.geo import geo_lift
from halves.measure.geo_panel import GeoPanel
from halves.measure.geo_trial import geo_trial
from tests.measure.geolift import FOLDER, TREATED, TREATED_FROM, panel
from tests.measure.made_up_trial import DAY, END, START, MadeUp

needs_geolift = pytest.mark.skipif(not FOLDER.exists(), reason="no shared/data/geolift here")
REGIONS = [f"r{place}" for place in range(24)]
SOLD_FOR = 40  # days before the test
TESTED = 20  # days of it that the ledger knows; it was to run for 8 weeks


def read(book, experiment="spring", **options):
    rng = np.random.default_rng(1)
    return geo_trial(book, experiment, rng=rng, most_placebos=30, **options)


@pytest.fixture(scope="module")
def cities(tmp_path_factory):
    """GeoLift's example as a ledger: chicago and portland get what the others are kept from."""
    book = Ledger.create(tmp_path_factory.mktemp("geolift") / "book")
    table = panel("geolift_test")
    starts = datetime(TREATED_FROM.year, TREATED_FROM.month, TREATED_FROM.day, tzinfo=UTC)
    ends = starts + timedelta(days=15)
    book.append(
        "experiments",
        pa.table(
            {
                "experiment": ["spring", "autumn"],
                "withheld": [["tv"], ["tv"]],
                "unit_kind": ["region", "region"],
                "starts": [starts] * 2,
                "ends": [ends] * 2,
            }
        ),
        batch="designs",
    )
    for experiment, few, many in (
        ("spring", "treated", "held_out"),
        ("autumn", "held_out", "treated"),
    ):
        arms = [few if region in TREATED else many for region in table.regions]
        rows = {
            "experiment": [experiment] * 40,
            "unit_kind": ["region"] * 40,
            "unit_id": list(table.regions),
            "arm": arms,
            "propensity": [0.05 if arm == few else 0.95 for arm in arms],
            "at": [starts - timedelta(days=7)] * 40,
        }
        book.append("assignments", pa.table(rows), batch=experiment)
    places = [(day, region) for day in range(105) for region in range(40)]
    ids = [f"{day} {region}" for day, region in places]
    noons = [
        datetime(one.year, one.month, one.day, 12, tzinfo=UTC)
        for one in (table.days[day] for day, _ in places)
    ]
    sold = {
        "outcome_id": ids,
        "person_id": ids,
        "at": noons,
        "kind": ["deal_closed"] * len(ids),
        "value": pa.array([table.outcome[place] for place in places]).cast(pa.decimal128(18, 6)),
        "currency": ["USD"] * len(ids),
        "region": [table.regions[region] for _, region in places],
        "source": ["shop"] * len(ids),
    }
    book.append("outcomes", pa.table(sold), batch="sales")
    return book


@needs_geolift
def test_the_ledger_says_what_the_numbers_say(cities):
    table = panel("geolift_test")
    # The first day is left out: the ledger may have begun in the middle of it.
    known = GeoPanel(table.regions, table.days[1:], table.outcome[1:])
    rng, few = np.random.default_rng(1), {"penalty": np.inf, "most_placebos": 30}

    found = read(cities, penalty=np.inf)

    plain = geo_lift(known, treated=TREATED, treated_from=TREATED_FROM, rng=rng, **few)
    assert found.total == plain.total
    assert found.lift == plain.lift
    assert found.p_value == plain.p_value
    assert found.lift.mean == pytest.approx(0.054, abs=0.005)
    assert (found.arm, found.n_treated, found.n_held_out) == ("treated", 2, 38)
    assert (found.withheld, found.currency) == (("tv",), "USD")
    assert found.words.startswith("tv only in chicago and portland from 2021-04-01 to 2021-04-15")


@needs_geolift
def test_holding_out_is_treating_the_other_way_about(cities):
    treating = read(cities, penalty=np.inf)

    found = read(cities, "autumn", penalty=np.inf)

    assert found.arm == "held_out"
    assert found.total.mean == pytest.approx(-treating.total.mean)
    assert found.total.low == pytest.approx(-treating.total.high)
    assert found.standard_error == pytest.approx(treating.standard_error)
    # With what is held out, they sold S - total; without, S: so treating adds -total / S.
    sold = treating.found.actual[-15:].sum()
    assert found.lift.mean == pytest.approx(-treating.total.mean / sold)
    assert found.words.startswith("no tv in chicago and portland from")


@needs_geolift
def test_a_look_before_the_end(cities):
    found = read(cities, penalty=np.inf, until=datetime(2021, 4, 6, 18, tzinfo=UTC))

    assert str(found.found.last_day) == "2021-04-05"  # the last whole day
    assert found.found.days == 5


def made_up(**options):
    """24 regions, two of them treated."""
    trial = MadeUp(unit_kind="region", **options)
    for place, region in enumerate(REGIONS):
        trial.assign(region, "treated" if place < 2 else "held_out")
    return trial


def sell_daily(trial, *, lift=0.0, often=0.99, **more):
    """Every region sells for about 100 on most days."""
    rng = np.random.default_rng(2)
    for day in range(SOLD_FOR + TESTED):
        at = START + (day - SOLD_FOR) * DAY
        for place, region in enumerate(REGIONS):
            raised = 1 + lift * (place < 2 and day >= SOLD_FOR)
            amount = 100 * raised + float(rng.normal(0, 3))
            if rng.random() < often:
                trial.sell(f"{region} {day}", amount, at=at, **{"region": region, **more})


def test_a_lift_on_a_ledger_that_ends_before_the_test_does(tmp_path):
    trial = made_up()
    sell_daily(trial, lift=0.2)

    found = read(trial.write(tmp_path))

    assert found.found.days == TESTED
    assert found.lift.low < 0.2 < found.lift.high
    assert found.lift.excludes(0)
    assert found.total.mean == pytest.approx(0.2 * 99 * 2 * TESTED, rel=0.2)


def test_the_persons_own_region_stands_in(tmp_path):
    with_region, without = made_up(), made_up()
    sell_daily(with_region)
    sell_daily(without, region=None)
    without.people = [
        {"person_id": row["person_id"], "region": row["person_id"].split()[0], "since": START}
        for row in without.outcomes
    ]

    on_rows, on_people = (
        read(trial.write(tmp_path / name))
        for name, trial in (("rows", with_region), ("people", without))
    )

    assert on_people.total == on_rows.total


def test_a_refund_is_money_back_and_no_deal(tmp_path):
    trial = made_up()
    sell_daily(trial, often=0.8)
    refund = {"region": "r0", "outcome_id": "refund"}
    trial.sell("r0 50", -40.0, at=START + 10 * DAY, **refund)
    book = trial.write(tmp_path)
    in_test = [
        row["value"]
        for row in trial.outcomes
        if row["at"] >= START and row["region"] in ("r0", "r1")
    ]

    money, deals = read(book), read(book, of="outcomes")

    assert money.found.actual[-TESTED:].sum() == pytest.approx(float(sum(in_test)))
    assert deals.found.actual[-TESTED:].sum() == len(in_test) - 1
    assert deals.currency is None


def test_an_experiment_the_ledger_does_not_know(tmp_path):
    with pytest.raises(UnknownExperiment, match=r"no experiment 'winter'; the ledger has spring"):
        read(made_up().write(tmp_path), "winter")


def test_an_experiment_on_people(tmp_path):
    with pytest.raises(NotByRegion, match="'spring' is of person units; use `trial`"):
        read(MadeUp().write(tmp_path))


def test_nobody_assigned(tmp_path):
    with pytest.raises(NoAssignments, match="'spring': no region is assigned to an arm by"):
        read(MadeUp(unit_kind="region").write(tmp_path))


def test_assignments_of_another_kind(tmp_path):
    trial = made_up()
    trial.assign("acme", "treated", unit_kind="account")

    with pytest.raises(MixedAssignments, match="some of its assignments are of accounts"):
        read(trial.write(tmp_path))


def test_a_region_in_both_arms(tmp_path):
    trial = made_up()
    trial.assign("r0", "held_out", decision_id="again")

    with pytest.raises(MixedAssignments, match="region 'r0' is in both arms"):
        read(trial.write(tmp_path))


def test_a_look_on_the_first_day(tmp_path):
    with pytest.raises(WindowEmpty, match="there is no whole day until 2026-01-05 18:00"):
        read(made_up().write(tmp_path), until=START + timedelta(hours=18))


def test_nothing_sold(tmp_path):
    trial = made_up()
    trial.sell("stranger", 10.0, region="elsewhere")

    with pytest.raises(NoOutcomes, match="not one deal_closed in its 24 regions"):
        read(trial.write(tmp_path))


def test_nothing_sold_before(tmp_path):
    trial = made_up()
    trial.sell("early", 10.0, region="r0", at=START + 3 * DAY)
    trial.sell("late", 10.0, region="r0", at=END - DAY)

    with pytest.raises(TooFewDays, match="0 days lie before 2026-01-05"):
        read(trial.write(tmp_path))


def test_sales_without_a_value(tmp_path):
    trial = made_up()
    trial.sell("r0", None, region="r0")

    with pytest.raises(OutcomesWithoutValue, match='with of="outcomes"'):
        read(trial.write(tmp_path))


def test_money_of_two_kinds(tmp_path):
    trial = made_up()
    trial.sell("r0", 10.0, region="r0", currency="USD")
    trial.sell("r1", 10.0, region="r1", currency="EUR")

    with pytest.raises(CurrencyUnknown, match=r"several currencies \(EUR, USD\)"):
        read(trial.write(tmp_path))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"outcome": "clicked"}, "outcome must be one of .*, got 'clicked'"),
        ({"of": "fame"}, "of must be one of value, outcomes, got 'fame'"),
        ({"history": timedelta(0)}, "history must be above zero, got 0:00:00"),
    ],
)
def test_options_there_are_not(tmp_path, options, said):
    with pytest.raises(ValueError, match=said):
        read(Ledger.create(tmp_path / "book"), **options)

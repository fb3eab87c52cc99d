"""What keeping a promise does, on Olist's orders and on made-up ones whose truth is known."""

import csv
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from halves.ledger import Ledger
from halves.measure.keeping import Gap, Kano, band, response
from halves.measure.keeping_ledger import _tail as tail
from halves.measure.keeping_ledger import afterwards, kept, promisers
from tests.connect.files import real_data
from tests.connect.test_recipes import brought

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def of(pairs) -> list[Gap]:
    """Gaps and marks, as sums by gap."""
    found: dict[float, list[float]] = {}
    for gap, said in pairs:
        found.setdefault(float(gap), []).append(float(said))
    return [Gap(g, len(s), sum(s), sum(x * x for x in s)) for g, s in sorted(found.items())]


def deliveries(rows) -> pa.Table:
    """`(promise, person, days promised, days taken, mark, seller)` as the ledger's table."""
    names = ("promise_id", "person_id", "expected", "delivered", "said", "seller")
    table = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows])
    keeping = [
        "under" if row[3] > row[2] else "met" if row[3] == row[2] else "over" for row in rows
    ]
    more = {
        "keeping": keeping,
        "at": [NOON] * len(rows),
        "source": ["t"] * len(rows),
        "measure": ["days"] * len(rows),
        "better": ["less"] * len(rows),
    }
    for name, column in more.items():
        table = table.append_column(name, pa.array(column))
    return table


@pytest.fixture(scope="module")
def olist(tmp_path_factory) -> Ledger:
    return brought(tmp_path_factory.mktemp("olist"), "olist", real_data("olist"))[0]


def test_the_fit_equals_least_squares_over_the_rows_themselves():
    rng = np.random.default_rng(7)
    g = rng.integers(-8, 12, 900)
    said = 4 + 0.03 * np.maximum(g, 0) - 0.2 * np.maximum(-g, 0) + rng.normal(0, 1, 900)

    found = response(of(zip(g, said, strict=True)))

    x = np.column_stack([np.ones(900), np.maximum(g, 0), -np.maximum(-g, 0)])
    beta, *_ = np.linalg.lstsq(x, said, rcond=None)
    left, inverse = said - x @ beta, np.linalg.inv(x.T @ x)
    spread = inverse @ (x.T * left**2) @ x @ inverse * 900 / 897
    assert [found.kept.mean, found.gain.mean, found.loss.mean] == pytest.approx(beta)
    assert found.loss.high - found.loss.mean == pytest.approx(1.6448536 * spread[2, 2] ** 0.5)


@pytest.mark.parametrize(
    ("gain", "loss", "kano"),
    [
        (0.01, 0.3, Kano.MUST_BE),
        (0.3, 0.01, Kano.ATTRACTIVE),
        (0.3, 0.3, Kano.ONE_DIMENSIONAL),
        (0.0, 0.0, Kano.INDIFFERENT),
    ],
)
def test_what_a_promise_is_to_customers_is_found_where_there_are_many(gain, loss, kano):
    rng = np.random.default_rng(3)
    g = rng.integers(-9, 10, 40_000)
    said = 4 + gain * np.maximum(g, 0) - loss * np.maximum(-g, 0) + rng.normal(0, 0.5, len(g))
    assert response(of(zip(g, said, strict=True)), least=0.01).kano == kano


def test_a_few_who_disagree_leave_it_unknown():
    rng = np.random.default_rng(4)
    g = np.repeat([-1, 0, 1], 25)
    assert response(of(zip(g, rng.normal(4, 1, 75), strict=True))).kano == Kano.UNKNOWN
    assert response(of([(-1, 3), (0, 4), (1, 5)])) is None


def test_intervals_hold_the_truth_nine_times_in_ten():
    rng, held = np.random.default_rng(11), 0
    for _ in range(400):
        g = rng.integers(-5, 6, 300)
        said = 4 + 0.05 * np.maximum(g, 0) - 0.2 * np.maximum(-g, 0)
        said = said + rng.normal(0, 1 + np.abs(g) / 4)  # less sure the further off
        held += not response(of(zip(g, said, strict=True))).loss.excludes(0.2)
    assert 0.86 <= held / 400 <= 0.94


def test_the_band_ends_where_customers_notice():
    rng = np.random.default_rng(5)
    g = rng.integers(-6, 1, 5_000)
    said = np.where(g >= -2, 4.0, 2.5) + rng.normal(0, 0.5, len(g))
    found = band(of(zip(g, said, strict=True)))
    assert (found.low, found.high) == (-2, 0)
    assert band(of([(0, 4)] * 39)) is None


def test_gaps_of_every_size_are_fitted_as_the_rows_themselves_are(tmp_path):
    rng = np.random.default_rng(11)
    took = np.round(21 + rng.normal(0, 3, 6_000), 3)
    said = np.clip(np.round(8 - 0.5 * np.maximum(took - 21, 0) + rng.normal(0, 1, 6_000)), 0, 10)
    rows = [(f"d{n}", f"p{n}", 21.0, took[n], said[n], "s") for n in range(6_000)]
    ledger = Ledger.create(tmp_path / "book")
    ledger.append("deliveries", deliveries(rows), batch="b")

    [found] = kept(ledger)

    gap = 21 - took
    x = np.column_stack([np.ones(6_000), np.maximum(gap, 0), -np.maximum(-gap, 0)])
    beta, *_ = np.linalg.lstsq(x, said, rcond=None)
    fitted = [found.response.kept.mean, found.response.gain.mean, found.response.loss.mean]
    assert fitted == pytest.approx(beta, abs=0.01)


def test_who_promises_too_much_is_named_and_chance_names_hardly_anybody(tmp_path):
    rng = np.random.default_rng(2)
    rows = []
    for seller in range(60):
        late = 0.5 if seller == 0 else 0.1
        for n in range(60):
            took = 6 if rng.random() < late else 4
            rows.append((f"{seller}-{n}", f"p{seller}-{n}", 5.0, float(took), 4.0, f"s{seller}"))
    ledger = Ledger.create(tmp_path / "book")
    ledger.append("deliveries", deliveries(rows), batch="b")

    found = promisers(ledger, "seller")

    named = [one.name for one in found if one.promises_too_much]
    assert found[0].name == "s0"
    assert "s0" in named
    assert len(named) <= 3
    assert sum(one.under for one in found) == sum(row[3] > row[2] for row in rows)


@pytest.mark.parametrize(("some", "of_all", "p"), [(3, 10, 0.2), (0, 4, 0.3), (40, 40, 0.9)])
def test_the_chance_of_as_many_is_the_binomial_s(some, of_all, p):
    stats = pytest.importorskip("scipy.stats")
    assert tail(some, of_all, p) == pytest.approx(stats.binom.sf(some - 1, of_all, p))


def test_what_customers_did_afterwards_is_counted_once_their_time_is_over(tmp_path):
    ledger = Ledger.create(tmp_path / "book")
    late = [(f"u{n}", f"u{n}", 5.0, 9.0, None, None) for n in range(10)]
    kept_ = [(f"m{n}", f"m{n}", 5.0, 5.0, None, None) for n in range(10)]
    ledger.append("deliveries", deliveries([*late, *kept_]), batch="d")
    assert afterwards(ledger) == []
    did = [("u0", "churned", 20), ("u1", "churned", 30), ("m0", "renewed", 40)]
    did += [("m1", "deal_closed", 400), ("someone", "deal_closed", 500)]
    outcomes = [
        {
            "outcome_id": f"o{n}",
            "person_id": person,
            "at": datetime.fromtimestamp(NOON.timestamp() + days * 86_400, UTC),
            "kind": kind,
            "source": "t",
        }
        for n, (person, kind, days) in enumerate(did)
    ]
    ledger.append("outcomes", pa.Table.from_pylist(outcomes), batch="o")

    met, under = afterwards(ledger)

    assert (met.keeping, met.of, under.of) == ("met", 10, 10)
    assert (met.came_back.mean, met.left.mean) == (0.1, 0.0)
    assert (under.came_back.mean, under.left.mean) == (0.0, 0.2)


def test_olist_each_day_late_costs_what_was_found_and_each_day_early_earns_a_tenth(olist):
    [found] = kept(olist)
    orders = list(csv.DictReader((real_data("olist") / "olist_orders_dataset.csv").open()))
    assert found.count == sum(bool(row["order_delivered_customer_date"]) for row in orders)
    assert found.said == 6_651
    assert found.late.mean == pytest.approx(0.067, abs=0.001)  # by calendar day
    assert found.typical == 12
    assert found.response.loss.mean == pytest.approx(0.177, abs=0.005)
    assert found.response.gain.mean == pytest.approx(0.017, abs=0.002)
    assert found.response.kano == Kano.MUST_BE
    marks = {one.gap: (round(one.mean, 2), one.count) for one in found.gaps}
    assert [marks[-d] for d in (1, 2, 3)] == [(3.93, 45), (3.12, 42), (2.45, 33)]
    assert found.band.low == -1
    assert not found.pull.excludes(0.4)

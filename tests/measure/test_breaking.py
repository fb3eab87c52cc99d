"""What a broken promise costs: planted and found again, counted by a naive loop, and on Olist."""

import csv
import tempfile
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from halves.ledger import Ledger
from halves.measure.breaking import Why
from halves.measure.breaking_ledger import breaking
from tests.connect.files import real_data
from tests.connect.test_recipes import brought
from tests.measure.broken_world import DAYS, MARGIN, START, World

DAY = timedelta(days=1)
CONFOUNDED = {"by_spent": 0.5, "by_region": 1.0}


def learned(world: World, seed: int):
    book, truth = world.ledger(Path(tempfile.mkdtemp()) / "book", seed)
    return breaking(book, margin=MARGIN), truth


def same(one, other) -> bool:
    """To rounding: the engine adds up in no set order."""
    pairs = ((one.all.cost, other.all.cost), (one.all.profit, other.all.profit))
    close = all(np.allclose([a.mean, a.low, a.high], [b.mean, b.low, b.high]) for a, b in pairs)
    return close and (one.all.broken, one.all.kept) == (other.all.broken, other.all.kept)


def held(world: World, seeds: range) -> tuple[float, float]:
    """How often the interval held the truth, and by how much the estimates were off on average."""
    inside, off = [], []
    for seed in seeds:
        found, truth = learned(world, seed)
        inside.append(not found.all.cost.excludes(truth))
        off.append(found.all.cost.mean - truth)
    return float(np.mean(inside)), float(np.mean(off))


def test_what_was_planted_is_found():
    found, truth = learned(World(people=4_000), seed=1)

    assert not found.all.cost.excludes(truth)
    assert found.all.cost.low > 0
    assert found.days == 180
    parts = found.all.refunds.mean + found.all.profit.mean
    assert found.all.cost.mean == pytest.approx(parts)


def test_those_who_spend_more_and_live_elsewhere_are_compared_with_their_like():
    found, truth = learned(World(people=6_000, **CONFOUNDED), seed=2)

    assert not found.all.cost.excludes(truth)
    assert abs(found.all.plain - truth) > 2 * abs(found.all.cost.mean - truth)


def test_where_breaking_does_nothing_it_costs_nothing():
    found, _ = learned(World(people=4_000, drop=0.0, refunded=0.0), seed=3)

    assert not found.all.cost.excludes(0.0)
    assert (found.all.refunds.low, found.all.refunds.high) == (0.0, 0.0), "nobody got any back"


@pytest.mark.slow
@pytest.mark.parametrize(
    "world",
    [
        World(people=1_500),
        World(people=1_500, **CONFOUNDED),
        World(people=1_500, drop=0.0, refunded=0.0, **CONFOUNDED),
        World(people=400),
    ],
    ids=["plain", "confounded", "no effect", "few"],
)
def test_intervals_hold_the_truth_nine_times_in_ten(world):
    share, off = held(world, range(100, 220))

    assert 0.85 <= share <= 0.98, share
    assert abs(off) < 2.0, off  # of about 22 a promise


def test_a_naive_loop_finds_the_same(tmp_path):
    book, _ = World(people=500, **CONFOUNDED).ledger(tmp_path / "book", 5)

    found = breaking(book, margin=MARGIN)
    naive = by_hand(book)

    assert (found.all.broken, found.all.kept, found.alone) == naive["counts"]
    assert found.all.refunds.mean == pytest.approx(naive["refunds"])
    assert found.all.profit.mean == pytest.approx(naive["profit"])


def test_several_broken_on_one_day_share_what_followed(tmp_path):
    book, _ = World(people=2_000).ledger(tmp_path / "book", 6)
    once = breaking(book, margin=MARGIN)
    twin = book.read("deliveries").drop(["batch"])
    names = [f"{one}b" for one in twin.column("promise_id").to_pylist()]
    book.append("deliveries", twin.set_column(0, "promise_id", pa.array(names)), batch="twins")

    twice = breaking(book, margin=MARGIN)

    assert twice.all.broken == 2 * once.all.broken
    assert twice.all.cost.mean == pytest.approx(once.all.cost.mean / 2, rel=0.1)
    assert twice.all.se == pytest.approx(once.all.se / 2, rel=0.1), "twins tell nothing new"


def test_who_did_something_else_with_the_same_delivery_is_no_measure_of_keeping(tmp_path):
    book, _ = World(people=2_000).ledger(tmp_path / "book", 7)
    before = breaking(book, margin=MARGIN)
    broken = [r for r in book.read("deliveries").to_pylist() if r["keeping"] == "under"]
    beside = [r | {"promise_id": f"{r['promise_id']}k", "keeping": "met"} for r in broken]
    rows = [{name: value for name, value in r.items() if name != "batch"} for r in beside]
    book.append("deliveries", pa.Table.from_pylist(rows), batch="beside")

    assert same(breaking(book, margin=MARGIN), before)


def test_only_deliveries_whose_days_are_over_count(tmp_path):
    book, _ = World(people=2_000).ledger(tmp_path / "book", 8)
    before = breaking(book, margin=MARGIN)
    fresh = [r for r in book.read("deliveries").to_pylist() if r["keeping"] == "under"]
    new = [
        {name: value for name, value in r.items() if name != "batch"}
        | {"promise_id": f"{r['promise_id']}n", "at": START + timedelta(days=DAYS - 5)}
        for r in fresh
    ]
    book.append("deliveries", pa.Table.from_pylist(new), batch="new")

    after = breaking(book, margin=MARGIN)

    assert same(after, before)
    assert after.broken == 2 * before.broken


def test_a_person_who_was_two_counts_each_delivery_once(tmp_path):
    book, _ = World(people=1_000).ledger(tmp_path / "book", 14)
    broken = [r for r in book.read("deliveries").to_pylist() if r["keeping"] == "under"]
    one = broken[0]
    other = next(row for row in broken if row["at"] != one["at"])
    book.merge(one["person_id"], into=other["person_id"], at=START, batch="same")

    found = breaking(book, margin=MARGIN)

    assert (found.all.broken, found.all.broken_people) == (len(broken), len(broken) - 1)


def test_of_eight_companies_at_most_three_intervals_miss_the_truth():
    share, _ = held(World(people=600, **CONFOUNDED), range(8))

    assert share >= 5 / 8


def test_a_young_ledger_is_asked_about_fewer_days(tmp_path):
    book, _ = World(people=2_000).ledger(tmp_path / "book", 9)
    young = Ledger.create(tmp_path / "young")
    end = START + timedelta(days=340)
    for table in ("people", "deliveries", "outcomes"):
        rows = [row for row in book.read(table).to_pylist() if row.get("at", START) <= end]
        rows = [{k: v for k, v in row.items() if k != "batch"} for row in rows]
        young.append(table, pa.Table.from_pylist(rows), batch=table)

    assert breaking(young, margin=MARGIN).days == 90


def test_too_few_are_not_guessed_from_and_how_many_more_are_needed_is_said(tmp_path):
    book, _ = World(people=100, late=0.1).ledger(tmp_path / "book", 10)
    over = START + timedelta(days=DAYS - 30)
    rows = book.read("deliveries").to_pylist()
    some = sum(row["keeping"] == "under" and row["at"] <= over for row in rows)

    found = breaking(book, margin=MARGIN)

    assert (found.all, found.why, found.missing) == (None, Why.FEW_BROKEN, 40 - some)
    assert f"{40 - some} more customers with a broken promise are needed" in found.lacks


def test_a_measure_with_none_kept_has_nothing_to_be_compared_with(tmp_path):
    book, _ = World(people=400).ledger(tmp_path / "book", 11)
    rows = book.read("deliveries").to_pylist()
    other = [
        {name: value for name, value in row.items() if name != "batch"}
        | ({"measure": "hours saved"} if row["keeping"] == "under" else {})
        for row in rows
    ]
    book.append("deliveries", pa.Table.from_pylist(other), batch="renamed")

    found = breaking(book, margin=MARGIN)

    assert (found.all, found.why, found.missing) == (None, Why.FEW_ALIKE, 40)


def test_customers_who_all_stop_buying_leave_doubt(tmp_path):
    found, truth = learned(World(people=300, drop=1.0, refunded=0.0), seed=12)

    assert not found.all.cost.excludes(truth)
    assert found.all.cost.high > found.all.cost.low


def test_a_wrong_margin_is_refused(tmp_path):
    with pytest.raises(ValueError, match="margin"):
        breaking(Ledger.create(tmp_path / "book"), margin=0.0)


def test_each_measure_has_a_figure_of_its_own_where_it_has_enough(tmp_path):
    book, _ = World(people=4_000).ledger(tmp_path / "book", 13)
    rows = [
        {name: value for name, value in row.items() if name != "batch"}
        | {"measure": "hours" if place % 3 else "days"}
        for place, row in enumerate(book.read("deliveries").to_pylist())
    ]
    book.append("deliveries", pa.Table.from_pylist(rows), batch="two")

    found = breaking(book, margin=MARGIN)

    assert [one.measure for one in found.measures] == ["hours", "days"]
    assert sum(one.broken for one in found.measures) == found.all.broken


def test_olist_s_recipe_tells_nothing_of_what_buyers_buy_later(tmp_path):
    book, _ = brought(tmp_path, "olist", real_data("olist"))

    found = breaking(book, margin=0.1)

    assert (found.all, found.why) == (None, Why.NOT_SEEN)
    assert "not on the ledger" in found.lacks


def test_olist_s_buyers_hardly_ever_come_back_so_that_late_orders_cost_next_to_nothing(tmp_path):
    book = olist_with_orders(tmp_path)

    found = breaking(book, margin=0.1)

    assert found.days == 180
    assert found.all.broken > 500
    assert not found.all.cost.excludes(0.0)
    assert found.all.cost.high < 1.0  # BRL of an order of about 140


def olist_with_orders(folder: Path) -> Ledger:
    """Olist's orders as deliveries, with what each buyer bought as outcomes."""
    book, _ = brought(folder, "olist", real_data("olist"))
    names = ("orders", "order_items", "customers")
    files = [real_data("olist") / f"olist_{name}_dataset.csv" for name in names]
    orders, items, customers = (list(csv.DictReader(one.open())) for one in files)
    worth: dict[str, float] = defaultdict(float)
    for row in items:
        worth[row["order_id"]] += float(row["price"])
    who = {row["customer_id"]: row["customer_unique_id"] for row in customers}
    rows = [
        {
            "outcome_id": f"order-{row['order_id']}",
            "person_id": who[row["customer_id"]],
            "at": datetime.fromisoformat(row["order_purchase_timestamp"]).replace(tzinfo=UTC),
            "kind": "deal_closed",
            "value": round(worth[row["order_id"]], 2),
            "currency": "BRL",
            "source": "t",
        }
        for row in orders
        if worth[row["order_id"]] and row["customer_id"] in who
    ]
    book.append("outcomes", pa.Table.from_pylist(rows), batch="orders")
    return book


LIKENESS = [
    ("who", "region", "month", "spender"),
    ("who", "region", "quarter", "spender"),
    ("region", "month", "spender"),
    ("region", "quarter", "spender"),
    ("month", "spender"),
    ("quarter", "spender"),
    ("spender",),
    (),
]


def by_hand(book: Ledger) -> dict[str, object]:
    """The same, delivery by delivery; each person has one, of one measure."""
    region = {row["person_id"]: row["region"] for row in book.read("people").to_pylist()}
    money = defaultdict(list)
    outcomes = book.read("outcomes").to_pylist()
    for row in outcomes:
        money[row["person_id"]].append((row["at"], float(row["value"])))
    end = max(row["at"] for row in outcomes)
    rows = []
    for row in book.read("deliveries").to_pylist():
        at, theirs = row["at"], money[row["person_id"]]
        if at + 180 * DAY > end:
            continue
        after = [v for when, v in theirs if at < when <= at + 180 * DAY]
        before = sorted((w, v) for w, v in theirs if at - 180 * DAY < w <= at and v > 0)
        spent = sum(v for _, v in before)
        order = before[-1][1] if before else 0.0
        rows.append(
            {
                "under": row["keeping"] == "under",
                "who": row["campaign"],
                "region": region[row["person_id"]],
                "month": (at.year, at.month),
                "quarter": (at.year, (at.month - 1) // 3),
                "refunds": -sum(v for v in after if v < 0),
                "profit": MARGIN * sum(v for v in after if v > 0),
                "x": [spent, spent**0.5, float(len(before)), order**0.5],
                "spent": spent,
            }
        )
    for row in rows:
        below = sum(other["spent"] < row["spent"] for other in rows)
        row["spender"] = min(int(4 * below / (len(rows) - 1)), 3)
    groups, left = [], rows
    for names in LIKENESS:
        cells = defaultdict(list)
        for row in left:
            cells[tuple(row[name] for name in names)].append(row)
        left = []
        for cell in cells.values():
            broken = sum(row["under"] for row in cell)
            if broken and len(cell) - broken >= 5:
                groups.append(cell)
            else:
                left += cell
    y, x, kept_y, kept_x, n_kept = [], [], [], [], 0
    for cell in groups:
        kept = [row for row in cell if not row["under"]]
        n_kept += len(kept)
        followed = np.array([[r["refunds"], r["profit"]] for r in kept])
        known = np.array([r["x"] for r in kept])
        kept_y += list(followed - followed.mean(axis=0))
        kept_x += list(known - known.mean(axis=0))
        for row in cell:
            if row["under"]:
                y.append(np.array([row["refunds"], row["profit"]]) - followed.mean(axis=0))
                x.append(np.array(row["x"]) - known.mean(axis=0))
    slopes, *_ = np.linalg.lstsq(np.array(kept_x), np.array(kept_y), rcond=None)
    refunds, profit = (np.array(y) - np.array(x) @ slopes).mean(axis=0)
    alone = sum(row["under"] for row in left)
    return {"counts": (len(y), n_kept, alone), "refunds": refunds, "profit": -profit}

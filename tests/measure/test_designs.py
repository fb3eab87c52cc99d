"""Tests that could be run, against what the ledger was made of."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from halves import Ledger
from halves.measure import Answer, UnitAnswer
from halves.measure.designs import Design, possible_designs
from tests.measure.shop import EMAIL, OPENS, SINCE, TV, UNTIL, WEEK, money, open_shop, spend

REGIONS, WEEKS = 16, 26


def asked(*units: tuple[str, float], since: date, until: date) -> Answer:
    """An answer of which only the question and the spends matter here."""
    return Answer(
        units=[
            UnitAnswer(name, "many", spent, None, 0.5, "unknown", False, "", {})
            for name, spent in units
        ],
        wasted_share=None,
        synergy=None,
        since=since,
        until=until,
        by="channel",
        margin=0.5,
        currency="USD",
        people=0,
        outcomes=0,
        outcome_value=0.0,
        weeks=(),
        ledger_versions={},
        seed=1,
        draws=0,
        prior="",
    )


def test_a_holdout_sees_as_sharply_as_people_and_the_spread_of_their_sales_allow(book: Ledger):
    shop = open_shop(book, people=500)
    book.append("spend", spend("tv", 8000), batch="tv")
    answer = asked(("email", 3000.0), ("tv", 8000.0), since=SINCE, until=UNTIL)

    designs, reasons = possible_designs(book, answer, channels=[EMAIL, TV])

    bought = np.concatenate([shop.treated, shop.alone])
    [half] = [one for one in designs["email"] if (one.share, one.length) == (0.5, 8 * WEEK)]
    # as long as the period: nothing to scale
    assert half.se == pytest.approx(500 * bought.std() * np.sqrt(1 / 250 + 1 / 250))
    [short] = [one for one in designs["email"] if (one.share, one.length) == (0.5, 2 * WEEK)]
    assert short.se == pytest.approx(2 * half.se)  # a quarter of the sales
    assert half.words == "from 50% of the 500 people it reaches for 8 weeks"
    assert set(reasons) == {"tv"}
    assert reasons["tv"].startswith("it reaches nobody by name, and sales name no regions")


def test_what_reaches_nobody_by_name_is_left_out_of_regions(book: Ledger):
    rng = np.random.default_rng(4)
    names = [f"r{place:02d}" for place in range(REGIONS)]
    rows = [
        (name, OPENS + (week + 0.5) * WEEK, 1000 + 30 * rng.standard_normal())
        for name in names
        for week in range(WEEKS)
    ]
    sales = {
        "outcome_id": [f"deal {place}" for place in range(len(rows))],
        "person_id": [f"someone in {name}" for name, _, _ in rows],
        "at": pa.array([at for _, at, _ in rows]),
        "kind": ["deal_closed"] * len(rows),
        "value": money(np.array([value for _, _, value in rows])),
        "region": [name for name, _, _ in rows],
        "source": ["till"] * len(rows),
    }
    book.append("outcomes", pa.table(sales), batch="sales")
    book.append("spend", spend("tv", 41_600), batch="tv")
    answer = asked(("tv", 41_600.0), since=date(2026, 1, 1), until=date(2026, 7, 2))

    designs, reasons = possible_designs(book, answer, channels=[TV])

    assert reasons == {}
    by_size = {(len(one.regions), one.length // WEEK): one for one in designs["tv"]}
    # one region of 16 cannot be told from chance at 5%
    assert set(by_size) == {(size, weeks) for size in (2, 3, 4) for weeks in (4, 8)}
    two = by_size[2, 4]
    assert two.share == pytest.approx(2 / REGIONS, abs=0.005)
    # a region-week strays by 3%: 4 weeks of two regions by 3% / √8 · √(1 + 1/7), of 416,000
    assert two.se / 416_000 == pytest.approx(0.03 / np.sqrt(8) * np.sqrt(1 + 1 / 7), rel=0.5)


@pytest.mark.parametrize("wrong", [{"share": 1.0}, {"length": timedelta(0)}, {"se": 0.0}])
def test_a_design_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match="must be"):
        Design(**{"unit": "tv", "share": 0.2, "length": WEEK, "se": 1.0} | wrong)

"""What deals will bring: from how earlier ones went, held against deals whose end is known."""

import csv
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from halves.measure.deal_backtest import back_test, split_of
from halves.measure.deal_forecast import chances, expected, learn_deals
from halves.measure.deal_rows import DealPath, Standing, standings
from halves.measure.shrunk_logit import fit_shrunk_logit

MAVEN = Path(__file__).parents[3] / "shared" / "data" / "maven_crm" / "sales_pipeline.csv"
SPLIT, END = date(2017, 6, 30), date(2017, 12, 31)  # half of its time; chosen before any look
MONDAY = date(2026, 1, 5)


def _path(rng: np.random.Generator, day: date) -> DealPath:
    """A deal that is mostly won early, or lost late: of those open, a fifth close in each week."""
    weeks = int(rng.geometric(0.2))
    is_won = bool(rng.random() < (0.8 if weeks <= 3 else 0.2))
    closed = day + timedelta(days=7 * weeks)
    return DealPath([("talks", day)], closed=closed, is_won=is_won, value=100.0)


def _company(seed: int, deals: int = 600) -> list[DealPath]:
    rng = np.random.default_rng(seed)
    return [_path(rng, MONDAY + timedelta(days=int(rng.integers(0, 364)))) for _ in range(deals)]


def _maven() -> list[DealPath]:
    def day(said: str) -> date | None:
        return datetime.strptime(said, "%d-%m-%y").date() if said else None  # noqa: DTZ007

    found = []
    with MAVEN.open() as file:
        for row in csv.DictReader(file):
            engaged = day(row["engage_date"])
            if engaged is None:
                continue  # never begun
            found.append(
                DealPath(
                    [("Engaging", engaged)],
                    closed=day(row["close_date"]),
                    is_won=row["deal_stage"] == "Won",
                    traits={"product": row["product"], "seller": row["sales_agent"]},
                    seen_from=date(2017, 3, 1),  # no deal in the file closed before
                )
            )
    return found


def test_a_deal_that_stood_long_is_seldom_won_where_that_is_so():
    learned = learn_deals(_company(1, deals=3_000), until=date(2027, 3, 1))
    path = DealPath([("talks", MONDAY)])
    early, late = (
        Standing("talks", MONDAY, MONDAY + timedelta(days=7 * weeks), path) for weeks in (0, 8)
    )

    # By hand: of those who close in weeks 1 to 3 (48.8%) 80% are won, of the others 20%.
    assert chances(learned, [early, late]) == pytest.approx([0.493, 0.2], abs=0.04)


def test_nothing_after_the_day_is_learned_from():
    day = date(2026, 9, 1)
    went = _company(2)
    cut = [
        one if one.closed <= day else DealPath(one.stages, closed=None, value=one.value)
        for one in went
        if one.stages[0][1] <= day
    ]
    path = [Standing("talks", day, day, DealPath([("talks", day)]))]

    assert chances(learn_deals(went, until=day), path) == pytest.approx(
        chances(learn_deals(cut, until=day), path)
    )


def test_what_open_deals_bring_lies_in_its_interval_nine_times_of_ten():
    day, inside = date(2026, 9, 1), 0
    for seed in range(20):
        went = _company(100 + seed, deals=400)
        learned = learn_deals(went, until=day)
        still = [one for one in went if one.stages[0][1] <= day and one.closed > day]
        stood = [Standing("talks", one.stages[0][1], day, one) for one in still]
        rng = np.random.default_rng(seed)
        found = expected(learned, stood, ends=[4, 13], draws=100, rng=rng)
        came = sum(
            one.value for one in still if one.is_won and one.closed <= day + timedelta(days=91)
        )
        inside += found.total.low <= came <= found.total.high

    assert inside >= 16  # of 20; 15 or fewer would come in one house of 25 if it is 90%


def test_a_trait_that_makes_no_difference_is_shrunk_to_nothing():
    rng = np.random.default_rng(4)
    levels = np.column_stack([rng.integers(0, 30, 6_000), rng.integers(0, 2, 6_000)])
    won = (rng.random(6_000) < np.where(levels[:, 1], 0.7, 0.4)).astype(float)

    found = fit_shrunk_logit(levels, won, np.ones(6_000), sizes=[30, 2])

    assert np.abs(found.mean[1:31]).max() < 0.15
    assert found.mean[32] - found.mean[31] == pytest.approx(
        np.log(0.7 / 0.3) - np.log(0.4 / 0.6), abs=0.12
    )


def test_a_deal_is_looked_at_only_while_it_was_open_and_watched():
    path = DealPath(
        [("new", MONDAY), ("talks", MONDAY + timedelta(days=10))],
        closed=MONDAY + timedelta(days=30),
        seen_from=MONDAY + timedelta(days=5),
    )

    days = [(one.stage, (one.on - MONDAY).days) for one in standings(path, until=date(2027, 1, 1))]

    assert days == [("new", 7), ("talks", 10), ("talks", 17), ("talks", 24)]


def test_too_few_deals_are_no_back_test():
    rng = np.random.default_rng(1)
    few = _company(3, deals=40)

    assert back_test(few, split=split_of(few, until=END), until=END, rng=rng) is None


def test_where_age_tells_the_back_test_says_so():
    went: Sequence[DealPath] = _company(5, deals=900)
    until = date(2027, 3, 1)

    found = back_test(
        went, split=split_of(went, until=until), until=until, rng=np.random.default_rng(1)
    )

    assert found is not None
    assert found.gain.low > 0


@pytest.mark.skipif(not MAVEN.exists(), reason="the file is not here")
def test_a_real_crm_is_foretold_better_than_by_the_share_won_in_its_stage():
    found = back_test(_maven(), split=SPLIT, until=END, rng=np.random.default_rng(1))

    assert found is not None
    assert (found.learned_from, found.deals) == (2_679, 3_062)  # counted in the file
    assert found.loss < found.average_loss
    assert found.gain.low > 0
    assert found.said == pytest.approx(found.won, abs=0.04)

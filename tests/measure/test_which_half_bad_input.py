"""Bad input through the front door: a clear refusal, or an answer that says how little is known."""

import dataclasses
import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from halves import Channel, Ledger, which_half
from halves.ledger.errors import BadRow, CurrencyUnknown, MissingRate
from halves.measure import Answer
from halves.measure.answer import UnitAnswer
from halves.measure.errors import MarginOutOfRange, PeriodEmpty
from halves.report.as_json import as_json
from halves.report.page import write_report
from tests.measure.shop import CALL, EMAIL, TV, lift

SINCE, WEEK = date(2025, 1, 6), timedelta(weeks=1)
OPENS = datetime(2025, 1, 6, tzinfo=UTC)
WEEKS, SALES_A_WEEK = 78, 24
RADIO = Channel("radio", path="many", meets="broadcast")
EVERYWHERE, REGIONS = (None,), ("north", "south", "east", "west")

Regions = Sequence[str | None]


@pytest.fixture(
    params=[EVERYWHERE, pytest.param(REGIONS, marks=pytest.mark.slow)],
    ids=["everywhere", "by region"],
)
def regions(request: pytest.FixtureRequest) -> Regions:
    """Where spend and sales are: of regions that change little, only in `make test-slow`."""
    return request.param


BOTH = pytest.mark.parametrize(
    "regions",
    [
        pytest.param(EVERYWHERE, id="everywhere"),
        pytest.param(REGIONS, id="by region", marks=pytest.mark.slow),
    ],
)


@pytest.fixture(autouse=True)
def _no_warning() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        yield


def moves(seed: int = 5, usual: float = 2000.0) -> np.ndarray:
    """Spend by week that goes up and down."""
    return np.random.default_rng(seed).gamma(2.0, usual / 2, WEEKS)


def brought(by_week: np.ndarray) -> np.ndarray:
    """Revenue that a channel truly brings in a week: 20,000 at its usual 2,000, at most 40,000."""
    return 40_000 * by_week / (by_week + 2000)


def base(regions: Regions, seed: int = 6) -> np.ndarray:
    """Revenue by week and region that comes by itself."""
    noise = np.random.default_rng(seed).standard_normal((WEEKS, len(regions)))
    return (1 + 0.04 * noise) * 100_000 / len(regions)


def shared(by_week: np.ndarray, regions: Regions) -> np.ndarray:
    return np.repeat(by_week[:, None] / len(regions), len(regions), axis=1)


def spent(channel: str, by_week: Sequence[float], regions: Regions, **more: object) -> pa.Table:
    rows = [
        {
            "spend_id": f"{channel} {week} {region}",
            "day": SINCE + week * WEEK,
            "channel": channel,
            "path": "many",
            "region": region,
            "amount": round(float(amount) / len(regions), 2),
            "currency": "USD",
            "source": "books",
        }
        for week, amount in enumerate(by_week)
        for region in regions
    ]
    return pa.Table.from_pylist([row | more for row in rows])


def sold(revenue: Sequence[float] | np.ndarray, regions: Regions, **more: object) -> pa.Table:
    """Sales of weeks, or weeks and regions, each of the same worth; none where it is no number."""
    table = np.asarray(revenue, dtype=float)
    if table.ndim == 1:
        table = np.repeat(table[:, None] / len(regions), len(regions), axis=1)
    rows = [
        {
            "outcome_id": f"deal {week} {region} {place}",
            "person_id": f"p{(week * SALES_A_WEEK + place) % 997}",
            "region": region,
            "at": OPENS + week * WEEK + timedelta(days=place % 7, hours=12),
            "kind": "deal_closed",
            "value": round(float(table[week, where]) / SALES_A_WEEK, 2),
            "source": "till",
        }
        for week in range(len(table))
        for where, region in enumerate(regions)
        if not np.isnan(table[week, where])
        for place in range(SALES_A_WEEK)
    ]
    return pa.Table.from_pylist([row | more for row in rows])


def hold(book: Ledger, *, sales: pa.Table | None = None, **spends: pa.Table) -> None:
    for name, rows in spends.items():
        book.append("spend", rows, batch=name)
    if sales is not None:
        book.append("outcomes", sales, batch="sales")


def asked(book: Ledger, tmp_path: Path, **options: object) -> Answer:
    """Ask, and look through the whole answer for numbers that are none."""
    book.compact()
    options = {
        "channels": [TV, RADIO, EMAIL, CALL],
        "margin": 0.5,
        "currency": "USD",
        "since": SINCE,
        "until": SINCE + WEEKS * WEEK,
        "seed": 1,
        **options,
    }
    answer = which_half(book, **options)
    assert list(no_numbers(answer)) == []
    assert as_json(answer)
    write_report(answer, tmp_path / "report.html")
    return answer


def no_numbers(found: object, where: str = "answer") -> Iterator[str]:
    """Places in an answer that hold a number which is none."""
    if isinstance(found, float) and not math.isfinite(found):
        yield where
    elif isinstance(found, np.ndarray) and found.dtype.kind == "f":
        if not np.isfinite(found).all():
            yield where
    elif dataclasses.is_dataclass(found):
        for field in dataclasses.fields(found):
            yield from no_numbers(getattr(found, field.name), f"{where}.{field.name}")
    elif isinstance(found, Mapping):
        for name, value in found.items():
            yield from no_numbers(value, f"{where}[{name!r}]")
    elif isinstance(found, list | tuple):
        for place, value in enumerate(found):
            yield from no_numbers(value, f"{where}[{place}]")


def unit(answer: Answer, name: str) -> UnitAnswer:
    return next(one for one in answer.units if one.unit == name)


def said(answer: Answer, *words: str) -> bool:
    return any(all(word in note for word in words) for note in answer.notes)


def leaves_open(one: UnitAnswer) -> bool:
    """Neither a loss nor a gain is ruled out."""
    paid = one.spend / 0.5
    return one.verdict == "unknown" and one.incremental.low < paid < one.incremental.high


@BOTH
def test_one_week_tells_nothing(book, tmp_path, regions):
    hold(book, tv=spent("tv", [1000], regions), sales=sold([50_000], regions))

    answer = asked(book, tmp_path, until=SINCE + WEEK)

    assert leaves_open(unit(answer, "tv"))
    assert said(answer, "the mix model says nothing of tv", "many weeks", "got 1")


@BOTH
def test_spend_that_never_moves_tells_nothing(book, tmp_path, regions):
    hold(book, tv=spent("tv", [1000] * WEEKS, regions), sales=sold(base(regions), regions))

    assert leaves_open(unit(asked(book, tmp_path), "tv"))


def test_a_channel_that_never_spent_is_neither_wasted_nor_working(book, tmp_path, regions):
    nothing = spent("tv", [0] * WEEKS, regions)
    hold(
        book, tv=nothing, radio=spent("radio", moves(), regions), sales=sold(base(regions), regions)
    )

    answer = asked(book, tmp_path)

    tv = unit(answer, "tv")
    assert (tv.verdict, tv.p_wasted, tv.incremental) == ("unknown", None, None)
    assert said(answer, "no spend is recorded for tv", "import its spend")


def test_a_channel_that_spent_only_before_the_period_is_not_judged(book, tmp_path):
    early = np.where(np.arange(WEEKS) < 40, moves(), 0)
    hold(book, tv=spent("tv", early, EVERYWHERE), sales=sold(base(EVERYWHERE), EVERYWHERE))

    answer = asked(book, tmp_path, since=SINCE + 52 * WEEK)

    assert unit(answer, "tv").verdict == "unknown"
    assert answer.wasted_share is None


def test_without_outcomes_nothing_is_told_in_money(book, tmp_path, regions):
    hold(book, tv=spent("tv", moves(), regions))

    answer = asked(book, tmp_path)

    assert (unit(answer, "tv").verdict, unit(answer, "tv").incremental) == ("unknown", None)
    assert said(answer, "nothing was sold in the period")


@pytest.mark.parametrize(("worth", "words"), [(0.0, "add up to 0"), (-50_000.0, "add up to -3,")])
def test_sales_that_add_up_to_nothing_or_less_are_told_so(book, tmp_path, regions, worth, words):
    hold(book, tv=spent("tv", moves(), regions), sales=sold([worth] * WEEKS, regions))

    answer = asked(book, tmp_path)

    assert (unit(answer, "tv").verdict, unit(answer, "tv").incremental) == ("unknown", None)
    assert said(answer, words, "refunds are counted twice")


def test_an_outcome_that_never_moves_tells_nothing(book, tmp_path, regions):
    hold(book, tv=spent("tv", moves(), regions), sales=sold([96_000] * WEEKS, regions))

    answer = asked(book, tmp_path)

    assert leaves_open(unit(answer, "tv"))
    assert said(answer, "the outcome is the same in every week")


def test_of_two_channels_that_move_as_one_neither_is_judged(book, tmp_path, regions):
    by_week = moves()
    spends = {name: spent(name, by_week, regions) for name in ("tv", "radio")}
    hold(book, **spends, sales=sold(base(regions) + shared(brought(by_week), regions), regions))

    answer = asked(book, tmp_path)

    assert leaves_open(unit(answer, "tv"))
    assert leaves_open(unit(answer, "radio"))


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_an_amount_that_is_no_number_never_gets_on_the_ledger(book, bad):
    spending = spent("tv", [1000, bad], EVERYWHERE) if math.isfinite(bad) else None
    spending = spending or with_value(spent("tv", [1000, 1000], EVERYWHERE), "amount", bad)
    sales = with_value(sold([1000], EVERYWHERE), "value", bad)
    study = with_value(lift(["tv"], 100.0, 10.0), "lift", bad, row=0)

    for table, rows in (("spend", spending), ("outcomes", sales), ("lifts", study)):
        with pytest.raises(BadRow, match=rf"{table}\.\w+, row \d: must be finite, got {bad}"):
            book.append(table, rows, batch=table)
        assert book.read(table).num_rows == 0


def with_value(rows: pa.Table, name: str, value: float, row: int = 1) -> pa.Table:
    values = rows[name].to_pylist()
    values[row] = value
    place = rows.column_names.index(name)
    return rows.set_column(place, name, pa.array(values, pa.float64()))


def test_refunds_lower_what_a_channel_is_seen_to_bring(book, tmp_path, regions):
    by_week = moves()
    sales = sold(base(regions) + shared(brought(by_week), regions), regions)
    back = [
        row | {"outcome_id": f"refund of {row['outcome_id']}", "value": -row["value"] / 2}
        for row in sales.to_pylist()
    ]
    hold(book, tv=spent("tv", by_week, regions), sales=sales)
    book.append("outcomes", pa.Table.from_pylist(back), batch="refunds")

    tv = unit(asked(book, tmp_path), "tv")

    assert tv.incremental.mean == pytest.approx(brought(by_week).sum() / 2, rel=0.4)


@BOTH
def test_a_week_of_refunds_is_named(book, tmp_path, regions):
    revenue = base(regions)
    revenue[3] = -5000
    hold(book, tv=spent("tv", moves(), regions), sales=sold(revenue, regions))

    answer = asked(book, tmp_path)

    assert leaves_open(unit(answer, "tv"))
    assert said(answer, "in the week of 2025-01-27", "refunds exceed sales by", "date a refund by")


@BOTH
def test_weeks_whose_outcomes_are_missing_teach_nothing(book, tmp_path, regions):
    by_week = moves()
    by_week[30:40] = 0  # with spend missing too, what was recorded moves in step
    revenue = base(regions) + shared(brought(by_week), regions)
    revenue[30:40] = np.nan
    hold(book, tv=spent("tv", by_week, regions), sales=sold(revenue, regions))

    tv = unit(asked(book, tmp_path), "tv")

    seen = brought(by_week).sum()
    assert tv.incremental.mean == pytest.approx(seen, rel=0.5)
    assert tv.evidence.endswith("of which 12 lack outcomes and are left out")


def test_a_ledger_that_lacks_outcomes_half_the_time_is_not_judged(book, tmp_path, regions):
    revenue = base(regions)
    revenue[20:55] = np.nan
    hold(book, tv=spent("tv", moves(), regions), sales=sold(revenue, regions))

    answer = asked(book, tmp_path)

    assert leaves_open(unit(answer, "tv"))
    assert said(answer, "outcomes are missing from 37 of 78 weeks", "2025-05-19: import them")


def test_spend_under_the_same_ids_again_counts_once(book, tmp_path):
    rows = spent("tv", [1000] * 5, EVERYWHERE)
    hold(book, tv=rows, again=rows, sales=sold([1000] * 5, EVERYWHERE))

    answer = asked(book, tmp_path)

    assert answer.spend == 5000
    assert not said(answer, "there twice")


def test_spend_on_the_same_days_again_under_other_ids_is_pointed_out(book, tmp_path):
    rows = spent("tv", moves(), EVERYWHERE)
    other_ids = pa.array([f"again {name}" for name in rows["spend_id"].to_pylist()])
    again = rows.set_column(rows.column_names.index("spend_id"), "spend_id", other_ids)
    radio = spent("radio", moves(9), EVERYWHERE)
    hold(book, tv=rows, again=again, radio=radio, sales=sold(base(EVERYWHERE), EVERYWHERE))

    answer = asked(book, tmp_path)

    assert said(answer, "nearly every row of spend on tv is there twice", "undo one")


def test_several_currencies_need_one_to_report_in_and_rates(book, tmp_path):
    euros = spent("radio", [1000] * 3, EVERYWHERE, currency="EUR")
    hold(book, tv=spent("tv", [1000] * 3, EVERYWHERE), radio=euros)

    with pytest.raises(CurrencyUnknown, match=r"\(EUR, USD\); name the reporting currency"):
        asked(book, tmp_path, currency=None)
    with pytest.raises(MissingRate, match="EUR to USD on 2025-01-06; add it to the rates table"):
        asked(book, tmp_path)


def test_sales_in_a_currency_without_rates_are_refused(book, tmp_path):
    sales = sold([1000] * 3, EVERYWHERE, currency="JPY")
    hold(book, tv=spent("tv", [1000] * 3, EVERYWHERE), sales=sales)

    with pytest.raises(MissingRate, match="outcomes: no rate from JPY to USD"):
        asked(book, tmp_path)


@pytest.mark.parametrize("currency", ["usd", "dollars", "$"])
def test_a_currency_that_is_no_code_is_refused(book, tmp_path, currency):
    hold(book, tv=spent("tv", [1000], EVERYWHERE))

    with pytest.raises(CurrencyUnknown, match="ISO 4217 code such as EUR, got"):
        asked(book, tmp_path, currency=currency)


def test_a_margin_that_is_no_number_is_refused(book, tmp_path):
    hold(book, tv=spent("tv", [1000], EVERYWHERE))

    with pytest.raises(ValueError, match="margin must be above 0 and at most 1, got nan"):
        asked(book, tmp_path, margin=math.nan)


@pytest.mark.parametrize("own", [0.0, -0.2])
def test_sales_that_state_margins_which_leave_nothing_are_refused(book, tmp_path, own):
    sales = sold([1000] * 3, EVERYWHERE, margin=own)
    hold(book, tv=spent("tv", [1000] * 3, EVERYWHERE), sales=sales)

    with pytest.raises(MarginOutOfRange, match=rf"leaves {own:g}, .*: correct the margins"):
        asked(book, tmp_path)


def test_a_period_without_spend_says_that_there_is_nothing_to_judge(book, tmp_path, regions):
    hold(book, sales=sold(base(regions), regions))

    answer = asked(book, tmp_path)

    assert (answer.units, answer.wasted_share) == ([], None)
    assert said(answer, "nothing to judge", "import what was spent")


@BOTH
def test_a_ledger_of_broadcasts_alone_is_judged_by_its_weeks(book, tmp_path, regions):
    by_week, idle = moves(), moves(9, usual=10_000)
    sales = sold(base(regions) + shared(brought(by_week), regions), regions)
    hold(book, tv=spent("tv", by_week, regions), radio=spent("radio", idle, regions), sales=sales)

    answer = asked(book, tmp_path)

    assert unit(answer, "tv").verdict == "working"
    assert unit(answer, "radio").verdict != "working"


def test_an_empty_ledger_says_so(book, tmp_path):
    with pytest.raises(PeriodEmpty, match="it is empty"):
        asked(book, tmp_path)

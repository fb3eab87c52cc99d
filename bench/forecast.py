"""Hold the forecast of deals against a real CRM: python -m bench.forecast

Needs ../shared/data/maven_crm. Prints what docs/benchmarks-forecast.md says.
"""

import csv
from datetime import date, datetime
from pathlib import Path
from time import perf_counter

import numpy as np

from halves.measure.deal_backtest import back_test
from halves.measure.deal_rows import DealPath

FILE = Path("../shared/data/maven_crm/sales_pipeline.csv")
FIRST_CLOSED = date(2017, 3, 1)  # nothing in the file closed before
SPLIT, END = date(2017, 6, 30), date(2017, 12, 31)
TRAITS = ("product", "seller")


def main() -> None:
    paths = deals()
    print(f"{len(paths)} deals begun; learned until {SPLIT}, held against what closed by {END}")
    for traits in ((), TRAITS):
        began = perf_counter()
        found = back_test(paths, split=SPLIT, until=END, traits=traits, rng=_rng())
        assert found is not None
        gain = found.gain
        print(
            f"{' and '.join(traits) or 'stage, age, month of the quarter'}: "
            f"log loss {found.loss:.4f}, stage average {found.average_loss:.4f}, "
            f"better by {gain.mean:.4f} ({gain.low:.4f} to {gain.high:.4f}); "
            f"said {found.said:.3f}, won {found.won:.3f}; "
            f"{found.deals} deals, {found.looks} looks, {perf_counter() - began:.1f} s"
        )


def deals() -> list[DealPath]:
    """All deals of the file that were begun."""
    with FILE.open() as file:
        rows = [row for row in csv.DictReader(file) if row["engage_date"]]
    return [
        DealPath(
            [("Engaging", _day(row["engage_date"]))],
            closed=_day(row["close_date"]) if row["close_date"] else None,
            is_won=row["deal_stage"] == "Won",
            traits={"product": row["product"], "seller": row["sales_agent"]},
            seen_from=FIRST_CLOSED,
        )
        for row in rows
    ]


def _day(said: str) -> date:
    return datetime.strptime(said, "%d-%m-%y").date()  # noqa: DTZ007 - a day has no zone


def _rng() -> np.random.Generator:
    return np.random.default_rng(1)


if __name__ == "__main__":
    main()

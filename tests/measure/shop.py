"""A shop that mails: half its people are left alone for four weeks, then everyone is mailed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa

from halves import Channel, Ledger

SINCE, UNTIL = date(2026, 1, 1), date(2026, 2, 26)
OPENS = datetime(2026, 1, 1, tzinfo=UTC)
WEEK = timedelta(weeks=1)
EMAIL = Channel("email", path="many", picks="random")
CALL = Channel("call", path="one", picks="hot")
TV = Channel("tv", path="many", meets="broadcast")


@dataclass(frozen=True)
class Shop:
    """What was done, for working the answer out by hand."""

    treated: np.ndarray  # each person's revenue in the test
    alone: np.ndarray
    mails: int  # in the period
    mails_in_test: int


def open_shop(
    book: Ledger,
    *,
    people: int = 2000,
    worth: float = 5.0,
    cost: float = 1.0,
    scale: float = 1.0,
    currency: str | None = None,
    withheld: Sequence[str] = ("email",),
    **of_outcomes: object,
) -> Shop:
    """Each mail is worth `worth`; one goes out a week, four in the test and four after it."""
    rng = np.random.default_rng(8)
    ids = np.array([f"p{place:05d}" for place in range(people)])
    is_treated = np.arange(people) % 2 == 0
    bought = (rng.gamma(2.0, 40.0, people) + 4 * worth * is_treated).round(2)
    book.append("experiments", _experiment(withheld), batch="design")
    book.append("assignments", _assignments(ids, is_treated), batch="dice")
    mailed = [
        mails(ids if week >= 4 else ids[is_treated], week, cost * scale, currency)
        for week in range(8)
    ]
    book.append("touches", pa.concat_tables(mailed), batch="mails")
    if currency:
        of_outcomes["currency"] = currency
    book.append("outcomes", sales(ids, bought * scale, **of_outcomes), batch="sales")
    in_test = 4 * int(is_treated.sum())
    return Shop(bought[is_treated], bought[~is_treated], in_test + 4 * people, in_test)


def sales(people: Sequence[str], values: np.ndarray | None, **more: object) -> pa.Table:
    size = len(people)
    rows = {
        "outcome_id": [f"deal {one}" for one in people],
        "person_id": people,
        "at": pa.array([OPENS + 2 * WEEK] * size),
        "kind": ["deal_closed"] * size,
        "value": pa.nulls(size, pa.decimal128(18, 6)) if values is None else money(values),
        "source": ["till"] * size,
    }
    return pa.table(rows | {name: [what] * size for name, what in more.items()})


def mails(
    people: Sequence[str], week: int, cost: float, currency: str | None = None, **more: object
) -> pa.Table:
    size = len(people)
    rows = {
        "touch_id": [f"mail {week} {one}" for one in people],
        "person_id": people,
        "at": pa.array([OPENS + week * WEEK + timedelta(hours=1)] * size),
        "path": ["many"] * size,
        "channel": ["email"] * size,
        "cost": money(np.full(size, cost)),
        "source": ["mailer"] * size,
    }
    if currency:
        rows["currency"] = [currency] * size
    return pa.table(rows | {name: [what] * size for name, what in more.items()})


def spend(channel: str, amount: float, *, day: date = SINCE, **more: object) -> pa.Table:
    row = {
        "spend_id": f"{channel} {day} {more}",
        "day": day,
        "channel": channel,
        "path": "many",
        "amount": Decimal(str(amount)),
        "currency": "USD",
        "source": "books",
    }
    return pa.Table.from_pylist([row | more])


def lift(
    withheld: Sequence[str], found: float, se: float, *, outcome: str = "revenue", **more: object
) -> pa.Table:
    row = {
        "lift_id": f"study of {' and '.join(withheld)}",
        "withheld": list(withheld),
        "starts": OPENS,
        "ends": OPENS + 4 * WEEK,
        "outcome": outcome,
        "lift": found,
        "se": se,
        "source": "platform",
    }
    return pa.Table.from_pylist([row | more])


def money(amounts: np.ndarray) -> pa.Array:
    return pa.array([Decimal(str(round(float(one), 6))) for one in amounts], pa.decimal128(18, 6))


def _experiment(withheld: Sequence[str]) -> pa.Table:
    return pa.table(
        {
            "experiment": ["winter"],
            "withheld": [list(withheld)],
            "unit_kind": ["person"],
            "starts": pa.array([OPENS]),
            "ends": pa.array([OPENS + 4 * WEEK]),
        }
    )


def _assignments(ids: np.ndarray, is_treated: np.ndarray) -> pa.Table:
    size = len(ids)
    return pa.table(
        {
            "experiment": ["winter"] * size,
            "unit_kind": ["person"] * size,
            "unit_id": ids,
            "arm": np.where(is_treated, "treated", "held_out"),
            "propensity": [0.5] * size,
            "at": pa.array([OPENS] * size),
        }
    )

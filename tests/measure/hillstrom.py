"""Hillstrom's e-mail test, as published, on a ledger: 64,000 people, two e-mails or none."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from halves.ledger import Ledger

FILE = Path(__file__).parents[2].parent / "shared/data/hillstrom/hillstrom.csv"
MAILED, CLOSED = datetime(2008, 3, 20, tzinfo=UTC), datetime(2008, 4, 3, tzinfo=UTC)
BEFORE = datetime(2007, 12, 1, tzinfo=UTC)
MAILS = {"mens": "Mens E-Mail", "womens": "Womens E-Mail"}


def columns() -> dict[str, np.ndarray]:
    """The published file, column by column."""
    with FILE.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    found = {"segment": np.array([row["segment"] for row in rows])}
    for name in ("history", "visit", "conversion", "spend"):
        found[name] = np.array([float(row[name]) for row in rows])
    return found


def write(book: Ledger, raw: dict[str, np.ndarray]) -> None:
    """Two experiments that share those who got no e-mail; a visit is a door opened."""
    ids = np.array([f"h{place:05d}" for place in range(len(raw["spend"]))])
    for name, segment in MAILS.items():
        is_in = (raw["segment"] == segment) | (raw["segment"] == "No E-Mail")
        treated = raw["segment"][is_in] == segment
        rows = int(is_in.sum())
        book.append(
            "assignments",
            pa.table(
                {
                    "experiment": [name] * rows,
                    "unit_kind": ["person"] * rows,
                    "unit_id": ids[is_in],
                    "arm": np.where(treated, "treated", "held_out"),
                    "propensity": [0.5] * rows,
                    "at": pa.array([MAILED] * rows),
                }
            ),
            batch=f"dice {name}",
        )
        book.append("touches", _mails(ids[raw["segment"] == segment], name), batch=f"mails {name}")
    book.append(
        "experiments",
        pa.table(
            {
                "experiment": list(MAILS),
                "withheld": [[name] for name in MAILS],
                "unit_kind": ["person"] * 2,
                "starts": [MAILED] * 2,
                "ends": [CLOSED] * 2,
            }
        ),
        batch="designs",
    )
    for kind, at, is_in, value in (
        ("deal_closed", MAILED, raw["conversion"] == 1, raw["spend"]),
        ("door_opened", MAILED, raw["visit"] == 1, None),
        ("deal_closed", BEFORE, raw["history"] > 0, raw["history"]),
    ):
        when = "before" if at is BEFORE else "after"
        book.append(
            "outcomes",
            _outcomes(ids[is_in], kind, at, None if value is None else value[is_in], when),
            batch=f"{kind} {when}",
        )


def _mails(ids: np.ndarray, campaign: str) -> pa.Table:
    return pa.table(
        {
            "touch_id": [f"{campaign} {one}" for one in ids],
            "person_id": ids,
            "at": pa.array([MAILED] * len(ids)),
            "path": ["many"] * len(ids),
            "channel": ["email"] * len(ids),
            "campaign": [campaign] * len(ids),
            "cost": pa.array([0.01] * len(ids)).cast(pa.decimal128(18, 6)),
            "source": ["hillstrom"] * len(ids),
        }
    )


def _outcomes(
    ids: np.ndarray, kind: str, at: datetime, value: np.ndarray | None, when: str
) -> pa.Table:
    rows = len(ids)
    amounts = pa.nulls(rows, pa.float64()) if value is None else pa.array(value)
    return pa.table(
        {
            "outcome_id": [f"{kind} {when} {one}" for one in ids],
            "person_id": ids,
            "at": pa.array([at] * rows),
            "kind": [kind] * rows,
            "value": amounts,
            "currency": pa.nulls(rows, pa.string()) if value is None else pa.array(["USD"] * rows),
            "source": ["hillstrom"] * rows,
        }
    )

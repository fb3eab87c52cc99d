"""Small trials written by hand, on a real ledger."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from halves.ledger import Ledger

START = datetime(2026, 1, 5, tzinfo=UTC)
END = START + timedelta(weeks=8)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class MadeUp:
    """Rows as they are thought of; `write` puts them on a ledger."""

    unit_kind: str = "person"
    withheld: Sequence[str] = ("email",)
    assignments: list[dict[str, Any]] = field(default_factory=list)
    outcomes: list[dict[str, Any]] = field(default_factory=list)
    touches: list[dict[str, Any]] = field(default_factory=list)
    people: list[dict[str, Any]] = field(default_factory=list)
    rates: list[dict[str, Any]] = field(default_factory=list)

    def assign(self, unit: str, arm: str, **more: Any) -> None:
        row = {
            "experiment": "spring",
            "unit_kind": self.unit_kind,
            "unit_id": unit,
            "arm": arm,
            "propensity": 0.5,
            "at": START,
        }
        self.assignments.append(row | more)

    def assign_halves(self, units: Sequence[str], **more: Any) -> None:
        """The first half is treated, the second held out."""
        for place, unit in enumerate(units):
            self.assign(unit, "treated" if place < len(units) / 2 else "held_out", **more)

    def sell(self, person: str, value: float | None, at: datetime = START + DAY, **more: Any):
        row = {
            "outcome_id": f"o{len(self.outcomes)}",
            "person_id": person,
            "at": at,
            "kind": "deal_closed",
            "value": None if value is None else Decimal(str(round(value, 6))),
            "source": "shop",
        }
        self.outcomes.append(row | more)

    def touch(self, person: str, at: datetime = START, **more: Any) -> None:
        row = {
            "touch_id": f"t{len(self.touches)}",
            "person_id": person,
            "at": at,
            "path": "many",
            "channel": "email",
            "campaign": None,
            "cost": None,
            "currency": None,
            "source": "mailer",
        }
        self.touches.append(row | more)

    def write(self, where: Path) -> Ledger:
        book = Ledger.create(where / "book")
        book.append(
            "experiments",
            pa.table(
                {
                    "experiment": ["spring"],
                    "withheld": [list(self.withheld)],
                    "unit_kind": [self.unit_kind],
                    "starts": [START],
                    "ends": [END],
                }
            ),
            batch="design",
        )
        for name in ("assignments", "outcomes", "touches", "people", "rates"):
            rows = getattr(self, name)
            if rows:
                keys = sorted({key for row in rows for key in row})
                columns = {key: [row.get(key) for row in rows] for key in keys}
                book.append(name, pa.table(columns), batch="made up")
        return book


def people(count: int) -> list[str]:
    return [f"p{place}" for place in range(count)]


def lin_by_row(
    y: np.ndarray, treated: np.ndarray, x: np.ndarray, weight: np.ndarray | None = None
) -> tuple[float, float]:
    """Lin's estimate and its HC2 standard error from the rows themselves, the long way."""
    weight = np.ones(len(y)) if weight is None else weight
    x = x - x.mean(axis=0)
    design = np.column_stack([np.ones(len(y)), treated, x, x * treated[:, None]])
    root = np.sqrt(weight)
    scaled = design * root[:, None]
    inverse = np.linalg.inv(scaled.T @ scaled)
    found = inverse @ scaled.T @ (y * root)
    residual = (y - design @ found) * root
    leverage = np.einsum("ij,jk,ik->i", scaled, inverse, scaled)
    meat = (scaled * (residual**2 / (1 - leverage))[:, None]).T @ scaled
    return float(found[1]), float(np.sqrt((inverse @ meat @ inverse)[1, 1]))

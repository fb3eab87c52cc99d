"""GeoLift's example: 40 cities by day, as published with the package."""

import csv
from datetime import date
from pathlib import Path

from halves.measure.geo_panel import GeoPanel

FOLDER = Path(__file__).parents[2].parent / "shared/data/geolift"
TREATED = ("chicago", "portland")
TREATED_FROM = date(2021, 4, 1)


def panel(name: str) -> GeoPanel:
    """`geolift_pretest`: 90 days in which nothing was done; `geolift_test`: 15 more."""
    with (FOLDER / f"{name}.csv").open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    return GeoPanel.from_rows(
        [row["location"] for row in rows],
        [date.fromisoformat(row["date"]) for row in rows],
        [float(row["Y"]) for row in rows],
    )

"""Figures of past runs, by bench and number of rows, kept between commands."""

import json
from pathlib import Path
from typing import Any

KEPT = Path("bench/.data/results.json")


def keep(bench: str, rows: int, figures: Any) -> None:
    """Put one run's figures in place of those of an earlier run of that size."""
    found = _read()
    found.setdefault(bench, {})[str(rows)] = figures
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    KEPT.write_text(json.dumps(found, indent=1))


def of(bench: str) -> dict[int, Any]:
    """Rows → figures of the last run of that size."""
    return {int(rows): figures for rows, figures in _read().get(bench, {}).items()}


def _read() -> dict[str, dict[str, Any]]:
    return json.loads(KEPT.read_text()) if KEPT.exists() else {}

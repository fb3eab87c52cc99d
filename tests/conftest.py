"""Ledgers and rows that every room's tests start from."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

from halves import Ledger
from tests.house import (
    ada,
    answered,
    bea,
    ben,
    cyd,
    house,
    lea,
    max_,
    simulated,
    stocked,
    vic,
)

__all__ = [
    "ada",
    "answered",
    "bea",
    "ben",
    "cyd",
    "house",
    "lea",
    "max_",
    "simulated",
    "stocked",
    "vic",
]

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
def book(tmp_path: Path) -> Ledger:
    return Ledger.create(tmp_path / "book")


def touches(*rows: tuple[str, str], cost: float | None = None, **constant: object) -> pa.Table:
    """Touches from (touch_id, person_id), all else alike."""
    columns: dict[str, object] = {
        "at": MONDAY,
        "path": "many",
        "channel": "email",
        "source": "test",
        **constant,
    }
    if cost is not None:
        columns["cost"] = cost
    return pa.table(
        {
            "touch_id": [touch for touch, _ in rows],
            "person_id": [person for _, person in rows],
            **{name: [value] * len(rows) for name, value in columns.items()},
        }
    )


class ByFile(LoadScopeScheduling):
    """A file's tests go to one worker, so that what they share is made once.

    All tests in a browser do, so that one house is served.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "browser" if nodeid.startswith("tests/browser/") else nodeid.split("::")[0]


def pytest_xdist_make_scheduler(config, log):
    """In their order: what takes longest does not begin last."""
    config.option.loadscopereorder = False
    return ByFile(config, log)


def pytest_collection_modifyitems(items):
    """Whatever uses the house also runs on PostgreSQL: `-m house`."""
    for item in items:
        if "house" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.house)
            said = item.get_closest_marker("django_db")
            named = (dict(said.kwargs) if said else {}) | {"databases": "__all__"}
            item.add_marker(pytest.mark.django_db(**named), append=False)  # events lie apart

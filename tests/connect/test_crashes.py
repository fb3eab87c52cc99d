"""Imports that are killed or stopped half-way, in a process of their own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from halves.connect.records import ImportRecords
from halves.ledger import Ledger

RECIPE = """
name = "shop"
[settings]
currency = "USD"
time_zone = "UTC"
[files.mails]
names = ["mails*"]
[[rows]]
table = "touches"
file = "mails"
[rows.fields]
touch_id = { column = "id" }
person_id = { column = "who" }
at = { column = "when" }
path = { constant = "many" }
channel = { constant = "email" }
[[rows]]
table = "outcomes"
file = "mails"
[rows.fields]
outcome_id = { column = "id" }
person_id = { column = "who" }
at = { column = "when" }
kind = { constant = "door_opened" }
"""
ROWS = 300_000
SECONDS_AFTER_START = (0.1, 0.4)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "shop.toml").write_text(RECIPE)
    ids = pa.array(np.arange(ROWS)).cast(pa.string())
    when = pa.repeat(pa.scalar(1_767_225_600_000_000, pa.timestamp("us", tz="UTC")), ROWS)
    pq.write_table(pa.table({"id": ids, "who": ids, "when": when}), tmp_path / "mails.parquet")
    return tmp_path


def start(folder: Path) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", "from halves.cli.main import main; main()"]
    words += ["import", "mails.parquet", "--recipe", "shop.toml"]
    return subprocess.Popen(
        words, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def is_begun(folder: Path) -> bool:
    return any(folder.glob("halves-data/imports/*/import.json"))


def cut_short(folder: Path, how: signal.Signals, after_seconds: float) -> tuple[int, str]:
    """Start an import, and end it so long after it said that it began."""
    with start(folder) as process:
        while process.poll() is None and not is_begun(folder):
            _wait(process, 0.01)
        _wait(process, after_seconds)
        if process.poll() is None:
            os.kill(process.pid, how)
        _, err = process.communicate(timeout=120)
        return process.returncode, err


def _wait(process: subprocess.Popen[str], seconds: float) -> None:
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return


def counted(folder: Path) -> dict[str, int]:
    book = Ledger.open(folder / "halves-data/ledger")
    return {table: book.read(table).num_rows for table in ("touches", "outcomes")}


def check_kill(folder: Path, after_seconds: float) -> None:
    cut_short(folder, signal.SIGKILL, after_seconds)
    assert set(counted(folder).values()) <= {0, ROWS}  # never a part of a table

    with start(folder) as again:
        out, err = again.communicate(timeout=120)
    assert again.returncode == 0, err
    assert "300,000 touches and 300,000 outcomes" in out
    assert counted(folder) == {"touches": ROWS, "outcomes": ROWS}
    (record,) = ImportRecords(folder / "halves-data/imports").all()
    assert record.state == "done"
    assert record.rows == {"touches": ROWS, "outcomes": ROWS}


@pytest.mark.parametrize("after_seconds", SECONDS_AFTER_START)
def test_after_a_kill_the_same_command_completes_the_import_once(shop, after_seconds):
    check_kill(shop, after_seconds)


@pytest.mark.slow
@pytest.mark.parametrize("after_seconds", np.linspace(0.02, 1.5, 20))
def test_after_many_kills_too(shop, after_seconds):
    check_kill(shop, float(after_seconds))


def test_control_c_leaves_nothing_behind(shop):
    code, err = cut_short(shop, signal.SIGINT, 0.2)

    if code == 0:
        pytest.skip("this machine was done before it could be stopped")
    assert "Traceback" not in err
    assert "stopped" in err
    assert counted(shop) == {"touches": 0, "outcomes": 0}
    assert ImportRecords(shop / "halves-data/imports").all() == []

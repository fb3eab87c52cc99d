"""The worker is killed in the middle of its work: nothing is lost, nothing comes twice."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

PEOPLE = 20_000
START = """
import django; django.setup()
from datetime import datetime, UTC
from halves.access.actions import add_user
from halves.imports import actions
from halves.jobs.running import start
now = datetime.now(UTC)
ada = add_user(email="ada@example.org", name="Ada", role="owner", password="correct horse", at=now)
rows = ["Record ID,First Name,Last Name,Email,Lifecycle Stage,Contact owner,Create Date"]
rows += [f"{n},Ada,Number{n},ada.{n}@example.org,lead,,2025-01-01 09:00" for n in range(SIZE)]
run = actions.receive("hubspot-contacts.csv", ["\\n".join(rows).encode()], by=ada, at=now)
actions.bring_in(run, by=ada, at=now)
"""


@pytest.mark.slow
def test_an_import_whose_worker_is_killed_is_completed_once_by_the_next(tmp_path):
    home = tmp_path / "home"
    _halves(home, "init", "--currency", "EUR", "--time-zone", "UTC", "--margin", "0.5").wait(60)
    _halves(home, "upgrade").wait(60)
    environment = _environment(home) | {"DJANGO_SETTINGS_MODULE": "halves.settings"}
    code = START.replace("SIZE", str(PEOPLE))
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, cwd=tmp_path)

    killed = 0
    for least in (1, PEOPLE // 3):
        worker = _halves(home, "worker")
        _until(lambda least=least: _people(home) >= least or _state(home) == "done", 120)
        if _state(home) != "done":
            os.kill(worker.pid, signal.SIGKILL)
            killed += 1
        worker.kill()
        worker.wait(10)
    last = _halves(home, "worker")
    try:
        _until(lambda: _state(home) == "done", 180)
    finally:
        last.send_signal(signal.SIGINT)
        last.wait(30)

    assert killed
    assert _people(home) == PEOPLE
    assert _ask(
        home, "select count(distinct value), count(*) from halves_identifier where kind='email'"
    ) == (PEOPLE, PEOPLE)


def _halves(home: Path, *command: str) -> subprocess.Popen:
    home.mkdir(exist_ok=True)
    whole = [sys.executable, "-m", "halves.cli", *command, "--home", str(home)]
    if command[0] == "init":
        whole += ["--settings", str(home / "halves.toml")]
    return subprocess.Popen(whole, env=_environment(home), cwd=home)


def _environment(home: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HALVES", "DJANGO"))}
    return kept | {"HALVES_HOME": str(home)}


def _until(is_so, seconds: float) -> None:
    over = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < over, "it took too long"
        time.sleep(0.1)


def _people(home: Path) -> int:
    return _ask(home, "select count(*) from halves_person")[0]


def _state(home: Path) -> str:
    return _ask(home, "select state from halves_job")[0]


def _ask(home: Path, sql: str) -> tuple:
    database = sqlite3.connect(f"file:{home / 'halves.sqlite3'}?mode=ro", uri=True, timeout=30)
    try:
        return database.execute(sql).fetchone()
    finally:
        database.close()

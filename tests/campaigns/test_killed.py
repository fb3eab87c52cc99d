"""kill -9 of the worker and of the mail server, at random moments of a campaign."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from tests.campaigns.sink import Sink

PEOPLE = 2_000
_SET_UP = """
import sys
from pathlib import Path
import django
django.setup()
from django.core.management import call_command
from django.conf import settings
for alias in settings.DATABASES:
    call_command("migrate", database=alias, verbosity=0, interactive=False)
call_command("createcachetable", verbosity=0)
from halves.access.actions import add_user
from halves.mail.signing import make_keys
from tests.campaigns.company import launched, now, settings_file, willing
from tests.house import MONDAY
settings_file(settings.PLACE.settings_file, int(sys.argv[1]))
make_keys(settings.PLACE.home, selector="halves", kinds=["ed25519"])
ada = add_user(email="ada@example.org", name="Ada", role="owner", team=None,
               password="correct horse battery", at=MONDAY)
launched(ada, willing(int(sys.argv[2])), at=now(), holdout_share=0.1)
"""
_WORK = """
import time
from datetime import UTC, datetime
import django
django.setup()
from halves.campaigns import sending
while True:
    sending.look_after(datetime.now(UTC))
    time.sleep(0.05)
"""


class _House:
    def __init__(self, folder: Path, sink: Sink) -> None:
        self.home, self.sink = folder / "home", sink
        self.home.mkdir()
        self.said = {k: v for k, v in os.environ.items() if not k.startswith(("HALVES", "DJANGO"))}
        self.said |= {
            "HALVES_HOME": str(self.home),
            "DJANGO_SETTINGS_MODULE": "halves.settings",
            "HALVES_SENDING_LEASE_S": "3",
        }
        self.root = Path(__file__).parents[2]

    def run(self, code: str, *arguments: object) -> subprocess.Popen:
        command = [sys.executable, "-c", code, *map(str, arguments)]
        return subprocess.Popen(command, env=self.said, cwd=self.root)

    def ask(self, sql: str) -> list[tuple]:
        file = f"file:{self.home / 'halves.sqlite3'}?mode=ro"
        with closing(sqlite3.connect(file, uri=True, timeout=30)) as database:
            return database.execute(sql).fetchall()

    def taken(self) -> int:
        return len(self.sink.file.read_bytes().splitlines())

    def wait_for(self, mails: int) -> None:
        until(lambda: self.taken() >= mails, 90)

    def states(self) -> Counter:
        return Counter(dict(self.ask("select state, count(*) from halves_message group by state")))

    def say(self, sql: str) -> None:
        with closing(sqlite3.connect(self.home / "halves.sqlite3", timeout=30)) as database:
            database.execute(sql)
            database.commit()


@pytest.fixture
def house_apart(tmp_path):
    sink = Sink(tmp_path)
    sink.start(is_kept=False)
    one = _House(tmp_path, sink)
    assert one.run(_SET_UP, sink.port, PEOPLE).wait(200) == 0
    yield one
    sink.kill()


def until(is_so, seconds: float) -> None:
    over = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < over, "it took too long"
        time.sleep(0.05)


def killed_at_random(one: _House, kills: int, *, seed: int, workers: int = 1) -> None:
    """Kill a worker or the server now and then, and let what comes after finish."""
    chance = random.Random(seed)
    running = [one.run(_WORK) for _ in range(workers)]
    try:
        until(lambda: one.sink.file.exists(), 60)
        for turn in range(kills):
            more = chance.randint(1, max(2, PEOPLE // (2 * kills)))
            one.wait_for(min(one.taken() + more, PEOPLE * 17 // 20))
            if turn % 3 == 2:
                one.sink.kill()
                time.sleep(chance.random() / 5)
                one.sink.start(is_kept=False)
            else:
                place = chance.randrange(workers)
                running[place].send_signal(signal.SIGKILL)
                running[place].wait(30)
                running[place] = one.run(_WORK)
        until(lambda: one.ask("select state from halves_campaign") == [("sent",)], 200)
    finally:
        for process in running:
            process.kill()
            process.wait(30)


def check_all(one: _House, kills: int) -> None:
    got = Counter(one.sink.to)
    states = one.states()
    held_out = one.ask("select count(*) from halves_member where is_held_out")[0][0]
    rows = dict(one.ask("select address, state from halves_message"))
    assert [to for to, count in got.items() if count > 1] == [], "mailed twice"
    assert set(states) <= {"sent", "unknown"}, states
    assert sum(states.values()) + held_out == PEOPLE
    assert {to for to, state in rows.items() if state == "sent"} <= set(got), "skipped"
    assert set(got) <= set(rows), "a held out person was mailed"
    assert states["unknown"] <= 16 * kills, "more are in doubt than were on the line"
    posted = one.ask("select count(*) from halves_posting where \"table\" = 'touches'")[0][0]
    assert posted == states["sent"]


def test_five_kills_skip_nobody_and_mail_nobody_twice(house_apart):
    killed_at_random(house_apart, 5, seed=1)

    check_all(house_apart, 5)


def test_two_workers_at_once_one_of_them_killed(house_apart):
    killed_at_random(house_apart, 1, seed=2, workers=2)

    check_all(house_apart, 1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10, 15))
def test_fifty_kills(house_apart, seed):
    killed_at_random(house_apart, 10, seed=seed)

    check_all(house_apart, 10)

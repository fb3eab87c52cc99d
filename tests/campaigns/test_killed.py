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
from tests.homes import new_home

PEOPLE = 2_000
_SET_UP = """
import sys
from pathlib import Path
import django
django.setup()
from django.conf import settings
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
_COLLEAGUE = """
import sys
from datetime import UTC, datetime
import django
django.setup()
from halves.access.models import User
from halves.campaigns import actions
from halves.campaigns.models import Campaign
ada = User.objects.get()
print("here", flush=True)
for line in sys.stdin:
    getattr(actions, line.strip())(Campaign.objects.get(), by=ada, at=datetime.now(UTC))
    print("done", flush=True)
"""
ON_THE_LINE = 16  # connections: so many may be out at one moment


class _House:
    def __init__(self, folder: Path, sink: Sink) -> None:
        self.home, self.sink = folder / "home", sink
        new_home(self.home)
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

    def colleague(self) -> subprocess.Popen:
        """Somebody at the pages, ready to say something."""
        command = [sys.executable, "-c", _COLLEAGUE]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        found = subprocess.Popen(command, env=self.said, cwd=self.root, **pipes)
        assert found.stdout.readline() == "here\n"
        return found

    def killed(self, worker: subprocess.Popen) -> subprocess.Popen:
        """Kill a worker; the next one."""
        worker.send_signal(signal.SIGKILL)
        worker.wait(30)
        return self.run(_WORK)

    def say(self, sql: str) -> None:
        with closing(sqlite3.connect(self.home / "halves.sqlite3", timeout=30)) as database:
            database.execute(sql)
            database.commit()


@pytest.fixture
def house_apart(tmp_path):
    yield from _set_up(tmp_path, PEOPLE)


@pytest.fixture
def smaller_house(tmp_path):
    yield from _set_up(tmp_path, 1_000)


def _set_up(folder: Path, people: int):
    sink = Sink(folder)
    sink.start(is_kept=False)
    one = _House(folder, sink)
    assert one.run(_SET_UP, sink.port, people).wait(400) == 0
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


def told_under_kills(one: _House, *, seed: int) -> None:
    """Paused, a worker killed, resumed, another killed, cancelled; each holds for the next one."""
    chance, colleague = random.Random(seed), one.colleague()

    def tell(what: str) -> None:
        print(what, file=colleague.stdin, flush=True)
        assert colleague.stdout.readline() == "done\n"

    running = one.run(_WORK)
    try:
        until(lambda: one.sink.file.exists(), 60)
        one.wait_for(chance.randint(1, 100))
        tell("pause")
        had = one.taken()
        running = one.killed(running)
        time.sleep(chance.uniform(1.0, 2.0))
        assert one.taken() <= had + ON_THE_LINE, "mails went of what was paused"

        tell("resume")
        one.wait_for(one.taken() + chance.randint(1, 100))
        running = one.killed(running)
        one.wait_for(one.taken() + chance.randint(1, 50))
        tell("cancel")
        had = one.taken()
        time.sleep(chance.uniform(1.0, 2.0))
        assert one.taken() <= had + ON_THE_LINE, "mails went of what was cancelled"
        running = one.killed(running)
        until(lambda: not one.states()["sending"], 30)
    finally:
        for process in (running, colleague):
            process.kill()
            process.wait(30)

    got, states = Counter(one.sink.to), one.states()
    rows = dict(one.ask("select address, state from halves_message"))
    assert one.ask("select state from halves_campaign") == [("cancelled",)]
    assert [to for to, count in got.items() if count > 1] == [], "mailed twice"
    assert {to for to, state in rows.items() if state == "sent"} <= set(got)
    assert {to for to in got if rows.get(to) not in ("sent", "unknown")} == set()
    assert states["unknown"] <= 3 * ON_THE_LINE
    assert states["queued"] > 0, "it was through before it could be cancelled"


def test_paused_resumed_and_cancelled_with_workers_killed(smaller_house):
    told_under_kills(smaller_house, seed=3)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20, 26))
def test_paused_resumed_and_cancelled_at_other_moments(house_apart, seed):
    told_under_kills(house_apart, seed=seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10, 15))
def test_fifty_kills(house_apart, seed):
    killed_at_random(house_apart, 10, seed=seed)

    check_all(house_apart, 10)

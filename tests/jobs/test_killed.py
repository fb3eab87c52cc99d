"""Killed in the middle of the work, a worker or a server: nothing is lost, nothing comes twice."""

import http.client
import http.cookiejar
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

PEOPLE = 20_000
PASSWORD = "correct horse battery"
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
ASK = """
import django; django.setup()
from dataclasses import replace
from datetime import datetime, date, UTC
from django.conf import settings
from halves import Ledger
from halves.ledger.settings import Settings
from halves.scoreboard.actions import ask
from halves.simulate import Company, simulate
company = replace(Company.small(people=2_000, until=date(2025, 7, 1)), broadcasts=())
simulate(company, seed=1).write(Ledger.create(settings.PLACE.ledger))
Settings(
    currency=company.currency, time_zone="UTC", margin=company.margin,
    channels=tuple(company.channels),
).write(settings.PLACE.settings_file)
ask(by=None, at=datetime.now(UTC))
"""


@pytest.mark.slow
def test_an_import_whose_worker_is_killed_is_completed_once_by_the_next(tmp_path):
    home = tmp_path / "home"
    _halves(home, "init", "--currency", "EUR", "--time-zone", "UTC", "--margin", "0.5").wait(60)
    _halves(home, "upgrade").wait(60)
    _run(START.replace("SIZE", str(PEOPLE)), home)

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


@pytest.mark.slow
def test_an_answer_whose_worker_is_killed_is_computed_by_the_next_and_kept_once(tmp_path):
    home = tmp_path / "home"
    _halves(home, "upgrade").wait(60)
    _run(ASK, home)

    worker = _halves(home, "worker")
    _until(lambda: _ask(home, "select doing from halves_job")[0] != "", 120)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait(10)
    assert _state(home) == "running"
    assert _ask(home, "select count(answered_at) from halves_answerrun") == (0,)
    last = _halves(home, "worker")
    try:
        _until(lambda: _state(home) == "done", 300)
    finally:
        last.send_signal(signal.SIGTERM)
        last.wait(30)

    answered = "select count(*), count(answered_at), count(answer) from halves_answerrun"
    assert _ask(home, answered) == (1, 1, 1)
    assert _ask(home, "select tries, words from halves_job") == (2, "")
    assert len(list(home.glob("answers/*.parquet"))) == 1


@pytest.mark.slow
def test_a_server_killed_while_a_file_arrives_keeps_nothing_of_it(tmp_path):
    home, port, body = _opened(tmp_path), _free_port(), _contacts()
    with _served(home, port) as server:
        browser = _Browser(port)
        browser.sign_in()
        browser.send_half_of(body)
        os.kill(server.pid, signal.SIGKILL)
        server.wait(10)
        assert _ask(home, "select count(*) from halves_importrun") == (0,)
        assert not list(home.glob("uploads/*"))

    with _served(home, port):  # the port is free again: no part of the killed server has it
        assert browser.hand_over(body) == 200
        assert _ask(home, "select count(*) from halves_importrun") == (1,)


@pytest.mark.slow
def test_an_import_whose_server_is_killed_is_completed_once_by_the_next(tmp_path):
    home, port = _opened(tmp_path), _free_port()
    with _served(home, port) as server:
        browser = _Browser(port)
        browser.sign_in()
        browser.hand_over(_contacts())
        browser.post("/imports/1/answer/", browser.answers("/imports/1/", "UTC"))
        browser.post("/imports/1/start/", {})
        _until(lambda: _people(home) >= 1, 120)
        os.kill(server.pid, signal.SIGKILL)
        server.wait(10)

    with _served(home, port):
        again = browser.post("/imports/1/start/", {})  # as someone does who fears it is lost
        assert again == 200
        _until(lambda: _state(home) == "done", 180)

    assert _people(home) == PEOPLE
    emails = "select count(distinct value), count(*) from halves_identifier where kind='email'"
    assert _ask(home, emails) == (PEOPLE, PEOPLE)
    assert _ask(home, "select state from halves_importrun") == ("done",)
    assert _ask(home, "select count(*) from halves_job") == (1,)


class _Browser:
    """What a browser sends, and no more."""

    def __init__(self, port: int) -> None:
        self._at, self._jar = f"http://127.0.0.1:{port}", http.cookiejar.CookieJar()
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._jar)).open

    def sign_in(self) -> None:
        self._open(f"{self._at}/account/login/", timeout=30).read()
        self.post("/account/login/", {"login": "ada@example.org", "password": PASSWORD})

    def post(self, path: str, said: dict[str, str]) -> int:
        body = urllib.parse.urlencode(said | {"csrfmiddlewaretoken": self._token}).encode()
        return self._sent(urllib.request.Request(self._at + path, body))

    def answers(self, path: str, zone: str) -> dict[str, str]:
        page = self._open(self._at + path, timeout=30).read().decode()
        names = re.findall(r'name="(question_\d+)"', page)
        return dict.fromkeys(names, zone)

    def hand_over(self, body: bytes) -> int:
        return self._sent(urllib.request.Request(f"{self._at}/imports/", *self._form(body)))

    def send_half_of(self, body: bytes) -> None:
        form, headers = self._form(body)
        line = http.client.HTTPConnection(self._at.removeprefix("http://"), timeout=30)
        line.putrequest("POST", "/imports/")
        cookies = "; ".join(f"{one.name}={one.value}" for one in self._jar)
        for name, value in (headers | {"Cookie": cookies}).items():
            line.putheader(name, value)
        line.putheader("Content-Length", str(len(form)))
        line.endheaders()
        line.send(form[: len(form) // 2])
        time.sleep(1)  # until the server has read what came

    @property
    def _token(self) -> str:
        page = self._open(f"{self._at}/account/password/change/", timeout=30).read().decode()
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        return found[1] if found else ""

    def _form(self, body: bytes) -> tuple[bytes, dict[str, str]]:
        mark = b"a-mark-that-is-in-no-file"
        parts = [
            b'Content-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n'
            + self._token.encode(),
            b'Content-Disposition: form-data; name="files"; filename="hubspot-contacts.csv"\r\n'
            b"Content-Type: text/csv\r\n\r\n" + body,
        ]
        whole = b"".join(b"--" + mark + b"\r\n" + part + b"\r\n" for part in parts)
        kind = f"multipart/form-data; boundary={mark.decode()}"
        return whole + b"--" + mark + b"--\r\n", {"Content-Type": kind}

    def _sent(self, request: urllib.request.Request) -> int:
        try:
            with self._open(request, timeout=120) as answer:
                return answer.status
        except urllib.error.HTTPError as refused:
            return refused.code


def _opened(folder: Path) -> Path:
    """A house that Ada owns."""
    home = folder / "home"
    command = ("user", "add", "ada@example.org", "--role", "owner", "--name", "Ada")
    assert _halves(home, *command).wait(120) == 0
    return home


@contextmanager
def _served(home: Path, port: int):
    server = _halves(home, "serve", "--port", str(port))
    try:
        _until(lambda: server.poll() is not None or _answers(port), 120)
        assert server.poll() is None, "the server stopped"
        yield server
    finally:
        server.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            server.wait(30)
        _until(lambda: not _answers(port), 60)


def _answers(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _contacts() -> bytes:
    rows = ["Record ID,First Name,Last Name,Email,Lifecycle Stage,Contact owner,Create Date"]
    rows += [f"{n},Ada,Number{n},ada.{n}@example.org,lead,,2025-01-01 09:00" for n in range(PEOPLE)]
    return "\n".join(rows).encode()


def _run(code: str, home: Path) -> None:
    environment = _environment(home) | {"DJANGO_SETTINGS_MODULE": "halves.settings"}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, cwd=home)


def _halves(home: Path, *command: str) -> subprocess.Popen:
    home.mkdir(exist_ok=True)
    whole = [sys.executable, "-m", "halves.cli", *command, "--home", str(home)]
    if command[0] == "init":
        whole += ["--settings", str(home / "halves.toml")]
    return subprocess.Popen(whole, env=_environment(home), cwd=home)


def _environment(home: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HALVES", "DJANGO"))}
    return kept | {"HALVES_HOME": str(home), "HALVES_PASSWORD": PASSWORD}


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

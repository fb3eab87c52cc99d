"""A house of its own, served as in use: to be talked to over HTTP, and killed."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from deltalake import DeltaTable

from halves import Ledger
from halves.ledger.errors import LedgerNotFound
from tests.homes import new_home

_MADE = """
import json
import django; django.setup()
from datetime import datetime, UTC
from halves.tracking.sources import add_source
made = add_source(name="Site", origins=["*"], by=None, at=datetime.now(UTC))
print(json.dumps({"write": made.source.write_key, "secret": made.secret}))
"""


@dataclass
class Served:
    """A house with one source."""

    home: Path
    port: int
    keys: dict[str, str]
    _parts: list[subprocess.Popen] = field(default_factory=list)

    @classmethod
    def made(cls, home: Path) -> "Served":
        new_home(home)
        said = _environment(home) | {"DJANGO_SETTINGS_MODULE": "halves.settings"}
        command = [sys.executable, "-c", _MADE]
        done = subprocess.run(command, check=True, env=said, cwd=home, stdout=subprocess.PIPE)
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
        return cls(home, port, json.loads(done.stdout))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def serve(self) -> subprocess.Popen:
        """The server alone; when this returns, it answers."""
        started = self._run("serve", "--no-worker", "--port", str(self.port))
        until(lambda: started.poll() is not None or self.answers(), 120)
        assert started.poll() is None, "the server stopped"
        return started

    def work(self) -> subprocess.Popen:
        """The worker alone."""
        return self._run("worker")

    def kill(self, part: subprocess.Popen) -> None:
        """End it, and all that it started, without a word."""
        self.kill_part(part)
        until(lambda: not self.answers(), 30)

    def kill_part(self, part: subprocess.Popen) -> None:
        os.killpg(part.pid, signal.SIGKILL)
        part.wait(10)

    def close(self) -> None:
        for part in self._parts:
            if part.poll() is None:
                os.killpg(part.pid, signal.SIGKILL)
                part.wait(10)

    def answers(self) -> bool:
        with socket.socket() as line:
            return line.connect_ex(("127.0.0.1", self.port)) == 0

    def rows(self, table: str) -> list[dict]:
        """What the ledger has."""
        try:
            ledger = Ledger.open(self.home / "ledger")
        except LedgerNotFound:  # nothing came yet
            return []
        return ledger.query(ledger.table(table)).to_pylist()

    def counts(self, table: str, key: str) -> Counter:
        """How often each key was written: repeats too, which reading leaves out."""
        rows = DeltaTable(self.home / "ledger" / table).to_pyarrow_table()
        return Counter(rows.column(key).to_pylist())

    def _run(self, *command: str) -> subprocess.Popen:
        whole = [sys.executable, "-m", "halves.cli", *command, "--home", str(self.home)]
        part = subprocess.Popen(
            whole, env=_environment(self.home), cwd=self.home, start_new_session=True
        )
        self._parts.append(part)
        return part


def _environment(home: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HALVES", "DJANGO"))}
    return kept | {"HALVES_HOME": str(home)}


def until(is_so: Callable[[], bool], seconds: float) -> None:
    over = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < over, "it took too long"
        time.sleep(0.1)

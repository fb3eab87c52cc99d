"""Long work at a terminal: what it is doing is shown, and Ctrl-C ends it and leaves nothing."""

import os
import pty
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from halves import Ledger
from halves.ledger.settings import Settings
from halves.simulate import Company, simulate
from tests.measure.shop import EMAIL, open_shop

COMMAND = "from halves.cli.main import main; main()"
STAGES = (
    "adding up spend",
    "reading the test",
    pytest.param("fitting the mix model", marks=pytest.mark.slow),
)


@dataclass
class Shop:
    """A folder with a ledger of a company that tests, and settings that name its channels."""

    folder: Path

    @property
    def scratch(self) -> Path:
        """Where temporary files go."""
        return self.folder / "scratch"

    def ask(self, *, stop_at: str | None = None) -> tuple[int, str, str]:
        """Run which-half with stderr a terminal, and press Ctrl-C once that stage is shown."""
        ours, its = pty.openpty()
        words = [sys.executable, "-c", COMMAND, "which-half", "--json", "answer.json"]
        process = subprocess.Popen(
            words,
            cwd=self.folder,
            stdin=its,
            stdout=subprocess.PIPE,
            stderr=its,
            text=True,
            env=os.environ | {"TMPDIR": str(self.scratch), "TERM": "xterm", "COLUMNS": "100"},
            # A shell that runs the tests in the background lets its children ignore Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        os.close(its)
        shown = ""
        while chunk := _read(ours):
            shown += chunk
            if stop_at and stop_at in shown:
                os.kill(process.pid, signal.SIGINT)
                stop_at = None
        said, _ = process.communicate(timeout=60)
        os.close(ours)
        return process.returncode, said, shown


def _read(terminal: int) -> str:
    try:
        return os.read(terminal, 65_536).decode(errors="replace")
    except OSError:  # Linux says so when the other side is closed
        return ""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder = tmp_path_factory.mktemp("shop")
    company = Company.random(seed=7, people=1000)
    simulate(company, seed=7).write(Ledger.create(folder / "halves-data/ledger"))
    Settings(
        currency=company.currency,
        time_zone="UTC",
        margin=company.margin,
        wages=company.wages,
        channels=company.channels,
    ).write(folder / "halves.toml")
    shop = Shop(folder)
    shop.scratch.mkdir()
    return shop


@pytest.mark.parametrize("stage", STAGES)
def test_control_c_stops_in_any_stage_and_leaves_nothing_behind(shop: Shop, stage: str):
    before = Ledger.open(shop.folder / "halves-data/ledger").versions()

    code, said, shown = shop.ask(stop_at=stage)

    assert code == 130
    assert "halves: stopped; nothing of the answer was written" in shown
    assert "Traceback" not in shown
    assert said == ""
    assert not (shop.folder / "answer.json").exists()
    assert list(shop.scratch.iterdir()) == []
    assert Ledger.open(shop.folder / "halves-data/ledger").versions() == before


def test_what_is_being_done_is_shown_and_an_answer_follows(tmp_path: Path):
    small = Shop(tmp_path)
    small.scratch.mkdir()
    book = Ledger.create(tmp_path / "halves-data/ledger")
    open_shop(book, people=400, currency="USD")
    Settings(currency="USD", time_zone="UTC", margin=0.5, channels=(EMAIL,)).write(
        tmp_path / "halves.toml"
    )

    code, said, shown = small.ask()

    assert code == 0
    assert "wasted" in said
    assert all(stage in shown for stage in ("adding up spend", "reading the test winter"))
    assert list(small.scratch.iterdir()) == []


def test_a_port_that_another_program_answers_on_is_refused_and_nothing_is_made(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "halves.cli", "serve", "--home", str(tmp_path / "home")]
        done = subprocess.run(
            [*command, "--port", port], capture_output=True, text=True, timeout=60
        )

    assert done.returncode == 1
    assert "choose another with --port" in " ".join((done.stdout + done.stderr).split())
    assert not (tmp_path / "home").exists()

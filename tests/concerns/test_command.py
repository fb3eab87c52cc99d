"""`halves listen`: the same as the page's button, here and now."""

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def halves(home: Path, *said: str, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("HALVES", "DJANGO"))}
    return subprocess.run(
        [sys.executable, "-m", "halves.cli", *said, "--home", str(home)],
        capture_output=True, text=True, env=clean | env, check=False,
    )  # fmt: skip


def test_dialogues_are_brought_in_and_listened_to(tmp_path):
    lines = ["dialogue,speaker,words"]
    for one in range(8):
        lines.append(f"{one},us,What do you think?")
        lines.append(f"{one},them,It is too expensive for shop number {one}.")
    (tmp_path / "dialogues.csv").write_text("\n".join(lines))
    home = tmp_path / "home"
    brought = halves(home, "conversations", "import", str(tmp_path / "dialogues.csv"))
    assert brought.returncode == 0, brought.stderr

    heard = halves(home, "listen", HALVES_LISTEN_BY="tfidf")
    assert "8 sentences were heard and 1 concerns found, compared by tfidf." in heard.stdout, (
        heard.stderr
    )
    wrong = halves(home, "listen", HALVES_LISTEN_BY="crystal")
    assert wrong.returncode != 0
    assert "crystal" in wrong.stderr
    assert "Traceback" not in wrong.stderr


@contextmanager
def others_writing(database: Path) -> Iterator[list[int]]:
    """Somebody else who writes all the time, as a busy server and its worker do."""
    over, written = threading.Event(), [0]

    def write() -> None:
        with sqlite3.connect(database, timeout=20, isolation_level=None) as theirs:
            theirs.execute("CREATE TABLE theirs (row INTEGER)")
            while not over.wait(0.002):
                theirs.execute("INSERT INTO theirs VALUES (1)")
                written[0] += 1
        theirs.close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield written
    finally:
        over.set()
        thread.join()


def test_it_listens_while_others_write(tmp_path):
    lines = ["dialogue,speaker,words"]
    for one in range(110):
        for turn in range(5):
            lines.append(f"{one},us,And what of {turn}?")
            lines.append(f"{one},them,It is too expensive for shop number {one} and {turn}.")
    (tmp_path / "dialogues.csv").write_text("\n".join(lines))
    home = tmp_path / "home"
    brought = halves(home, "conversations", "import", str(tmp_path / "dialogues.csv"))
    assert brought.returncode == 0, brought.stderr

    with others_writing(home / "halves.sqlite3") as written:
        heard = halves(home, "listen", HALVES_LISTEN_BY="tfidf")

    assert "550 sentences were heard" in heard.stdout, heard.stderr
    assert written[0] > 50

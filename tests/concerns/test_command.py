"""`halves listen`: the same as the page's button, here and now."""

import os
import subprocess
import sys
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

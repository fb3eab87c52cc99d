"""Homes on the disk, for tests that run halves in processes of their own."""

import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path


def environment(home: Path) -> dict[str, str]:
    """This process's, with nothing of its own house."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HALVES", "DJANGO"))}
    return kept | {"HALVES_HOME": str(home)}


def new_home(where: Path) -> Path:
    """A home as `halves upgrade` makes it; made once, then copied."""
    shutil.copytree(_made(), where, dirs_exist_ok=True)
    return where


@cache
def _made() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="halves-home-")
    _KEPT.append(folder)
    home = Path(folder.name) / "home"
    command = [sys.executable, "-m", "halves.cli", "upgrade"]
    subprocess.run(command, check=True, env=environment(home), stdout=subprocess.DEVNULL)
    return home


_KEPT: list[tempfile.TemporaryDirectory] = []  # until this process ends

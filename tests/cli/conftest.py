"""The command, run as its user would."""

import sys

import pytest

from halves.cli.main import main


@pytest.fixture
def halves(tmp_path, monkeypatch, capsys):
    """Run the command in a folder of its own; gives the exit code and what it said."""
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["halves", *map(str, words)])
        code = 0
        try:
            main()
        except SystemExit as left:
            code = int(left.code or 0)
        said = capsys.readouterr()
        return code, " ".join((said.out + said.err).split())

    run("init", "--currency", "EUR", "--time-zone", "Europe/Berlin")
    return run

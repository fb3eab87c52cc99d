"""A new home is made in one step, and is what the steps one by one would have made."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

MAKE = """
import sys
import django
django.setup()
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
executor = MigrationExecutor(connection)
executor.loader.replace_migrations = sys.argv[1] == "at once"
executor.loader.build_graph()
leaves = executor.loader.graph.leaf_nodes()
by_steps = [leaf for leaf in leaves if not leaf[1].endswith("_house")]
executor.migrate(leaves if executor.loader.replace_migrations else by_steps)
"""


def make(home: Path, how: str) -> sqlite3.Connection:
    home.mkdir()
    settings = {"HALVES_HOME": str(home), "DJANGO_SETTINGS_MODULE": "halves.settings"}
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HALVES")}
    command = [sys.executable, "-c", MAKE, how]
    subprocess.run(command, env=kept | settings, check=True)
    return sqlite3.connect(home / "halves.sqlite3")


def drawn(home: sqlite3.Connection) -> dict[str, object]:
    """Every table by its columns, keys and checks; every index and trigger by its words."""
    found: dict[str, object] = {}
    for kind, name, words in home.execute("SELECT type, name, sql FROM sqlite_master"):
        if kind != "table" or name.startswith("person_words"):
            found[f"{kind} {name}"] = words
            continue
        columns = home.execute(f"PRAGMA table_info('{name}')").fetchall()
        keys = home.execute(f"PRAGMA foreign_key_list('{name}')").fetchall()
        found[name] = (
            sorted(one[1:] for one in columns),
            sorted(one[2:] for one in keys),
            sorted(part.split('"')[1] for part in words.split("CONSTRAINT ")[1:]),
        )
    return found


@pytest.mark.slow
def test_a_new_home_in_one_step_is_as_the_steps_make_it(tmp_path):
    at_once = drawn(make(tmp_path / "new", "at once"))
    steps = drawn(make(tmp_path / "old", "by steps"))

    assert len(at_once) > 400
    assert at_once == steps

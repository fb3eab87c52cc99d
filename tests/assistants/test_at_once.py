"""Of some windows that confirm one proposal at once, it is done once, and all are told so."""

import os
import subprocess
import sys

import pytest
from django.db import connection

from tests.assistants.at_once import insist_on_once
from tests.homes import new_home


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's tests have no file")
@pytest.mark.django_db(transaction=True)
def test_pressed_at_once_it_is_done_once(ben):
    insist_on_once(ben)


def test_so_it_is_in_a_house_of_files(tmp_path):
    code = "import django; django.setup(); from tests.assistants.at_once import main; main()"
    env = {name: said for name, said in os.environ.items() if not name.startswith("HALVES_")}
    env |= {
        "HALVES_HOME": str(new_home(tmp_path / "home")),
        "HALVES_HOSTS": "testserver,localhost",
        "DJANGO_SETTINGS_MODULE": "halves.settings",
    }

    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=120
    )

    assert done.returncode == 0, done.stderr[-3000:]

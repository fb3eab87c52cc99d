"""Backup and restore as an owner does them: by command, on files, in processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.homes import new_home

ADD = """
from halves.people import actions, consenting
from halves.people.models import Person
for name in ("Grace", "Joan", "Kay"):
    one = actions.add_person(by=None, at=AT, source="t", name=name, email=f"{name}@example.org")
    consenting.consent(one, channel="email", topic="", is_given=True, how="form", by=None, at=AT)
"""
REFUSE_AND_ERASE = """
from halves.keeping.erasing import erase_person
from halves.people import actions, consenting
from halves.people.models import Person
joan, kay = (Person.objects.get(name=name) for name in ("Joan", "Kay"))
consenting.consent(joan, channel="email", topic="", is_given=False, how="link", by=None, at=AT)
erase_person(kay, by=None, at=AT)
"""
TELL = """
from halves.keeping.models import RestoreLock
from halves.people.models import Person
from halves.people.queries import consents_now
for one in Person.objects.order_by("name"):
    print(one.name, [said.is_given for said in consents_now(one)])
print("locked", RestoreLock.objects.filter(lifted_at=None).count())
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_home(tmp_path / "home")


def run(home: Path, *command: str) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("HALVES", "DJANGO"))}
    done = subprocess.run(
        [sys.executable, "-m", "halves.cli", *command, "--home", str(home)],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def do(home: Path, code: str) -> list[str]:
    set_up = (
        "import django; django.setup()\n"
        "from datetime import datetime, UTC; AT = datetime.now(UTC)\n"
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HALVES")}
    environment |= {"HALVES_HOME": str(home), "DJANGO_SETTINGS_MODULE": "halves.settings"}
    done = subprocess.run(
        [sys.executable, "-c", set_up + code], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def made(home: Path) -> Path:
    [backup] = (home / "backups").glob("halves-*")
    return backup


def test_a_refusal_and_an_erasure_after_a_backup_hold_once_it_is_restored(home):
    do(home, ADD)
    run(home, "backup")
    do(home, REFUSE_AND_ERASE)

    said = run(home, "restore", str(made(home)), "--yes")

    assert "1 refused, 1 erased" in said
    assert do(home, TELL) == ["Grace [True]", "Joan [False]", "locked 0"]


def test_without_its_journal_a_restored_house_may_not_send(home):
    do(home, ADD)
    run(home, "backup")
    journal = home.with_name("home-journal")
    journal.rename(home.with_name("lost"))

    said = run(home, "restore", str(made(home)), "--yes")

    assert "nothing may be sent until an owner says" in " ".join(said.split())
    assert do(home, TELL)[-1] == "locked 1"


def test_a_backup_that_is_not_whole_is_refused_by_the_name_of_its_file(home):
    run(home, "backup")
    with (made(home) / "halves.sqlite3").open("r+b") as file:
        file.seek(100)
        file.write(b"torn")

    place = ("--home", str(home))
    done = subprocess.run(
        [sys.executable, "-m", "halves.cli", "restore", str(made(home)), "--yes", *place],
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1
    assert "halves.sqlite3 is missing or not as it was" in " ".join(done.stderr.split())


def test_only_as_many_backups_stay_as_are_wanted(home):
    for _ in range(2):
        run(home, "backup", "--keep", "1")

    assert len(list((home / "backups").glob("halves-*"))) == 1

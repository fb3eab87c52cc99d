"""A backup from before a campaign was sent is brought back: nothing goes until a person says so."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.campaigns.sink import Sink
from tests.homes import new_home

SET_UP = """
import sys
from pathlib import Path
import django
django.setup()
from django.conf import settings
from halves.access.actions import add_user
from tests.campaigns.company import launched, now, settings_file, willing
from tests.house import MONDAY
settings_file(settings.PLACE.settings_file, int(sys.argv[1]))
ada = add_user(email="ada@example.org", name="Ada", role="owner", team=None,
               password="correct horse battery", at=MONDAY)
launched(ada, willing(20), at=now())
"""
WORK = """
import django
django.setup()
from halves.campaigns import sending
from tests.campaigns.company import now
for _ in range(5):
    sending.look_after(now())
"""
LEAVE = """
import sys
import django
django.setup()
from django.conf import settings
from halves.mail.signing import make_keys
from halves.people.consenting import consent
from halves.people.models import Person
from tests.campaigns.company import now
make_keys(settings.PLACE.home, selector="halves")
for number in sys.argv[1:]:
    one = Person.objects.get(ledger_id=f"p{number}")
    consent(one, channel="email", topic="", is_given=False, how="link", by=None, at=now())
"""
RESUME = """
import django
django.setup()
from halves.access.models import User
from halves.campaigns.actions import resume
from halves.campaigns.models import Campaign
from tests.campaigns.company import now
resume(Campaign.objects.get(), by=User.objects.get(), at=now())
"""
LIFT = """
import django
django.setup()
from halves.access.models import User
from halves.keeping.actions import lift_lock
from halves.keeping.models import RestoreLock
from tests.campaigns.company import now
for lock in RestoreLock.objects.filter(lifted_at=None):
    lift_lock(lock, by=User.objects.get(), at=now())
"""


class House:
    def __init__(self, folder: Path, sink: Sink) -> None:
        self.home, self.backups, self.sink = folder / "home", folder / "backups", sink
        said = {k: v for k, v in os.environ.items() if not k.startswith(("HALVES", "DJANGO"))}
        self.said = said | {"HALVES_HOME": str(self.home)}

    def do(self, code: str, *arguments: object) -> str:
        said = self.said | {"DJANGO_SETTINGS_MODULE": "halves.settings"}
        return self._done([sys.executable, "-c", code, *map(str, arguments)], said)

    def halves(self, *command: str) -> str:
        whole = [sys.executable, "-m", "halves.cli", *command, "--home", str(self.home)]
        return self._done(whole, self.said)

    def back_up(self) -> Path:
        self.halves("backup", "--to", str(self.backups))
        [made] = self.backups.iterdir()
        return made

    def _done(self, command: list[str], said: dict[str, str]) -> str:
        root = Path(__file__).parents[2]
        done = subprocess.run(command, capture_output=True, text=True, env=said, cwd=root)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def house_apart(tmp_path):
    sink = Sink(tmp_path)
    sink.start(is_kept=False)
    one = House(tmp_path, sink)
    new_home(one.home)
    one.do(SET_UP, sink.port)
    yield one
    sink.kill()


def test_after_a_restore_a_person_must_say_that_it_goes_on(house_apart):
    one = house_apart
    backup = one.back_up()
    one.do(WORK)
    assert len(one.sink.to) == 20
    one.do(LEAVE, 3, 4)

    said = one.halves("restore", str(backup), "--yes")
    assert "1 campaigns are paused until somebody resumes them." in said
    one.do(WORK)
    assert len(one.sink.to) == 20, "past due, and nobody said so"

    one.do(RESUME)
    one.do(WORK)
    again = one.sink.to[20:]
    assert sorted(again) == sorted(f"p{n}@people.example" for n in range(20) if n not in (3, 4)), (
        "who said no after the backup stays refused"
    )
    ids = [line["mail"].partition("Message-ID: ")[2].split()[0] for line in one.sink.lines]
    assert set(ids[20:]) <= set(ids[:20]), "mail programs show a mail that comes again once"
    assert all("DKIM-Signature" in line["mail"] for line in one.sink.lines[20:])


@pytest.mark.slow
def test_without_the_journal_nothing_goes_even_if_it_is_resumed(house_apart):
    one = house_apart
    backup = one.back_up()
    for folder in one.home.parent.rglob("journal*"):
        if backup not in folder.parents:
            shutil.rmtree(folder) if folder.is_dir() else folder.unlink()

    one.halves("restore", str(backup), "--yes")
    one.do(RESUME)
    one.do(WORK)
    assert one.sink.to == []

    one.do(LIFT)
    one.do(WORK)
    assert len(one.sink.to) == 20

"""The demo's house: what each of its cast finds there, once and for all."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.homes import environment

PASSWORD = "halves for a demo"
_PEOPLE = "1000"
# What a browser would be shown, in a process of its own: the house is no test's.
_OPEN = """
import json, sys
import django; django.setup()
from django.conf import settings
from django.test import Client
settings.ALLOWED_HOSTS = ["*"]
found = {}
for who, path in json.loads(sys.argv[1]):
    client = Client()
    assert not who or client.login(email=f"{who}@example.org", password=sys.argv[2]), who
    answer = client.get(path, headers={"accept-language": "en"}, follow=True)
    assert answer.status_code == 200, (who, path, answer.status_code)
    found[f"{who} {path}"] = answer.content.decode()
print(json.dumps(found))
"""
_HELD = """
import json
import django; django.setup()
from halves import models as m
rows = {
    "deals": m.Deal.objects.order_by("pk").values_list("title", "value", "state", "lost_kind"),
    "quotes": m.Quote.objects.order_by("pk").values_list("deal__title", "state", "total"),
    "talks": m.Conversation.objects.order_by("pk").values_list("subject", "kind", "at"),
    "turns": m.Turn.objects.order_by("pk").values_list("words"),
    "promises": m.Promise.objects.order_by("pk").values_list("words", "keeping", "due_on"),
    "marks": m.SurveyAsked.objects.order_by("pk").values_list("score", "words"),
    "concerns": m.Concern.objects.order_by("pk").values_list("name", "people", "won"),
    "drawn": m.QueueDecision.objects.order_by("pk").values_list("person", "state", "number"),
    "tasks": m.Task.objects.order_by("pk").values_list("title", "due_on"),
    "letters": m.Letter.objects.order_by("pk").values_list("subject", "state"),
    "people": [m.Person.objects.count(), m.Consent.objects.count(), m.AnswerRun.objects.count()],
}
print(json.dumps({name: list(found) for name, found in rows.items()}, default=str))
"""


@dataclass(frozen=True)
class Demo:
    """A demo in a folder of its own."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / f"house-{_PEOPLE}-people-seed-1"

    def command(self) -> list[str]:
        words = ("demo", "--no-serve", "--people", _PEOPLE, "--folder", str(self.folder))
        return [sys.executable, "-m", "halves.cli", *words]

    def fill(self) -> str:
        made = {"check": True, "capture_output": True, "text": True}
        return subprocess.run(self.command(), env=environment(self.home), **made).stdout

    def runs(self, code: str, *words: str) -> dict:
        env = environment(self.home) | {"DJANGO_SETTINGS_MODULE": "halves.settings"}
        command = [sys.executable, "-c", code, *words]
        made = subprocess.run(command, env=env, check=True, capture_output=True, text=True)
        return json.loads(made.stdout)

    def opens(self, *asked: tuple[str, str]) -> list[str]:
        return list(self.runs(_OPEN, json.dumps(asked), PASSWORD).values())

    def holds(self) -> dict:
        return self.runs(_HELD)


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Demo:
    made = Demo(tmp_path_factory.mktemp("demo"))
    said = made.fill()
    assert PASSWORD in said
    return made


def test_a_seller_finds_deals_talks_promises_and_whom_to_call_today(demo):
    board, talks, calls, mine, tasks = demo.opens(
        ("ben", "/deals/"),
        ("ben", "/conversations/"),
        ("ben", "/calls/"),
        ("ben", "/promises/?tab=risk"),
        ("ben", "/tasks/"),
    )

    for stage in ("New", "Problem understood", "Solution shown", "Quote sent", "Won", "Lost"):
        assert stage in board
    assert "deals are on their way" in board
    assert "Mornings for" in board
    assert "three of four deals that were won moved on" in board  # some are stuck
    assert "planned" in talks
    assert "First talk" in talks
    assert "people to call" in calls
    assert "expected, the call paid for" in calls
    assert "sees to it" in mine
    assert "thank them" in tasks or "Keep or mend" in tasks


def test_a_leader_finds_what_holds_buyers_back_and_what_keeping_promises_does(demo):
    concerns, one, report, kept, brand, score = demo.opens(
        ("lea", "/concerns/"),
        ("lea", "/concerns/1/"),
        ("lea", "/promises/report/"),
        ("lea", "/promises/kept/?by=seller"),
        ("lea", "/brand/"),
        ("lea", "/"),
    )

    assert "What if it gets an order wrong?" in concerns
    assert "That is too much money" in concerns
    assert "At stake in open and lost deals" in one
    assert "In their words" in one
    assert "Then we pay for sending it again." in one
    assert "days until the first night (days)" in report
    assert "Said, broken" in report
    assert all(name in kept for name in ("Ben", "Bea", "Cyd"))
    assert "Promoters less detractors" in brand
    assert "new customers" in score
    assert "target" in score


def test_a_buyer_reads_what_waits_for_them_and_what_they_accepted(demo):
    waiting, accepted = demo.runs(
        "import json, django; django.setup()\n"
        "from halves.models import Quote\n"
        "of = lambda state: Quote.objects.filter(state=state).latest('pk').token\n"
        "print(json.dumps([of('sent'), of('accepted')]))"
    )

    still, over = demo.opens(("", f"/q/{waiting}/"), ("", f"/q/{accepted}/"))

    assert "Accept this quote" in still
    assert "28 of the first 30 mornings" in still
    assert "Accepted by" in over


def test_mail_of_one_seller_is_seen_by_nobody_else(demo):
    hers, his = demo.opens(
        ("bea", "/conversations/?search=ladder"), ("ben", "/conversations/?search=ladder")
    )

    assert "About the ladder" in hers
    assert "About the ladder" not in his


def test_a_second_demo_leaves_all_as_it_is(demo):
    before = demo.holds()

    demo.fill()

    assert demo.holds() == before
    assert not any("failed" in one for one in before["letters"])


@pytest.mark.slow
@pytest.mark.parametrize("place", ["halves_handover", "halves_survey", "halves_callqueue"])
def test_one_that_was_killed_half_way_goes_on_to_the_same_house(demo, tmp_path, place):
    again = Demo(tmp_path)
    again.home.mkdir(parents=True)
    shutil.copy(demo.home / "begun", again.home / "begun")  # at the same moment
    process = subprocess.Popen(
        again.command(), env=environment(again.home), stdout=subprocess.DEVNULL
    )
    while process.poll() is None and not _has_any(again.home / "halves.sqlite3", place):
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (again.home / "filled").exists()

    again.fill()

    assert again.holds() == demo.holds()


def _has_any(file: Path, table: str) -> bool:
    if not file.exists():
        return False
    try:
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=1) as database:
            return bool(database.execute(f"select 1 from {table} limit 1").fetchall())
    except sqlite3.OperationalError:  # not there yet, or busy
        return False

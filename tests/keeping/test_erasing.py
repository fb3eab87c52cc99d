"""Erasing a person everywhere, and what a restored backup is told before it may send."""

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from halves.access.models import AuditEntry
from halves.keeping.erasing import erase_person, export_person, left_of
from halves.people import actions, consenting
from halves.people.models import Person
from halves.posting.book import book
from halves.posting.journal import Entry, Journal
from tests.conftest import touches
from tests.house import MONDAY

WHO = {"name": "Grace Hopper", "email": "grace@example.org", "phone": "+49 30 901820"}


@pytest.fixture
def grace(ada):
    person = actions.add_person(by=ada, at=MONDAY, source="typed", **WHO)
    actions.note(person, "Grace likes compilers", by=ada, at=MONDAY)
    said = {"channel": "email", "topic": "", "how": "form", "by": ada, "at": MONDAY}
    consenting.consent(person, is_given=True, **said)
    book().append("touches", touches(("t1", person.ledger_id), ("t2", "another")), batch="b")
    return person


def test_a_person_is_shown_all_that_is_known(ada, grace):
    found = export_person(grace, by=ada, at=MONDAY)

    rows = [row for facts in found.values() for row in facts]
    tables = {row["table"] for row in rows}
    assert {"person", "identifier", "note", "consent", "touches"} <= tables
    assert "Grace likes compilers" in json.dumps(rows)
    assert "another" not in json.dumps(rows)


def test_an_erased_person_is_named_nowhere(ada, grace, settings):
    ledger_id = grace.ledger_id
    gone = erase_person(grace, by=ada, at=MONDAY)

    assert gone["ledger"] == 1
    left = left_of([ledger_id], ["Grace", "grace@example.org", "+4930901820"])
    assert set(left.values()) == {0}
    database = settings.DATABASES["default"]
    files = list(settings.PLACE.home.parent.rglob("*"))
    if database["ENGINE"].endswith("sqlite3") and os.path.exists(str(database["NAME"])):
        files.append(Path(database["NAME"]))
    for file in files:
        if file.is_file():
            content = file.read_bytes()
            assert b"grace@example.org" not in content, file
            assert ledger_id.encode() not in content, file


def test_erasing_says_who_did_it_and_nothing_about_whom(ada, grace):
    erase_person(grace, by=ada, at=MONDAY)

    entry = AuditEntry.objects.get(what="person.erase")
    assert entry.by == ada
    assert (entry.before, entry.after) == ({}, {})


def test_erasing_again_is_safe(ada, grace):
    again = Person.objects.get(pk=grace.pk)
    erase_person(grace, by=ada, at=MONDAY)
    erase_person(again, by=ada, at=MONDAY)

    assert not Person.objects.filter(email="grace@example.org").exists()


def test_the_journal_names_nobody(ada, grace, settings):
    erase_person(grace, by=ada, at=MONDAY)

    written = (Journal.of(settings.PLACE.home).folder / "journal.jsonl").read_text()
    assert "grace" not in written
    assert [json.loads(line)["what"] for line in written.splitlines()] == ["allowed", "erased"]


def test_a_line_that_a_crash_cut_off_is_passed_over(tmp_path):
    journal = Journal(tmp_path)
    journal.write(Entry(at=MONDAY, what="refused", who=("a",), channel="email"))
    with (tmp_path / "journal.jsonl").open("a") as out:
        out.write('{"at": "2026-')

    assert [entry.who for entry in journal.read(since=MONDAY)] == [("a",)]
    assert not list(journal.read(since=MONDAY + timedelta(days=1)))

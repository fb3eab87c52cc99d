"""Backup and restore of a PostgreSQL database, as text of every table at one moment."""

import pytest
from django.db import connection

from halves.keeping.backup import Manifest, back_up, fill_postgresql
from halves.people import actions
from halves.people.models import Note, Person
from halves.people.queries import Asked, people_asked
from tests.house import MONDAY, Role, colleague


@pytest.fixture
def postgresql(transactional_db, house):
    if connection.vendor != "postgresql":
        pytest.skip("the database is SQLite: see test_backup.py")
    return house


def test_every_row_comes_back_and_new_ones_get_new_numbers(postgresql, tmp_path):
    ada = colleague("Ada", Role.OWNER)
    grace = actions.add_person(by=ada, at=MONDAY, source="t", name="Grace\tHopper\\N\nné")
    actions.note(grace, "kept", by=ada, at=MONDAY)
    backup = back_up(postgresql, tmp_path, at=MONDAY)
    assert Manifest.read(backup).vendor == "postgresql"
    Person.objects.all().delete()
    actions.add_person(by=ada, at=MONDAY, source="t", name="Added later")

    fill_postgresql(backup)

    assert [person.name for person in people_asked(ada, Asked(search="hopper"))] == [grace.name]
    assert Note.objects.get().words == "kept"
    assert not Person.objects.filter(name="Added later").exists()
    again = actions.add_person(by=ada, at=MONDAY, source="t", name="After")
    assert again.pk > grace.pk

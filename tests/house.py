"""One cast through all tests of the house: Ada owns, Ben and Bea are a team, Cyd is a stranger."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client

from halves.access.actions import add_user
from halves.access.models import Role, Team, User
from halves.place import Place

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
PASSWORD = "correct horse battery"


@pytest.fixture
def house(db, settings, tmp_path: Path) -> Place:
    """A home of its own, with a database and no ledger yet."""
    settings.PLACE = Place(tmp_path / "home", tmp_path / "home" / "halves.toml")
    settings.PLACE.home.mkdir()
    return django_settings.PLACE


def colleague(name: str, role: Role, team: str = "") -> User:
    found = Team.objects.get_or_create(name=team)[0] if team else None
    return add_user(
        email=f"{name.lower()}@example.org",
        name=name,
        role=role,
        team=found,
        password=PASSWORD,
        at=MONDAY,
    )


@pytest.fixture
def ada(house) -> User:
    return colleague("Ada", Role.OWNER)


@pytest.fixture
def lea(house) -> User:
    return colleague("Lea", Role.LEADER)


@pytest.fixture
def max_(house) -> User:
    return colleague("Max", Role.MARKETER)


@pytest.fixture
def ben(house) -> User:
    return colleague("Ben", Role.SELLER, "north")


@pytest.fixture
def bea(house) -> User:
    return colleague("Bea", Role.SELLER, "north")


@pytest.fixture
def cyd(house) -> User:
    return colleague("Cyd", Role.SELLER, "south")


@pytest.fixture
def vic(house) -> User:
    return colleague("Vic", Role.VIEWER)


def browser(user: User | None = None) -> Client:
    """A browser in which this user is signed in."""
    client = Client(SERVER_NAME="localhost")
    if user is not None:
        client.force_login(user)
    return client

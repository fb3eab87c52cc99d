"""One cast through all tests of the house: Ada owns, Ben and Bea are a team, Cyd is a stranger."""

import shutil
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client

from halves import Ledger, which_half
from halves.access.actions import add_user
from halves.access.models import Role, Team, User
from halves.jobs.models import Job, State
from halves.ledger.settings import Settings
from halves.measure import Answer
from halves.measure.next_test import NextTests, next_test
from halves.place import Place
from halves.report.planning import tests_as_data
from halves.scoreboard.actions import keep
from halves.scoreboard.models import AnswerRun
from halves.simulate import Company, simulate

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


@dataclass(frozen=True)
class Simulated:
    """A small company's half year on a ledger, and what the library says of it."""

    company: Company
    folder: Path  # of the ledger; copied, never written to
    answer: Answer
    tests: NextTests


@pytest.fixture(scope="session")
def simulated(tmp_path_factory) -> Simulated:
    """Without what is broadcast, whose model takes longest; asked once for all tests."""
    company = replace(Company.small(people=2_000, until=date(2025, 7, 1)), broadcasts=())
    folder = tmp_path_factory.mktemp("simulated") / "ledger"
    ledger = Ledger.create(folder)
    simulate(company, seed=1).write(ledger)
    answer = which_half(
        ledger,
        channels=company.channels,
        margin=company.margin,
        since=company.since,
        until=company.until,
        seed=1,
        currency=company.currency,
    )
    return Simulated(company, folder, answer, next_test(ledger, answer, channels=company.channels))


@pytest.fixture
def stocked(house: Place, simulated: Simulated) -> Place:
    """The house with that ledger and its settings; nobody has asked yet."""
    shutil.copytree(simulated.folder, house.ledger)
    company = simulated.company
    Settings(
        currency=company.currency,
        time_zone="UTC",
        margin=company.margin,
        channels=tuple(company.channels),
    ).write(house.settings_file)
    return house


@pytest.fixture
def answered(stocked: Place, simulated: Simulated) -> AnswerRun:
    """The same with an answer, as a worker leaves it."""
    job = Job.objects.create(kind="which_half", asked_at=MONDAY, state=State.DONE)
    run = AnswerRun.objects.create(job=job, at=MONDAY)
    rows = stocked.book().rows_written()
    tests = tests_as_data(simulated.tests, simulated.answer)
    keep(run, simulated.answer, tests, rows=rows, stages=15, at=MONDAY)
    run.refresh_from_db()
    return run

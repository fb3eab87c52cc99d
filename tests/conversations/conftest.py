"""Grace is someone we sell to; sellers are paid 30 an hour."""

import pytest

from halves.people.actions import add_person
from halves.people.models import Person
from tests.house import MONDAY

WAGES = 'currency = "EUR"\ntime_zone = "UTC"\n[wages]\nseller = 30\n'


@pytest.fixture
def grace(house) -> Person:
    said = {"name": "Grace Hopper", "email": "grace@navy.example"}
    return add_person(by=None, at=MONDAY, source="hand", **said)


@pytest.fixture
def paid(house) -> None:
    """The house has said what an hour of a seller costs."""
    house.settings_file.write_text(WAGES)

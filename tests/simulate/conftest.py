"""A small company and half a year of it, shared by the tests that only read."""

from datetime import date

import pytest

from halves.simulate import Company, Year, simulate


@pytest.fixture(scope="session")
def company() -> Company:
    return Company.small(people=2_000, until=date(2025, 7, 1))


@pytest.fixture(scope="session")
def year(company: Company) -> Year:
    return simulate(company, seed=1)

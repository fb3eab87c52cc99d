"""A small company and one year of it, shared by the tests that only read."""

import pytest

from halves.simulate import Company, Year, simulate


@pytest.fixture(scope="session")
def company() -> Company:
    return Company.small(people=3_000)


@pytest.fixture(scope="session")
def year(company: Company) -> Year:
    return simulate(company, seed=1)

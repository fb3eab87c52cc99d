"""A simulated company on a ledger: what goes in comes out, and it is whole."""

import pytest

from halves import Ledger
from halves.simulate import Company, Year, simulate


@pytest.fixture(scope="module")
def year() -> Year:
    return simulate(Company.small(people=2_000), seed=1)


def test_a_ledger_takes_every_table_and_gives_back_the_same_rows(year: Year, tmp_path):
    book = Ledger.create(tmp_path / "book")

    year.write(book)

    for name, rows in year.tables.items():
        assert book.read(name).num_rows == rows.num_rows > 0

"""A simulated company's files come in as what the company lived."""

from datetime import UTC, datetime

import pytest

from halves import Ledger
from halves.connect.guess import recognised_for_sure
from halves.connect.running import run_import
from halves.simulate import Company, simulate
from halves.simulate.files import write_files

NOW = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """The ledger as lived, and the ledger as imported from files."""
    home = tmp_path_factory.mktemp("company")
    year = simulate(Company.small(people=2000, seed=3), seed=3)
    lived = Ledger.create(home / "lived")
    year.write(lived)
    files = write_files(year, home / "files")
    settings = home / "halves.toml"
    files.recipe.settings.write(settings)
    imported, where = Ledger.create(home / "imported"), {"imports": home / "imports"}
    for export in files.exports:
        recipe = recognised_for_sure(export).recipe
        run_import(imported, [export], recipe=recipe, settings_file=settings, at=NOW, **where)
    done = run_import(
        imported, files.tables, recipe=files.recipe, settings_file=settings, at=NOW, **where
    )
    assert done.refused == 0
    return lived, imported


@pytest.mark.parametrize("table", ["touches", "spend", "outcomes", "assignments", "experiments"])
def test_every_row_comes_in_as_it_was(both, table):
    def rows(book):
        found = [
            {
                name: value.replace(microsecond=0) if isinstance(value, datetime) else value
                for name, value in row.items()
                if name not in ("batch", "source")
            }
            for row in book.read(table).to_pylist()
        ]
        return sorted(map(str, found))

    lived, imported = both
    assert rows(imported) == rows(lived)


def test_contacts_are_the_people_and_each_company_stands_in_for_itself(both):
    lived, imported = both
    people = {row["person_id"]: row for row in imported.read("people").to_pylist()}

    for row in lived.read("people").to_pylist():
        assert people[row["person_id"]]["account_id"] == row["account_id"]
        assert people[row["person_id"]]["region"] == row["region"]
    others = set(people) - set(lived.read("people")["person_id"].to_pylist())
    assert all(other.startswith("account:") for other in others)

"""A simulated company's files, as its systems would export them: a CRM's, and its own tables.

What comes out is imported like anything else: contacts and companies as HubSpot writes them, the
rest by the recipe that is written beside it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from halves.connect.recipe import Field, FileSpec, Recipe, RowSet
from halves.ledger.settings import Settings
from halves.simulate.year import Year

_PLAIN = ("touches", "spend", "outcomes", "assignments")
FIRST = (
    "Ada Alan Amara Aoife Astrid Ben Bo Carlos Chen Chidi Dana Diego Elif Emma Farid Femke Grace "
    "Hana Hugo Ines Ivan Jana Joan Jonas Kay Kofi Lars Leila Lena Luca Maja Mateo Mei Mina Nadia "
    "Nils Noor Olga Omar Paola Priya Quinn Rosa Sami Sofia Tariq Tomas Uma Vera Wim Yara Yusuf Zoe"
).split()
LAST = (
    "Adler Baker Bauer Bianchi Brown Castro Chen Costa Dahl Diaz Dubois Evans Fischer Garcia "
    "Gruber Hansen Hughes Ito Jansen Kaya Khan Kowalski Kumar Larsen Lee Lopez Meyer Moreau Nagy "
    "Nielsen Novak Okafor Olsen Park Patel Petrov Rossi Sato Schmidt Silva Singh Smith Stone "
    "Suzuki Tanaka Torres Vega Visser Wagner Weber White Wolf Wong Yilmaz Young Zhang Zimmer"
).split()
FIRM = (
    "Alder Amber Anchor Apex Aurora Beacon Birch Bright Canal Cedar Cobalt Copper Coral Crest "
    "Delta Drift Ember Fern Fjord Forge Garnet Harbor Hazel Indigo Juniper Kestrel Lantern Linden "
    "Maple Meridian Mill Nimbus North Oak Orchard Pearl Pine Quarry Raven Ridge River Sable Slate "
    "Solar Spruce Summit Tidal Vale Willow Wren"
).split()
TRADE = (
    "Analytics Bakery Bikes Books Build Care Cloud Coffee Design Energy Foods Freight Garden "
    "Glass Health Hotels Labs Legal Media Motors Optics Paper Robotics Schools Security Software "
    "Steel Studio Systems Textiles Tools Travel Water Works"
).split()
_TITLES = ("Buyer", "Director", "Engineer", "Founder", "Head of operations", "Manager", "Owner")


@dataclass(frozen=True)
class Files:
    """What was written.

    Args:
        exports: the CRM's files, which need no recipe.
        tables: the company's own tables.
        recipe: how these become rows of the ledger.
    """

    exports: tuple[Path, ...]
    tables: tuple[Path, ...]
    recipe: Recipe


def write_files(year: Year, folder: Path, *, owners: Sequence[str] = ()) -> Files:
    """Write a simulated company's files into a folder.

    Args:
        year: what the company lived.
        folder: where the files go.
        owners: e-mail addresses of the sellers who own its contacts; two thirds of them are owned.
    """
    folder.mkdir(parents=True, exist_ok=True)
    people = year.tables["people"]
    accounts = _accounts(people)
    exports = (folder / "hubspot-companies.csv", folder / "hubspot-contacts.csv")
    csv.write_csv(accounts, exports[0])
    csv.write_csv(_contacts(people, accounts, owners), exports[1])
    tables = []
    for name in _PLAIN:
        tables.append(folder / f"{name}.csv")
        csv.write_csv(_in_plain_words(year.tables[name]), tables[-1])
    return Files(exports, tuple(tables), _recipe(year))


def _recipe(year: Year) -> Recipe:
    """Columns are named as the ledger's are; tests and studies are few, and stand in the recipe."""
    company = year.company
    return Recipe(
        name="demo",
        about="A simulated company's own tables.",
        settings=Settings(
            currency=company.currency,
            time_zone="UTC",
            margin=company.margin,
            wages=company.wages,
            channels=company.channels,
        ),
        files={name: FileSpec(names=(f"{name}*.csv",)) for name in _PLAIN},
        rows=(
            *(
                RowSet(
                    table=name,
                    file=name,
                    fields={
                        column: Field(column=column) for column in year.tables[name].column_names
                    },
                )
                for name in _PLAIN
            ),
            *_constants(year, "experiments"),
            *_constants(year, "lifts"),
        ),
    )


def _constants(year: Year, table: str) -> Iterable[RowSet]:
    for row in year.tables[table].to_pylist():
        said = {
            name: Field(constant=value.isoformat() if hasattr(value, "isoformat") else value)
            for name, value in row.items()
            if value is not None
        }
        yield RowSet(table=table, about=f"{table} of the company", fields=said)


def _accounts(people: pa.Table) -> pa.Table:
    ids = pc.unique(people["account_id"].drop_null()).to_pylist()
    rng = np.random.default_rng(len(ids))
    first, second = (rng.integers(len(words), size=len(ids)) for words in (FIRM, TRADE))
    names = [
        f"{FIRM[a]} {TRADE[b]} {place}"
        for place, (a, b) in enumerate(zip(first, second, strict=True))
    ]
    return pa.table(
        {
            "Record ID": ids,
            "Company name": names,
            "Company Domain Name": [f"{_plain(name)}.example" for name in names],
            "Website URL": [f"https://{_plain(name)}.example" for name in names],
            "Industry": [TRADE[b] for b in second],
            "Company owner": [""] * len(ids),
            "Create Date": ["2022-01-01 09:00"] * len(ids),
        }
    )


def _contacts(people: pa.Table, accounts: pa.Table, owners: Sequence[str]) -> pa.Table:
    size = people.num_rows
    rng = np.random.default_rng(size)
    first, last, title = (
        [words[place] for place in rng.integers(len(words), size=size)]
        for words in (FIRST, LAST, _TITLES)
    )
    domain_of = dict(
        zip(
            accounts["Record ID"].to_pylist(),
            accounts["Company Domain Name"].to_pylist(),
            strict=True,
        )
    )
    name_of = dict(
        zip(accounts["Record ID"].to_pylist(), accounts["Company name"].to_pylist(), strict=True)
    )
    firms = people["account_id"].to_pylist()
    return pa.table(
        {
            "Record ID": people["person_id"],
            "First Name": first,
            "Last Name": last,
            "Email": [
                f"{_plain(a)}.{_plain(b)}.{place}@{domain_of.get(firm, 'mail.example')}"
                for place, (a, b, firm) in enumerate(zip(first, last, firms, strict=True))
            ],
            "Job Title": title,
            "Company Name": [name_of.get(firm, "") for firm in firms],
            "Associated Company IDs": [firm or "" for firm in firms],
            "Lifecycle Stage": ["lead"] * size,
            "Contact owner": _owned(firms, owners),
            "Country/Region": people["region"],
            "Create Date": pc.strftime(people["since"], "%Y-%m-%d %H:%M"),
        }
    )


def _owned(firms: Sequence[str | None], owners: Sequence[str]) -> list[str]:
    """Who owns each contact: all of a firm's are one seller's, and a third are nobody's."""
    if not owners:
        return [""] * len(firms)
    places = {firm: place for place, firm in enumerate(dict.fromkeys(firms))}
    return [
        "" if (at := places[firm]) % 3 == 2 else owners[(at - at // 3) % len(owners)]
        for firm in firms
    ]


def _in_plain_words(table: pa.Table) -> pa.Table:
    """Moments as ISO 8601 with their offset, so that nobody has to guess it."""
    columns = {}
    for name in table.column_names:
        column = table[name]
        is_moment = pa.types.is_timestamp(column.type)
        columns[name] = pc.strftime(column, "%Y-%m-%dT%H:%M:%S+00:00") if is_moment else column
    return pa.table(columns)


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())

"""What a company's ledger would hold: the lived year as tables, and how to put them in a book."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from halves.ledger import Ledger
from halves.simulate import tables
from halves.simulate.chance import Chance
from halves.simulate.company import Company
from halves.simulate.people import meet
from halves.simulate.world import live


@dataclass(frozen=True)
class Year:
    """Everything the company would know, by ledger table. The truth is not in it."""

    company: Company
    seed: int
    tables: Mapping[str, pa.Table]

    def write(self, book: Ledger) -> dict[str, int]:
        """Put every table on a ledger, one batch a table; again is a no-op.

        Returns:
            How many rows each table got.
        """
        whose = f"{self.company.people} people, seed {self.seed}"
        return {
            name: book.append(name, rows, batch=f"simulated {name}, {whose}").rows
            for name, rows in self.tables.items()
        }


def simulate(company: Company, *, seed: int) -> Year:
    """Live the company's days once and write down what it would see.

    Args:
        company: the design.
        seed: draws the people and their luck; the same seed gives the same tables.

    >>> simulate(Company.small(people=100), seed=1).tables["people"].num_rows
    100
    """
    chance = Chance(seed, company.people)
    people = meet(company, chance)
    [lived] = live(company, people, chance)
    return Year(company, seed, tables.of(company, people, lived, chance))

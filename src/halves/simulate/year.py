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

    def write(self, book: Ledger) -> None:
        """Put every table on a ledger, one batch a table; again is a no-op."""
        for name, rows in self.tables.items():
            book.append(name, rows, batch=f"simulated-{name}-seed-{self.seed}")


def simulate(company: Company, *, seed: int) -> Year:
    """Live the company's days once and write down what it would see.

    Args:
        company: the design.
        seed: draws the people and their luck; the same seed gives the same tables.
    """
    chance = Chance(seed, company.people)
    people = meet(company, chance)
    lived = live(company, people, chance, off=frozenset())
    return Year(company, seed, tables.of(company, people, lived, chance))

"""Who is who among people of a house: simulated contacts with the errors of sales and imports.

Names come from the historical figures (one record each, so that they are as common and as rare as
real ones); accounts, addresses, numbers, and what goes wrong, are drawn. The recipe and its
threshold are the product's own. `fake_1000` (MIT) is judged with them too, by its own truth.

    .venv/bin/python -m bench.identity_people
"""

import csv
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from halves.people.alike import LINK, PEOPLE, described, proposed
from halves.people.matching import probable_pairs

SHARED = Path(__file__).parents[2] / "shared/data/identity"
FIGURES = SHARED / "historical_figures_with_errors_50k.parquet"
FAKE = SHARED / "fake_1000.csv"
COLUMNS = ("name", "family", "mailbox", "email", "phone", "account", "region")
SHORT = {
    "william": "bill",
    "robert": "bob",
    "thomas": "tom",
    "james": "jim",
    "charles": "charlie",
    "edward": "ted",
    "elizabeth": "liz",
    "margaret": "peggy",
    "alexander": "alex",
    "samuel": "sam",
    "joseph": "joe",
    "frederick": "fred",
}
WAYS = (
    "{first}.{family}",
    "{first[0]}{family}",
    "{first}",
    "{family}.{first}",
    "{first[0]}.{family}",
)


@dataclass
class Contact:
    """A person as one record has them."""

    first: str
    family: str
    email: str
    phone: str
    account: str
    region: str

    @classmethod
    def drawn(cls, first: str, family: str, rng: np.random.Generator) -> "Contact":
        number = int(min(rng.zipf(1.3), 4_000))
        region = ("north", "south", "east", "west")[number % 4]
        phone = f"+4930{rng.integers(10**6, 10**7)}" if rng.random() < 0.7 else ""
        one = cls(first, family, "", phone, f"account {number}", region)
        one.email = one.address(f"account{number}.example", rng) if rng.random() < 0.85 else ""
        return one

    def address(self, domain: str, rng: np.random.Generator) -> str:
        way = WAYS[rng.choice(len(WAYS), p=[0.5, 0.2, 0.1, 0.1, 0.1])]
        return f"{way.format(first=self.first, family=self.family)}@{domain}"

    def again(self, rng: np.random.Generator) -> "Contact":
        """The same person, entered once more: by hand, from a list, years later."""
        one = Contact(**vars(self))
        if rng.random() < 0.25:  # they work elsewhere now
            moved = Contact.drawn(one.first, one.family, rng)
            one.account, one.region, one.email = moved.account, moved.region, moved.email
        elif rng.random() < 0.5:  # another address: a private one, or none was given
            private = one.address("mail.example", rng)
            one.email = private if rng.random() < 0.6 else ""
        if rng.random() < 0.4:
            one.phone = "" if rng.random() < 0.7 else f"+4917{rng.integers(10**6, 10**7)}"
        if rng.random() < 0.2:
            one.account = ""
        if rng.random() < 0.2:
            one.first = SHORT.get(one.first, one.first[0])
        if rng.random() < 0.2:
            one.family = _slip(one.family, rng)
        if rng.random() < 0.05:
            one.first, one.family = one.family, one.first
        return one

    def row(self) -> tuple[str | None, ...]:
        name = f"{self.first} {self.family}"
        mailbox = self.email.partition("@")[0]
        said = (name, name.rpartition(" ")[2], mailbox, self.email, self.phone, self.account)
        return tuple(one or None for one in (*said, self.region))


def _slip(word: str, rng: np.random.Generator) -> str:
    """A letter left out, doubled, or two that changed places."""
    at = int(rng.integers(1, max(len(word) - 1, 2)))
    slips = (
        word[:at] + word[at + 1 :],
        word[:at] + word[at - 1 :],
        word[: at - 1] + word[at : at + 1] + word[at - 1] + word[at + 1 :],
    )
    return slips[rng.integers(3)] or word


def contacts(people: int, rng: np.random.Generator) -> tuple[pa.Table, NDArray[np.int64]]:
    """Records and whose they are: 15 of 100 people have two to four."""
    figures = pq.read_table(FIGURES, columns=["cluster", "first_name", "surname"]).to_pylist()
    names = {one["cluster"]: one for one in figures if one["first_name"] and one["surname"]}
    first = [one["first_name"] for one in names.values()]
    family = [one["surname"] for one in names.values()]
    rows, truth = [], []
    for key in range(people):
        # First and family names apart, so that there are strangers of one name, as there are.
        said = first[rng.integers(len(first))], family[rng.integers(len(family))]
        one = Contact.drawn(*said, rng)
        more = int(rng.choice([0, 1, 2, 3], p=[0.85, 0.1, 0.03, 0.02]))
        rows += [one.row(), *(one.again(rng).row() for _ in range(more))]
        truth += [key] * (1 + more)
    return _table(rows), np.array(truth)


def fake_thousand() -> tuple[pa.Table, NDArray[np.int64]]:
    """Splink's 1,000 records, as people of a house: the town is their region."""
    with FAKE.open(encoding="utf-8", newline="") as file:
        said = list(csv.DictReader(file))
    rows = []
    for one in said:
        name = f"{one['first_name']} {one['surname']}".strip().casefold()
        mailbox = one["email"].partition("@")[0]
        row = (name, name.rpartition(" ")[2], mailbox, one["email"], "", "", one["city"].casefold())
        rows.append(tuple(value or None for value in row))
    return _table(rows), np.array([int(one["cluster"]) for one in said])


def _table(rows: list[tuple[str | None, ...]]) -> pa.Table:
    columns = dict(zip(COLUMNS, zip(*rows, strict=True), strict=True))
    keys = pa.array(range(len(rows)), pa.int64())
    texts = {name: pa.array(held, pa.string()) for name, held in columns.items()}
    return described(pa.table({"unique_id": keys, **texts}))


@dataclass(frozen=True)
class Judged:
    """What is proposed from the product's threshold on, against the truth."""

    records: int
    pairs: int
    precision: float
    recall: float
    seconds: float


def judged(records: pa.Table, truth: NDArray[np.int64]) -> Judged:
    begun = time.monotonic()
    found = probable_pairs(records, PEOPLE, least=LINK, seed=1, tell=lambda _words: None)
    found = proposed(found)
    seconds = time.monotonic() - begun
    first, second = (found[f"unique_id_{end}"].to_numpy() for end in "lr")
    right = int((truth[first] == truth[second]).sum())
    counts = np.bincount(truth)
    pairs = int((counts * (counts - 1) // 2).sum())
    precision = right / max(len(first), 1)
    return Judged(records.num_rows, pairs, precision, right / pairs, seconds)


def main() -> None:
    for people, seed in ((1_200, 1), (20_000, 1), (20_000, 2), (20_000, 3)):
        found = judged(*contacts(people, np.random.default_rng(seed)))
        print(f"simulated contacts, seed {seed}: {found}")
    print(f"fake_1000: {judged(*fake_thousand())}")


if __name__ == "__main__":
    main()

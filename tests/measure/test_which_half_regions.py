"""What to test next where nobody is reached by name: regions."""

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from halves import Ledger, which_half
from halves.measure import Proposal
from tests.measure.shop import OPENS, TV, WEEK, money, spend

REGIONS, WEEKS = 16, 26


def proposed(book: Ledger, *, spent: float, noise: float, by_person: bool = False) -> Proposal:
    """Regions that sell 1,000 a week, give or take the noise; what is proposed for tv."""
    rng = np.random.default_rng(4)
    names = [f"r{place:02d}" for place in range(REGIONS)]
    rows = [
        (name, OPENS + (week + 0.5) * WEEK, 1000 + noise * rng.standard_normal())
        for name in names
        for week in range(WEEKS)
    ]
    size = len(rows)
    sales = {
        "outcome_id": [f"deal {place}" for place in range(size)],
        "person_id": [f"someone in {name}" for name, _, _ in rows],
        "at": pa.array([at for _, at, _ in rows]),
        "kind": ["deal_closed"] * size,
        "value": money(np.array([value for _, _, value in rows])),
        "source": ["till"] * size,
    }
    if by_person:
        people = {
            "person_id": [f"someone in {name}" for name in names],
            "region": names,
            "since": pa.array([OPENS] * REGIONS),
        }
        book.append("people", pa.table(people), batch="people")
    else:
        sales["region"] = [name for name, _, _ in rows]
    book.append("outcomes", pa.table(sales), batch="sales")
    book.append("spend", spend("tv", spent), batch="tv")
    book.compact()
    answer = which_half(
        book,
        channels=[TV],
        margin=0.5,
        since=date(2026, 1, 1),
        until=date(2026, 7, 2),
        seed=1,
        currency="USD",
    )
    return answer.units[0].proposal


@pytest.mark.parametrize("by_person", [False, True])
def test_quiet_regions_settle_what_pays_from_a_fifth_of_sales(book: Ledger, by_person: bool):
    # 16 regions sell about 416,000 in all; at margin 0.5, tv pays from 83,200, a fifth
    proposal = proposed(book, spent=41_600, noise=30.0, by_person=by_person)

    assert proposal.withheld == "tv"
    assert proposal.words.startswith("leave out r")
    assert "it pays from 83,200 USD" in proposal.words
    # a region-week strays by 3%, and 4 weeks of two regions by about 3% / √8 · √(1 + 1/14)
    assert 0.01 < proposal.detectable / 416_000 < 0.2
    assert proposal.people == (2 if by_person else 0)


def test_noisy_regions_settle_nothing_and_that_is_said(book: Ledger):
    proposal = proposed(book, spent=2_000, noise=300.0)

    assert proposal.words.startswith("no test by regions would settle it: even leaving out r")
    assert proposal.detectable > 4_000

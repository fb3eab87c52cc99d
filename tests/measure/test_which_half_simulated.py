"""The answer against the truth, on simulated companies."""

from dataclasses import dataclass

import pytest

from halves import Ledger, which_half
from halves.simulate import Company, simulate, truth


@dataclass
class Tally:
    """How often intervals hold the truth, and verdicts say it."""

    intervals: int = 0
    held: int = 0
    verdicts: int = 0
    true: int = 0


def tally(tmp_path, *, people: int, seeds: range) -> Tally:
    """Ask of every tested channel of every company, and compare."""
    found = Tally()
    for seed in seeds:
        company = Company.small(people=people, seed=seed)
        book = Ledger.create(tmp_path / f"book {seed}")
        simulate(company, seed=seed).write(book)
        book.compact()
        answer = which_half(
            book,
            channels=company.channels,
            margin=company.margin,
            since=company.since,
            until=company.until,
            seed=1,
            currency=company.currency,
        )
        tested = [unit for unit in answer.units if unit.is_tested]
        known = truth(company, seed=seed, units=[unit.unit for unit in tested]).units
        for unit in tested:
            of_unit = known[unit.unit]
            found.intervals += 1
            found.held += not unit.incremental.excludes(of_unit.incremental)
            if unit.verdict != "unknown":
                found.verdicts += 1
                found.true += (unit.verdict == "wasted") == of_unit.is_wasted
    return found


@pytest.mark.slow
def test_verdicts_on_a_simulated_company_are_true(tmp_path):
    found = tally(tmp_path, people=6000, seeds=range(1, 2))

    assert found.intervals >= 4
    assert found.true == found.verdicts


@pytest.mark.slow
def test_intervals_hold_the_truth_and_verdicts_say_it(tmp_path):
    found = tally(tmp_path, people=8000, seeds=range(100, 140))

    # 200 intervals: 90% ± 3 standard errors of 2.1% each, and a little for one company's sharing
    assert 0.82 <= found.held / found.intervals <= 0.98
    assert found.verdicts >= 20
    assert found.true / found.verdicts >= 0.85

"""A company whose truth is known: for the demo, the tests and the benchmark."""

from halves.simulate.company import Company, Demand
from halves.simulate.truth import Money, Truth, UnitTruth, outcome_of, truth
from halves.simulate.year import Year, simulate

__all__ = [
    "Company",
    "Demand",
    "Money",
    "Truth",
    "UnitTruth",
    "Year",
    "outcome_of",
    "simulate",
    "truth",
]

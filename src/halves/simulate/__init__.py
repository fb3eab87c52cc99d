"""A company whose truth is known: for the demo, the tests and the benchmark."""

from halves.simulate.company import Company, Demand
from halves.simulate.mailing import Aftermath, after
from halves.simulate.practices import Effect, Mailing
from halves.simulate.truth import Money, Truth, UnitTruth, outcome_of, truth
from halves.simulate.year import Year, simulate

__all__ = [
    "Aftermath",
    "Company",
    "Demand",
    "Effect",
    "Mailing",
    "Money",
    "Truth",
    "UnitTruth",
    "Year",
    "after",
    "outcome_of",
    "simulate",
    "truth",
]

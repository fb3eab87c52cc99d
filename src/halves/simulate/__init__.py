"""A company whose truth is known: to demonstrate, test and benchmark what halves measures."""

from halves.simulate.company import Company
from halves.simulate.truth import Truth, UnitTruth, truth
from halves.simulate.year import Year, simulate

__all__ = ["Company", "Truth", "UnitTruth", "Year", "simulate", "truth"]

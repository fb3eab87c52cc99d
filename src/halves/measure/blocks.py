"""A table that is mostly zero, without its zeros: what is worked out of it costs what is there."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from halves.measure.adjust import Floats

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Block:
    """Rows of one kind, and those of their columns that hold anything.

    Args:
        rows: shape (r,), of the table.
        columns: shape (c,), of the table.
        values: shape (r, c).
    """

    rows: Integers
    columns: Integers
    values: Floats


@dataclass(frozen=True)
class Blocks:
    """A table in blocks of rows that are zero in the same columns.

    Args:
        shape: of the whole table.
        parts: each row is in one of them.
    """

    shape: tuple[int, int]
    parts: list[Block]

    @classmethod
    def of(cls, table: Floats, kind: Integers) -> Self:
        """Split a table by kinds of rows; any kinds are right, and good ones are quick.

        Args:
            table: shape (row, column).
            kind: shape (row,).

        >>> table = np.array([[1.0, 2.0, 0.0], [1.0, 0.0, 3.0], [1.0, 4.0, 0.0]])
        >>> [one.values.tolist() for one in Blocks.of(table, np.array([7, 8, 7])).parts]
        [[[1.0, 2.0], [1.0, 4.0]], [[1.0, 3.0]]]
        """
        parts = []
        for one in np.unique(kind):
            rows = np.flatnonzero(kind == one)
            columns = np.flatnonzero(table[rows].any(axis=0))
            parts.append(Block(rows, columns, table[np.ix_(rows, columns)]))
        return cls((table.shape[0], table.shape[1]), parts)

    def times(self, value: Floats) -> Floats:
        """The table times a column of numbers: shape (column,) → shape (row,)."""
        found = np.zeros(self.shape[0])
        for one in self.parts:
            found[one.rows] = one.values @ value[one.columns]
        return found

    def summed(self, weights: Floats) -> Floats:
        """The sum of rows by their weights: shape (row,) → shape (column,)."""
        found = np.zeros(self.shape[1])
        for one in self.parts:
            found[one.columns] += weights[one.rows] @ one.values
        return found

    def products(self, weights: Floats) -> Floats:
        """Sums of products of columns by weights of rows: shape (row,) → shape (column, column).

        >>> table = np.array([[1.0, 2.0, 0.0], [1.0, 0.0, 3.0], [1.0, 4.0, 0.0]])
        >>> weights = np.array([0.5, 1.0, 2.0])
        >>> found = Blocks.of(table, np.array([7, 8, 7])).products(weights)
        >>> bool(np.allclose(found, (table * weights[:, None]).T @ table))
        True
        """
        found = np.zeros((self.shape[1], self.shape[1]))
        for one in self.parts:
            weighted = one.values * weights[one.rows][:, None]
            found[np.ix_(one.columns, one.columns)] += weighted.T @ one.values
        return found

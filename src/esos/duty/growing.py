"""Numpy columns that grow by doubling, so that one more row never costs a copy of all the others."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
FIRST_CAPACITY_ROWS = 8


class GrowingTable:
    """Named columns of equal length. ``dtypes`` maps each column's name to its numpy type code."""

    def __init__(self, dtypes: Mapping[str, str]) -> None:
        self.count = 0
        self._capacity = FIRST_CAPACITY_ROWS
        self._columns: dict[str, Array] = {name: np.zeros(FIRST_CAPACITY_ROWS, code) for name, code in dtypes.items()}

    def __getitem__(self, name: str) -> Array:
        """The used part of a column: a view, valid until the next ``append``."""
        return self._columns[name][: self.count]

    def append(self) -> int:
        """Add a row of zeros; its number."""
        if self.count == self._capacity:
            for name, column in self._columns.items():
                self._columns[name] = np.concatenate([column, np.zeros_like(column)])
            self._capacity *= 2
        self.count += 1
        return self.count - 1

    def put(self, at: int, values: Mapping[str, int | bool]) -> None:
        """Overwrite some columns of one row."""
        for name, value in values.items():
            self._columns[name][at] = value


class RowList:
    """An unordered list of row numbers without repetitions, kept by whoever adds and removes. Small: there are many."""

    __slots__ = ("_count", "_rows")

    def __init__(self) -> None:
        self._rows: Array = np.zeros(2, "i4")
        self._count = 0

    @property
    def rows(self) -> Array:
        """The rows: a view, valid until the next change."""
        return self._rows[: self._count]

    def add(self, row: int) -> None:
        """Add a row that is not in the list."""
        if self._count == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        self._rows[self._count] = row
        self._count += 1

    def remove(self, row: int) -> None:
        """Remove a row that is in the list; the last one takes its place."""
        rows = self.rows
        rows[int(np.flatnonzero(rows == row)[0])] = rows[-1]
        self._count -= 1

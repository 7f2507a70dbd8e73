"""Many rows in few steps: multi-row statements through the SQLite driver, for the paths that are measured.

Every step of the driver lets go of the interpreter and must win it back; beside a busy event loop that
costs up to a switch interval a row. One statement of 64 rows costs it once. Lengths are powers of two,
so that the driver's statement cache knows every text after the first minute.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from typing import Any, TypeVar

from sqlalchemy import Table

from esos.storage.limits import BULK_MAX_ROWS

T = TypeVar("T")
Row = tuple[Any, ...]


def chunks(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cut into pieces whose lengths are powers of two, the longest first."""
    start, size = 0, BULK_MAX_ROWS
    while start < len(rows):
        while size > len(rows) - start:
            size //= 2
        yield rows[start : start + size]
        start += size


@cache
def value_rows(rows: int, width: int) -> str:
    """As many groups of question marks as there are rows: ``(?,?),(?,?)``."""
    return ",".join(["(" + ",".join("?" * width) + ")"] * rows)


@cache
def _insert_text(table: Table, rows: int, tail: str) -> str:
    names = [column.name for column in table.columns if column.name != "num"]
    listed = ",".join(f'"{name}"' for name in names)
    return f'INSERT INTO "{table.name}"({listed}) VALUES {value_rows(rows, len(names))}{tail}'  # noqa: S608 - names from the schema


def insert_rows(driver: sqlite3.Connection, table: Table, rows: Sequence[Row], tail: str = "") -> None:
    """Insert rows given in the schema's column order (without ``num``); ``tail`` is an ON CONFLICT clause."""
    for piece in chunks(rows):
        driver.execute(_insert_text(table, len(piece), tail), list(chain.from_iterable(piece)))


def run_rows(driver: sqlite3.Connection, head: str, tail: str, rows: Sequence[Row]) -> None:
    """Run ``head (VALUES …) tail`` for rows of equal width, in as few statements as the limit allows."""
    for piece in chunks(rows):
        values = value_rows(len(piece), len(piece[0]))
        driver.execute(f"{head}(VALUES {values}){tail}", list(chain.from_iterable(piece)))


def run_in(driver: sqlite3.Connection, head: str, values: Sequence[Any]) -> None:
    """Run ``head IN (values)``, in as few statements as the limit allows."""
    for piece in chunks(values):
        driver.execute(f"{head} IN ({','.join('?' * len(piece))})", piece)


def select_in(driver: sqlite3.Connection, head: str, values: Sequence[Any]) -> list[Row]:
    """All rows of ``head IN (values)``, in no particular order."""
    found: list[Row] = []
    for piece in chunks(values):
        found += driver.execute(f"{head} IN ({','.join('?' * len(piece))})", piece).fetchall()
    return found

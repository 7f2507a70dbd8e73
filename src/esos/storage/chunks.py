"""Long lists cut into pieces of a few lengths, so that a statement cache knows every text."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from esos.storage.limits import BULK_MAX_ROWS

T = TypeVar("T")


def chunks(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cut into pieces whose lengths are powers of two, the longest first."""
    start, size = 0, BULK_MAX_ROWS
    while start < len(rows):
        while size > len(rows) - start:
            size //= 2
        yield rows[start : start + size]
        start += size

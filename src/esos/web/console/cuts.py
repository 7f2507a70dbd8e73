"""A part of a long list as a page shows it, with where its next part begins: nothing is left out without a way on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut(Generic[T]):
    """``rows`` of ``total``, of which the first is number ``start``; ``following`` begins the next part, 0: none."""

    name: str
    rows: tuple[T, ...]
    start: int
    total: int
    following: int


def cut_of(name: str, found: Sequence[T], starts: dict[str, int], size: int) -> Cut[T]:
    """The part of a list that begins where ``starts`` says of it."""
    start = max(0, starts.get(name, 0))
    end = start + size
    rows = tuple(found[start:end])
    return Cut(name=name, rows=rows, start=start, total=len(found), following=end if end < len(found) else 0)


def starts_in(asked: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Where each list of a page is to begin, as its address says."""
    return {name: int(text) for name, text in asked if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS}


MAX_DIGITS = 6

"""The seam between ranking and the engine that searches: what any index must take and give.

``columns.py`` and ``scan.py`` are the first engine (a scan of numpy columns). A later one, with bitmaps
and a certificate of exactness, implements the same protocol and must find the same, byte for byte.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from esos.duty.gates import Gate, Question
from esos.duty.record import MemberRecord
from esos.duty.tier import PactTerms
from esos.duty.weights import Term


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One member as an index scored it; ``units`` are those useful for the open need."""

    member: str
    tier: int
    units: int
    terms: Mapping[Term, int]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search found.

    ``best`` are the first ``count`` members by total, ties by id; ``eligible`` pass every gate, with
    ``eligible_units`` useful units together; ``excluded`` counts the others, each under the first gate that
    stops it; ``considered`` is everybody registered.
    """

    best: tuple[Score, ...]
    eligible: int
    eligible_units: int
    excluded: Mapping[Gate, int]
    considered: int


class Index(Protocol):
    """A search over the register's records, patched one record at a time."""

    def patch(self, old: MemberRecord | None, new: MemberRecord | None) -> None:
        """Take in one change: the record as the index last saw it, and as it is now; None where there is none."""

    def set_pact(self, pact: str, terms: PactTerms) -> None:
        """Take in the terms of a pact."""

    def find(self, question: Question) -> Found:
        """Answer a question exactly: the same as asking every record in turn."""

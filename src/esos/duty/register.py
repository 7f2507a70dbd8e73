"""The register of members in memory: a fold of register events that names the journal number it stands at.

Law 12: two registers that applied the same events answer alike, in whatever order their members came.
It does no locking; its owner lets one task write.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from esos.duty.events import (
    ConflictDeclared,
    MemberRegistered,
    MemberRemoved,
    PactPublished,
    RegisterEvent,
    RequestsCounted,
)
from esos.duty.fold import fold_event, with_conflict
from esos.duty.index import Index
from esos.duty.prefixes import PrefixTable, is_prefix
from esos.duty.record import MemberRecord
from esos.duty.scan import ColumnIndex
from esos.duty.tier import PactTerms
from esos.errors import Conflict, Malformed, Unknown


class Register:
    """Members with ``version``, the journal number of the last statement applied (0: none)."""

    def __init__(self) -> None:
        self.version = 0
        self.pacts: dict[str, PactTerms] = {}
        self._records: dict[str, MemberRecord] = {}
        self._columns = ColumnIndex()
        self._requests: dict[str, RequestsCounted] = {}
        self._origins: PrefixTable | None = None
        self._behind: dict[str, MemberRecord | None] = {}
        """Members the index has not caught up with, each with the record it last saw."""

    def __len__(self) -> int:
        """How many members are registered."""
        return len(self._records)

    def __iter__(self) -> Iterator[MemberRecord]:
        """Records by member id."""
        return iter(sorted(self._records.values(), key=lambda record: record.member))

    def __contains__(self, member: object) -> bool:
        """Whether a member is registered."""
        return member in self._records

    def find(self, member: str | None) -> MemberRecord | None:
        """The record of a member, None where nobody of that id is registered."""
        return None if member is None else self._records.get(member)

    def record(self, member: str) -> MemberRecord:
        """The record of a member; raises ``Unknown`` with code ``duty.member``."""
        record = self._records.get(member)
        if record is None:
            raise Unknown("duty.member", f"No member {member!r} is registered.", hint="Register its card first.")
        return record

    def apply(self, version: int, event: RegisterEvent) -> None:
        """Fold one event of the statement with this journal number; one statement may bring several.

        Raises ``Conflict`` (``duty.version``) for a number below the last, ``Unknown`` for an event about
        nobody registered (``duty.member``) or a pact never accepted (``duty.accession``); then nothing has changed.
        """
        if version < self.version:
            raise Conflict(
                "duty.version",
                f"Statement {version} comes before {self.version}, which is applied already.",
                hint="Apply statements in journal order, or fold a new register from the start.",
            )
        match event:
            case MemberRegistered():
                self._register(event)
            case MemberRemoved():
                self._put(self.record(event.member).member, None)
            case ConflictDeclared():
                self._declare(event)
            case PactPublished():
                self._publish(event)
            case RequestsCounted():
                self._requests[self.record(event.member).member] = event
            case _:
                self._put(event.member, fold_event(self.record(event.member), event))
        self.version = version

    @property
    def index(self) -> Index:
        """The search over the register, brought up to date: only members that changed are touched."""
        for member, seen in self._behind.items():
            self._columns.patch(seen, self._records.get(member))
        self._behind.clear()
        return self._columns

    def resting(self, *, open_max: int, recent_max: int, since_ms: int) -> frozenset[str]:
        """Members with so many requests open, or so many asked of them since an instant, that they get no more."""
        return frozenset(
            member
            for member, seen in self._requests.items()
            if seen.open_count >= open_max or seen.is_asked_often(recent_max, since_ms)
        )

    def versions_of(self, family: str) -> frozenset[str]:
        """Every version of a pact published here, by its short name."""
        return frozenset(pact for pact, terms in self.pacts.items() if terms.family == family)

    def origin_of(self, prefix: str) -> int | None:
        """The network that an address or prefix belongs to by what members' cards say; None where none does."""
        if self._origins is None:
            self._origins = PrefixTable(_prefixes(self._records.values()))
        try:
            return self._origins.origin(prefix.partition("/")[0])
        except Malformed:
            return None

    def rebuild_index(self) -> None:
        """Throw the search away; it is built anew from the records at next use and answers the same."""
        self._columns = ColumnIndex()
        for pact, terms in self.pacts.items():
            self._columns.set_pact(pact, terms)
        self._behind = dict.fromkeys(self._records)

    def _register(self, event: MemberRegistered) -> None:
        known = self._records.get(event.member)
        if known is None:
            self._put(event.member, MemberRecord(member=event.member, card=event.card, registered_ms=event.at_ms))
        else:
            self._put(event.member, replace(known, card=event.card))

    def _declare(self, event: ConflictDeclared) -> None:
        """Keep the conflict with whichever of the two is registered; it is read from both sides."""
        named = [(event.member, event.other), (event.other, event.member)]
        holder, other = next((pair for pair in named if pair[0] in self._records), named[0])
        self._put(holder, with_conflict(self.record(holder), other))

    def _publish(self, event: PactPublished) -> None:
        self.pacts[event.pact] = PactTerms(
            name=event.name,
            family=event.family,
            owed=None if event.owed_lines is None else frozenset(event.owed_lines),
            duties=event.duties,
        )
        self._columns.set_pact(event.pact, self.pacts[event.pact])

    def _put(self, member: str, record: MemberRecord | None) -> None:
        """Replace a record, remembering the one the index last saw."""
        known = self._records.get(member)
        self._behind.setdefault(member, known)
        if _routes(known) != _routes(record):
            self._origins = None
        if record is None:
            del self._records[member]
            self._requests.pop(member, None)
        else:
            self._records[member] = record


def _routes(record: MemberRecord | None) -> tuple[tuple[str, ...], tuple[int, ...]]:
    return ((), ()) if record is None else (record.card.prefixes, record.card.asns)


def _prefixes(records: Iterable[MemberRecord]) -> Iterator[tuple[str, int]]:
    """Prefixes with the network of the card they stand on; one that cannot be read is nobody's."""
    for record in records:
        if record.card.asns:
            yield from ((prefix, record.card.asns[0]) for prefix in record.card.prefixes if is_prefix(prefix))

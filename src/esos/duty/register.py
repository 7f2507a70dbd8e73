"""The register of members in memory: a fold of register events that names the journal number it stands at.

Law 12: two registers that applied the same events answer alike, in whatever order their members came.
It does no locking; its owner lets one task write.
"""

from collections.abc import Callable, Iterator
from typing import Any

from dataclasses import replace

from esos.duty.events import (
    Acceded,
    AccessionWithdrawn,
    Answered,
    AvailabilityStated,
    ConflictDeclared,
    GrantLodged,
    LoadCarried,
    MemberRegistered,
    MemberRemoved,
    MemberSuspended,
    PackageLodged,
    PactPublished,
    Reached,
    RegisterEvent,
)
from esos.duty.index import Index
from esos.duty.record import Accession, Consent, Load, MemberRecord, Package, Stated
from esos.duty.scan import ColumnIndex
from esos.duty.tier import PactTerms
from esos.errors import Conflict, Unknown


class Register:
    """Members with ``version``, the journal number of the last statement applied (0: none)."""

    def __init__(self) -> None:
        self.version = 0
        self.pacts: dict[str, PactTerms] = {}
        self._records: dict[str, MemberRecord] = {}
        self._columns = ColumnIndex()
        self._indexed: dict[str, MemberRecord | None] = {}

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

        Raises ``Conflict`` (``duty.version``) for a number below the last, ``Unknown`` (``duty.member``) for an
        event about nobody registered; then nothing has changed.
        """
        if version < self.version:
            raise Conflict(
                "duty.version",
                f"Statement {version} comes before {self.version}, which is applied already.",
                hint="Apply statements in journal order, or fold a new register from the start.",
            )
        _FOLDS[type(event)](self, event)
        self.version = version

    @property
    def index(self) -> Index:
        """The search over the register, brought up to date: only members that changed are touched."""
        for member, seen in self._indexed.items():
            self._columns.patch(seen, self._records.get(member))
        self._indexed.clear()
        return self._columns

    def rebuild_index(self) -> None:
        """Throw the search away and build it anew from the records; answers stay the same."""
        self._columns = ColumnIndex()
        for pact, terms in self.pacts.items():
            self._columns.set_pact(pact, terms)
        self._indexed = dict.fromkeys(self._records)

    def _put(self, member: str, record: MemberRecord | None) -> None:
        """Replace a record, remembering the one the index last saw."""
        self._indexed.setdefault(member, self._records.get(member))
        if record is None:
            del self._records[member]
        else:
            self._records[member] = record

    def _register(self, event: MemberRegistered) -> None:
        known = self._records.get(event.member)
        if known is None:
            self._put(event.member, MemberRecord(member=event.member, card=event.card, registered_ms=event.at_ms))
        else:
            self._put(event.member, replace(known, card=event.card))

    def _remove(self, event: MemberRemoved) -> None:
        self._put(self.record(event.member).member, None)

    def _suspend(self, event: MemberSuspended) -> None:
        self._change(event.member, suspended=event.suspended)

    def _state(self, event: AvailabilityStated) -> None:
        stated = Stated(units_free=event.units_free, as_of_ms=event.as_of_ms, ttl_ms=event.ttl_ms)
        self._change(event.member, availability={**self.record(event.member).availability, event.line: stated})

    def _carry(self, event: LoadCarried) -> None:
        load = Load(units=event.units, at_ms=event.at_ms)
        self._change(event.member, carried={**self.record(event.member).carried, event.line: load})

    def _lodge_package(self, event: PackageLodged) -> None:
        package = Package(lines=dict(event.lines), urgencies=event.urgencies, valid_until_ms=event.valid_until_ms)
        self._change(event.member, package=package if event.lines else None)

    def _lodge_grant(self, event: GrantLodged) -> None:
        consent = Consent(lines=event.lines, valid_until_ms=event.valid_until_ms)
        self._change(event.member, consents={**self.record(event.member).consents, event.grantee: consent})

    def _declare(self, event: ConflictDeclared) -> None:
        """Keep the conflict with whichever of the two is registered; it is read from both sides."""
        named = [(event.member, event.other), (event.other, event.member)]
        holder, other = next((pair for pair in named if pair[0] in self._records), named[0])
        self._change(holder, declared=self.record(holder).declared | {other})

    def _publish(self, event: PactPublished) -> None:
        owed = None if event.owed_lines is None else frozenset(event.owed_lines)
        self.pacts[event.pact] = PactTerms(name=event.name, owed=owed)
        self._columns.set_pact(event.pact, self.pacts[event.pact])

    def _accede(self, event: Acceded) -> None:
        accession = Accession(
            in_force_ms=event.in_force_ms, until_ms=event.until_ms, reserved=frozenset(event.reserved_lines)
        )
        self._change(event.member, accessions={**self.record(event.member).accessions, event.pact: accession})

    def _withdraw(self, event: AccessionWithdrawn) -> None:
        accessions = self.record(event.member).accessions
        if event.pact not in accessions:
            raise Unknown("duty.accession", f"Member {event.member!r} never acceded to {event.pact!r}.")
        # 0 would mean "without end": a notice that is over at the epoch is over.
        ended = replace(accessions[event.pact], until_ms=max(1, event.until_ms))
        self._change(event.member, accessions={**accessions, event.pact: ended})

    def _reach(self, event: Reached) -> None:
        last_ms = self.record(event.member).reached_ms
        self._change(event.member, reached_ms=event.at_ms if last_ms is None else max(last_ms, event.at_ms))

    def _count_answer(self, event: Answered) -> None:
        record = self.record(event.member)
        self._change(event.member, asked=record.asked + 1, answered=record.answered + event.answered)

    def _change(self, member: str, **changes: Any) -> None:
        self._put(member, replace(self.record(member), **changes))


_FOLDS: dict[type, Callable[[Register, Any], None]] = {
    MemberRegistered: Register._register,
    MemberRemoved: Register._remove,
    MemberSuspended: Register._suspend,
    AvailabilityStated: Register._state,
    LoadCarried: Register._carry,
    PackageLodged: Register._lodge_package,
    GrantLodged: Register._lodge_grant,
    ConflictDeclared: Register._declare,
    PactPublished: Register._publish,
    Acceded: Register._accede,
    AccessionWithdrawn: Register._withdraw,
    Reached: Register._reach,
    Answered: Register._count_answer,
}

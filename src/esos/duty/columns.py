"""The register as numpy columns: one row a member, one slot a member and line, row lists by code.

An index in memory only: it can be thrown away and rebuilt. A change to one member touches that
member's row and slots, whatever the size of the register.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable

from msgspec import structs

from esos.duty.events import MEMBER_ID_MAX_CHARACTERS
from esos.duty.growing import Array, GrowingTable, RowList
from esos.duty.record import MemberRecord, answer_permille, capability_of, folded, load_of
from esos.duty.tier import PactTerms
from esos.duty.weights import FULL_PERMILLE, LEAD_HALF_MINUTES
from esos.message.card import Capability, DutySource
from esos.words.need import NeedLine

FOREVER_MS = 2**62
NEVER_MS = -(2**61)
"""Far enough from any instant, near enough that differences of two stay within 64 bits."""

_MEMBER_COLUMNS = {
    "active": "?",
    "suspended": "?",
    "valid_until_ms": "i8",
    "country": "i4",
    "hours": "i4",
    "answer": "i2",
    "reached_ms": "i8",
    "id_high": "u8",
    "id_low": "u8",
}
_LINE_COLUMNS = {
    "row": "i8",
    "valid_until_ms": "i8",
    "units": "i4",
    "fresh_until_ms": "i8",
    "ttl_ms": "i8",
    "carried": "i4",
    "lead": "i2",
    "load": "i2",
}
_PACT_COLUMNS = {"row": "i8", "in_force_ms": "i8", "until_ms": "i8", "reserved": "i8"}
_LINE_BIT = {line: 1 << position for position, line in enumerate(NeedLine)}
_RowKey = tuple[str, Hashable]


class SlotTable:
    """A table with one slot for each member row that has ever needed one."""

    def __init__(self, dtypes: dict[str, str]) -> None:
        self.table = GrowingTable(dtypes)
        self._slot_of: dict[int, int] = {}

    def put(self, row: int, values: dict[str, int | bool]) -> None:
        """Write a row's slot, making it at first use."""
        if row not in self._slot_of:
            self._slot_of[row] = self.table.append()
        self.table.put(self._slot_of[row], {"row": row, **values})


class Columns:
    """The columns and row lists a scan reads; see ``patch`` for how they follow the records."""

    def __init__(self) -> None:
        self.members = GrowingTable(_MEMBER_COLUMNS)
        self.ids: list[str] = []
        self.row_of: dict[str, int] = {}
        self.lines: defaultdict[NeedLine, SlotTable] = defaultdict(lambda: SlotTable(_LINE_COLUMNS))
        self.pacts: defaultdict[str, SlotTable] = defaultdict(lambda: SlotTable(_PACT_COLUMNS))
        self.terms: dict[str, PactTerms] = {}
        self.hours: dict[tuple[str, str], int] = {}
        self._countries: dict[str | None, int] = {None: 0}
        self._lists: defaultdict[_RowKey, RowList] = defaultdict(RowList)
        self._sources: defaultdict[_RowKey, dict[DutySource, int]] = defaultdict(dict)

    def rows(self, kind: str, code: Hashable) -> Array | None:
        """Rows of the members that carry a code of a kind (``language``, ``asn`` …), None where nobody ever did."""
        found = self._lists.get((kind, code))
        return None if found is None else found.rows

    def rows_of(self, members: Iterable[str]) -> list[int]:
        """Rows of the members that are registered, of those named."""
        return [self.row_of[member] for member in members if member in self.row_of]

    def country_code(self, country: str | None) -> int:
        """The number a country is kept under, 0 for unknown, -1 for one no member is in."""
        return self._countries.get(country, -1)

    def sources_for(self, keys: Iterable[_RowKey]) -> list[DutySource]:
        """Distinct duty sources filed under any of these keys; each still has to be held against the call."""
        return list({source: None for key in keys for source in self._sources.get(key, ())})

    def set_pact(self, pact: str, terms: PactTerms) -> None:
        """Keep the terms of a pact."""
        self.terms[pact] = terms

    def patch(self, old: MemberRecord | None, new: MemberRecord | None) -> None:
        """Bring one member's row, slots and lists from its old record to its new one."""
        known = new or old
        if known is None:
            return
        row = self._row(known.member)
        self._patch_member(row, new)
        self._patch_lines(row, old, new)
        self._patch_pacts(row, old, new)
        if old is None or new is None or old.card is not new.card or old.declared != new.declared:
            self._patch_lists(row, old, new)

    def _row(self, member: str) -> int:
        if member not in self.row_of:
            row = self.row_of[member] = self.members.append()
            self.ids.append(member)
            high, low = _id_words(member)
            self.members.put(row, {"id_high": high, "id_low": low})
        return self.row_of[member]

    def _patch_member(self, row: int, new: MemberRecord | None) -> None:
        if new is None:
            self.members.put(row, {"active": False})
            return
        card = new.card
        values: dict[str, int | bool] = {
            "active": True,
            "suspended": new.suspended,
            "valid_until_ms": card.valid_until_ms or FOREVER_MS,
            "country": self._countries.setdefault(card.country, len(self._countries)),
            "hours": self.hours.setdefault((card.hours, card.timezone), len(self.hours)),
            "answer": answer_permille(new),
            "reached_ms": NEVER_MS if new.reached_ms is None else new.reached_ms,
        }
        self.members.put(row, values)

    def _patch_lines(self, row: int, old: MemberRecord | None, new: MemberRecord | None) -> None:
        before = {c.line for c in old.card.capabilities} if old else set()
        after = {c.line for c in new.card.capabilities} if new else set()
        for line in before - after:
            self.lines[line].put(row, {"valid_until_ms": NEVER_MS})
        for line in after:
            if new is not None and (old is None or _has_line_changed(old, new, line)):
                self.lines[line].put(row, _line_values(new, line))

    def _patch_pacts(self, row: int, old: MemberRecord | None, new: MemberRecord | None) -> None:
        before = old.accessions if old else {}
        after = new.accessions if new else {}
        for pact in before.keys() - after.keys():
            self.pacts[pact].put(row, {"until_ms": NEVER_MS})
        for pact, accession in after.items():
            if before.get(pact) != accession:
                values = {
                    "in_force_ms": accession.in_force_ms,
                    "until_ms": accession.until_ms or FOREVER_MS,
                    "reserved": line_bits(accession.reserved),
                }
                self.pacts[pact].put(row, dict(values))

    def _patch_lists(self, row: int, old: MemberRecord | None, new: MemberRecord | None) -> None:
        before, after = _keys_of(old), _keys_of(new)
        for key in before - after:
            self._lists[key].remove(row)
        for key in after - before:
            self._lists[key].add(row)
        self._count_sources(old, -1)
        self._count_sources(new, 1)

    def _count_sources(self, record: MemberRecord | None, change: int) -> None:
        """Count how many members carry each distinct source, so that the last one to drop it unfiles it."""
        for source in _sources_of(record):
            for key in _source_keys(source):
                filed = self._sources[key]
                filed[source] = filed.get(source, 0) + change
                if filed[source] == 0:
                    del filed[source]


def line_bits(lines: Iterable[NeedLine]) -> int:
    """A set of lines as bits of one number."""
    return sum(_LINE_BIT[line] for line in lines)


def _id_words(member: str) -> tuple[int, int]:
    """The first 16 bytes of an id as two numbers that sort as the text does (UTF-8 keeps code point order)."""
    raw = member[:MEMBER_ID_MAX_CHARACTERS].encode("utf-8", "surrogatepass")[:16].ljust(16, b"\0")
    return int.from_bytes(raw[:8], "big"), int.from_bytes(raw[8:], "big")


def _has_line_changed(old: MemberRecord, new: MemberRecord, line: NeedLine) -> bool:
    return (
        old.card is not new.card
        or old.availability.get(line) is not new.availability.get(line)
        or old.carried.get(line) is not new.carried.get(line)
    )


def _line_values(record: MemberRecord, line: NeedLine) -> dict[str, int | bool]:
    capability = capability_of(record.card, line)
    if capability is None:
        return {"valid_until_ms": NEVER_MS}
    stated = record.availability.get(line)
    return {
        "valid_until_ms": capability.valid_until_ms or FOREVER_MS,
        "units": capability.units if stated is None else min(capability.units, stated.units_free),
        "fresh_until_ms": FOREVER_MS if stated is None else stated.as_of_ms + stated.ttl_ms,
        "ttl_ms": 1 if stated is None else stated.ttl_ms,
        "carried": load_of(record, line),
        "lead": FULL_PERMILLE * LEAD_HALF_MINUTES // (LEAD_HALF_MINUTES + capability.lead_minutes),
        "load": _unloaded_permille(record, capability),
    }


def _unloaded_permille(record: MemberRecord, capability: Capability) -> int:
    loads = record.carried.get(capability.line)
    if not loads or capability.units == 0:
        return FULL_PERMILLE
    return FULL_PERMILLE * max(0, capability.units - sum(load.units for load in loads)) // capability.units


def _keys_of(record: MemberRecord | None) -> set[_RowKey]:
    if record is None:
        return set()
    card = record.card
    keys: set[_RowKey] = {("language", folded(code)) for code in card.languages}
    keys.update(("sector", folded(code)) for code in card.sectors)
    keys.update(("product", folded(code)) for code in card.products)
    keys.update(("asn", asn) for asn in card.asns)
    keys.update(("conflict", other) for other in record.conflicts)
    keys.update(("source", source) for source in _sources_of(record))
    return keys


def _sources_of(record: MemberRecord | None) -> set[DutySource]:
    """A member's duty sources without their texts: what a scan has to tell apart."""
    return {structs.replace(source, basis="") for source in record.card.duty_sources} if record is not None else set()


def _source_keys(source: DutySource) -> list[_RowKey]:
    """Where a source is filed: under what is rarest of what it names; nowhere if it names nobody."""
    if source.callers:
        return [("caller", caller) for caller in source.callers]
    if source.countries:
        return [("country", country) for country in source.countries]
    return [("sector", folded(sector)) for sector in source.sectors]

"""Find the caller's own case again: by the book of calls, by an id that was named, or by asking the stations."""

import asyncio
from collections.abc import Sequence
from typing import Any

from esos.caller.circle import Circle
from esos.caller.ports import CallBook, CallerClock, CallRecord, StationDoor
from esos.errors import EsosError, Malformed, Unknown
from esos.message.voice import Voice

CASE_HEX = 32
CALL_HEX = 16


async def find_circle(
    *, voice: Voice, clock: CallerClock, book: CallBook, doors: Sequence[StationDoor], wanted: str = ""
) -> Circle:
    """The caller with its case at each station. ``wanted`` is a case or call id in hex, empty for the newest open one.

    A station that cannot be asked now keeps the case that the book knows. Raises ``Unknown``
    (``call.unknown``) and ``Malformed`` (``case.id``).
    """
    record = find_record(book, wanted)
    fixed = wanted if len(wanted) == CASE_HEX else ""
    found = await asyncio.gather(*(_case_at(door, voice, record, fixed) for door in doors))
    cases = {door.home.kid.hex(): case for door, case in zip(doors, found, strict=True) if case}
    return Circle(voice=voice, clock=clock, book=book, doors=tuple(doors), record=record, cases=cases)


def find_record(book: CallBook, wanted: str) -> CallRecord | None:
    """The kept call this id names, the newest where none is named; None for a case that is not in the book."""
    if not wanted:
        return book.newest()
    if len(wanted) == CASE_HEX and _is_hex(wanted):
        return next((record for record in book.calls() if wanted in record.cases.values()), None)
    if len(wanted) != CALL_HEX or not _is_hex(wanted):
        raise Malformed(
            "case.id", "A case has 32 hexadecimal digits, a call 16.", hint="Both stand in the call's result."
        )
    record = book.find(bytes.fromhex(wanted))
    if record is None:
        raise Unknown("call.unknown", "There is no such call in the book beside this key.")
    return record


async def _case_at(door: StationDoor, voice: Voice, record: CallRecord | None, fixed: str) -> str:
    kept = record.cases.get(door.home.kid.hex(), "") if record else ""
    if fixed:
        return kept or fixed
    try:
        rows = await door.cases()
    except EsosError:
        return kept
    return _own_open(rows, voice, kept) or kept


def _own_open(rows: list[dict[str, Any]], voice: Voice, kept: str) -> str:
    """The kept case if it is open, else the first open case of this caller."""
    kid = voice.kid.hex()
    own = [str(row.get("case", "")) for row in rows if row.get("caller") in {kid, f"stranger:{kid}"}]
    is_open = kept in {str(row.get("case", "")) for row in rows}
    return kept if is_open else next(iter(own), "")


def _is_hex(text: str) -> bool:
    return all(letter in "0123456789abcdef" for letter in text)

"""Fetch the proof that a station has a call, keep it, and check it against the key that was pinned.

Law 11: a receipt is believed because it verifies, not because a station sent it.
"""

from esos.caller.ports import CallBook, KnownStation, StationDoor
from esos.caller.report import ReceiptKept
from esos.errors import Malformed, ProofFailed
from esos.logbook.receipt import read_receipt, verify_receipt


async def take_receipt(
    door: StationDoor, book: CallBook, station: KnownStation, call: bytes, statement: bytes
) -> ReceiptKept:
    """Fetch and keep one receipt; ``verified`` says whether it holds under the pinned key, for this statement.

    Raises ``Unknown`` while the station has not sequenced the statement yet, and ``Busy`` where the disk is full.
    """
    raw = await door.receipt(statement.hex())
    file = book.keep_receipt(call, station.home.kid, raw)
    return ReceiptKept(
        station=station.home.name,
        file=file,
        verified=holds(raw, station, statement),
        url=f"{station.home.http.rstrip('/')}/api/v1/receipts/{statement.hex()}",
    )


def holds(raw: bytes, station: KnownStation, statement: bytes) -> bool:
    """Whether a receipt file proves under the pinned key that this statement is in the station's log."""
    if not station.origin:
        return False
    try:
        proven = verify_receipt(read_receipt(raw), pinned_public=station.home.public, origin=station.origin)
    except (ProofFailed, Malformed):
        return False
    return proven.claim.statement == statement

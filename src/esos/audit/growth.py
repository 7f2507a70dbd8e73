"""Verify offline that a log only grew since a checkpoint that the reader kept, without the log itself.

Law 11: a station that changed, dropped or slipped in anything before that checkpoint cannot make this proof.
"""

from esos.audit.report import Checklist, Report
from esos.errors import EsosError, ProofFailed
from esos.logbook.checkpoint import Checkpoint, verify_checkpoint
from esos.logbook.growth import Growth, check_growth, read_growth
from esos.logbook.receipt import Pin

SUBJECT = "Growth: does the log go on from the checkpoint you kept?"
_WELL_FORMED = "The file is a well-formed proof of growth."


def verify_growth_file(data: bytes, *, since: bytes, pinned_public: bytes, origin: str) -> Report:
    """Check that the log goes on from ``since``, a checkpoint kept from earlier. Never raises: it reports."""
    checklist, pin = Checklist(SUBJECT), Pin(public=pinned_public, origin=origin)
    try:
        growth = read_growth(data)
    except EsosError as error:
        checklist.refuse(_WELL_FORMED, error)
        return checklist.report()
    newer = growth.checkpoint.encode()
    checklist.check(_WELL_FORMED, lambda: f"from {growth.old} leaves")
    checklist.check("The checkpoint you kept carries the station's signature.", lambda: _size(since, pin))
    checklist.check("The newer checkpoint carries the station's signature.", lambda: _size(newer, pin))
    checklist.check("The proof begins at the checkpoint you kept.", lambda: _check_start(growth, since, pin))
    checklist.check("The log goes on from there, and nothing before it changed.", lambda: _check(growth, since, pin))
    return checklist.report()


def _head(note: bytes, pin: Pin) -> Checkpoint:
    return verify_checkpoint(note, origin=pin.origin, public=pin.public).checkpoint


def _size(note: bytes, pin: Pin) -> str:
    return f"{_head(note, pin).size} leaves"


def _check_start(growth: Growth, since: bytes, pin: Pin) -> str:
    kept = _head(since, pin)
    if kept.size != growth.old:
        raise ProofFailed("proof.size", f"The proof begins at {growth.old} leaves; you kept {kept.size}.")
    return f"{kept.size} leaves"


def _check(growth: Growth, since: bytes, pin: Pin) -> str:
    kept, newer = _head(since, pin), _head(growth.checkpoint.encode(), pin)
    check_growth(growth, kept=kept, newer=newer)
    return f"{newer.size - kept.size} leaves more"

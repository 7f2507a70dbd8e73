"""One line of a case's history: what was said, by whom, how it was known, and whether it changed anything."""

from functools import lru_cache

import msgspec

from esos.errors import EsosError
from esos.keys.speaker import Speaker, decode_speaker
from esos.message.bodies import PageReturned
from esos.message.reading import read_any
from esos.message.statement import Statement
from esos.station.directory import Directory
from esos.station.records import Entry
from esos.station.telling import what_was_said
from esos.station.view_parts import TimelineItem
from esos.words.language import later

READ_KEPT_MAX = 4_096
"""So many statements are remembered as they were read: a history that is looked at again and again is read once."""


def timeline_item(entry: Entry, directory: Directory) -> TimelineItem:
    """One statement of the history. One that was erased, or that nobody here can read, stands there and says so."""
    speaker = _speaker_of(entry)
    signed = "station" if speaker.party == directory.station.party else "attested" if speaker.attested else "own key"
    says, text = _said_in(entry, directory)
    return TimelineItem(
        statement=entry.id.hex(),
        seq=entry.seq,
        at_ms=entry.at_ms,
        kind=entry.kind,
        who=speaker.name or directory.name_of(speaker.party),
        party=speaker.party,
        says=says,
        text=text,
        signed=signed,
        known_by=speaker.known_by.value,
        verdict=entry.verdict,
        reason=entry.reason,
    )


def returned_in(entries: list[Entry]) -> frozenset[bytes]:
    """The pages of a case that came back undelivered, by their ids."""
    found = (_read(entry.cose).body for entry in entries if entry.kind == "page_returned" and entry.cose)
    return frozenset(body.page for body in found if isinstance(body, PageReturned))


def _speaker_of(entry: Entry) -> Speaker:
    try:
        return decode_speaker(entry.admission)
    except msgspec.MsgspecError:
        return Speaker(party="", name=later("Somebody"))


def _said_in(entry: Entry, directory: Directory) -> tuple[str, str]:
    if not entry.cose:
        return later("said something that was erased"), ""
    try:
        return what_was_said(_read(entry.cose), directory)
    except EsosError:
        return later("said something that cannot be read here"), ""


@lru_cache(maxsize=READ_KEPT_MAX)
def _read(cose: bytes) -> Statement:
    """A statement as its bytes say, whoever asks and whenever."""
    return read_any(cose)

"""Whose key signed an entry, and which statements of the register show that it is theirs."""

from esos.keys.speaker import decode_speaker
from esos.message.bodies import Arrived, Suspected
from esos.message.reading import read_any
from esos.station.directory import Directory
from esos.station.ports import Journal
from esos.station.records import Entry


async def author_key(entry: Entry, *, directory: Directory, journal: Journal) -> bytes:
    """The raw public key that signed an entry: a stranger's own, else as registered, also one revoked since.

    Empty where the entry was erased.
    """
    if not entry.cose:
        return b""
    stranger_key = decode_speaker(entry.admission).stranger_key
    author = read_any(entry.cose).author
    if not stranger_key and author not in directory.past_keys:
        await directory.refresh(journal)  # another process may have entered it
    return stranger_key or directory.past_keys.get(author, b"")


async def register_beside(entries: list[Entry], *, directory: Directory, journal: Journal) -> list[Entry]:
    """What of the register a case rests on: what entered its speakers' keys, and consents lodged beforehand.

    In journal order. A member's founding key is not among them: the member is named by it.
    """
    found: dict[bytes, Entry] = {}
    waiting = [needed for entry in entries for needed in _rests_on(entry, directory)]
    while waiting:
        statement = waiting.pop()
        entry = await journal.entry(statement) if statement not in found else None
        if entry is not None:
            found[statement] = entry
            waiting += _rests_on(entry, directory)
    return sorted(found.values(), key=lambda entry: entry.seq)


def _rests_on(entry: Entry, directory: Directory) -> list[bytes]:
    statement, speaker = read_any(entry.cose), decode_speaker(entry.admission)
    needed = [lodged.grant for lodged in statement.body.standing] if isinstance(statement.body, Arrived) else []
    needed += [statement.body.instructions] if isinstance(statement.body, Suspected) else []
    named_by_key = {statement.author.hex(), f"stranger:{statement.author.hex()}"}
    own_key = not speaker.attested and statement.author != directory.station.kid
    if own_key and speaker.party not in named_by_key and statement.author in directory.entered_by:
        needed.append(directory.entered_by[statement.author])
    return needed
